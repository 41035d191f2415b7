//! What was known in March, and what had occurred by then.

use access::Role;

use crate::world::Harbour;

#[test]
fn a_permit_is_shown_as_it_stood_on_a_day() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let path = format!("/permits/{}", harbour.permit);
    let now = auditor.page(&path);
    now.says("In review, the clock runs").says("78 days").says("the authority");
    let stopped = auditor.page(&format!("{path}?effectiveOn=2025-01-31"));
    stopped.says("In review, the clock is stopped").says("the applicant").says("still stopped");
    stopped.says("Shown: what had occurred by the end of 31 January 2025").says("value=\"2025-01-31\"");
    // Links go on as of the same day.
    stopped.says(&format!("{}?effectiveOn=2025-01-31", harbour.project));
}

#[test]
fn before_anything_was_recorded_there_was_nothing() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let reply = auditor.open(&format!("/permits/{}?asKnownAt=2020-03-31", harbour.permit));
    assert_eq!(reply.status, 404);
    reply.says("Ask for what is known now");
    auditor.page("/initiative?asKnownAt=2020-03-31").says("The initiative itself is not on record");
    auditor.page("/permits?asKnownAt=2020-03-31").says("0\u{a0}permits");
}

#[test]
fn the_history_says_what_was_corrected_by_what_and_why() {
    let harbour = Harbour::new();
    for path in [format!("/permits/{}", harbour.permit), format!("/records/{}", harbour.permit)] {
        let page = harbour.world.of(Role::Auditor).page(&path);
        page.says(&format!("id=\"fact-{}\" class=\"act corrected\"", harbour.corrected));
        page.says("corrected since").says("a correction").says("why: misread from the letter");
        page.says(&format!("about <a href=\"#fact-{}\">an earlier act</a>", harbour.corrected));
        page.says("10 February 2025").says("18 February 2025").says("March 2024");
    }
}
