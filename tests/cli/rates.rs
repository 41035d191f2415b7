//! `milepost rates` on the command line: the European Central Bank's files as they are, in figures that nobody published.

use std::{fs, io::Write, path::Path};

use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::program::{Done, Server, milepost, run_on};

/// As the bank writes its history, in an archive or not.
const HISTORY: &str =
    "Date,USD,JPY,CYP,GBP,\n2026-11-04,2.5,250,N/A,0.5,\n2026-11-03,2.25,225.5,N/A,N/A,\n1999-01-05,3,300,N/A,0.75,\n";

/// As it writes the latest day.
const DAILY: &str = "Date, USD, JPY, GBP, \n05 November 2026, 2.75, 275, 0.55, \n";

/// As it writes a day in XML.
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
    xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n<gesmes:subject>Reference rates</gesmes:subject>\n<Cube>\n\
    <Cube time='2026-11-06'>\n<Cube currency='USD' rate='2.875'/>\n<Cube currency='GBP' rate='0.575'/>\n</Cube>\n</Cube>\n\
    </gesmes:Envelope>\n";

/// A directory with the bank's files.
fn files() -> TempDir {
    let directory = tempdir().unwrap();
    let mut archive = zip::ZipWriter::new(fs::File::create(directory.path().join("eurofxref-hist.zip")).unwrap());
    archive.start_file("eurofxref-hist.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(HISTORY.as_bytes()).unwrap();
    archive.finish().unwrap();
    fs::write(directory.path().join("eurofxref.csv"), DAILY).unwrap();
    fs::write(directory.path().join("eurofxref-daily.xml"), XML).unwrap();
    directory
}

fn add(directory: &Path, arguments: &[&str]) -> Done {
    let data = directory.join("data");
    Done::of(milepost().current_dir(directory).args(["rates", "add", "--log-level", "error", "--data"]).arg(data).args(arguments))
}

#[test]
fn the_banks_files_are_taken_as_they_are_and_once() {
    let files = files();
    let rehearsed = add(files.path(), &["--dry-run", "eurofxref-hist.zip"]);
    assert_eq!(rehearsed.code, 0, "{}", rehearsed.err);
    assert!(rehearsed.out.contains("rates of 2 days would be added") && rehearsed.out.contains("nothing is recorded"));
    let done = add(files.path(), &["eurofxref-hist.zip"]);
    let says = "rates of 2 days added from eurofxref-hist.zip (European Central Bank, euro foreign exchange reference rates):\n  \
        2026-11-03  USD 2.25, JPY 225.5\n  2026-11-04  USD 2.5, JPY 250, GBP 0.5\n\
        1 of its days lie before 2015-01-02 and are left out (--from)\n\
        left out, since they are currencies no longer: CYP\nthe rates here end on 2026-11-04\n";
    assert_eq!((done.code, done.out.as_str()), (0, says), "{}", done.err);
    let again = add(files.path(), &["eurofxref-hist.zip"]);
    assert!(again.out.starts_with("nothing to add: every rate of eurofxref-hist.zip is known\n"), "{}", again.out);
    for (file, last) in [("eurofxref.csv", "2026-11-05"), ("eurofxref-daily.xml", "2026-11-06")] {
        let done = add(files.path(), &[file]);
        assert!(done.out.contains("rates of 1 day added") && done.out.contains(&format!("end on {last}")), "{}", done.out);
    }
    let all = add(files.path(), &["--from", "1999-01-04", "eurofxref-hist.zip"]);
    assert!(all.out.contains("rates of 1 day added") && all.out.contains("1999-01-05  USD 3"), "{} {}", all.out, all.err);
    assert!(run_on(&files.path().join("data"), &["verify"]).code == 0);
}

#[test]
fn a_file_is_taken_whole_or_not_at_all() {
    let files = files();
    let refused = |content: &str, says: &[&str]| {
        fs::write(files.path().join("bad.csv"), content).unwrap();
        add(files.path(), &["bad.csv"]).assert_refused(says);
    };
    refused("Date,USD,\n2026-11-04,2.5,\n2026-11-03,-2.5,\n", &["bad.csv, row 3", "2026-11-03", "-2.5 USD"]);
    refused("Date,USD,\n2026-11-04,0,\n", &["0 USD for one euro is no rate"]);
    refused("Date,USD,\n2026-11-04,2.5,\n2026-11-04,2.5,\n", &["2026-11-04 stands there twice"]);
    refused("Date,QQQ,\n2026-11-04,2.5,\n", &["'QQQ' is not a currency"]);
    refused("Date,USD,\n2999-01-04,2.5,\n", &["2999-01-04 lies ahead of today"]);
    refused("Date,USD,\n2026-10-30,2.5,\n", &["USD is known as 1.1172 for one euro on 2026-10-30", "comes with the program"]);
    refused("Date,USD,\n2026-11-04,2.5", &["it has 2 cells and the header has 3"]);
    refused("no rates\n", &["bad.csv is no file of the European Central Bank's rates", "eurofxref-hist.zip"]);
    assert!(!files.path().join("data").exists(), "nothing is made for a file that can't be taken");
    add(files.path(), &["no-such.csv"]).assert_refused(&["no-such.csv can't be read"]);
    // What contradicts the record is found before anything of the file is recorded.
    assert_eq!(add(files.path(), &["eurofxref-hist.zip"]).code, 0);
    refused("Date,USD,\n2026-11-05,7,\n2026-11-04,8,\n", &["USD is known as 2.5 for one euro on 2026-11-04", "factRetract"]);
    let after = add(files.path(), &["--dry-run", "eurofxref.csv"]);
    assert!(after.out.contains("2026-11-05  USD 2.75"), "{}", after.out);
}

#[test]
fn rates_are_added_while_the_service_runs() {
    let files = files();
    let data = files.path().join("data");
    let server = Server::start(&data);
    server.ready();
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    add(files.path(), &["--listen", "127.0.0.1:9", "eurofxref-hist.zip"]).assert_refused(&["in use", "--listen"]);
    let rehearsed = add(files.path(), &["--listen", &address, "--dry-run", "eurofxref-hist.zip"]);
    assert!(rehearsed.out.contains("rates of 2 days would be added"), "{} {}", rehearsed.out, rehearsed.err);
    let done = add(files.path(), &["--listen", &address, "eurofxref-hist.zip"]);
    assert!(done.out.contains("rates of 2 days added") && done.out.contains("end on 2026-11-04"), "{} {}", done.out, done.err);
    let again = add(files.path(), &["--listen", &address, "eurofxref-hist.zip"]);
    assert!(again.out.starts_with("nothing to add"), "{} {}", again.out, again.err);
    fs::write(files.path().join("bad.csv"), "Date,USD,\n2026-11-05,7,\n2026-11-04,8,\n").unwrap();
    add(files.path(), &["--listen", &address, "bad.csv"]).assert_refused(&["USD is known as 2.5 for one euro on 2026-11-04"]);
    let token = run_on(&data, &["token", "--new", "--role", "auditor"]).out;
    let reply = server.ask(token.trim(), "{ exchangeRates { lastOn ofDay(on: \"2026-11-04\") { currency perEuro } } }");
    let expected = json!({ "lastOn": "2026-11-04", "ofDay": [{ "currency": "GBP", "perEuro": "0.5" },
        { "currency": "JPY", "perEuro": "250" }, { "currency": "USD", "perEuro": "2.5" }] });
    assert_eq!(reply.json()["data"]["exchangeRates"], expected, "{}", reply.body);
    server.stop();
}
