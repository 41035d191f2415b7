//! What forms offer, say beforehand, and keep.

use access::Role;
use serde_json::json;

use crate::{
    charts::major,
    markup,
    recording::{Form, feed, harbour, link, press},
    world::{Harbour, Reply, Visitor, agent},
};

fn posted(visitor: &Visitor, path: &str, fields: &[(String, String)]) -> Reply {
    let mut request =
        agent().post(format!("{}{path}", visitor.address)).header("accept", "text/html").header("origin", &visitor.address);
    if let Some(token) = &visitor.token {
        request = request.header("cookie", format!("milepost_session={token}"));
    }
    Reply::of(request.send_form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// A stop of the clock, filled in, on the third of February 2025.
fn stop(harbour: &Harbour, permit: &str) -> Form {
    let page = harbour.regulator.page(&format!("/log?thing={permit}&step=permitClockStop"));
    markup::check("the form of a stop", &page.body);
    Form::on(&page).with(&[
        ("f.reason", "the screening is awaited"),
        ("f.responsible", "AUTHORITY"),
        ("on.day", "3"),
        ("on.month", "2"),
        ("on.year", "2025"),
    ])
}

#[test]
fn the_legal_effect_of_a_stop_is_said_which_clock_stops_or_that_none_does_and_why() {
    let harbour = Harbour::new();
    let permit = major(&harbour, "Pier", "2025-01-06");
    let form = stop(&harbour, &permit);
    let without = press(&harbour.regulator, "preview", &form);
    assert_eq!(without.status, 422, "{}", without.body);
    without.says("The law stops on eia-screening").hides("The clock for the determination of the application stops");
    markup::check("a refused preview", &without.body);
    let with = press(&harbour.regulator, "preview", &form.clone().with(&[("f.ground", "eia-screening")]));
    with.says("The clock for the determination of the application stops from 3 February 2025: until it runs again no day counts")
        .says("64\u{a0}days are left when it runs again.")
        .hides("No statutory clock moves");
    markup::check("a preview", &with.body);
    let recorded = press(&harbour.regulator, "record", &form.with(&[("f.ground", "eia-screening")]));
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    harbour.regulator.page(recorded.header("location")).says("stops from 3 February 2025");

    let lawless = press(&harbour.regulator, "preview", &stop(&harbour, &harbour.permit).with(&[("on.month", "4")]));
    lawless.says("No statutory clock moves: no regime is named");
    let page = harbour.regulator.page(&format!("/log?thing={permit}&step=permitGrant"));
    let grant = Form::on(&page).with(&[("on.day", "2"), ("on.month", "3"), ("on.year", "2025")]);
    press(&harbour.regulator, "preview", &grant).says("The clock for the determination of the application ends");
}

#[test]
fn grounds_steps_regimes_and_cases_are_chosen_from_lists() {
    let harbour = Harbour::new();
    let permit = major(&harbour, "Pier", "2025-01-06");
    let page = harbour.regulator.page(&format!("/log?thing={permit}&step=permitClockStop"));
    page.says("On which ground of the law?").says("name=\"f.ground\" value=\"eia-screening\"");
    let page = harbour.regulator.page(&format!("/log?thing={permit}&step=permitRegimeDetermine"));
    page.says("<option value=\"gb-eng-planning\">England, planning permission</option>");
    page.says("<optgroup label=\"England, planning permission\">").says("<option value=\"major\">Major development</option>");
    let form = Form::on(&page).with(&[
        ("f.regime", "gb-eng-planning"),
        ("f.case", "minor"),
        ("on.day", "7"),
        ("on.month", "1"),
        ("on.year", "2025"),
    ]);
    let preview = press(&harbour.regulator, "preview", &form);
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert_eq!(Form::on(&preview).value("f.case"), "minor");
    markup::check("a preview", &preview.body);
    let new = harbour.manager.page("/log?new=permit");
    new.says("<option value=\"gb-eng-planning\">England, planning permission</option>");
}

#[test]
fn things_of_which_there_are_many_are_found_by_a_part_of_their_name() {
    let harbour = Harbour::new();
    let administrator = harbour.world.of(Role::Administrator);
    for number in 0..101 {
        let registered = json!({ "name": format!("Quay {number:03}"), "kind": "COMPANY", "country": "NL", "occurredOn": "2024" });
        administrator.found("organisationRegister", "organisation", registered);
    }
    let page = harbour.manager.page("/log?new=project");
    page.says("placeholder=\"a part of its name\"").hides("its id");
    let form = Form::on(&page).with(&[
        ("f.title", "A second electrolyser"),
        ("f.cluster", harbour.cluster.as_str()),
        ("f.lead", "quay 04"),
        ("on.precision", "year"),
        ("on.year", "2025"),
    ]);
    let several = press(&harbour.manager, "preview", &form);
    assert_eq!(several.status, 422, "{}", several.body);
    several.says("10 have &#x27;quay 04&#x27; in their names: choose one").says("Quay 047</option>").hides("Quay 050");
    markup::check("several are found", &several.body);
    let none = press(&harbour.manager, "preview", &form.clone().with(&[("f.lead", "windmill")]));
    assert_eq!(none.status, 422);
    none.says("None that you may see has &#x27;windmill&#x27; in its name").says("value=\"windmill\"");
    let one = press(&harbour.manager, "preview", &form.clone().with(&[("f.lead", "quay 047")]));
    assert_eq!(one.status, 200, "{}", one.body);
    one.says("selected>Quay 047</option>");
    let recorded = press(&harbour.manager, "record", &Form::on(&one));
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    harbour.manager.page("/projects?text=second").says("Quay 047");

    // Several of many: each that was found stays, and one more can be added.
    let page = harbour.manager.page("/log?new=partnership");
    let form = Form::on(&page).with(&[
        ("f.title", "Quays"),
        ("f.kind", "OFFTAKE"),
        ("f.clusters", harbour.cluster.as_str()),
        ("f.parties", "Quay 001"),
        ("on.day", "1"),
    ]);
    let first = press(&harbour.manager, "preview", &form);
    first
        .says("<input type=\"checkbox\" name=\"f.parties\"")
        .says("<span>Quay 001</span>")
        .says("One more, by a part of its name");
    let mut form = Form::on(&first);
    form.0.retain(|(name, value)| name != "f.parties" || !value.is_empty());
    form.0.push(("f.parties".to_owned(), "Quay 002".to_owned()));
    let second = press(&harbour.manager, "record", &form);
    assert_eq!(second.status, 303, "{}", second.body);
    harbour.manager.page("/partnerships?text=quays").says("Quay 001").says("Quay 002");
}

#[test]
fn what_is_no_form_is_not_read_as_one() {
    let harbour = harbour();
    let manager = &harbour.manager;
    let send = |content_type: &str, body: &str| {
        let request = agent().post(format!("{}/log", manager.address)).header("origin", &manager.address);
        let request = request.header("cookie", format!("milepost_session={}", manager.token.as_deref().unwrap()));
        Reply::of(request.header("content-type", content_type).send(body)).status
    };
    let form: Vec<String> =
        feed(&harbour).with(&[("do", "record")]).0.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/graphql"] {
        assert_eq!(send(content_type, &form.join("&")), 415, "{content_type}");
    }
    manager.page(&format!("/records/{}", harbour.project)).hides("Milestone achieved");
}

#[test]
fn what_was_typed_comes_back_where_it_may_not_be_recorded_and_who_may_is_said() {
    let harbour = harbour();
    let page = harbour.manager.page(&format!("/log?thing={}&step=milestoneAchieve&about=feed", harbour.project));
    let filled = Form::on(&page).with(&[("on.day", "20"), ("evidence.title", "FEED close-out <report>")]);
    // By the form of another session: it is shown again, and can be sent from there.
    let regulator = &harbour.regulator;
    let other = press(regulator, "record", &filled);
    assert_eq!(other.status, 403);
    other.says("This form was made for another session").says("FEED close-out &lt;report&gt;").says("value=\"20\"");
    markup::check("a form of another session", &other.body);
    let refused = press(regulator, "record", &Form::on(&other));
    assert_eq!(refused.status, 403, "{}", refused.body);
    refused.says("This is not for you to record here").says("It is for a project lead (for its projects)");
    refused.says("FEED close-out &lt;report&gt;").says("value=\"20\"").says("All that you typed is still here");
    harbour.manager.page(&format!("/records/{}", harbour.project)).hides("Milestone achieved");
}

#[test]
fn what_was_typed_comes_back_after_signing_in_again() {
    let harbour = harbour();
    let manager = &harbour.manager;
    let form = feed(&harbour).with(&[("do", "record"), ("on.day", "20"), ("reason", "two\nlines & more")]);
    let over = posted(&Visitor { address: manager.address.clone(), token: None }, "/log", &form.0);
    assert_eq!(over.status, 401);
    over.says("Nothing was recorded").says("all that you typed comes back");
    markup::check("a session that is over", &over.body);
    let kept = over.body.split("name=\"kept\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let kept = kept.replace("&amp;", "&").replace("&#x2f;", "/");
    let sign_in = |token: &str| {
        let fields = [("token", token), ("next", "/desk"), ("kept", kept.as_str())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        posted(&Visitor { address: manager.address.clone(), token: None }, "/sign-in", &fields)
    };
    let wrong = sign_in("nonsense");
    assert_eq!(wrong.status, 401);
    wrong.says("name=\"kept\"");
    let signed_in = sign_in(manager.token.as_deref().unwrap());
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    assert!(signed_in.header("set-cookie").starts_with("milepost_session="), "{signed_in:?}");
    signed_in.says("You are signed in again");
    markup::check("signed in again", &signed_in.body);
    let page = Reply { body: signed_in.body.replace("<form method=\"post\" action=\"/log\">", "<form id=\"log\">"), ..signed_in };
    let back = press(manager, "again", &Form::on(&page));
    assert_eq!(back.status, 200, "{}", back.body);
    back.says("FEED close-out &lt;report&gt;").says("Nothing is recorded yet").says("value=\"20\"");
    manager.page(&format!("/records/{}", harbour.project)).hides("Milestone achieved");
    assert_eq!(press(manager, "record", &Form::on(&back)).status, 303);
}

#[test]
fn what_is_no_value_is_said_in_plain_words_at_its_field() {
    let harbour = harbour();
    let page = harbour.manager.page(&format!("/log?thing={}&step=awardExpect", harbour.award));
    let money = Form::on(&page).with(&[("f.amount.amount", "twelve"), ("f.amount.currency", "GBP"), ("on.day", "1")]);
    let refused = press(&harbour.manager, "preview", &money);
    assert_eq!(refused.status, 422);
    refused.says("href=\"#f-amount-amount\"").says("value=\"twelve\"").hides("scalar").hides("$input").hides("Expected input");
    markup::check("a value that is none", &refused.body);
    let page = harbour.manager.page(&format!("/log?thing={}&step=clusterTargetSet", harbour.cluster));
    let target = Form::on(&page).with(&[("f.target_year", "99999999999"), ("f.reduction_percent", "5"), ("on.day", "1")]);
    let refused = press(&harbour.manager, "preview", &target);
    assert_eq!(refused.status, 422, "{}", refused.body);
    refused.says("href=\"#f-target_year\"").hides("scalar").hides("Expected");
}

#[test]
fn forms_are_not_shown_to_those_who_may_not_send_them() {
    let harbour = harbour();
    for (visitor, path) in [
        (&harbour.regulator, format!("/log?thing={}&step=milestoneAchieve&about=feed", harbour.project)),
        (&harbour.world.of(Role::Auditor), format!("/log?thing={}&step=permitGrant", harbour.permit)),
        (&harbour.world.of(Role::ProjectLead), format!("/log?thing={}&step=permitApplicationSubmit", harbour.permit)),
        (&harbour.regulator, "/log?new=project".to_owned()),
        (&harbour.world.of(Role::Auditor), "/log?new=organisation".to_owned()),
        (&harbour.regulator, format!("/log?thing={}&fact={}&step=factRetract", harbour.award, award_fact(&harbour))),
        (&harbour.regulator, format!("/log?thing={}&fact={}&step=correct", harbour.award, award_fact(&harbour))),
    ] {
        let reply = visitor.open(&path);
        assert_eq!(reply.status, 403, "{path}: {}", reply.body);
        reply.says("This is not for you to do").says("It ").hides("<form id=\"log\"");
    }
    let permit = format!("/permits/{}", harbour.permit);
    harbour.regulator.page(&permit).says("Record something");
    harbour.regulator.page(&format!("{permit}?effectiveOn=2025-01-01")).hides("Record something");
    for visitor in [&harbour.world.of(Role::Auditor), &harbour.world.of(Role::ProjectLead), &harbour.funder] {
        visitor.page(&permit).hides("Record something");
    }
    // What would be refused as the thing stands is said beforehand; a form is there, since the values can make it fit.
    let submitted = harbour.manager.page(&format!("/log?thing={}&step=permitApplicationSubmit", harbour.permit));
    submitted.says("As it stands, this would be refused:").says("<form id=\"log\"");
    let award = harbour.funder.page(&format!("/log?thing={}", harbour.award));
    harbour.funder.page(&link(&award, "take back"));
}

/// The fact by which the award was made.
fn award_fact(harbour: &Harbour) -> String {
    let page = harbour.funder.page(&format!("/records/{}", harbour.award));
    let (before, _) = page.body.split_once("<h3>Award made").unwrap();
    before.rsplit("id=\"fact-").next().unwrap().split('"').next().unwrap().to_owned()
}
