//! Whether the pages are well-formed and usable: what can be found out about markup without a browser.

use std::collections::HashSet;

use crate::world::{Harbour, Reply};

/// A start tag, an end tag, or the text between two.
#[derive(Debug)]
enum Piece<'a> {
    Start { name: &'a str, attributes: Vec<(&'a str, &'a str)>, closed: bool },
    End(&'a str),
    Text(&'a str),
}

/// Elements that have no end.
const VOID: [&str; 9] = ["br", "hr", "img", "input", "link", "meta", "wbr", "source", "col"];

fn pieces(page: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").expect("a page begins with its doctype");
    while let Some((text, tag)) = rest.split_once('<') {
        pieces.push(Piece::Text(text));
        let (tag, after) = split_tag(tag);
        rest = after;
        pieces.push(match tag.strip_prefix('/') {
            Some(name) => Piece::End(name.trim()),
            None => start(tag),
        });
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// What stands before the `>` that ends a tag, which is not one in quotes.
fn split_tag(tag: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, character) in tag.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '>' if !quoted => return (&tag[..at], &tag[at + 1..]),
            _ => {}
        }
    }
    panic!("a tag without an end: {tag}")
}

fn start(tag: &str) -> Piece<'_> {
    let closed = tag.ends_with('/');
    let tag = tag.trim_end_matches('/').trim_end();
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(value) => value.split_once('"').expect("a value ends"),
            None => ("", after),
        };
        assert!(!attribute.is_empty() && !after.starts_with('='), "an attribute without quotes: {tag}");
        attributes.push((attribute, value));
        rest = after;
    }
    Piece::Start { name, attributes, closed }
}

/// Checks a page, and gives back its words.
#[track_caller]
pub fn check(path: &str, page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (mut ids, mut references, mut headings) = (HashSet::new(), Vec::new(), Vec::new());
    let mut labelled = HashSet::new();
    let mut inputs = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Text(text) => assert!(!text.contains('>'), "{path}: a stray > in {text:?}"),
            Piece::End(name) => assert_eq!(open.pop(), Some(name), "{path}: </{name}> ends another element"),
            Piece::Start { name, attributes, closed } => {
                let value = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
                assert!(!["script", "style", "iframe", "object", "font"].contains(&name), "{path}: <{name}>");
                let mut names = HashSet::new();
                for (attribute, value) in &attributes {
                    assert!(names.insert(*attribute), "{path}: {attribute} twice on <{name}>");
                    assert!(!attribute.starts_with("on") && *attribute != "style", "{path}: {attribute} on <{name}>");
                    let is_link = ["href", "src", "action"].contains(attribute);
                    let decoded = value.replace("&#x2f;", "/");
                    assert!(
                        !is_link || decoded.starts_with(['/', '#']) && !decoded.starts_with("//"),
                        "{path}: a link to {value}"
                    );
                }
                if let Some(id) = value("id") {
                    assert!(ids.insert(id.to_owned()), "{path}: the id {id} twice");
                }
                references.extend(
                    ["aria-labelledby", "aria-describedby", "for"]
                        .iter()
                        .filter_map(|name| value(name))
                        .flat_map(str::split_whitespace)
                        .map(str::to_owned),
                );
                references.extend(value("href").and_then(|href| href.strip_prefix('#')).map(str::to_owned));
                match name {
                    "html" => assert_eq!(value("lang"), Some("en"), "{path}"),
                    "img" => assert!(value("alt").is_some(), "{path}: an image without words"),
                    "label" => drop(labelled.insert(value("for").unwrap_or_default().to_owned())),
                    "input" if value("type") == Some("hidden") => {}
                    "input" | "select" | "textarea" => inputs.push(value("id").unwrap_or_default().to_owned()),
                    // A drawing within a drawing only places its marks.
                    "svg" => assert!(
                        open.contains(&"svg") || value("aria-hidden") == Some("true") || value("aria-labelledby").is_some(),
                        "{path}: a drawing without words"
                    ),
                    "th" => assert!(value("scope").is_some(), "{path}: a heading of what?"),
                    "h1" | "h2" | "h3" | "h4" => headings.push(name[1..].parse::<u32>().unwrap()),
                    _ => {}
                }
                if !closed && !VOID.contains(&name) {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{path}: {open:?} never end");
    for reference in &references {
        assert!(ids.contains(reference), "{path}: there is nothing with the id {reference}");
    }
    assert!(inputs.iter().all(|input| labelled.contains(input)), "{path}: {inputs:?} but labels for {labelled:?}");
    assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1, "{path}: {headings:?}");
    assert!(headings[0] == 1 && headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{path}: {headings:?}");
    for landmark in ["<header", "<main", "<footer", "href=\"#content\""] {
        assert_eq!(page.matches(landmark).count(), 1, "{path}: {landmark}");
    }
}

#[track_caller]
fn check_headers(path: &str, reply: &Reply) {
    assert_eq!(
        reply.header("content-security-policy"),
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "{path}"
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("vary", "Cookie"),
    ] {
        assert_eq!(reply.header(name), value, "{path}: {name}");
    }
}

#[test]
fn every_page_is_well_formed_labelled_and_without_script() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(access::Role::Auditor);
    let paths = harbour.paths();
    let moments = paths.iter().map(|path| {
        format!("{path}{}effectiveOn=2025-01-31&asKnownAt=2099-03-31&by=publication", if path.contains('?') { "&" } else { "?" })
    });
    for path in paths.iter().cloned().chain(moments).chain(["/sign-in".to_owned()]) {
        let reply = auditor.page(&path);
        check(&path, &reply.body);
        check_headers(&path, &reply);
    }
    for path in harbour.paths() {
        check(&path, &harbour.regulator.page(&path).body);
    }
    let nobody = harbour.world.nobody();
    for (path, status) in [("/", 200), ("/sign-in?next=/permits", 200), ("/permits", 401), ("/nowhere", 404)] {
        let reply = nobody.open(path);
        assert_eq!(reply.status, status, "{path}");
        check(path, &reply.body);
        check_headers(path, &reply);
    }
}

#[test]
fn the_style_and_the_mark_are_served_to_be_kept() {
    let world = crate::world::World::new();
    for (path, kind) in [("/assets/style.css", "text/css; charset=utf-8"), ("/assets/mark.svg", "image/svg+xml")] {
        let reply = world.nobody().open(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, kind));
        assert!(reply.header("cache-control").contains("immutable"));
        for from_elsewhere in ["@import", "url(", "//fonts"] {
            reply.hides(from_elsewhere);
        }
    }
    world.nobody().open("/").says("/assets/style.css?v=");
}
