//! Recording from pages: a day of those who record, by nothing but links and forms.

use access::{Grant, Role};
use serde_json::json;

use crate::{
    markup,
    world::{Harbour, Reply, Visitor, agent},
};

/// A form of a page, as a browser would send it: the hidden fields, and what is in the others.
#[derive(Debug, Clone)]
pub struct Form(pub Vec<(String, String)>);

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn decoded(text: &str) -> String {
    text.replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

impl Form {
    /// The form on a page that records.
    #[track_caller]
    pub fn on(reply: &Reply) -> Self {
        let (_, form) = reply.body.split_once("<form id=\"log\"").expect("a form to record with");
        let (form, _) = form.split_once("</form>").unwrap();
        let mut fields = Vec::new();
        let mut select = String::new();
        for piece in form.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap();
            if tag.starts_with("option") && tag.contains(" selected") {
                fields.push((select.clone(), decoded(attribute(tag, "value").unwrap())));
            }
            let Some(name) = attribute(tag, "name") else { continue };
            if tag.starts_with("select") {
                name.clone_into(&mut select);
            }
            let value = attribute(tag, "value").unwrap_or_default();
            let is_choice = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
            let is_chosen = !is_choice || tag.contains(" checked");
            if tag.starts_with("input") && is_chosen {
                fields.push((name.to_owned(), decoded(value)));
            } else if tag.starts_with("textarea") {
                fields.push((name.to_owned(), decoded(text)));
            }
        }
        Self(fields)
    }

    /// The same with these fields filled in.
    pub fn with(mut self, filled: &[(&str, &str)]) -> Self {
        for (name, value) in filled {
            self.0.retain(|(known, _)| known != name);
            self.0.push(((*name).to_owned(), (*value).to_owned()));
        }
        self
    }

    pub fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Sends `form` as the browser of `visitor` does, when the button `does` is pressed.
pub fn press(visitor: &Visitor, does: &str, form: &Form) -> Reply {
    let form = form.clone().with(&[("do", does)]);
    let request =
        agent().post(format!("{}/log", visitor.address)).header("accept", "text/html").header("origin", &visitor.address);
    let request = request.header("cookie", format!("milepost_session={}", visitor.token.as_deref().unwrap_or_default()));
    Reply::of(request.send_form(form.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// The address behind the link of which `words` is a part.
#[track_caller]
pub fn link(page: &Reply, words: &str) -> String {
    let links = page.body.split("<a ").skip(1).filter_map(|link| link.split_once("</a>").map(|(link, _)| link));
    let found = links.into_iter().find(|link| link.contains(words));
    let found = found.unwrap_or_else(|| panic!("there is no link '{words}' in\n{}", page.body));
    decoded(attribute(&format!(" {found}"), "href").unwrap())
}

/// A harbour whose project has a milestone that is due.
pub fn harbour() -> Harbour {
    let harbour = Harbour::new();
    harbour.manager.fact(
        "milestonePlan",
        json!({ "project": harbour.project, "milestone": "feed", "title": "FEED completed", "dueOn": "2024-11-30", "occurredOn": "2024-01-15" }),
    );
    harbour
}

/// The form on which the manager says that FEED was completed, filled in.
pub fn feed(harbour: &Harbour) -> Form {
    let page = harbour.manager.page(&format!("/log?thing={}&step=milestoneAchieve&about=feed", harbour.project));
    Form::on(&page).with(&[
        ("on.day", "20"),
        ("on.month", "11"),
        ("on.year", "2024"),
        ("evidence.title", "FEED close-out <report>"),
    ])
}

#[test]
fn a_day_from_signing_in_to_seeing_what_was_logged_and_putting_it_right() {
    let harbour = harbour();
    let manager = &harbour.manager;
    let token = manager.token.clone().unwrap();
    let request = agent().post(format!("{}/sign-in", manager.address)).header("origin", &manager.address);
    let signed_in = Reply::of(request.send_form([("token", token.as_str()), ("next", "")]));
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/desk"));

    let desk = manager.page("/desk");
    desk.says("FEED completed").says("Expected date passed").says("Its expected date has passed");
    let page = manager.page(&link(&desk, "FEED completed"));
    page.says("FEED completed reached").says("When was it reached?");
    let form = Form::on(&page).with(&[
        ("on.day", "20"),
        ("on.month", "11"),
        ("on.year", "2024"),
        ("evidence.title", "Close-out report"),
    ]);

    let preview = press(manager, "preview", &form);
    assert_eq!(preview.status, 200, "{}", preview.body);
    preview
        .says("What this will change")
        .says("FEED completed: reached")
        .says("20 November 2024")
        .says("evidenced")
        .says("Not changed");
    manager.page(&format!("/projects/{}", harbour.project)).hides("20 November 2024");

    let recorded = press(manager, "record", &Form::on(&preview));
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    let done = manager.page(recorded.header("location"));
    done.says("Recorded: FEED completed reached").says("What it changed").says("FEED completed: reached").says("Take it back");
    manager.page(&format!("/projects/{}", harbour.project)).says("20 November 2024");
    manager.page("/desk").hides("FEED completed");

    let page = manager.page(&link(&done, "Correct it"));
    let form = Form::on(&page);
    assert_eq!((form.value("on.day"), form.value("on.month"), form.value("on.year")), ("20", "11", "2024"));
    let refused = press(manager, "record", &form.clone().with(&[("on.day", "19")]));
    assert_eq!(refused.status, 422);
    refused.says("Say why, in a sentence").says("href=\"#reason\"");
    let corrected = press(manager, "record", &form.with(&[("on.day", "19"), ("reason", "the report is of the 19th")]));
    assert_eq!(corrected.status, 303, "{}", corrected.body);
    manager.page(&format!("/projects/{}", harbour.project)).says("19 November 2024");

    let done = manager.page(corrected.header("location"));
    let page = manager.page(&link(&done, "Take it back"));
    let back = press(manager, "record", &Form::on(&page).with(&[("reason", "it was another project")]));
    assert_eq!(back.status, 303, "{}", back.body);
    manager.page(back.header("location")).says("What it changed");
}

#[test]
fn a_double_click_records_once() {
    let harbour = harbour();
    let form = feed(&harbour);
    let (first, second) = (press(&harbour.manager, "record", &form), press(&harbour.manager, "record", &form));
    assert_eq!((first.status, second.status), (303, 303), "{}", second.body);
    assert_eq!(first.header("location"), second.header("location"));
    harbour.manager.page(second.header("location")).says("FEED completed: reached");
    let record = harbour.manager.page(&format!("/records/{}", harbour.project));
    assert_eq!(record.body.matches("Milestone achieved").count(), 1);
    // Whoever goes back and says something else with the same form is told, and can go on.
    let changed = press(&harbour.manager, "record", &form.with(&[("on.day", "21")]));
    assert_eq!(changed.status, 422);
    changed.says("COMMAND_ID_REUSED").says("value=\"21\"");
}

#[test]
fn of_two_at_once_the_second_sees_what_the_first_recorded_and_loses_nothing() {
    let harbour = harbour();
    let other =
        harbour.world.somebody(Grant { projects: vec![harbour.project.parse().unwrap()], ..Grant::of(Role::ProjectLead) });
    let page = other.page(&format!("/log?thing={}&step=milestoneReschedule&about=feed", harbour.project));
    let late = Form::on(&page).with(&[
        ("f.to.day", "15"),
        ("f.to.month", "2"),
        ("f.to.year", "2025"),
        ("f.reason", "The <licence> came late"),
        ("f.responsible", "LEAD"),
        ("on.day", "10"),
        ("on.month", "11"),
        ("on.year", "2024"),
    ]);
    let suspended = harbour.manager.page(&format!("/log?thing={}&step=projectStageEnter", harbour.project));
    let form =
        Form::on(&suspended).with(&[("f.stage", "FEED"), ("on.precision", "month"), ("on.month", "6"), ("on.year", "2024")]);
    assert_eq!(press(&harbour.manager, "record", &form).status, 303);

    let conflict = press(&other, "record", &late);
    assert_eq!(conflict.status, 409, "{}", conflict.body);
    conflict.says("something was recorded meanwhile").says("Project stage entered").says("June 2024");
    conflict.says("The &lt;licence&gt; came late").says("FEED completed: expected").says("15 February 2025");
    let recorded = press(&other, "record", &Form::on(&conflict));
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    other.page(&format!("/projects/{}", harbour.project)).says("15 February 2025");
}

#[test]
fn what_is_refused_is_marked_and_keeps_what_was_typed() {
    let harbour = harbour();
    let manager = &harbour.manager;
    let form = feed(&harbour);
    for (filled, says) in [
        (&[("on.year", "2199")][..], "DATE_IN_FUTURE"),
        (&[("on.day", "31"), ("on.month", "2")][..], "There is no day &#x27;31&#x27; in month 2 of 2024"),
        (&[("on.day", "")][..], "Say when it was"),
        (&[("on.precision", "quarter"), ("on.quarter", "7")][..], "There is no quarter &#x27;7&#x27;"),
    ] {
        let refused = press(manager, "record", &form.clone().with(filled));
        assert_eq!(refused.status, 422, "{filled:?}");
        refused
            .says("<title>Not recorded: ")
            .says(says)
            .says("aria-invalid=\"true\" aria-describedby=\"on-error")
            .says("href=\"#on-day\"");
        refused.says("value=\"FEED close-out &lt;report&gt;\"").says("All that you typed is still here");
        markup::check("a refused form", &refused.body);
        assert_eq!(Form::on(&refused).value("commandId"), form.value("commandId"));
    }
    let location = press(
        manager,
        "record",
        &form.clone().with(&[("evidence.title", ""), ("evidence.location", "https://example.org/a.pdf")]),
    );
    location.says("Say what the document is called").says("https:&#x2f;&#x2f;example.org&#x2f;a.pdf");

    // A rule of the record: a milestone is reached once.
    assert_eq!(press(manager, "record", &form).status, 303);
    let again = form.with(&[("commandId", "00000000-0000-4000-8000-00000000000a"), ("expectedRevision", ""), ("on.day", "22")]);
    let refused = press(manager, "record", &again);
    assert_eq!(refused.status, 422);
    refused.says("MILESTONE_OVER").says("Why does the rule not hold here?").says("value=\"22\"");

    let page = manager.page(&format!("/log?thing={}&step=awardExpect", harbour.award));
    let money = Form::on(&page).with(&[("f.amount.amount", "12.345"), ("f.amount.currency", "GBP"), ("on.day", "1")]);
    let refused = press(manager, "preview", &money);
    assert_eq!(refused.status, 422);
    refused.says("This would not be recorded").says("value=\"12.345\"").says("id=\"f-amount\"");
}

#[test]
fn the_legal_effect_of_a_step_is_shown_before_it_is_recorded() {
    let harbour = harbour();
    let steps = harbour.regulator.page(&format!("/log?thing={}", harbour.permit));
    steps
        .says("Stop the clock")
        .says("Extend the deadline")
        .says("Grant")
        .hides("Start the clock")
        .hides("The application was submitted");
    let page = harbour.regulator.page(&link(&steps, "Stop the clock"));
    let form = Form::on(&page).with(&[
        ("f.reason", "Deposition figures are missing"),
        ("f.responsible", "APPLICANT"),
        ("f.expected_resumption.day", "17"),
        ("f.expected_resumption.month", "9"),
        ("f.expected_resumption.year", "2025"),
        ("on.day", "26"),
        ("on.month", "8"),
        ("on.year", "2025"),
    ]);
    let preview = press(&harbour.regulator, "preview", &form);
    assert_eq!(preview.status, 200, "{}", preview.body);
    preview
        .says("By law")
        .says("Who has to act")
        .says("the authority <span class=\"arrow\">→</span> the applicant")
        .says("confirmed");
    let recorded = press(&harbour.regulator, "record", &Form::on(&preview).with(&[("f.responsible", "APPLICANT")]));
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    harbour.regulator.page("/desk").says("The clock is to run again").says("Permission for the electrolyser");
    harbour.manager.page("/desk").says("The clock is to run again").says("In your court");
}

#[test]
fn only_what_may_be_recorded_is_offered_and_one_near_miss_is_explained() {
    let harbour = harbour();
    let path = format!("/log?thing={}", harbour.permit);
    harbour.manager.page(&path).says("not yet: ");
    for visitor in [&harbour.world.of(Role::Auditor), &harbour.world.of(Role::ProjectLead), &harbour.world.of(Role::Verifier)] {
        visitor.page(&path).hides("step=").hides("not yet: ");
    }
    harbour.world.of(Role::Auditor).page("/desk").says("Your role reads and records nothing").hides("Something new");
    let nowhere = "00000000-0000-4000-8000-000000000000";
    for path in [
        format!("/log?thing=permit-{nowhere}"),
        "/log?thing=wine".to_owned(),
        "/log?new=wine".to_owned(),
        format!("/log/done?thing={}&fact={nowhere}", harbour.permit),
    ] {
        assert_eq!(harbour.manager.open(&path).status, 404, "{path}");
    }
    // What is of the parties is in no step, no preview and no form of others.
    let outsider = harbour.world.of(Role::ProjectLead);
    let form = feed(&harbour);
    let stolen = press(&outsider, "preview", &form);
    assert_eq!(stolen.status, 403);
    stolen.hides("20 November 2024");
}

#[test]
fn every_step_of_every_kind_has_a_form_that_is_well_formed() {
    let harbour = harbour();
    let mut opened = 0;
    for visitor in [&harbour.manager, &harbour.regulator, &harbour.funder] {
        let desk = visitor.page("/desk");
        markup::check("/desk", &desk.body);
        for thing in [&harbour.cluster, &harbour.project, &harbour.permit, &harbour.award] {
            let steps = visitor.page(&format!("/log?thing={thing}"));
            markup::check("/log", &steps.body);
            for address in steps.body.split("class=\"choice\" href=\"").skip(1).filter_map(|link| link.split('"').next()) {
                let address = decoded(address);
                markup::check(&address, &visitor.page(&address).body);
                opened += 1;
            }
        }
        for address in desk.body.split("href=\"").skip(1).filter_map(|link| link.split('"').next()).map(decoded) {
            if address.starts_with("/log?new=") {
                markup::check(&address, &visitor.page(&address).body);
                opened += 1;
            }
        }
    }
    assert!(opened > 60, "{opened}");
}

#[test]
fn something_new_is_brought_on_record_by_a_form() {
    let harbour = harbour();
    let page = harbour.manager.page("/log?new=project");
    let form = Form::on(&page).with(&[
        ("f.title", "A second electrolyser"),
        ("f.cluster", harbour.cluster.as_str()),
        ("on.precision", "year"),
        ("on.year", "2025"),
    ]);
    let recorded = press(&harbour.manager, "record", &form);
    assert_eq!(recorded.status, 303, "{}", recorded.body);
    harbour.manager.page(recorded.header("location")).says("A second electrolyser").says("2025");
}

#[test]
fn what_others_recorded_waits_on_the_desk_of_who_confirms_it() {
    let harbour = harbour();
    let award = &harbour.award;
    harbour.manager.fact("awardFinancialCloseReach", json!({ "award": award, "occurredOn": "2026-05" }));
    let desk = harbour.funder.page("/desk");
    desk.says("Waiting for you to confirm").says("Financial close reached");
    let page = harbour.funder.page(&link(&desk, "Confirm<span class=\"hidden\">: Financial close reached"));
    let done = press(&harbour.funder, "record", &Form::on(&page));
    assert_eq!(done.status, 303, "{}", done.body);
    harbour.funder.page("/desk").hides("Financial close reached");
}

#[test]
fn a_form_from_elsewhere_records_nothing() {
    let harbour = harbour();
    let (manager, form) = (&harbour.manager, feed(&harbour));
    let send = |origin: Option<&str>, cookie: Option<&str>, form: &Form| {
        let mut request = agent().post(format!("{}/log", manager.address));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(cookie) = cookie {
            request = request.header("cookie", format!("milepost_session={cookie}"));
        }
        let form = form.clone().with(&[("do", "record")]);
        Reply::of(request.send_form(form.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))).status
    };
    let (own, session) = (Some(manager.address.as_str()), manager.token.as_deref());
    assert_eq!(send(None, session, &form), 403);
    assert_eq!(send(Some("https://evil.example"), session, &form), 403);
    assert_eq!(send(own, None, &form), 401);
    assert_eq!(send(own, session, &form.clone().with(&[("token", "")])), 403);
    assert_eq!(send(own, session, &form.clone().with(&[("token", "00000000000000000000000000000000")])), 403);
    let another =
        harbour.world.somebody(Grant { clusters: vec![harbour.cluster.parse().unwrap()], ..Grant::of(Role::ClusterManager) });
    assert_eq!(send(own, another.token.as_deref(), &form), 403);
    let long = "a".repeat(300_000);
    assert_eq!(send(own, session, &form.clone().with(&[("evidence.title", long.as_str())])), 413);
    let many: Vec<_> = (0..700).map(|at| (format!("x{at}"), "y".to_owned())).collect();
    assert_eq!(send(own, session, &Form(form.0.iter().cloned().chain(many).collect())), 400);
    assert_eq!(send(own, session, &form.clone().with(&[("step", "nothingAtAll")])), 404);
    manager.page(&format!("/records/{}", harbour.project)).hides("Milestone achieved");
    assert_eq!(send(own, session, &form), 303);
}

/// In one document the lists of more than one cluster cost more than a document may.
#[test]
fn whoever_has_a_part_in_many_clusters_has_a_desk_too() {
    let harbour = harbour();
    let other = |number: u32| format!("cluster-00000000-0000-4000-8000-0000000000{number:02}").parse().unwrap();
    let clusters = std::iter::once(harbour.cluster.parse().unwrap()).chain((1..6).map(other)).collect();
    let manager = harbour.world.somebody(Grant { clusters, ..Grant::of(Role::ClusterManager) });
    manager.page("/desk").says("FEED completed");
}

#[test]
fn whoever_confirms_a_fact_sees_what_it_says() {
    let harbour = harbour();
    let page = harbour.manager.page(&format!("/log?thing={}&step=milestoneAchieve&about=feed", harbour.project));
    let form = Form::on(&page).with(&[("on.day", "20"), ("on.month", "11"), ("on.year", "2024")]);
    let done = harbour.manager.page(press(&harbour.manager, "record", &form).header("location"));
    let page = harbour.manager.page(&link(&done, "Take it back"));
    page.says("On record: ").says("<dt>Milestone</dt><dd>FEED</dd>");
}
