//! Signing in and out.

use std::time::Duration;

use access::{Grant, Role};

use crate::world::{Reply, Visitor, World, agent};

/// Sends the form at `path` as a browser does, from `origin`.
fn send(world: &World, path: &str, origin: Option<&str>, fields: &[(&str, &str)]) -> Reply {
    let mut request = agent().post(format!("{}{path}", world.address)).header("accept", "text/html");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    Reply::of(request.send_form(fields.iter().copied()))
}

fn sign_in(world: &World, token: &str, next: &str) -> Reply {
    send(world, "/sign-in", Some(&world.address), &[("token", token), ("next", next)])
}

#[test]
fn a_token_signs_in_until_it_ends_and_signing_out_ends_it_before() {
    let world = World::new();
    let token = world.token(Grant::of(Role::Auditor), Duration::from_mins(10));
    let reply = sign_in(&world, &format!("AUDITOR={token}\n"), "/permits?open=yes");
    assert_eq!((reply.status, reply.header("location")), (303, "/permits?open=yes"), "{}", reply.body);
    let cookie = reply.header("set-cookie");
    let (session, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(session, format!("milepost_session={token}"));
    assert!(attributes.starts_with("Path=/; Max-Age=") && attributes.ends_with("; HttpOnly; SameSite=Strict"), "{attributes}");
    let seconds: u64 = attributes["Path=/; Max-Age=".len()..].split(';').next().unwrap().parse().unwrap();
    assert!((590..=600).contains(&seconds), "{seconds}");

    let visitor = Visitor { address: world.address.clone(), token: Some(token.clone()) };
    visitor.page("/permits").says("Auditor").says("Sign out").hides(&token);
    assert_eq!(visitor.open("/").header("location"), "/desk");

    let out = send(&world, "/sign-out", Some(&world.address), &[]);
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(out.header("set-cookie").starts_with("milepost_session=; Path=/; Max-Age=0;"), "{out:?}");
}

#[test]
fn signing_out_ends_the_session_on_the_server_and_no_other() {
    let world = World::new();
    let [mine, other] = [(); 2].map(|()| world.token(Grant::of(Role::Auditor), Duration::from_mins(10)));
    let visitor = |token: &str| Visitor { address: world.address.clone(), token: Some(token.to_owned()) };
    let request = agent().post(format!("{}/sign-out", world.address)).header("origin", &world.address);
    let out = Reply::of(request.header("cookie", format!("milepost_session={mine}")).send_empty());
    assert_eq!((out.status, out.header("location")), (303, "/"), "{}", out.body);
    // A copy of the cookie is as dead as the token in any other hands.
    let reply = visitor(&mine).open("/permits");
    assert_eq!(reply.status, 401);
    reply.says("You are no longer signed in").says("the token was revoked");
    assert_eq!(sign_in(&world, &mine, "/permits").status, 401);
    assert_eq!(visitor(&other).open("/permits").status, 200);
}

#[test]
fn behind_https_the_cookie_goes_over_nothing_else() {
    let world = World::new();
    let token = world.token(Grant::of(Role::Auditor), Duration::from_mins(10));
    let request = agent().post(format!("{}/sign-in", world.address)).header("x-forwarded-proto", "https");
    let request = request.header("x-forwarded-host", "milepost.example").header("origin", "https://milepost.example");
    let reply = Reply::of(request.send_form([("token", token.as_str())]));
    assert_eq!(reply.status, 303, "{}", reply.body);
    let cookie = reply.header("set-cookie");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    // Its name binds it to this host. One without TLS could be of another host of the domain, and is not taken.
    let session = cookie.split_once(';').unwrap().0;
    assert_eq!(session, format!("__Host-milepost_session={token}"));
    let open = |cookie: &str, scheme: &str| {
        let request = agent().get(format!("{}/permits", world.address)).header("accept", "text/html");
        Reply::of(request.header("x-forwarded-proto", scheme).header("cookie", cookie).call()).status
    };
    let plain = format!("milepost_session={token}");
    assert_eq!(
        (open(session, "https"), open(&plain, "https"), open(session, "http"), open(&plain, "http")),
        (200, 401, 401, 200)
    );
}

#[test]
fn a_token_that_is_none_is_refused_in_words_and_not_given_back() {
    let world = World::new();
    let another = World::new().token(Grant::of(Role::Auditor), Duration::from_mins(10));
    let long = "a".repeat(5_000);
    for (token, says) in [
        ("", "paste a token"),
        ("<b>secret</b>", "not a signed JSON Web Token"),
        (another.as_str(), "names a key that is not known here"),
        (long.as_str(), "too many grants to be kept by a browser"),
    ] {
        let reply = sign_in(&world, token, "/permits");
        assert_eq!((reply.status, reply.header("set-cookie")), (401, ""), "{token}");
        reply.says(says).says("value=\"&#x2f;permits\"");
        assert!(token.is_empty() || !reply.body.contains(token), "{}", reply.body);
    }
    let unreadable = agent().post(format!("{}/sign-in", world.address)).header("origin", &world.address).send("token");
    assert_eq!(Reply::of(unreadable).status, 400);
}

#[test]
fn another_site_can_neither_sign_in_nor_out() {
    let world = World::new();
    let token = world.token(Grant::of(Role::Auditor), Duration::from_mins(10));
    for origin in [None, Some("null"), Some("https://evil.example"), Some("http://127.0.0.1:1"), Some("http://")] {
        for path in ["/sign-in", "/sign-out"] {
            let reply = send(&world, path, origin, &[("token", &token)]);
            assert_eq!((reply.status, reply.header("set-cookie")), (403, ""), "{path} from {origin:?}");
            reply.says("not sent from a page of this service");
        }
    }
    let request = agent().post(format!("{}/sign-out", world.address)).header("origin", &world.address);
    assert_eq!(Reply::of(request.header("sec-fetch-site", "same-site").send_empty()).status, 403);
}

#[test]
fn whoever_is_not_signed_in_is_led_to_the_form_and_back() {
    let world = World::new();
    let path = "/permits?open=yes&text=a%20b";
    let reply = world.nobody().open(path);
    assert_eq!(reply.status, 401);
    reply.says("Sign in to see this page").says("/sign-in?next=%2Fpermits%3Fopen%3Dyes%26text%3Da%2520b");
    world.nobody().page("/sign-in?next=%2Fpermits%3Fopen%3Dyes").says("value=\"&#x2f;permits?open=yes\"");
    let token = world.token(Grant::of(Role::Auditor), Duration::from_mins(10));
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        world.nobody().page(&format!("/sign-in?next={elsewhere}")).hides("evil").hides("javascript");
        assert_eq!(sign_in(&world, &token, elsewhere).header("location"), "/desk", "{elsewhere}");
    }
    let broken = Visitor { address: world.address.clone(), token: Some("x.y.z".to_owned()) };
    let reply = broken.open("/permits");
    assert_eq!(reply.status, 401);
    reply.says("You are no longer signed in");
}

#[test]
fn a_program_that_comes_by_reads_text_and_a_browser_a_page() {
    let world = World::new();
    let text = Reply::of(agent().get(&world.address).call());
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    for page in [&text, &world.nobody().page("/")] {
        for fact in ["/graphql", "/livez", "/readyz", "/.well-known/jwks.json", "milepost token --role auditor"] {
            assert!(page.body.replace("&#x2f;", "/").contains(fact), "{fact}");
        }
    }
    let nowhere = Reply::of(agent().get(format!("{}/nowhere", world.address)).call());
    assert_eq!((nowhere.status, nowhere.header("content-type")), (404, "application/problem+json"));
}
