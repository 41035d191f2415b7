//! The lists of everything, and the pages of the things that are on them.

use access::Role;
use serde_json::json;

use crate::{
    markup,
    world::{Harbour, World},
};

const LISTS: [(&str, &str, &str); 8] = [
    ("/clusters", "Sampleton Harbour", "1\u{a0}cluster<"),
    ("/projects", "Heat &lt;script&gt;", "1\u{a0}project<"),
    ("/permits", "Permission for the electrolyser", "1\u{a0}permit<"),
    ("/awards", "Grant for the electrolyser", "1\u{a0}award<"),
    ("/programmes", "None that you may see is as you ask.", "0\u{a0}programmes<"),
    ("/partnerships", "Hydrogen for the harbour", "1\u{a0}partnership<"),
    ("/organisations", "Sampleshire Authority", "3\u{a0}organisations<"),
    ("/policy-measures", "None that you may see is as you ask.", "0\u{a0}policy measures<"),
];

#[test]
fn everything_on_record_is_on_a_list_that_comes_as_a_file_too() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let overview = auditor.page("/lists");
    markup::check("/lists", &overview.body);
    for (path, name, heading) in LISTS {
        overview.says(&format!("href=\"{}\"", path.replace('/', "&#x2f;")));
        let page = auditor.page(path);
        page.says(name).says(heading);
        markup::check(path, &page.body);
        let moment = format!("{path}?effectiveOn=2099-01-01&asKnownAt=2099-03-31&by=publication");
        markup::check(&moment, &auditor.page(&moment).body);
        let file = auditor.open(&format!("{path}?format=csv"));
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{path}: {}", file.body);
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{}.csv\"", &path[1..]));
        let workbook = auditor.open(&format!("{path}?format=xlsx"));
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!((workbook.status, workbook.header("content-type")), (200, kind), "{path}");
        assert_eq!(workbook.header("content-disposition"), format!("attachment; filename=\"{}.xlsx\"", &path[1..]));
        assert!(workbook.body.starts_with("PK"), "{path}");
        assert_eq!(harbour.world.nobody().open(path).status, 401, "{path}");
    }
    auditor.open("/awards?format=csv").says(",Grant for the electrolyser,Model Fund,").says("GBP");
}

#[test]
fn a_list_is_narrowed_and_ordered_by_its_address() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    for (path, count) in [
        ("/permits?court=authority", 1),
        ("/permits?from=2024-10-08", 0),
        ("/permits?from=2024-10-07&until=2024-10-07&order=deadline", 1),
        ("/permits?jurisdiction=gb-eng", 1),
        ("/permits?jurisdiction=NL", 0),
        ("/permits?regime=gb-eng-planning", 0),
    ] {
        let heading = if count == 1 { "1\u{a0}permit<" } else { "0\u{a0}permits<" };
        auditor.page(path).says(heading);
    }
    let led = format!("/permits?authority={}", harbour.authority);
    auditor.page(&led).says("1\u{a0}permit<").says("Sampleshire Authority</option>").says("Clear");
    auditor.page("/organisations?kind=funder").says("Model Fund").hides("Sampleshire Authority");
    auditor.page("/projects?stage=feasibility&lever=hydrogen&inCluster=yes").says("1\u{a0}project<");
    auditor.page("/projects?stageUnknown=yes").says("0\u{a0}projects<");
    auditor.page("/awards?state=disbursing&side=public&instrument=grant").says("1\u{a0}award<").says("GBP\u{a0}44,000,000");
    let regulator = harbour.regulator.page("/awards");
    regulator.says("Grant for the electrolyser").says("not shown").hides("44,000,000").hides("45,000,000").hides("9,000,000");
    harbour.regulator.open("/awards?format=csv").says("Grant for the electrolyser").hides("44000000").hides("45000000");
    auditor.page("/permits").says("By state").says("href=\"&#x2f;permits?state=in_review\"");
}

#[test]
fn what_an_address_asks_for_in_vain_is_said() {
    let harbour = Harbour::new();
    let auditor = harbour.world.of(Role::Auditor);
    let nobody_has = "00000000-0000-4000-8000-000000000000";
    for (path, says) in [
        ("/permits?regime=xyz".to_owned(), "No regime that is known here is called &#x27;xyz&#x27;"),
        ("/docket?regime=xyz".to_owned(), "No regime is called &#x27;xyz&#x27;; those that are known are au-epbc"),
        ("/docket?whose=all&colour=red".to_owned(), "The address asks for &#x27;colour&#x27;"),
        ("/bottlenecks?groups=authority".to_owned(), "The address asks for &#x27;groups&#x27;"),
        ("/projects?leads=me".to_owned(), "The address asks for &#x27;leads&#x27;"),
        (format!("/projects?lead=organisation-{nobody_has}"), "There is no organisation with the id"),
    ] {
        let page = auditor.page(&path);
        page.says(says);
        markup::check(&path, &page.body);
    }
    for (path, says) in [
        ("/permits?from=2024-13-01", "is not a date"),
        ("/permits?from=yesterday", "is not a date"),
        ("/permits?jurisdiction=nowhere-at-all", "such as NL or GB-ENG"),
        ("/permits?authority=42", "is the id of an organisation"),
        ("/projects?country=12", "two letters of a country"),
        ("/projects?stage=later", "is none of the stages"),
        ("/awards?order=colour", "&#x27;order&#x27; is title or state or latest"),
        ("/awards?after=nonsense", "Code"),
    ] {
        let reply = auditor.open(path);
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
        reply.says(says);
    }
}

#[test]
fn a_long_list_goes_on_and_its_file_has_all_of_it() {
    let world = World::new();
    let administrator = world.of(Role::Administrator);
    for number in 0..30 {
        let registered = json!({ "name": format!("Quay {number:03}"), "kind": "COMPANY", "country": "NL", "occurredOn": "2024" });
        administrator.found("organisationRegister", "organisation", registered);
    }
    let first = administrator.page("/organisations?country=nl");
    first.says("30\u{a0}organisations<").says("Quay 024").hides("Quay 025").says("More organisations");
    let link = first.body.split("<a class=\"button\" href=\"").nth(1).expect("a link to more").split('"').next().unwrap();
    let second = administrator.page(&link.replace("&#x2f;", "/").replace("&amp;", "&"));
    second.says("Quay 025").says("Quay 029").hides("Quay 024").says("First page");
    let file = administrator.open("/organisations?country=nl&format=csv");
    assert_eq!(file.body.lines().count(), 31, "{}", file.body);
}

#[test]
fn each_kind_of_thing_has_a_page_that_leads_on() {
    let harbour = Harbour::new();
    let (auditor, funder) = (harbour.world.of(Role::Auditor), &harbour.funder);
    let list = auditor.page("/organisations");
    let of = |name: &str| {
        let (before, _) = list.body.split_once(&format!("\">{name}</a>")).unwrap();
        before.rsplit("href=\"").next().unwrap().replace("&#x2f;", "/")
    };
    let fund = of("Model Fund");
    let page = auditor.page(&fund);
    page.says("Money that it gives").says("Grant for the electrolyser").says("GBP\u{a0}45,000,000").hides("Record something");
    let programme = funder.found(
        "programmeOpen",
        "programme",
        json!({ "title": "Harbour fund", "funder": fund.trim_start_matches("/organisations/"), "budget": { "amount": "90000000", "currency": "GBP" },
            "closesOn": "2030-06-30", "occurredOn": "2024" }),
    );
    funder.page(&format!("/programmes/{programme}")).says("Harbour fund").says("GBP\u{a0}90,000,000").says("Record something");
    harbour
        .regulator
        .page(&format!("/programmes/{programme}"))
        .says("Figures of money are not shown to your role")
        .says("GBP\u{a0}90,000,000");
    let authority = auditor.page(&format!("/organisations/{}", harbour.authority));
    authority.says("Permits that it decides on").says("Permission for the electrolyser").says("which of them need action first");
    let award = auditor.page(&format!("/awards/{}", harbour.award));
    award.says("Grant for the electrolyser").says("GBP\u{a0}9,000,000").says("<rect class=\"m-obligated\"").says("Payments");
    award.says("Heat &lt;script&gt;").hides("Record something");
    harbour.funder.page(&format!("/awards/{}", harbour.award)).says("Record something");
    let partnerships = auditor.page("/partnerships");
    let address = partnerships.body.split("href=\"&#x2f;partnerships&#x2f;").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/partnerships/{address}");
    harbour
        .manager
        .page(&path)
        .says("<strong>Term sheet signed</strong>")
        .says("Example Hydrogen Ltd")
        .says("aria-current=\"step\"");
    harbour.world.of(Role::ProjectLead).page(&path).says("Hydrogen for the harbour").says("<strong>Identified</strong>");
    let measure = harbour.world.of(Role::Administrator).found(
        "policyMeasureIdentify",
        "policyMeasure",
        json!({ "title": "Example Act", "jurisdiction": "GB", "instrument": "act", "occurredOn": "2023" }),
    );
    auditor.page(&format!("/policy-measures/{measure}")).says("Example Act").says("None declared that.");
    for path in [
        fund,
        format!("/programmes/{programme}"),
        format!("/organisations/{}", harbour.authority),
        format!("/awards/{}", harbour.award),
        path,
        format!("/policy-measures/{measure}"),
    ] {
        for visitor in [&auditor, &harbour.manager, &harbour.regulator] {
            for query in ["", "?effectiveOn=2024-06-30"] {
                let path = format!("{path}{query}");
                markup::check(&path, &visitor.page(&path).body);
            }
        }
        let uuid = &path[path.len() - 36..];
        let wrong = path.replace(uuid, "00000000-0000-4000-8000-000000000000");
        assert_eq!(auditor.open(&wrong).status, 404, "{wrong}");
    }
}
