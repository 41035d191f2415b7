//! Who may import whom: what the manifests and the paths in the source have to say to the layout of the rooms.
//!
//! Some rooms are crates, whose manifests say whom they know; the others are modules of the service. The source is read as
//! tokens, so that grouped imports, paths in expressions and paths in macros all count. Whatever would hide a room behind
//! another name (`use crate as root`, a glob of the root, a room's public re-export of another) is refused too. Not followed are `include!` and what `concat!` makes: there is no such thing here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path that the source names, from the root of the crate or from another crate, and where.
#[derive(Debug, Clone, PartialEq)]
struct Named {
    line: usize,
    /// Empty for a room.
    krate: String,
    path: Vec<String>,
    /// Whether it is passed on (`pub use`).
    passed_on: bool,
}

/// The rooms that are crates. The others are modules of the service's own.
const CRATES: &[&str] = &["access", "api", "app", "domain", "graphql", "store"];

/// The names, beside those of [`CRATES`], that a path of interest begins with.
const STARTS: &[&str] = &[
    "crate",
    "self",
    "super",
    "schema",
    "law",
    "projections",
    "answers",
    "rusqlite",
    "eventstore",
    "prost",
    "rustls",
    "tokio_rustls",
    "tonic",
    "milepost",
];

/// Reads the paths in the source of one module.
struct Reader {
    module: Vec<String>,
    named: Vec<Named>,
}

impl Reader {
    fn read(source: &str, module: &[&str]) -> Vec<Named> {
        let mut reader = Self { module: module.iter().map(|&name| name.to_owned()).collect(), named: Vec::new() };
        reader.tokens(source.parse().expect("the source is Rust"));
        reader.named
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for at in 0..tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => match inline_module(&tokens, at) {
                    Some(name) => {
                        self.module.push(name);
                        self.tokens(group.stream());
                        self.module.pop();
                    }
                    None if continues(&tokens, at) => {}
                    None => self.tokens(group.stream()),
                },
                TokenTree::Ident(ident) if STARTS.iter().chain(CRATES).any(|start| ident == start) && !continues(&tokens, at) => {
                    let renamed = matches!(tokens.get(at + 1), Some(TokenTree::Ident(next)) if next == "as");
                    if renamed || is_path_separator(&tokens, at + 1) {
                        let passed_on = is_passed_on(&tokens[..at]);
                        self.branch(&tokens[at..], &[], passed_on);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the path at the head of `tokens`, or each of the paths where it ends in a group.
    fn branch(&mut self, tokens: &[TokenTree], before: &[String], passed_on: bool) {
        let mut path = before.to_vec();
        let mut at = 0;
        let line = tokens.first().map_or(0, |token| token.span().start().line);
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.push("*".to_owned()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
                    inner
                        .split(comma)
                        .filter(|branch| !branch.is_empty())
                        .for_each(|branch| self.branch(branch, &path, passed_on));
                    return;
                }
                _ => break,
            }
            if !is_path_separator(tokens, at + 1) {
                break;
            }
            at += 3;
        }
        self.resolve(line, path, passed_on);
    }

    fn resolve(&mut self, line: usize, path: Vec<String>, passed_on: bool) {
        let mut whole = self.module.clone();
        let mut rest = path.into_iter().peekable();
        match rest.peek().map(String::as_str) {
            Some("crate") => {
                whole.truncate(usize::from(whole.first().is_some_and(|room| CRATES.contains(&room.as_str()))));
                rest.next();
            }
            Some(room) if CRATES.contains(&room) => whole.clear(),
            Some("self" | "super") => {}
            _ => {
                let krate = rest.next().unwrap_or_default();
                self.named.push(Named { line, krate, path: rest.collect(), passed_on });
                return;
            }
        }
        for name in rest {
            match name.as_str() {
                "self" => {}
                "super" => drop(whole.pop()),
                _ => whole.push(name),
            }
        }
        self.named.push(Named { line, krate: String::new(), path: whole, passed_on });
    }
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// Whether the token at `at` goes on a path that began before it.
fn continues(tokens: &[TokenTree], at: usize) -> bool {
    let begins = |before: &TokenTree| matches!(before, TokenTree::Ident(ident) if ident != "use" && ident != "as");
    at >= 3 && is_path_separator(tokens, at - 2) && (begins(&tokens[at - 3]) || is_punct(tokens.get(at - 3), '>'))
}

/// The name of the module whose body is the group at `at`.
fn inline_module(tokens: &[TokenTree], at: usize) -> Option<String> {
    let [.., TokenTree::Ident(keyword), TokenTree::Ident(name)] = &tokens[..at] else { return None };
    (keyword == "mod").then(|| name.to_string())
}

/// Whether what `before` leads up to is a `pub use`, of whatever visibility.
fn is_passed_on(before: &[TokenTree]) -> bool {
    let before = if is_path_separator(before, before.len().saturating_sub(2)) { &before[..before.len() - 2] } else { before };
    let [head @ .., TokenTree::Ident(keyword)] = before else { return false };
    let public = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "pub");
    keyword == "use" && (head.last().is_some_and(public) || head.len() > 1 && public(&head[head.len() - 2]))
}

/// The rooms, as DESIGN has them. A room that is not here has no place yet.
const ROOMS: &[&str] =
    &["access", "api", "app", "cli", "demo", "domain", "graphql", "http", "import", "settings", "startup", "store", "web"];

/// The rooms that people and programs come in through, in their order: each may know those before it.
const FRONT: &[&str] = &["graphql", "api", "import", "settings", "demo", "web", "http", "cli"];

/// The modules that are front doors: what a room shows to the others beside what stands in its own root.
const FRONT_DOORS: &[[&str; 2]] = &[
    ["graphql", "http"],
    ["graphql", "limits"],
    ["graphql", "problem"],
    ["graphql", "queue"],
    ["graphql", "socket"],
    ["graphql", "throttle"],
];

/// What is known of the layout beside the source that is judged.
struct Layout {
    /// The modules of each room, as `room::module`.
    modules: BTreeSet<String>,
}

impl Layout {
    fn is_module(&self, path: &[String]) -> bool {
        path.len() >= 2 && (path[1] == "*" || self.modules.contains(&path[..2].join("::")))
    }

    /// The rule that `named` breaks in `module`, if it breaks one.
    fn broken(&self, module: &[&str], named: &Named) -> Option<String> {
        let room = *module.first()?;
        if !ROOMS.contains(&room) && room != "main" {
            return Some(format!("there is no room '{room}': give it a row in this test"));
        }
        match named.krate.as_str() {
            "" => self.broken_within(room, named),
            krate => broken_by_crate(room, module, krate, &named.path).map(str::to_owned),
        }
    }

    fn broken_within(&self, room: &str, named: &Named) -> Option<String> {
        let Some(target) = named.path.first().map(String::as_str).filter(|target| *target != "*") else {
            return Some("a room is imported by its name".to_owned());
        };
        if target == room {
            return None;
        }
        if !ROOMS.contains(&target) {
            return Some(format!("there is no room '{target}'"));
        }
        if named.passed_on && room != "startup" {
            return Some("a room does not pass another one on".to_owned());
        }
        let item = named.path.get(1).map_or("*", String::as_str);
        let rule = match (room, target) {
            ("startup", _) | ("app", "access") => return None,
            ("app", "domain") if item != "*" => return None,
            ("app", "store") if item != "*" && !self.is_module(&named.path) => return None,
            ("app" | "main", "store") => "only startup names an adapter of the store",
            ("web", target) if !["access", "api", "graphql"].contains(&target) => "a page asks the API and looks at nothing else",
            ("graphql", target) if target != "access" => "the engine knows nothing of what it serves",
            (room, "domain") if FRONT.contains(&room) && matches!(item, "decide" | "*") => "only app decides",
            (room, "app" | "access" | "domain") if FRONT.contains(&room) => return None,
            (room, target) if FRONT.contains(&room) && order(room) < order(target) => "a room in front knows those before it",
            (room, target) if FRONT.contains(&room) && FRONT.contains(&target) => {
                let front_door = FRONT_DOORS.iter().any(|door| (2..=3).contains(&named.path.len()) && named.path[..2] == *door);
                if named.path.len() == 1 || front_door || (named.path.len() == 2 && !self.is_module(&named.path)) {
                    return None;
                }
                "the rooms in front know each other by their front doors only"
            }
            // A subcommand is where a program begins: it reads its arguments and has things started.
            ("cli", "startup") => return None,
            (room, _) if FRONT.contains(&room) => "the rooms in front import app, domain, access and what is known",
            ("app", _) => "app imports domain, the store's port and access",
            _ => "access, domain and store import no other room",
        };
        Some(rule.to_owned())
    }
}

/// The place of a room among those in front; none for the others.
fn order(room: &str) -> Option<usize> {
    FRONT.iter().position(|front| *front == room)
}

/// The same for what is named of another crate.
fn broken_by_crate(room: &str, module: &[&str], krate: &str, path: &[String]) -> Option<&'static str> {
    let things = path.first().is_some_and(|name| name == "things");
    match (krate, room) {
        ("law", "graphql" | "web" | "store" | "access") => Some("the law is asked by app, domain and those who ask them"),
        ("answers", "graphql" | "web" | "store" | "access" | "domain") => {
            Some("what is asked across things is asked by those in front")
        }
        ("projections", "web") => Some("a page asks the API and looks at nothing else"),
        ("projections", "graphql") => Some("the engine knows nothing of what it serves"),
        ("projections", "access" | "store") => Some("access and store know of the record, not of what follows from it"),
        ("projections", "domain") if !things => Some("domain imports the things of projections and nothing else of it"),
        ("rusqlite", _) if !module.starts_with(&["store", "embedded"]) => Some("only the embedded store knows its database"),
        ("rustls", "http") if module.starts_with(&["http", "tls"]) => None,
        ("eventstore" | "prost" | "rustls" | "tokio_rustls" | "tonic", _) if !module.starts_with(&["store", "eventstoredb"]) => {
            Some("only the store in EventStoreDB knows its client")
        }
        ("milepost", "main") if !path.first().is_some_and(|name| name == "cli" || name == "startup") => {
            Some("main reads the arguments, then calls startup")
        }
        _ => None,
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files
}

/// The module of a file by its place under `src` of a crate; it begins with the crate where that is a room, and is empty for
/// the root of the service.
fn module_of(file: &Path) -> Vec<String> {
    let place = file.strip_prefix(root()).unwrap().with_extension("");
    let mut module: Vec<_> = place.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    module.remove(usize::from(module[0] != "src"));
    if module.len() > 1 {
        module.pop_if(|name| name == "mod");
    } else {
        module.pop_if(|name| name == "lib");
    }
    module
}

#[test]
fn each_room_imports_only_whom_it_may() {
    let folders = CRATES.iter().map(|room| root().join(room).join("src")).chain([root().join("src")]);
    let files: Vec<_> = folders.flat_map(|folder| sources(&folder)).map(|file| (module_of(&file), file)).collect();
    let modules = files.iter().filter(|(module, _)| module.len() >= 2).map(|(module, _)| module[..2].join("::")).collect();
    let layout = Layout { modules };
    let mut broken = Vec::new();
    let mut met = BTreeSet::new();
    for (module, file) in &files {
        let module: Vec<_> = module.iter().map(String::as_str).collect();
        met.extend(module.first().map(|room| (*room).to_owned()));
        let source = fs::read_to_string(file).unwrap();
        for named in Reader::read(&source, if module == ["main"] { &[] } else { &module }) {
            if let Some(rule) = layout.broken(&module, &named) {
                let what = [named.krate.as_str()]
                    .into_iter()
                    .chain(named.path.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join("::");
                broken.push(format!("{}:{}: {what}: {rule}", file.strip_prefix(root()).unwrap().display(), named.line));
            }
        }
    }
    assert!(
        ["access", "api", "app", "domain", "graphql", "import", "store", "main"].iter().all(|room| met.contains(*room)),
        "{met:?}"
    );
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_record_imports_nothing_of_ours_and_each_crate_only_whom_it_may() {
    let record = &["milepost-schema"][..];
    let known = &["milepost-law", "milepost-projections", "milepost-schema"][..];
    let rooms = [
        ("schema", &[][..]),
        ("law", record),
        ("projections", record),
        ("answers", known),
        ("access", record),
        ("store", record),
        ("domain", known),
        ("graphql", &["milepost-access", "milepost-schema"]),
        (
            "app",
            &["milepost-access", "milepost-domain", "milepost-law", "milepost-projections", "milepost-schema", "milepost-store"],
        ),
    ];
    for (folder, allowed) in rooms {
        let manifest: toml::Table = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap().parse().unwrap();
        let dependencies =
            ["dependencies", "dev-dependencies", "build-dependencies"].into_iter().filter_map(|table| manifest.get(table));
        let ours = dependencies.flat_map(|table| table.as_table().unwrap()).filter_map(|(name, dependency)| {
            let package = dependency.get("package").and_then(toml::Value::as_str).unwrap_or(name);
            (dependency.get("path").is_some() || package.starts_with("milepost")).then(|| package.to_owned())
        });
        assert_eq!(ours.collect::<BTreeSet<_>>(), allowed.iter().map(|&name| name.to_owned()).collect(), "{folder}/Cargo.toml");
        let by_target = manifest.get("target").map(ToString::to_string).unwrap_or_default();
        assert!(!by_target.contains("milepost"), "{folder}/Cargo.toml: {by_target}");
    }
}

/// The rules that `source` breaks in `module`, by line.
fn judged(module: &[&str], source: &str) -> Vec<(usize, String)> {
    let modules = ["store::embedded", "import::reader", "app::record"].map(str::to_owned).into();
    let layout = Layout { modules };
    let named = Reader::read(source, if module == ["main"] { &[] } else { module });
    named.iter().filter_map(|named| Some((named.line, layout.broken(module, named)?))).collect()
}

#[test]
fn whatever_way_a_room_is_named_it_is_found() {
    let ways = [
        "use store::EventStore;",
        "use {app::App, store::EventStore};",
        "use ::store::EventStore;",
        "use crate::startup::open;",
        "use crate::{settings::Settings, startup::open};",
        "use crate::{import::{self, Register}, startup::{self, open}};",
        "use super::super::startup::open;",
        "use {super::Code, crate::startup};",
        "fn f(store: &dyn store::EventStore) {}",
        "fn f() { warn!(\"{}\", store::APPEND_BYTES_MAX) }",
        "macro_rules! m { () => { $crate::startup::open() } }",
        "mod tests { use super::super::super::startup::open; }",
        "mod tests { mod deep { use crate::startup::open; } }",
        "use crate as root;",
        "use crate::{self as root};",
        "use super::super as root;",
        "use crate::*;",
        "use super::super::*;",
        "use domain::decide;",
        "use domain::{Command, decide as choose};",
        "use domain::*;",
        "use crate::import::reader::Rows;",
        "use crate::import::*;",
        "use crate::startup;",
        "pub use app::App;",
        "pub(crate) use app::App;",
        "use ::rusqlite::Connection;",
        "use eventstore::Client;",
        "use tonic::Status;",
        "use crate::cellar::Wine;",
    ];
    for way in ways {
        let broken = judged(&["demo", "cast"], &format!("\n{way}"));
        assert!(!broken.is_empty() && broken.iter().all(|(line, _)| *line == 2), "{way}: {broken:?}");
    }
}

#[test]
fn what_is_allowed_is_let_be() {
    let allowed: &[(&[&str], &str)] = &[
        (&["api", "query"], "use access::Actor; use app::{App, Viewpoint}; use domain::{Command, Rejection};"),
        (&["api", "query"], "use super::{view, types}; mod tests { use super::*; use super::super::view; }"),
        (&["api", "query"], "use projections::{Picture, things::Permit}; use schema::permit::PermitFact;"),
        (&["api", "query"], "use crate::{Context, scalars::Code};"),
        (&["cli"], "use crate::import::{Register, run_edition}; use crate::startup::open;"),
        (&["app", "record"], "use {domain::decide, store::{EventStore, Expected}}; use crate::pace::Pace;"),
        (&["domain", "decide"], "use projections::things::{Thing, fates}; use schema::Act; use super::rules::verdict;"),
        (&["store", "embedded", "writer"], "use rusqlite::Connection; use crate::Expected;"),
        (&["store", "eventstoredb", "append"], "use eventstore::Client; use super::wire::Names;"),
        (&["startup"], "use app::App; use crate::cli; use store::embedded::EmbeddedStore;"),
        (&["web", "visit"], "use access::Actor; use graphql::{Code, Unanswered, http::Endpoint};"),
        (&["http"], "use crate::web as pages; use api::Api;"),
        (&["api", "query"], "use graphql::{Code, limits::Scans};"),
        (&["main"], "use milepost::{cli, startup};"),
    ];
    for (module, source) in allowed {
        assert_eq!(judged(module, source), [], "{source}");
    }
    let refused: &[(&[&str], &str)] = &[
        (&["app", "record"], "use store::embedded::EmbeddedStore;"),
        (&["app"], "use store::*;"),
        (&["app"], "use graphql::Code;"),
        (&["domain", "decide"], "use projections::Picture;"),
        (&["domain", "decide"], "use projections::{Links, things::Thing};"),
        (&["domain"], "use access::Actor;"),
        (&["store"], "use projections::things::Thing;"),
        (&["access"], "use app::App;"),
        (&["graphql", "execute"], "use app::App;"),
        (&["graphql", "execute"], "use projections::Picture;"),
        (&["graphql", "http"], "use api::Api;"),
        (&["web"], "use crate::http::BindError;"),
        (&["settings"], "use crate::cli::Failure;"),
        (&["main"], "use milepost::web::Pages;"),
        (&["web", "pages", "cluster"], "use projections::Picture;"),
        (&["web", "pages", "cluster"], "use app::App;"),
        (&["web", "pages", "cluster"], "use api::types::cluster::Cluster;"),
        (&["attic"], "use schema::Act;"),
    ];
    for (module, source) in refused {
        assert_eq!(judged(module, source).len(), 1, "{module:?}: {source}");
    }
}
