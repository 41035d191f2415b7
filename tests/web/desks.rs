//! Desks of more than a page, and files of all that a page is a part of.

use access::{Grant, Role};
use serde_json::json;

use crate::{
    recording::link,
    world::{Harbour, World},
};

#[test]
fn a_desk_of_more_than_a_page_says_so_and_goes_on() {
    let world = World::new();
    let administrator = world.of(Role::Administrator);
    let company = administrator.found(
        "organisationRegister",
        "organisation",
        json!({ "name": "Many Ltd", "kind": "COMPANY", "country": "GB", "occurredOn": "2020" }),
    );
    let lead = world.somebody(Grant { organisation: Some(company.parse().unwrap()), ..Grant::of(Role::ProjectLead) });
    for number in 0..43 {
        lead.found(
            "projectRegister",
            "project",
            json!({ "title": format!("Plant {number:03}"), "lead": company, "country": "GB", "occurredOn": "2024" }),
        );
    }
    let first = lead.page("/desk");
    first.says("40 of <a href=").says("43\u{a0}projects</a>").says("Plant 000").hides("Plant 042");
    let list = lead.page(&link(&first, "43\u{a0}projects"));
    list.says("43\u{a0}projects<").says("Many Ltd");
    let second = lead.page(&link(&first, "The next ones"));
    second.says("Plant 042").hides("Plant 000").says("3 of <a href=").says("The first ones").hides("The next ones");
}

#[test]
fn the_file_of_groups_has_all_of_them_and_other_files_say_of_how_many_they_are() {
    let harbour = Harbour::new();
    for number in 0..22 {
        let permit = harbour.manager.found(
            "permitIdentify",
            "permit",
            json!({ "title": format!("Licence {number:02}"), "instrument": format!("licence {number:02}"), "authority": harbour.authority,
                "jurisdiction": "GB-ENG", "projects": [harbour.project], "occurredOn": "2024-03" }),
        );
        harbour.manager.fact("permitApplicationSubmit", json!({ "permit": permit, "occurredOn": "2024-10-07" }));
    }
    let auditor = harbour.world.of(Role::Auditor);
    let page = auditor.page("/bottlenecks?group=instrument");
    page.says("The figures of all 23\u{a0}groups as CSV").says("The curves of these 3\u{a0}groups as CSV");
    let file = auditor.open("/bottlenecks?group=instrument&format=csv");
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.body.lines().count(), 24, "{}", file.body);
    let curves = auditor.open("/bottlenecks?group=instrument&format=survival.csv");
    assert_eq!(curves.header("content-disposition"), "attachment; filename=\"bottlenecks-survival-of-3.csv\"");
}
