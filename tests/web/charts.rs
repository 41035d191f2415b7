//! What is drawn, and what stands beside each drawing.

use access::Role;
use serde_json::{Value, json};

use crate::world::{Harbour, Visitor};

/// A permit under the law of England: accepted, and with 13 weeks from the submission.
pub fn major(harbour: &Harbour, title: &str, submitted_on: &str) -> String {
    let permit = harbour.manager.found(
        "permitIdentify",
        "permit",
        json!({ "title": title, "instrument": "planning permission", "authority": harbour.authority, "jurisdiction": "GB-ENG",
            "regime": "gb-eng-planning", "case": "major", "projects": [harbour.project], "occurredOn": "2024-01-02" }),
    );
    harbour.manager.fact("permitApplicationSubmit", json!({ "permit": permit, "occurredOn": submitted_on }));
    permit
}

fn grant(visitor: &Visitor, permit: &str, on: &str) {
    let conditions = json!([{ "reference": "3", "text": "a drainage plan", "beforeConstruction": true, "dueOn": "2025-12-20" }]);
    visitor.fact("permitGrant", json!({ "permit": permit, "conditions": conditions, "occurredOn": on }));
}

#[test]
fn a_permit_has_each_clock_drawn_with_its_segments_in_a_table_and_a_file() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let path = format!("/permits/{}", major(&harbour, "Pier", "2025-01-06"));
    let page = auditor.page(&format!("{path}?effectiveOn=2025-03-31"));
    page.says("<strong>7\u{a0}days left</strong>").says("Of 13\u{a0}weeks allowed").says("due on 7 April 2025");
    page.says("<rect class=\"used\"")
        .says("<rect class=\"left\"")
        .hides("<rect class=\"stopped\" x=\"")
        .hides("class=\"over\" x=");
    page.says("<caption>Determination of the application</caption>").says("<td data-label=\"Days\" class=\"r\">84</td>");
    page.says("How its deadline came to lie there").says("13 weeks: ");
    page.says("aria-current=\"step\"><b>Submitted</b>6 January 2025").says("<b>Decided</b>by 7 April 2025");
    let late = auditor.page(&format!("{path}?effectiveOn=2025-04-17"));
    late.says("<strong class=\"late\">10\u{a0}days over</strong>, overdue").says("<rect class=\"over\" x=");
    let file = auditor.open(&format!("{path}?effectiveOn=2025-03-31&format=csv"));
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    file.says("limit,words,state,deadline,strict deadline,counts,first,last,days,ground,who has to act,article\n");
    file.says("determination,determination of the application,RUNNING,2025-04-07,2025-04-07,yes,2025-01-07,2025-03-31,84,,,");
}

#[test]
fn a_permit_of_no_regime_says_why_it_has_no_clock_and_what_stood_still() {
    let harbour = Harbour::new();
    let page = harbour.world.of(Role::Auditor).page(&format!("/permits/{}", harbour.permit));
    page.says("None: no regime is named").hides("<pattern id=\"hatch\"").says("Stopped, waiting for the applicant");
    let granted = major(&harbour, "Quay", "2025-01-06");
    grant(&harbour.regulator, &granted, "2025-06-02");
    let page = harbour.regulator.page(&format!("/permits/{granted}"));
    page.says("ended on 2 June 2025").says("Ended 56\u{a0}days late").says("<b>Decided</b>granted, 2 June 2025");
    page.says("before building begins, due <time datetime=\"2025-12-20\">");
}

#[test]
fn groups_of_permits_are_drawn_with_their_sentence_table_and_file() {
    let harbour = Harbour::new();
    for number in 0..7 {
        let permit = major(&harbour, &format!("Pier {number}"), "2024-01-08");
        if number < 5 {
            grant(&harbour.regulator, &permit, &format!("2024-0{}-15", number + 4));
        }
    }
    let auditor = harbour.world.of(Role::Auditor);
    let page = auditor.page("/bottlenecks?group=authority&then=technology");
    page.says("Most is held up at <strong>Sampleshire Authority, Hydrogen</strong>");
    page.says("<path class=\"curve line-1\" d=\"M0 0H").says("Still open and watched at that age");
    page.says("Half of Sampleshire Authority, Hydrogen take more than").says("<table class=\"heat days\">");
    page.says("limit 13\u{a0}weeks").says("known for 5 of 5 decisions").says("Extensions hide no lateness here");
    for (format, line) in [
        ("csv", "authority,technology,n,ended,open,median days,"),
        ("survival.csv", "authority,technology,day,open and watched,ended,censored,share still open,lower,upper\n"),
        ("ageing.csv", "Sampleshire Authority,Hydrogen,permit-"),
        ("heat.csv", "authority,technology,n,median days\nSampleshire Authority,Hydrogen,8,"),
    ] {
        let file = auditor.open(&format!("/bottlenecks?group=authority&then=technology&format={format}"));
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{format}");
        file.says(line);
    }
    auditor.page("/bottlenecks?group=instrument").says("A heat map needs two dimensions");
    auditor.page("/bottlenecks?jurisdiction=NL").says("No permit is on record of which this can be asked");
}

#[test]
fn what_can_not_be_grouped_by_is_refused_in_words() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for (query, says) in [
        ("group=weather", "is none of the dimensions in the list"),
        ("group=authority&then=%3Cscript%3E", "is none of the dimensions in the list"),
        ("since=soon", "is not a date"),
        ("jurisdiction=nowhere-at-all", "such as NL or GB-ENG"),
        ("authority=permit-00000000-0000-4000-8000-000000000000", "the id of an organisation"),
    ] {
        let reply = auditor.open(&format!("/bottlenecks?{query}"));
        assert_eq!(reply.status, 400, "{query}: {}", reply.body);
        reply.says(says).hides("<script");
    }
    assert_eq!(harbour.world.nobody().open("/bottlenecks").status, 401);
    // The same dimension twice is that dimension.
    auditor.page("/bottlenecks?group=authority&then=authority").says("A heat map needs two dimensions");
}

#[test]
fn a_project_has_its_schedule_drawn_and_every_move_with_its_cause() {
    let harbour = Harbour::new();
    let on = |value: Value| {
        let mut input = value;
        input["project"] = json!(harbour.project);
        input
    };
    harbour.manager.fact("projectFidPlan", on(json!({ "dueOn": "2026-06-01", "occurredOn": "2024-01-10" })));
    harbour.manager.fact(
        "projectFidDefer",
        on(json!({ "to": "2026-09-01", "cause": "PERMIT", "reason": "the permit is late", "responsible": "AUTHORITY",
            "occurredOn": "2025-02-03" })),
    );
    let permit = major(&harbour, "Pier", "2025-01-06");
    harbour
        .manager
        .fact("projectDependencyDeclare", on(json!({ "milestone": "fid", "needsPermit": permit, "occurredOn": "2025-01-10" })));
    let path = format!("/projects/{}", harbour.project);
    let page = harbour.manager.page(&format!("{path}?effectiveOn=2025-03-31"));
    page.says("The investment decision is expected 1 September 2026, 92 days later than first planned");
    page.says("The date has moved once, mostly for one cause: permit").says("Permit: the permit is late");
    page.says("<line class=\"dep\"").says("<path class=\"ms base\"").says("7\u{a0}days left");
    page.says("Grant for the electrolyser").says("No partnership is on record").says("Latest on record");
    let file = harbour.manager.open(&format!("{path}?effectiveOn=2025-03-31&format=schedule.csv"));
    file.says("milestone,title,first plan,approved anew,forecast,actual,dropped,slip in days,moves\n");
    file.says("fid,,2026-06-01,,2026-09-01,,,92,1\n");
}

#[test]
fn a_cluster_says_first_what_limits_it_and_folds_the_rest() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let path = format!("/clusters/{}", harbour.cluster);
    let page = auditor.page(&path);
    let (first, folded) = page.body.split_once("<h2 id=\"rest-heading\">").expect("a rest");
    assert!(first.contains("limit the cluster: level 0 of 5") && first.contains("What would raise policy to 1"), "{first}");
    assert!(first.contains("fell to") && first.contains("class=\"level-1\""), "{first}");
    assert!(!first.contains("Grant for the electrolyser") && folded.contains("Grant for the electrolyser"));
    assert!(!folded.contains("<details class=\"fold\" open>"));
    let opened = auditor.page(&format!("{path}?open=all"));
    assert_eq!(
        opened.body.matches("<details class=\"fold\" open>").count() + opened.body.matches("fold criteria\" open").count(),
        11
    );
}
