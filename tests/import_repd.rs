//! The mapping of the UK Renewable Energy Planning Database, on both of its editions.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by failing what is wrong")]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::LazyLock,
};

use milepost::import::{AnyFact, Claim, DatedBy, Edition, Mapping, Register, Reject, RowClaims};
use schema::{
    organisation::OrganisationFact,
    permit::{DecidedBy, PermitFact, PermitIdentified, PermitStanding},
    project::{ProjectFact, ProjectRegistered},
};

struct Taken {
    published_on: String,
    rows: HashMap<String, RowClaims>,
    rejects: Vec<Reject>,
    unmentioned: Vec<String>,
}

fn take(file: &str) -> Taken {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = Mapping::open(&root.join("mappings/repd.toml")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let register = Register::open(&root.join("demo").join(file), mapping.format()).unwrap();
    let edition = Edition::try_new(&mapping, &register, None).unwrap_or_else(|errors| panic!("{errors:?}"));
    let (mut rows, mut rejects) = (HashMap::new(), Vec::new());
    for row in edition.rows() {
        match row {
            Ok(claims) => drop(rows.insert(claims.key.to_string(), claims)),
            Err(reject) => rejects.push(reject),
        }
    }
    let unmentioned = edition.unmentioned().into_iter().map(str::to_owned).collect();
    Taken { published_on: edition.published_on().to_string(), rows, rejects, unmentioned }
}

static Q4: LazyLock<Taken> = LazyLock::new(|| take("repd-2023q4.csv"));
static Q2: LazyLock<Taken> = LazyLock::new(|| take("repd-2024q2.csv"));

impl Taken {
    fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.rows.values().flat_map(|row| &row.claims)
    }

    fn by_field(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for claim in self.claims() {
            *counts.entry(claim.field.as_str()).or_default() += 1;
        }
        counts
    }

    fn organisations(&self, field: &str) -> usize {
        self.claims().filter(|claim| claim.field.as_str() == field).map(|claim| claim.thing).collect::<HashSet<_>>().len()
    }

    fn claim(&self, key: &str, field: &str) -> Option<&Claim> {
        self.rows[key].claims.iter().find(|claim| claim.field.as_str() == field)
    }

    fn project(&self, key: &str) -> &ProjectRegistered {
        match &self.claim(key, "project").unwrap().fact {
            AnyFact::Project(ProjectFact::ProjectRegistered(project)) => project,
            other => panic!("{other:?}"),
        }
    }

    fn permit(&self, key: &str) -> &PermitIdentified {
        match &self.claim(key, "permit").unwrap().fact {
            AnyFact::Permit(PermitFact::PermitIdentified(permit)) => permit,
            other => panic!("{other:?}"),
        }
    }

    fn date(&self, key: &str, field: &str) -> Option<String> {
        self.claim(key, field).map(|claim| claim.occurred_on.to_string())
    }
}

/// Counted from the files by other means than this program.
#[test]
fn every_row_says_what_was_counted_in_the_files() {
    let [q4, q2] = [&Q4, &Q2];
    assert_eq!((q4.published_on.as_str(), q4.rows.len(), q4.rejects.len()), ("2024-01-22", 10_326, 7));
    assert_eq!((q2.published_on.as_str(), q2.rows.len(), q2.rejects.len()), ("2024-08-05", 11_156, 0));
    let (by_field_q4, by_field_q2) = (q4.by_field(), q2.by_field());
    for (field, in_q4, in_q2) in [
        ("project", 10_326, 11_156),
        ("permit", 10_326, 11_156),
        ("submitted", 9_991, 10_815),
        ("withdrawn", 700, 745),
        ("called_in", 22, 22),
        ("refused", 1_691, 1_692),
        ("refused_by_minister", 22, 22),
        ("refused_on_appeal", 39, 59),
        ("granted", 6_428, 6_856),
        ("granted_on_appeal", 409, 423),
        ("granted_by_minister", 15, 17),
        ("appeal_lodged", 538, 552),
        ("appeal_withdrawn", 57, 57),
        ("appeal_dismissed", 374, 377),
        ("appeal_upheld", 411, 425),
        ("judicial_review", 24, 24),
        ("expired", 318, 319),
        ("reported", 771, 1_051),
        ("construction", 2_310, 2_300),
        ("operational", 2_838, 3_003),
        ("standing", 565, 480),
    ] {
        assert_eq!((by_field_q4[field], by_field_q2[field]), (in_q4, in_q2), "{field}");
    }
    assert_eq!((by_field_q4.len(), by_field_q2.len()), (23, 23), "no claim of another field");
    assert_eq!((q4.organisations("operator"), q2.organisations("operator")), (4_935, 5_307));
    assert_eq!((q4.organisations("authority"), q2.organisations("authority")), (398, 365));
    assert!(q4.unmentioned.is_empty() && q2.unmentioned.is_empty(), "{:?}", q2.unmentioned);
}

#[test]
fn the_seven_rows_of_one_reference_are_refused_with_the_reason() {
    let rows: Vec<u32> = Q4.rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(rows, [10_169, 10_170, 10_171, 10_172, 10_173, 10_174, 10_175]);
    assert!(Q4.rejects.iter().all(|reject| reject.reason.to_string().contains("7 rows have the key '15343'")));
    assert!(Q4.rejects.iter().all(|reject| &reject.cells[1] == "15343"));
}

#[test]
fn numbers_and_white_space_written_differently_are_not_a_change() {
    let (mut same, mut compared) = (0, 0);
    for (key, row) in &Q4.rows {
        if Q2.rows.contains_key(key) {
            compared += 1;
            let (a, b) = (Q4.project(key), Q2.project(key));
            same += usize::from(a.capacity == b.capacity);
            assert_eq!(row.project(), Q2.rows[key].project());
        }
    }
    assert_eq!((compared, same), (10_312, 10_286), "26 capacities did change");
    assert_eq!(Q4.claim("10", "project").unwrap().thing, Q2.claim("10", "project").unwrap().thing);
}

/// What a row says beside the names of organisations, without the dates that are only the edition's.
fn essence(row: &RowClaims) -> Vec<(String, AnyFact)> {
    let date = |claim: &Claim| if claim.dated_by == DatedBy::Row { claim.occurred_on.to_string() } else { String::new() };
    let things = row.claims.iter().filter(|claim| !matches!(claim.fact, AnyFact::Organisation(_)));
    things.map(|claim| (format!("{} {} {}", claim.thing, claim.field, date(claim)), claim.fact.clone())).collect()
}

#[test]
fn rows_that_only_look_different_say_the_same() {
    let unchanged = |key: &&String| Q2.rows.get(*key).is_some_and(|row| essence(row) == essence(&Q4.rows[*key]));
    assert_eq!(Q4.rows.keys().filter(unchanged).count(), 5_954);
    // Another authority's name, capacity, height, white space in the address, a column that is new.
    for key in ["1", "4", "2858", "3598", "3711", "4057"] {
        assert_eq!(essence(&Q4.rows[key]), essence(&Q2.rows[key]), "{key}");
    }
}

#[test]
fn renamed_authorities_are_the_same_organisations() {
    let shared = Q4.rows.keys().filter(|key| Q2.rows.contains_key(*key));
    let (same, other): (Vec<&String>, Vec<&String>) =
        shared.partition(|key| Q4.permit(key).authority == Q2.permit(key).authority);
    assert_eq!((same.len(), other.len()), (9_470, 842));
}

#[test]
fn what_an_appeal_won_is_granted_on_appeal() {
    assert_eq!(Q4.date("1582", "granted"), None, "the minister's date was copied");
    assert_eq!(Q4.date("1582", "granted_by_minister").as_deref(), Some("2013-03-04"));
    // 2024 Q2 moved the authority's refusal into the column of grants; the appeal's grant stays what it was.
    assert_eq!(Q4.date("8185", "granted_on_appeal"), Q2.date("8185", "granted_on_appeal"));
    assert_eq!(Q4.date("8185", "refused").as_deref(), Some("2021-08-13"));
    assert_eq!((Q2.date("8185", "refused"), Q2.date("8185", "granted").as_deref()), (None, Some("2021-08-13")));
    let claim = Q4.claim("8185", "granted_on_appeal").unwrap();
    assert!(matches!(&claim.fact, AnyFact::Permit(PermitFact::PermitGranted(g)) if g.decided_by == DecidedBy::Appeal));
    assert_eq!(Q4.date("8185", "appeal_upheld"), Q4.date("8185", "granted_on_appeal"));
}

#[test]
fn an_appeal_that_failed_determines_an_application_of_which_no_refusal_is_on_record() {
    for key in ["6454", "6546", "6569"] {
        assert_eq!(
            (Q2.date(key, "refused"), Q2.date(key, "refused_on_appeal")),
            (None, Q2.date(key, "appeal_dismissed")),
            "{key}"
        );
        assert!(Q2.date(key, "refused_on_appeal").is_some(), "{key}");
    }
    assert_eq!(Q2.date("6433", "refused_on_appeal"), None, "that appeal was won in the end");
    assert_eq!(Q2.date("971", "refused_on_appeal"), None, "the authority had refused before");
}

#[test]
fn a_status_that_the_dates_do_not_bear_out_is_reported_in_its_own_words() {
    let reported = |key: &str| match &Q2.claim(key, "reported")?.fact {
        AnyFact::Permit(PermitFact::PermitStandingReported(reported)) => {
            Some((reported.standing, reported.words.as_ref().unwrap().to_string()))
        }
        other => panic!("{other:?}"),
    };
    for (key, standing, words) in [
        ("2691", PermitStanding::InUse, "Operational"),
        ("12439", PermitStanding::InUse, "Under Construction"),
        ("8071", PermitStanding::Granted, "Planning Permission Granted"),
        ("4271", PermitStanding::Refused, "Secretary of State - Refusal"),
        ("3632", PermitStanding::Closed, "Appeal Withdrawn"),
        ("7429", PermitStanding::Closed, "Revised"),
    ] {
        assert_eq!(reported(key), Some((standing, words.to_owned())), "{key}");
    }
    assert_eq!(reported("1"), None, "its dates say it all");
    assert!(Q2.claims().filter(|claim| claim.field.as_str() == "reported").all(|claim| claim.dated_by == DatedBy::Edition));
}

#[test]
fn an_expiry_to_come_is_no_expiry_and_a_code_is_no_date() {
    let grants = Q4.claims().filter_map(|claim| match &claim.fact {
        AnyFact::Permit(PermitFact::PermitGranted(grant)) => grant.valid_until,
        _ => None,
    });
    assert_eq!(grants.filter(|until| until.to_string().as_str() > "2024-01-22").count(), 1_738);
    let codes = |taken: &Taken, code: &str| {
        taken.rows.keys().filter(|key| taken.permit(key).attributes.values().any(|value| value.as_str() == code)).count()
    };
    assert_eq!([codes(&Q4, "PANR"), codes(&Q4, "PAG"), codes(&Q4, "PD"), codes(&Q2, "PAG")], [480, 425, 62, 0]);
    assert!(Q4.claims().all(|claim| claim.occurred_on.to_string().as_str() <= "2024-01-22"));
}

#[test]
fn a_judicial_review_is_the_same_day_as_a_number_and_as_a_date() {
    assert_eq!(Q4.date("203", "judicial_review").as_deref(), Some("2014-06-05"));
    let with_review = Q4.rows.keys().filter(|key| Q4.claim(key, "judicial_review").is_some());
    assert!(with_review.into_iter().all(|key| Q4.date(key, "judicial_review") == Q2.date(key, "judicial_review")));
}

#[test]
fn a_private_developer_is_no_organisation_and_countries_are_jurisdictions() {
    for taken in [&*Q4, &*Q2] {
        let names = taken.claims().filter_map(|claim| match &claim.fact {
            AnyFact::Organisation(OrganisationFact::OrganisationRegistered(organisation)) => Some(organisation.name.as_str()),
            _ => None,
        });
        assert!(!names.into_iter().any(|name| name.eq_ignore_ascii_case("private developer") || name == "NA"));
        let mut jurisdictions: BTreeMap<String, usize> = BTreeMap::new();
        for key in taken.rows.keys() {
            let jurisdiction = taken.permit(key).jurisdiction.as_ref().map_or("-".into(), ToString::to_string);
            *jurisdictions.entry(jurisdiction).or_default() += 1;
        }
        let expected: &[(&str, usize)] = if taken.rows.len() == 11_156 {
            &[("-", 1), ("GB-ENG", 7_768), ("GB-NIR", 454), ("GB-SCT", 2_260), ("GB-WLS", 673)]
        } else {
            &[("-", 1), ("GB-ENG", 7_130), ("GB-NIR", 432), ("GB-SCT", 2_125), ("GB-WLS", 638)]
        };
        assert_eq!(jurisdictions.iter().map(|(code, rows)| (code.as_str(), *rows)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_thing_is_on_record_since_its_submission_or_else_since_the_edition() {
    for taken in [&*Q4, &*Q2] {
        for row in taken.rows.values() {
            let find = |field: &str| row.claims.iter().find(|claim| claim.field.as_str() == field);
            let founded = find("permit").unwrap();
            match find("submitted") {
                Some(submitted) => assert_eq!((founded.occurred_on, founded.dated_by), (submitted.occurred_on, DatedBy::Row)),
                None => assert_eq!(founded.dated_by, DatedBy::Edition),
            }
        }
    }
}

#[test]
fn what_is_odd_is_said_and_counted() {
    let warnings = |taken: &Taken| {
        let mut warnings: Vec<String> =
            taken.rows.values().flat_map(|row| row.warnings.iter().map(|w| format!("{}: {w}", row.key))).collect();
        warnings.sort();
        warnings
    };
    assert_eq!(warnings(&Q4), [""; 0]);
    let planned = "16105: column 'Under Construction': '01/12/2024' is kept as an attribute only, it lies after the edition";
    assert_eq!(warnings(&Q2), [planned]);
}

/// The rows of 2024 Q2 as an edition of 2021 would have them: without the columns that came later, the key under another name,
/// below a row of group titles.
fn as_in_2021(key: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/repd-2024q2.csv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let later = ["Share Community Scheme", "CfD Allocation Round", "Heat Network Ref", "Solar Site Area (sqm)"];
    let is_kept = |name: &str| !later.contains(&name) && !name.starts_with("Are they re-applying");
    let header = reader.headers().unwrap().clone();
    let kept: Vec<usize> = (0..header.len()).filter(|at| is_kept(&header[*at])).collect();
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(["General Facility Details", "", "Planning"]).unwrap();
    writer.write_record(kept.iter().map(|at| if &header[*at] == "Ref ID" { key } else { &header[*at] })).unwrap();
    for record in reader.records().take(500) {
        let record = record.unwrap();
        writer.write_record(kept.iter().map(|at| &record[*at])).unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn editions_from_2021_on_are_read_by_the_mapping_as_it_is() {
    let mapping = Mapping::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/repd.toml")).unwrap();
    for key in ["Ref ID", "Ref"] {
        let register = Register::read("repd-2021.csv", &as_in_2021(key), mapping.format()).unwrap();
        let edition = Edition::try_new(&mapping, &register, None).unwrap_or_else(|errors| panic!("{errors:?}"));
        let rows: Vec<RowClaims> = edition.rows().map(Result::unwrap).collect();
        assert_eq!((rows.len(), edition.unmentioned()), (500, Vec::<&str>::new()));
        for row in &rows {
            let known = &Q2.rows[row.key.as_str()];
            let events = |row: &RowClaims| {
                let events = row.claims.iter().filter(|claim| claim.dated_by == DatedBy::Row);
                events.map(|claim| (claim.thing, claim.field.clone(), claim.occurred_on)).collect::<Vec<_>>()
            };
            assert_eq!(events(row), events(known), "{}", row.key);
        }
    }
}
