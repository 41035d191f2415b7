//! What the pages say.

use access::Role;

use crate::world::{Harbour, MARKUP, World};

#[test]
fn a_title_is_text_wherever_it_stands() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for path in harbour.paths() {
        auditor.page(&path).hides("<script").hides("alert(\"1\")");
    }
    for path in [format!("/clusters/{}", harbour.cluster), format!("/projects/{}", harbour.project)] {
        auditor.page(&path).says("Heat &lt;script&gt;alert(&quot;1&quot;)&lt;&#x2f;script&gt; &amp; &#x27;more&#x27;");
    }
    assert!(MARKUP.contains("<script>"));
    auditor.page("/permits?text=%22%3E%3Cscript%3E").hides("<script").says("&quot;&gt;&lt;script&gt;");
}

#[test]
fn what_the_initiative_states_stands_beside_what_is_counted() {
    let harbour = Harbour::new();
    let page = harbour.world.of(Role::Auditor).page("/initiative");
    page.says("Example Initiative").says("as of January 2025");
    page.says("<td data-label=\"Stated\">4,321</td><td data-label=\"Counted\"><span class=\"number\">1</span></td>");
    page.says("120,000").says("known for 0 of 1\u{a0}cluster").says("not stated").says("All 2 statements");
    page.says(&format!("&#x2f;clusters&#x2f;{}", harbour.cluster))
        .says("Sampleton Harbour")
        .says("Europe")
        .says("quarter 2 of 2023");
}

#[test]
fn a_ladder_has_a_drawing_a_sentence_and_a_table_and_shows_its_falls() {
    let harbour = Harbour::new();
    let page = harbour.world.of(Role::Auditor).page(&format!("/clusters/{}", harbour.cluster));
    assert_eq!(page.body.matches("<svg class=\"ladder\"").count(), 4);
    for pillar in ["partnerships", "policy", "finance", "technology"] {
        page.says(&format!("aria-labelledby=\"ladder-{pillar}\"")).says(&format!("<h3 id=\"criteria-{pillar}\">"));
    }
    page.says("Partnerships: level 2 of 5; 0 of 2 criteria for level 3 met or waived.");
    page.says("▼ fell").says("▲ rose").says("The documents that were accepted have expired");
    page.says("No documents are filed").says(&format!("/records/{}#fact-", harbour.cluster));
    page.says("55 % less").says("Example Hydrogen Ltd").says("<th scope=\"col\"><span class=\"wide\">Level </span>5</th>");
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let world = World::new();
    let administrator = world.of(Role::Administrator);
    let registered = serde_json::json!({ "name": "Bare Quay", "country": "NL", "occurredOn": "2024" });
    let cluster = administrator.found("clusterRegister", "cluster", registered);
    let page = administrator.page(&format!("/clusters/{cluster}"));
    page.says("Signatory since unknown, convened by <span class=\"unknown\">unknown</span>");
    page.says("No baseline is on record").says("No award is on record").says("No fact is behind it");
    page.says("All four pillars are at the same level");
    let initiative = administrator.page("/initiative");
    initiative.says("<span class=\"unknown\">unknown</span>").says("not stated").says("The initiative itself is not on record");
}

#[test]
fn ladders_and_clusters_come_as_files_too() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let ladders = auditor.open(&format!("/clusters/{}?format=csv", harbour.cluster));
    assert_eq!((ladders.status, ladders.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(ladders.header("content-disposition"), format!("attachment; filename=\"{}-ladders.csv\"", harbour.cluster));
    ladders.says("ladder,pillar,level,rung,criterion,text,mandatory,outcome,missing\n");
    ladders.says("cluster.v1,PARTNERSHIPS,2,1,convenor-on-record,a convenor is on record,true,MET,\n");
    auditor
        .open("/initiative?format=csv")
        .says(&format!("{},Sampleton Harbour,GB,Sampleton,2023-Q2,2,0,0,0,1\n", harbour.cluster));
    assert_eq!(harbour.world.nobody().open("/initiative?format=csv").status, 401);
}

#[test]
fn a_list_goes_on_by_links_that_keep_what_was_asked_for() {
    let world = World::new();
    let administrator = world.of(Role::Administrator);
    for number in 0..102 {
        let registered = serde_json::json!({ "name": format!("Quay {number:03}"), "country": "NL", "occurredOn": "2024" });
        administrator.found("clusterRegister", "cluster", registered);
    }
    let first = administrator.page("/initiative?effectiveOn=2099-01-01");
    first.says("Quay 099").hides("Quay 100").says("102\u{a0}clusters");
    let link = first.body.split("<a class=\"button\" href=\"").nth(1).expect("a link to more").split('"').next().unwrap();
    let link = link.replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(link.starts_with("/initiative?effectiveOn=2099-01-01&after="), "{link}");
    let second = administrator.page(&link);
    second.says("Quay 100").says("Quay 101").hides("Quay 099").says("First page");
}

#[test]
fn permits_are_found_by_state_and_text() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for (path, count) in [
        ("/permits", 1),
        ("/permits?open=yes", 1),
        ("/permits?open=no", 0),
        ("/permits?state=IN_REVIEW", 1),
        ("/permits?state=stopped", 0),
        ("/permits?text=ELECTROLYSER", 1),
        ("/permits?text=windmill", 0),
    ] {
        let heading = if count == 1 { "1\u{a0}permit<" } else { "0\u{a0}permits<" };
        auditor.page(path).says(heading);
    }
}

/// Of how many bytes a page is long. What is short compresses less.
const LONG: usize = 4_000;

#[test]
fn what_is_long_is_sent_compressed_to_whoever_accepts_that() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for path in harbour.paths() {
        let plain = auditor.page(&path).body.len();
        if plain < LONG {
            continue;
        }
        let (encoding, varies, length) = auditor.compressed(&path);
        assert_eq!((encoding.as_str(), varies), ("gzip", true), "{path}");
        assert!(length * 5 < plain * 3, "{path}: {length} of {plain} bytes");
    }
}

#[test]
fn the_docket_shows_what_waits_with_its_clock_its_filters_and_a_file() {
    let harbour = Harbour::new();
    let identified = |title: &str| {
        serde_json::json!({ "title": title, "instrument": "planning permission", "regime": "gb-eng-planning", "case": "minor",
            "authority": harbour.authority, "jurisdiction": "GB-ENG", "projects": [harbour.project], "occurredOn": "2025-01-02" })
    };
    let overdue = harbour.manager.found("permitIdentify", "permit", identified("Overdue hall"));
    harbour.manager.fact("permitApplicationSubmit", serde_json::json!({ "permit": overdue, "occurredOn": "2025-01-06" }));
    let page = harbour.regulator.page("/docket?effectiveOn=2025-03-09");
    // Eight weeks end on 3 March 2025.
    page.says("2 permits are open. 1 is overdue; 0 due within 30 days.").says("6\u{a0}days over").says("class=\"clock-over\"");
    page.says("Overdue hall").says("Permission for the electrolyser").says("<time datetime=\"2025-03-03\">3 March 2025</time>");
    page.says("No deadline known").says("Who has how much").says("nobody yet");
    page.says("tell the authority (on the day");
    let narrowed = harbour.regulator.page("/docket?effectiveOn=2025-03-09&section=overdue&regime=gb-eng-planning&order=deadline");
    narrowed
        .says("Overdue: 1\u{a0}permit")
        .hides("Permission for the electrolyser")
        .says("aria-current=\"page\"><span class=\"late\">");
    narrowed.says("&#x2f;docket?effectiveOn=2025-03-09&amp;order=deadline&amp;regime=gb-eng-planning&amp;section=stopped");
    let file = harbour.regulator.open("/docket?effectiveOn=2025-03-09&section=overdue&format=csv");
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"docket.csv\"");
    file.says("permit,title,instrument,").says(&format!("{overdue},Overdue hall,planning permission,")).hides("electrolyser");
    file.says("2025-03-03,-6,");
    let auditor = harbour.world.of(Role::Auditor);
    auditor.page("/docket?effectiveOn=2025-03-09").says("Overdue hall").hides("Who has how much");
    let stranger = harbour.world.of(Role::Regulator);
    stranger.page("/docket?effectiveOn=2025-03-09").says("No permit is open.").says("None that you may see is as you ask.");
    stranger.page("/docket?effectiveOn=2025-03-09&whose=all").says("Overdue hall").hides("Who has how much");
    for (path, says) in [
        ("/docket?section=lost", "none of those in the list"),
        ("/docket?order=colour", "none of those in the list"),
        ("/docket?court=jury", "none of those in the list"),
        ("/docket?whose=theirs", "is mine or all"),
        ("/docket?text=%00", "strange ones"),
        ("/docket?officer=nobody", "Code"),
        ("/docket?authority=nobody", "Code"),
        ("/docket?after=nonsense", "Code"),
        ("/docket?effectiveOn=2026-02-30", "is not a date"),
    ] {
        let reply = auditor.open(path);
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
        reply.says(says);
    }
    assert_eq!(harbour.world.nobody().open("/docket").status, 401);
}
