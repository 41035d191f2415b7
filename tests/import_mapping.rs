//! Mappings in general, shown on an invented register: `docs/examples/wells.toml`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by failing what is wrong")]

use std::{
    io::{Cursor, Read, Write},
    path::Path,
};

use chrono::NaiveDate;
use milepost::import::{AnyFact, DatedBy, Edition, Mapping, Odd, Register, Reject, RowClaims, write_rejects};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use schema::{
    organisation::OrganisationFact,
    permit::{DecidedBy, PermitFact},
    project::{Lever, ProjectFact, ProjectRegistered},
};

const HEADER: &str = "District;Well no.;Well;Applicant;Use;Heat (MW);Cost (EUR);Surveyed;File no.;Applied;Decided;Result;\
                      Decided by;Grounds;Valid until;Drilling began;As of;Clerk;Depth (m)";

fn wells() -> Mapping {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Mapping::open(&root.join("docs/examples/wells.toml")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn read(bytes: &[u8]) -> (Vec<Result<RowClaims, Reject>>, Vec<String>) {
    let mapping = wells();
    let register = Register::read("wells.csv", bytes, mapping.format()).unwrap();
    let edition = Edition::try_new(&mapping, &register, None).unwrap_or_else(|errors| panic!("{errors:?}"));
    (edition.rows().collect(), edition.unmentioned().into_iter().map(str::to_owned).collect())
}

fn rows(text: &str) -> Vec<Result<RowClaims, Reject>> {
    read(format!("{HEADER}\n{text}").as_bytes()).0
}

fn row(text: &str) -> RowClaims {
    rows(text).remove(0).unwrap_or_else(|reject| panic!("{reject:?}"))
}

fn fact<'a>(row: &'a RowClaims, field: &str) -> Option<&'a AnyFact> {
    row.claims.iter().find(|claim| claim.field.as_str() == field).map(|claim| &claim.fact)
}

fn project(row: &RowClaims) -> &ProjectRegistered {
    match fact(row, "project") {
        Some(AnyFact::Project(ProjectFact::ProjectRegistered(project))) => project,
        other => panic!("{other:?}"),
    }
}

fn said(row: &RowClaims) -> Vec<String> {
    row.claims.iter().map(|claim| format!("{} {} {}", claim.field, claim.occurred_on, claim.fact.type_name())).collect()
}

const WHOLE: &str = "Celle;7;North Well;nordwaerme;Heat and  CO2 store;1.250,50;2.000.000;2019;A/7;03.02.2020;05/2021;\
                     ALLOWED;court;;2031;01.04.2022;30.06.2023;Ada;3.200\n";

#[test]
fn a_row_says_who_what_and_when() {
    let row = row(WHOLE);
    assert_eq!(row.key.as_str(), "Celle / 7");
    assert_eq!(
        said(&row),
        [
            "applicant 2023-06-30 OrganisationRegistered",
            "office 2023-06-30 OrganisationRegistered",
            "project 2020-02-03 ProjectRegistered",
            "permit 2020-02-03 PermitIdentified",
            "submitted 2020-02-03 ApplicationSubmitted",
            "granted 2021-05 PermitGranted",
            "drilling 2022-04-01 ProjectStageEntered",
        ]
    );
    let project = project(&row);
    assert_eq!(project.levers, [Lever::ElectrificationRenewableHeat, Lever::Ccus]);
    assert_eq!(project.capacity.unwrap().value.to_string(), "1250.5");
    let attributes: Vec<String> = project.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(attributes, ["Depth (m)=3200", "Surveyed=2019"]);
    let Some(AnyFact::Permit(PermitFact::PermitGranted(grant))) = fact(&row, "granted") else { panic!("no grant") };
    assert_eq!((grant.decided_by, grant.valid_until.unwrap().to_string().as_str()), (DecidedBy::Appeal, "2031"));
    let Some(AnyFact::Organisation(OrganisationFact::OrganisationRegistered(applicant))) = fact(&row, "applicant") else {
        panic!("no applicant")
    };
    assert_eq!(applicant.name.as_str(), "Nordwärme GmbH");
    assert_eq!(row.warnings, []);
}

#[test]
fn a_register_of_cells_says_the_same_as_one_of_text() {
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in HEADER.split(';').enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    for (column, cell) in WHOLE.trim_end().split(';').enumerate() {
        let column = u16::try_from(column).unwrap();
        match cell {
            "7" => sheet.write(1, column, 7).unwrap(),
            "1.250,50" => sheet.write(1, column, "1.250,5").unwrap(),
            _ => match cell.split('.').map(str::parse).collect::<Result<Vec<u16>, _>>().as_deref() {
                Ok(&[day_of, month, year]) if year > 1900 => {
                    let date = ExcelDateTime::from_ymd(year, u8::try_from(month).unwrap(), u8::try_from(day_of).unwrap());
                    sheet.write_with_format(1, column, date.unwrap(), &day).unwrap()
                }
                _ => sheet.write(1, column, cell).unwrap(),
            },
        };
    }
    workbook.add_worksheet();
    let from_cells = read(&workbook.save_to_buffer().unwrap()).0.remove(0).unwrap();
    assert_eq!(from_cells, row(WHOLE));
}

/// A workbook of the header and one row, in which `write` writes further cells.
fn workbook(row: &str, write: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in [HEADER, row].into_iter().enumerate() {
        for (column, cell) in line.split(';').enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(u32::try_from(row).unwrap(), u16::try_from(column).unwrap(), cell).unwrap();
        }
    }
    write(sheet);
    workbook.save_to_buffer().unwrap()
}

fn column(name: &str) -> u16 {
    u16::try_from(HEADER.split(';').position(|column| column == name).unwrap()).unwrap()
}

#[test]
fn a_number_of_a_workbook_is_a_number_however_the_register_writes_numbers_in_text() {
    let bytes = workbook("Celle;7;North Well;;;;;;;;;;;;;;30.06.2023;;", |sheet| {
        for (name, number) in [("Heat (MW)", 12.345), ("Cost (EUR)", 2_000_000.5), ("Depth (m)", 3.125)] {
            sheet.write(1, column(name), number).unwrap();
        }
    });
    let row = read(&bytes).0.remove(0).unwrap();
    let project = project(&row);
    assert_eq!(project.capacity.unwrap().value.to_string(), "12.345");
    assert_eq!(project.capex.unwrap().amount().to_string(), "2000000.5");
    assert_eq!(project.attributes.values().map(schema::Line::as_str).collect::<Vec<_>>(), ["3.125"]);
    let text = workbook("Celle;7;North Well;;;12.345;;;;;;;;;;;30.06.2023;;", |_| {});
    let row = read(&text).0.remove(0).unwrap();
    assert_eq!(self::project(&row).capacity.unwrap().value.to_string(), "12345", "a text is read as the mapping says");
}

/// The workbook as a program leaves it that does not calculate: without the values of its formulas.
fn uncalculated(workbook: &[u8]) -> Vec<u8> {
    let mut whole = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut copy = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..whole.len() {
        let (mut part, mut text) = (whole.by_index(at).unwrap(), String::new());
        part.read_to_string(&mut text).unwrap();
        copy.start_file(part.name().unwrap(), zip::write::SimpleFileOptions::default()).unwrap();
        copy.write_all(text.replace("</f><v>0</v>", "</f>").as_bytes()).unwrap();
    }
    copy.finish().unwrap().into_inner()
}

#[test]
fn a_formula_without_its_value_is_not_blank() {
    let formula = Formula::new("=DATE(2020,4,3)");
    let row = "Celle;7;North Well;;;;;;;;;;;;;;30.06.2023;;";
    let in_column = |name: &str| {
        let bytes = workbook(row, |sheet| {
            sheet.write(1, column(name), formula.clone()).unwrap();
        });
        read(&uncalculated(&bytes)).0.remove(0)
    };
    let reject = in_column("Applied").unwrap_err();
    assert_eq!(reject.reason.code(), "FORMULA_WITHOUT_VALUE");
    assert!(reject.reason.to_string().starts_with("the cell in column 'Applied' is a formula whose value"), "{reject:?}");
    assert!(in_column("Clerk").is_ok(), "a column that the mapping does not use");
    let calculated = Formula::new("=DATE(2020,4,3)").set_result("03.04.2020");
    let bytes = workbook(row, |sheet| {
        sheet.write(1, column("Applied"), calculated.clone()).unwrap();
    });
    assert!(fact(&read(&bytes).0.remove(0).unwrap(), "submitted").is_some());
    let header = workbook(row, |sheet| {
        sheet.write(0, 30, formula.clone()).unwrap();
    });
    let refused = Register::read("wells.xlsx", &uncalculated(&header), wells().format()).unwrap_err().to_string();
    assert!(refused.contains("row 1: the name of column 31 is a formula"), "{refused}");
}

#[test]
fn keys_of_several_columns_that_only_read_alike_are_two() {
    let said = |text: &str| rows(text).into_iter().map(|row| row.unwrap().key.to_string()).collect::<Vec<_>>();
    let text = "a / b;c;N;;;;;;;;;;;;;;30.06.2023;;\na;b / c;N\n";
    assert_eq!(said(text), ["a // b / c", "a / b // c"]);
    assert_eq!(said("A/1;7;N;;;;;;;;;;;;;;30.06.2023;;\n"), ["A//1 / 7"]);
}

#[test]
fn of_several_sheets_one_has_to_be_named() {
    let mut workbook = Workbook::new();
    for _ in 0..2 {
        workbook.add_worksheet().write(0, 0, "a").unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let refused = Register::read("two.xlsx", &bytes, wells().format()).unwrap_err().to_string();
    assert!(refused.contains("two.xlsx: 2 sheets hold cells; its sheets are Sheet1, Sheet2"), "{refused}");
}

#[test]
fn a_lone_cell_in_a_far_corner_is_refused_not_unpacked() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "a").unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let refused = Register::read("far.xlsx", &workbook.save_to_buffer().unwrap(), wells().format()).unwrap_err().to_string();
    assert!(refused.contains("far.xlsx, row 1048576: the cell in column 16384"), "{refused}");
}

#[test]
fn a_column_may_say_the_cluster() {
    let cluster = "cluster-00000000-0000-4000-8000-000000000007";
    let text = include_str!("../docs/examples/wells.toml");
    let parsed = |text: &str| Mapping::parse(text, |_| Ok("from,to\n".to_owned()));
    let placed = text.replace("place = \"District\"", "cluster = { column = \"District\", vocabulary = \"cluster\" }");
    let whole = format!("{placed}\n[vocabulary.cluster]\nwords = {{ \"CELLE\" = \"{cluster}\" }}\n");
    let mapping = parsed(&whole).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let register = Register::read("wells.csv", format!("{HEADER}\n{WHOLE}").as_bytes(), mapping.format()).unwrap();
    let row = Edition::try_new(&mapping, &register, None).unwrap().rows().next().unwrap().unwrap();
    assert_eq!(project(&row).cluster.unwrap().to_string(), cluster);
    let wrong = parsed(&whole.replace("cluster-0000", "project-0000")).unwrap_err().to_string();
    assert!(wrong.contains("expected the id of a cluster, got that of a project"), "{wrong}");
}

#[test]
fn what_a_row_leaves_blank_stays_unknown() {
    let row = row("Celle;7;North Well;private person;spa;n/a;;;;;;;;;;;30.06.2023;;\n");
    assert_eq!(said(&row)[1..], ["project 2023-06-30 ProjectRegistered", "permit 2023-06-30 PermitIdentified"]);
    assert!(row.claims.iter().all(|claim| claim.dated_by == DatedBy::Edition));
    let project = project(&row);
    assert_eq!((project.lead, project.capacity, project.levers.len()), (None, None, 0));
}

#[test]
fn a_condition_that_does_not_hold_says_nothing() {
    let refused = row("Celle;7;N;;;;;;;03.02.2020;03.02.2021;refused;;too deep;;;30.06.2023;;\n");
    let Some(AnyFact::Permit(PermitFact::PermitRefused(refusal))) = fact(&refused, "refused") else { panic!("no refusal") };
    assert_eq!(refusal.grounds.first().unwrap().as_str(), "too deep");
    assert!(fact(&refused, "granted").is_none());
    let same_day = row("Celle;7;N;;;;;;;03.02.2020;03.02.2020;refused;;;;;30.06.2023;;\n");
    assert!(fact(&same_day, "refused").is_none());
}

#[test]
fn cells_that_are_no_dates_are_kept_reported_or_refuse_the_row() {
    let taken = row("Celle;7;N;;;;;;;03.02.2020;soon;granted;office;;not needed;2024;30.06.2023;;\n");
    assert!(fact(&taken, "granted").is_none() && fact(&taken, "drilling").is_none());
    let Some(AnyFact::Permit(PermitFact::PermitIdentified(permit))) = fact(&taken, "permit") else { panic!("no permit") };
    assert_eq!(permit.attributes.values().map(schema::Line::as_str).collect::<Vec<_>>(), ["soon"]);
    assert_eq!(project(&taken).attributes.values().map(schema::Line::as_str).collect::<Vec<_>>(), ["2024"]);
    let warnings: Vec<String> = taken.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "column 'Decided': 'soon' is kept as an attribute only, it is not a date in the mapping's formats",
            "column 'Drilling began': '2024' is kept as an attribute only, it lies after the edition",
        ]
    );
    for (cell, code, says) in [
        ("31.02.2020", "UNREADABLE_DATE", "'31.02.2020' in column 'Applied' is not a date in the mapping's formats"),
        ("01.01.2030", "DATE_AFTER_EDITION", "'01.01.2030' in column 'Applied' lies after the edition, which is of 2023-06-30"),
    ] {
        let rejected = rows(&format!("Celle;7;N;;;;;;;{cell};;;;;;;30.06.2023;;\n")).remove(0).unwrap_err();
        assert_eq!((rejected.reason.code(), rejected.reason.to_string().as_str()), (code, says));
    }
}

#[test]
fn rows_that_cannot_be_taken_are_refused_one_by_one_with_their_cells() {
    let text = "Celle;7;A;;;;;;;;;;;;;;30.06.2023;;\nCelle;7;B\n;8;C\nCelle;9;\nCelle;10;D;;;;;;;;01.01.2020;granted;nobody\n\
                Celle;11;E;;;;;;;;;;;;;;;;;surplus\nCelle;12;F;;;;;;;;;;;;;;;;;\n";
    let mapping = wells();
    let register = Register::read("wells.csv", format!("{HEADER}\n{text}").as_bytes(), mapping.format()).unwrap();
    let edition = Edition::try_new(&mapping, &register, None).unwrap();
    let (taken, rejects): (Vec<_>, Vec<_>) = edition.rows().partition(Result::is_ok);
    assert_eq!(taken.len(), 1, "the empty cell beyond the header does no harm");
    let rejects: Vec<Reject> = rejects.into_iter().map(Result::unwrap_err).collect();
    let mut file = Vec::new();
    write_rejects(&mut file, &register, &rejects, &[]).unwrap();
    let mut reader = csv::Reader::from_reader(file.as_slice());
    assert_eq!(reader.headers().unwrap().iter().take(5).collect::<Vec<_>>(), ["row", "code", "reason", "District", "Well no."]);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_slice());
    let lines: Vec<String> =
        reader.records().map(|record| record.unwrap().iter().take(3).collect::<Vec<_>>().join(": ")).collect();
    assert_eq!(
        lines,
        [
            "2: KEY_SHARED: 2 rows have the key 'Celle / 7'; rows that share a key are not one thing, so none of them is taken",
            "3: KEY_SHARED: 2 rows have the key 'Celle / 7'; rows that share a key are not one thing, so none of them is taken",
            "4: KEY_BLANK: the key is blank in column 'District'",
            "5: VALUE_MISSING: the project has no title: the cell is blank",
            "6: UNKNOWN_WORD: 'nobody' in column 'Decided by' is not in the mapping's vocabulary",
            "7: TOO_MANY_CELLS: 20 cells where the header names 19 columns; a delimiter may stand within an unquoted cell",
        ]
    );
}

#[test]
fn a_title_of_more_than_300_characters_refuses_its_row_by_a_code_of_its_own() {
    let taken = |length: usize| rows(&format!("Celle;7;{};;;;;;;;;;;;;;30.06.2023;;\n", "N".repeat(length))).remove(0);
    assert!(taken(300).is_ok());
    let reject = taken(301).unwrap_err();
    assert_eq!(reject.reason.code(), "VALUE_UNFIT");
    let says = "the project's title can't be taken: the text has 301 characters, 300 are allowed; shorten or repair it";
    assert!(reject.reason.to_string().starts_with(says), "{}", reject.reason);
}

#[test]
fn an_edition_of_a_header_and_no_rows_is_refused() {
    let mapping = wells();
    let register = Register::read("wells.csv", format!("{HEADER}\n\n;;\n").as_bytes(), mapping.format()).unwrap();
    let errors = Edition::try_new(&mapping, &register, NaiveDate::from_ymd_opt(2023, 6, 30)).unwrap_err();
    assert_eq!(errors[0].to_string(), "wells.csv has a header and no rows; an edition has to be of the whole register");
}

#[test]
fn what_is_odd_is_listed_among_the_rejects_by_a_code_of_its_own() {
    let text = "Celle;7;A;;steam;;;;;;;;;;;;30.06.2023;;\nCelle;;B\nCelle;9;C;;;many\n";
    let mapping = wells();
    let register = Register::read("wells.csv", format!("{HEADER}\n{text}").as_bytes(), mapping.format()).unwrap();
    let edition = Edition::try_new(&mapping, &register, None).unwrap();
    let (mut rejects, mut odd) = (Vec::new(), Vec::new());
    for row in edition.rows() {
        match row {
            Ok(row) => odd.extend(row.warnings.into_iter().map(|warning| Odd { row: row.row, warning })),
            Err(reject) => rejects.push(reject),
        }
    }
    let mut file = Vec::new();
    write_rejects(&mut file, &register, &rejects, &odd).unwrap();
    let listed = String::from_utf8(file).unwrap();
    let lines: Vec<&str> = listed.lines().skip(1).collect();
    assert!(lines[0].starts_with("2,ODD_WORD,column 'Use': 'steam' is not in"), "{listed}");
    assert!(lines[0].contains("; the row is taken,Celle,7,A,"), "{listed}");
    assert!(lines[1].starts_with("3,KEY_BLANK,") && lines[2].starts_with("4,ODD_CELL,"), "{listed}");
}

#[test]
fn columns_may_be_renamed_reordered_or_added_but_not_missing() {
    let renamed = HEADER.replace("Applicant", "  Applying \n company").replace("Depth (m)", "Colour");
    let quoted = renamed.replace("  Applying \n company", "\"  Applying \n company\"");
    let (rows, unmentioned) = read(format!("{quoted}\n{WHOLE}").as_bytes());
    assert!(rows[0].is_ok());
    assert_eq!(unmentioned, ["Colour"]);

    let mapping = wells();
    let wrong = HEADER.replace("Decided by", "Decision by").replace("File no.", "Well no.");
    let register = Register::read("wells.csv", wrong.as_bytes(), mapping.format()).unwrap();
    let errors = Edition::try_new(&mapping, &register, Some(NaiveDate::default())).unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(errors.iter().any(|error| error.starts_with("wells.csv has no column 'Decided by'")), "{errors:?}");
    assert!(errors.iter().any(|error| error.contains("did you mean 'Decision by'?")), "{errors:?}");
    assert!(errors.iter().any(|error| error.contains("has the column 'Well no.' 2 times")), "{errors:?}");
}

#[test]
fn an_edition_without_a_date_is_refused() {
    let mapping = wells();
    let register = Register::read("wells.csv", format!("{HEADER}\nCelle;7;A\n").as_bytes(), mapping.format()).unwrap();
    let errors = Edition::try_new(&mapping, &register, None).unwrap_err();
    assert!(errors[0].to_string().contains("state it with --published-on"));
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    assert_eq!(Edition::try_new(&mapping, &register, Some(day)).unwrap().published_on(), day);
}

#[test]
fn every_mistake_of_a_mapping_is_found_at_once_with_its_place() {
    let correct = include_str!("../docs/examples/wells.toml");
    let mistakes = |from: &str, to: &str| {
        assert!(correct.contains(from), "{from}");
        let load = |_: &str| Ok("from,to\na,b\n".to_owned());
        let found = Mapping::parse(&correct.replacen(from, to, 1), load).unwrap_err();
        found.0.iter().map(|mistake| format!("{}: {}", mistake.key, mistake.says)).collect::<Vec<_>>()
    };
    for (from, to, says) in [
        ("title = \"Well\"", "titel = \"Well\"", "project.titel: 'titel' is not a key here; did you mean 'title'?"),
        ("title = \"Well\"", "titel = \"Well\"", "project: 'title' is missing"),
        (
            "licence = \"CC BY 4.0\"",
            "url = \"https://user:secret@wells.example/\"",
            "register.url: the address holds a user name or a password",
        ),
        (
            "type = \"PermitGranted\"",
            "type = \"PermitGrant\"",
            "'PermitGrant' is not an event of a permit; did you mean 'PermitGranted'?",
        ),
        ("thing = \"project\"", "thing = \"projects\"", "'projects' is not a thing of a row; did you mean 'project'?"),
        ("\"court\" = \"appeal\"", "\"court\" = \"apeal\"", "'court': 'apeal' is not a word here; did you mean 'appeal'?"),
        ("\"ccus\"]", "\"ccs\"]", "'ccs' is not a word here; did you mean 'ccus'?"),
        ("valid_until =", "valid_untill =", "'valid_untill' is not part of this event; did you mean 'valid_until'?"),
        ("valid_until =", "conditions =", "a register can't fill it"),
        ("with = { stage = { constant = \"construction\" } }", "", "ProjectStageEntered needs 'stage'"),
        ("vocabulary = \"use\"", "vocabulary = \"uses\"", "'uses' is not a vocabulary of this mapping; did you mean 'use'?"),
        (
            "authority = \"office\"",
            "authority = \"ofice\"",
            "'ofice' is not an [organisation] of this mapping; did you mean 'office'?",
        ),
        ("unit = \"mw_thermal\"", "unit = \"mwth\"", "'mwth' is not a unit of capacity"),
        ("currency = \"EUR\"", "currency = \"EURO\"", "capex.currency: "),
        ("kind = \"company\"", "kind = \"compny\"", "'compny' is not a kind of organisation; did you mean 'company'?"),
        ("constant = \"DE-NI\"", "constant = \"Germany\"", "'Germany' is not a jurisdiction"),
        ("\"%Y\"]", "\"%d/%m\"]", "'%d/%m' names no year"),
        ("\"%Y\"]", "\"%d/%Y\"]", "'%d/%Y' names a day and no month"),
        ("delimiter = \";\"", "delimiter = \";;\"", "';;' is no delimiter"),
        ("delimiter = \";\"", "encoding = \"latin1\"", "file.encoding: 'latin1' is not an encoding"),
        ("name = \"wells\"", "name = \"The Wells\"", "'The Wells' is no short name"),
        ("thousands = \".\"", "thousands = \",\"", "are the same character"),
        ("is = \"refused\"", "equals = \"refused\"", "a condition has one of is, is_not"),
        ("field = \"refused\"", "field = \"granted\"", "the field 'granted' is that of an event of another type"),
        ("field = \"drilling\"", "field = \"project\"", "choose another 'field'"),
        ("key = [\"District\", \"Well no.\"]", "key = []", "file.key: name at least one column"),
        ("unreadable = \"reject\"", "unreadable = \"refuse\"", "'refuse' is not a way to treat it"),
        ("title = \"Well\"", "title = 7", "project.title: expected a text in quotes, found integer"),
        ("[permit]", "[permit", ""),
    ] {
        let found = mistakes(from, to);
        assert!(found.iter().any(|mistake| mistake.contains(says)), "{says}\n{found:#?}");
    }
    let two = correct.replace("title = \"Well\"", "titel = \"Well\"").replace("\"%Y\"]", "\"%d\"]");
    let found = Mapping::parse(&two, |_| Err("no such file".to_owned())).unwrap_err();
    let lines: Vec<usize> = found.0.iter().map(|mistake| mistake.line).collect();
    let line_of = |text: &str| two.lines().position(|line| line.contains(text)).unwrap() + 1;
    assert!(lines.is_sorted() && lines.contains(&line_of("titel")) && lines.contains(&line_of("\"%d\"]")));
    assert!(found.to_string().contains("aliases.companies: wells-companies.csv: no such file"), "{found}");
    let alone = Mapping::parse(correct, |_| Err("no such file".to_owned())).unwrap_err();
    assert_eq!(alone.0.len(), 1, "what stands on the alias file is not another mistake: {alone}");
    let none = mistakes("vocabulary = \"use\"", "aliases = \"use\"");
    assert!(none.iter().any(|mistake| mistake.contains("'use' is not an alias file of this mapping")), "{none:?}");
}

#[test]
fn a_mapping_that_is_not_there_is_said_to_be_missing() {
    let missing = Mapping::open(Path::new("no/such.toml")).unwrap_err().to_string();
    assert_eq!(missing, "the mapping can't be read: no/such.toml: No such file or directory (os error 2)");
}

#[test]
fn the_spelling_that_most_rows_use_names_an_organisation_in_all_of_them() {
    let rows = rows("C;1;A;ABC ltd\nC;2;B;ABC  Ltd\nC;3;C;ABC Ltd;;;;;;;;;;;;;30.06.2023\n");
    let names: Vec<String> = rows
        .iter()
        .map(|row| match fact(row.as_ref().unwrap(), "applicant") {
            Some(AnyFact::Organisation(OrganisationFact::OrganisationRegistered(company))) => company.name.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["ABC Ltd"; 3]);
}

proptest! {
    #[test]
    fn no_cell_whatever_it_holds_breaks_the_reading(cells in proptest::collection::vec("\\PC{0,12}|[0-9./-]{0,10}", 19)) {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        writer.write_record(HEADER.split(';')).unwrap();
        writer.write_record(&cells).unwrap();
        let bytes = writer.into_inner().unwrap();
        let mapping = wells();
        let register = Register::read("wells.csv", &bytes, mapping.format()).unwrap();
        let edition = Edition::try_new(&mapping, &register, NaiveDate::from_ymd_opt(2023, 6, 30)).unwrap();
        for row in edition.rows() {
            match row {
                Ok(row) => prop_assert!(row.claims.iter().all(|claim| claim.occurred_on.first() <= edition.published_on())),
                Err(reject) => prop_assert!(!reject.reason.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn the_order_of_columns_and_the_ends_of_lines_do_not_matter(order in Just((0..19_usize).collect::<Vec<_>>()).prop_shuffle(), crlf: bool) {
        let shuffled = |line: &str| {
            let cells: Vec<&str> = line.trim_end().split(';').collect();
            order.iter().map(|&index| cells[index]).collect::<Vec<_>>().join(";")
        };
        let end = if crlf { "\r\n" } else { "\n" };
        let text = format!("{}{end}{}{end}", shuffled(HEADER), shuffled(WHOLE));
        prop_assert_eq!(read(text.as_bytes()).0.remove(0).unwrap(), row(WHOLE));
    }
}
