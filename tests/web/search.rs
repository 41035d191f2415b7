//! Search from every page, and its results by kind.

use access::Role;
use serde_json::json;

use crate::{
    markup,
    world::{Harbour, MARKUP},
};

#[test]
fn things_of_every_kind_are_found_by_a_part_of_their_name_in_spite_of_a_slip() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    auditor.page("/lists").says("action=\"/search\"");
    let found = auditor.page("/search?q=elektrolyser");
    found.says("2\u{a0}results for").says("Permission for the electrolyser").says("Grant for the electrolyser");
    found.says("Sampleshire Authority").hides("Sampleton Harbour</a>");
    let permits = auditor.page("/search?q=elektrolyser&kind=PERMIT");
    permits.says("Permission for the electrolyser").hides("Grant for the electrolyser").says("aria-current=\"page\"");
    auditor.page("/search?q=SAMPLETON").says(&format!("href=\"/clusters/{}", harbour.cluster).replace('/', "&#x2f;"));
    let escaped = auditor.page("/search?q=%3Cscript%3E");
    assert!(!escaped.body.contains("<script>"), "{MARKUP}");
    auditor.page("/search?q=zzzzzz").says("Nothing found for");
    auditor.page("/search?q=---").says("there is no word in it");
    auditor.page(&format!("/search?q={}", "a".repeat(201))).says("it is too long");
    auditor.page("/search?q=port&kind=SHIP").says("which there is not");
    for path in ["/search", "/search?q=port", "/search?q=elektrolyser&effectiveOn=1999-01-01"] {
        markup::check(path, &auditor.page(path).body);
    }
    auditor.page("/search?q=elektrolyser&effectiveOn=1999-01-01").says("Nothing found for");
    // More than can be asked for together.
    let administrator = harbour.world.of(Role::Administrator);
    for number in 1..=32 {
        let name = format!("Quayside company {number}");
        let input = json!({ "name": name, "kind": "COMPANY", "country": "NL", "occurredOn": "2020" });
        administrator.found("organisationRegister", "organisation", input);
    }
    let quayside = auditor.page("/search?q=quaysid&kind=ORGANISATION");
    assert_eq!(quayside.body.matches("Quayside company").count(), 30);
    quayside.says("32\u{a0}results for").says("company; Netherlands").says("More results");
    assert_eq!(harbour.world.nobody().open("/search?q=port").status, 401);
}
