//! What each role is shown, and what it is not.

use std::num::NonZeroU32;

use access::{Grant, Role};
use milepost::settings::Allowance;

use crate::world::{Harbour, World};

const AMOUNTS: [&str; 4] = ["45,000,000", "44,000,000", "9,000,000", "210,000,000"];

#[test]
fn whoever_only_decides_on_permits_sees_no_money_and_is_told_so() {
    let harbour = Harbour::new();
    for path in harbour.paths() {
        let page = harbour.regulator.page(&path);
        for amount in AMOUNTS {
            page.hides(amount).hides(&amount.replace(',', ""));
        }
    }
    harbour.regulator.page("/initiative").says("Figures of money are not shown to your role");
    let cluster = format!("/clusters/{}", harbour.cluster);
    harbour.regulator.page(&cluster).says("Figures of money are not shown to your role").says("Grant for the electrolyser");
}

#[test]
fn who_pays_and_who_audits_see_each_state_of_money_by_itself() {
    let harbour = Harbour::new();
    for visitor in [&harbour.funder, &harbour.manager, &harbour.world.of(Role::Auditor)] {
        let cluster = visitor.page(&format!("/clusters/{}", harbour.cluster));
        for amount in &AMOUNTS[..3] {
            cluster.says(&format!("GBP\u{a0}{amount}"));
        }
        visitor.page("/initiative").says("GBP\u{a0}44,000,000").hides("not shown to your role");
    }
}

#[test]
fn what_is_for_the_parties_only_is_on_no_page_of_an_outsider() {
    let harbour = Harbour::new();
    let cluster = format!("/clusters/{}", harbour.cluster);
    harbour.manager.page(&cluster).says("term sheet signed");
    let outsider = harbour.world.of(Role::ProjectLead);
    outsider.page(&cluster).says("Hydrogen for the harbour").says("identified").hides("term sheet signed");
}

#[test]
fn an_id_that_nobody_has_is_answered_as_one_of_another_kind_or_of_no_form() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let body = |path: &str| {
        let reply = auditor.open(path);
        assert_eq!(reply.status, 404, "{path}");
        reply.body
    };
    let nobody_has = "00000000-0000-4000-8000-000000000000";
    let expected = body(&format!("/permits/permit-{nobody_has}"));
    assert!(expected.contains("There is nothing at this address, or nothing that you may see."), "{expected}");
    let uuid = harbour.cluster.strip_prefix("cluster-").unwrap();
    for path in [
        format!("/clusters/cluster-{nobody_has}"),
        format!("/clusters/{}", harbour.project),
        format!("/clusters/{uuid}"),
        format!("/clusters/cluster-{}", uuid.to_uppercase()),
        format!("/clusters/cluster-{}", uuid.replace('-', "")),
        format!("/projects/project-{nobody_has}"),
        "/permits/permit-".to_owned(),
        "/permits/%3Cscript%3E".to_owned(),
        "/permits/..%2F..%2Fgraphql".to_owned(),
        format!("/records/award-{nobody_has}"),
        format!("/records/wine-{nobody_has}"),
        "/records/".to_owned() + &"a".repeat(3_000),
        "/permits/permit-%00".to_owned(),
    ] {
        assert_eq!(body(&path), expected, "{path}");
    }
}

#[test]
fn what_can_not_be_answered_is_said_with_a_status_that_fits() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for (path, says) in [
        ("/permits?asKnownAt=March", "is not a date; write it as 2026-03-31"),
        ("/permits?effectiveOn=2026-02-30", "is not a date"),
        ("/permits?asKnownAt=2026-03-31&by=hearsay", "recording or publication"),
        ("/permits?open=perhaps", "is yes or no"),
        ("/permits?state=lost", "none of the states"),
        ("/permits?text=%00", "strange ones"),
        ("/permits?after=nonsense", "Code"),
        ("/initiative?after=nonsense", "Code"),
    ] {
        let reply = auditor.open(path);
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
        reply.says(says);
    }
    let posted = crate::world::agent().post(format!("{}/permits", harbour.world.address)).send_empty();
    let posted = crate::world::Reply::of(posted);
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, HEAD"));
    assert_eq!(auditor.open("/sign-out").status, 405);
}

#[test]
fn a_token_that_may_only_record_is_refused_the_pages() {
    let world = World::new();
    let token = world.token(Grant::of(Role::Auditor), std::time::Duration::from_mins(1));
    assert_eq!(world.nobody().open("/initiative").status, 401);
    let reader = crate::world::Visitor { address: world.address.clone(), token: Some(token) };
    assert_eq!(reader.open("/initiative").status, 200);
}

#[test]
fn whoever_asks_for_too_much_is_told_when_to_come_back() {
    let points = |points| NonZeroU32::new(points).unwrap();
    let world = World::sparing(Allowance { burst: points(10_000), restored_per_second: points(1) });
    let auditor = world.of(Role::Auditor);
    let refused = (0..20).map(|_| auditor.open("/initiative")).find(|reply| reply.status != 200).expect("an end");
    assert_eq!(refused.status, 429);
    refused.says("More than your allowance for the moment").says("Try again in");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 1, "{refused:?}");
}
