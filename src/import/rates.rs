//! Files of the European Central Bank's euro foreign exchange reference rates, as it publishes them: CSV and XML, in an
//! archive or not. A file is taken whole or not at all, since one that is cut short or changed can't be told from a bad one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

use chrono::NaiveDate;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use rust_decimal::Decimal;
use schema::{
    Currency, Line,
    register::{ExchangeRate, RateError},
};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The most bytes that a file may have; all rates since 1999 as XML have 7 MiB.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// The most bytes that the file in an archive may have.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// The most days that a file may have: more than a lifetime of them.
const DAYS_MAX: usize = 30_000;

/// The most currencies that a file may name.
const CURRENCIES_MAX: usize = 100;

/// The most characters that a number may have.
const NUMBER_CHARS_MAX: usize = 24;

/// What gave way to the euro or to another currency, and still has a column in the bank's history. ISO 4217 lists it no
/// longer, so that nothing on record is in it.
const ENDED: [&str; 11] = ["BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL"];

/// What the bank writes where a currency had no rate on a day.
const NO_RATE: &str = "N/A";

/// Where the file is found.
const WHERE: &str = "take eurofxref-hist.zip, or one of the files beside it, from the bank's page of euro foreign exchange \
    reference rates as it is";

/// The rates of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesOfDay {
    /// The day on which they were published.
    pub on: NaiveDate,
    /// The rates, each currency once.
    pub rates: Vec<ExchangeRate>,
}

/// A file of rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesFile {
    /// What it is called.
    pub file: String,
    /// SHA-256 of the file as it is, 64 lower-case hexadecimal digits.
    pub sha256: Line,
    /// Its days that have rates, the oldest first.
    pub days: Vec<RatesOfDay>,
    /// The currencies that are no more, whose rates are left out.
    pub left_out: BTreeSet<&'static str>,
}

/// Why a file can't be taken, and what to do.
#[derive(Debug, Error)]
pub enum RatesFileError {
    /// It can't be opened or read.
    #[error("{file} can't be read: {error}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is too large to be one.
    #[error("{file} has more than {} MiB, and no file of rates is as large; {WHERE}", .bytes_max >> 20)]
    TooLarge {
        /// The file.
        file: String,
        /// How many bytes are allowed.
        bytes_max: u64,
    },
    /// It is none of the bank's files.
    #[error("{file} is no file of the European Central Bank's rates: {problem}; {WHERE}")]
    Unlike {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Something in it can't be taken.
    #[error("{file}, {place}: {problem}; nothing of the file is taken, {WHERE}")]
    Bad {
        /// The file.
        file: String,
        /// Where it stands.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

/// What is wrong, and where.
enum Wrong {
    File(String),
    At(String, String),
}

impl Wrong {
    fn at(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::At(place.into(), problem.into())
    }

    fn of(self, file: &str) -> RatesFileError {
        let file = file.to_owned();
        match self {
            Self::File(problem) => RatesFileError::Unlike { file, problem },
            Self::At(place, problem) => RatesFileError::Bad { file, place, problem },
        }
    }
}

impl RatesFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it is none of the bank's, or something in it can't be taken.
    pub fn open(path: &Path) -> Result<Self, RatesFileError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        read.map_err(|error| RatesFileError::Io { file: path.display().to_string(), error })?;
        Self::read(&file, &bytes)
    }

    /// Reads the bytes of a file called `file`.
    ///
    /// # Errors
    ///
    /// As [`RatesFile::open`].
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, RatesFileError> {
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(RatesFileError::TooLarge { file: file.to_owned(), bytes_max: FILE_BYTES_MAX });
        }
        let unlike = |problem: String| Wrong::File(problem).of(file);
        let digits = format!("{:x}", Sha256::digest(bytes));
        let sha256 = Line::try_new(&digits).map_err(|error| unlike(error.to_string()))?;
        let unpacked = if bytes.starts_with(b"PK\x03\x04") { Some(unpacked(file, bytes)?) } else { None };
        let content = unpacked.as_deref().unwrap_or(bytes);
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let text = str::from_utf8(content).map_err(|_| unlike("it is no text in UTF-8".to_owned()))?;
        let start = text.trim_start();
        let mut taken = Taken::default();
        let read = if start.is_empty() {
            Err(Wrong::File("it is empty".to_owned()))
        } else if start.starts_with('<') {
            taken.xml(start)
        } else {
            taken.csv(start)
        };
        read.map_err(|wrong| wrong.of(file))?;
        let Taken { days, left_out, .. } = taken;
        let day = |(on, (_, rates)): (NaiveDate, (String, Vec<ExchangeRate>))| RatesOfDay { on, rates };
        let days: Vec<_> = days.into_iter().map(day).filter(|day| !day.rates.is_empty()).collect();
        if days.is_empty() {
            return Err(unlike("it has no rate".to_owned()));
        }
        Ok(Self { file: file.to_owned(), sha256, days, left_out })
    }
}

/// The one file in an archive.
fn unpacked(file: &str, bytes: &[u8]) -> Result<Vec<u8>, RatesFileError> {
    let unlike = |problem: String| Wrong::File(problem).of(file);
    let broken = |error: &dyn std::fmt::Display| unlike(format!("its archive can't be unpacked: {error}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() != 1 {
        return Err(unlike(format!("its archive holds {} files, and the bank's holds one", archive.len())));
    }
    let packed = archive.by_index(0).map_err(|error| broken(&error))?;
    let mut content = Vec::new();
    packed.take(UNPACKED_BYTES_MAX + 1).read_to_end(&mut content).map_err(|error| broken(&error))?;
    if content.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(RatesFileError::TooLarge { file: file.to_owned(), bytes_max: UNPACKED_BYTES_MAX });
    }
    Ok(content)
}

/// What has been read of a file.
#[derive(Default)]
struct Taken {
    /// The rates by their day, and where the day stands in the file.
    days: BTreeMap<NaiveDate, (String, Vec<ExchangeRate>)>,
    left_out: BTreeSet<&'static str>,
}

impl Taken {
    /// The CSV of the bank: a header with a currency for each column after the date, then a row for each day.
    fn csv(&mut self, text: &str) -> Result<(), Wrong> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let mut rows = reader.records();
        let broken = |error: csv::Error| Wrong::File(format!("its CSV can't be read: {error}"));
        let header = rows.next().transpose().map_err(broken)?.unwrap_or_default();
        if header.get(0) != Some("Date") || header.len() < 2 {
            return Err(Wrong::File("it does not begin with 'Date' and currencies".to_owned()));
        }
        // The bank ends each line with a comma.
        let columns: Vec<&str> = header.iter().skip(1).collect();
        let columns = columns.strip_suffix(&[""]).unwrap_or(&columns);
        if columns.len() > CURRENCIES_MAX {
            return Err(Wrong::at("row 1", format!("{} currencies are more than {CURRENCIES_MAX}", columns.len())));
        }
        let mut named = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|code| !named.insert(**code)) {
            return Err(Wrong::at("row 1", format!("the currency {twice} stands there twice")));
        }
        let columns: Vec<_> = columns.iter().map(|code| self.currency(code, "row 1")).collect::<Result<_, _>>()?;
        for (number, row) in (2_usize..).zip(rows) {
            let row = row.map_err(broken)?;
            let place = format!("row {number}");
            if row.len() != header.len() {
                let problem = format!("it has {} cells and the header has {}; it may be cut short", row.len(), header.len());
                return Err(Wrong::at(place, problem));
            }
            let on = self.begin_day(row.get(0).unwrap_or_default(), &place)?;
            for (currency, cell) in columns.iter().zip(row.iter().skip(1)) {
                let Some(currency) = currency else { continue };
                if cell != NO_RATE {
                    self.rate(on, *currency, cell, &place)?;
                }
            }
        }
        Ok(())
    }

    /// The XML of the bank: an envelope, in which a cube of each day has a cube of each currency.
    fn xml(&mut self, text: &str) -> Result<(), Wrong> {
        let mut reader = Reader::from_str(text);
        let (mut depth, mut day, mut is_envelope) = (0_usize, None::<NaiveDate>, false);
        let mut lines = Lines { rest: text.as_bytes(), at: 0, line: 1 };
        loop {
            let event = reader.read_event();
            let place = lines.until(reader.buffer_position());
            match event.map_err(|error| Wrong::File(format!("its XML can't be read: {error}")))? {
                Event::Start(start) => {
                    is_envelope |= depth == 0 && start.local_name().as_ref() == "Envelope";
                    depth += 1;
                    self.cube(&start, &mut day, &place)?;
                }
                Event::Empty(start) => self.cube(&start, &mut day, &place)?,
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::DocType(_) => return Err(Wrong::at(place, "it declares a document type, and the bank's files have none")),
                Event::Eof => break,
                _ => {}
            }
        }
        if depth > 0 {
            return Err(Wrong::File("its XML is cut short".to_owned()));
        }
        if is_envelope { Ok(()) } else { Err(Wrong::File("it is XML and no envelope of the bank's".to_owned())) }
    }

    /// An element of the XML: one with a time begins a day, one with a currency is a rate of it.
    fn cube(&mut self, element: &BytesStart<'_>, day: &mut Option<NaiveDate>, place: &str) -> Result<(), Wrong> {
        if element.local_name().as_ref() != "Cube" {
            return Ok(());
        }
        let (mut time, mut code, mut rate) = (None, None, None);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| Wrong::at(place, error.to_string()))?;
            let value = attribute.value.into_owned();
            match attribute.key.as_ref() {
                "time" => time = Some(value),
                "currency" => code = Some(value),
                "rate" => rate = Some(value),
                _ => {}
            }
        }
        if let Some(time) = time {
            *day = Some(self.begin_day(&time, place)?);
        }
        match (code, rate) {
            (None, None) => Ok(()),
            (Some(code), Some(rate)) => {
                let on = day.ok_or_else(|| Wrong::at(place, format!("the rate of {code} stands in no day")))?;
                match self.currency(&code, place)? {
                    Some(currency) if rate != NO_RATE => self.rate(on, currency, &rate, place),
                    _ => Ok(()),
                }
            }
            _ => Err(Wrong::at(place, "a currency has no rate, or a rate no currency")),
        }
    }

    /// The currency with this code; none for one that is no more.
    fn currency(&mut self, code: &str, place: &str) -> Result<Option<Currency>, Wrong> {
        if let Ok(currency) = code.parse::<Currency>() {
            return Ok(Some(currency));
        }
        if let Some(ended) = ENDED.into_iter().find(|ended| *ended == code) {
            self.left_out.insert(ended);
            return Ok(None);
        }
        let code: String = code.chars().take(20).collect();
        Err(Wrong::at(place, format!("'{code}' is not a currency that is known here")))
    }

    fn begin_day(&mut self, text: &str, place: &str) -> Result<NaiveDate, Wrong> {
        let long = || NaiveDate::parse_from_str(text, "%d %B %Y").ok();
        let short = || text.parse::<NaiveDate>().ok().filter(|day| day.to_string() == text);
        let Some(day) = short().or_else(long) else {
            let text: String = text.chars().take(40).collect();
            return Err(Wrong::at(place, format!("'{text}' is not a day such as 2026-11-03 or 03 November 2026")));
        };
        if let Some((earlier, _)) = self.days.get(&day) {
            return Err(Wrong::at(place, format!("{day} stands there twice, in {earlier} too")));
        }
        if self.days.len() >= DAYS_MAX {
            return Err(Wrong::at(place, format!("more than {DAYS_MAX} days")));
        }
        self.days.insert(day, (place.to_owned(), Vec::new()));
        Ok(day)
    }

    fn rate(&mut self, on: NaiveDate, currency: Currency, text: &str, place: &str) -> Result<(), Wrong> {
        let malformed = || {
            let text: String = text.chars().take(NUMBER_CHARS_MAX).collect();
            Wrong::at(place, format!("'{text}' is not a rate of {currency}; a number such as 1.0920 is, or {NO_RATE}"))
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = digits.starts_with(|sign: char| sign.is_ascii_digit())
            && digits.ends_with(|sign: char| sign.is_ascii_digit())
            && digits.chars().all(|sign| sign.is_ascii_digit() || sign == '.');
        if !is_number || text.len() > NUMBER_CHARS_MAX {
            return Err(malformed());
        }
        let per_euro: Decimal = text.parse().map_err(|_| malformed())?;
        let rate =
            ExchangeRate::try_new(currency, per_euro).map_err(|error: RateError| Wrong::at(place, format!("{on}: {error}")))?;
        let Some((_, rates)) = self.days.get_mut(&on) else { return Ok(()) };
        if rates.iter().any(|known| known.currency() == currency) {
            return Err(Wrong::at(place, format!("{currency} has two rates for {on}")));
        }
        rates.push(rate);
        Ok(())
    }
}

/// The lines of a text, counted as it is read.
struct Lines<'a> {
    rest: &'a [u8],
    at: u64,
    line: usize,
}

impl Lines<'_> {
    /// The line in which the byte at `position` stands, which is none before the last that was asked for.
    fn until(&mut self, position: u64) -> String {
        let ahead = usize::try_from(position.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let (read, rest) = self.rest.split_at(ahead.min(self.rest.len()));
        self.line += read.split(|byte| *byte == b'\n').count() - 1;
        (self.rest, self.at) = (rest, position);
        format!("line {}", self.line)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    // The forms are the bank's; the figures are made up.
    const HISTORY: &str = "Date,USD,JPY,CYP,ROL,GBP,\n2026-11-04,2.5,250,N/A,N/A,0.5,\n2026-11-03,2.25,225.5,N/A,N/A,N/A,\n";
    const DAILY: &str = "Date, USD, JPY, GBP, \n04 November 2026, 2.5, 250, 0.5, \n";
    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='2026-11-04'>
			<Cube currency='USD' rate='2.5'/>
			<Cube currency='JPY' rate='250'/>
			<Cube currency='GBP' rate='0.5'/>
		</Cube>
		<Cube time="2026-11-03"><Cube currency="USD" rate="2.25"/><Cube currency="JPY" rate="225.5"></Cube></Cube>
	</Cube>
</gesmes:Envelope>
"#;

    fn day(on: &str, rates: &[(&str, &str)]) -> RatesOfDay {
        let rate = |(currency, per_euro): &(&str, &str)| {
            ExchangeRate::try_new(currency.parse().unwrap(), per_euro.parse().unwrap()).unwrap()
        };
        RatesOfDay { on: on.parse().unwrap(), rates: rates.iter().map(rate).collect() }
    }

    fn read(text: &str) -> RatesFile {
        RatesFile::read("rates", text.as_bytes()).unwrap()
    }

    fn refused(text: &str) -> String {
        RatesFile::read("rates", text.as_bytes()).unwrap_err().to_string()
    }

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn each_of_the_banks_forms_says_the_same() {
        let third = day("2026-11-03", &[("USD", "2.25"), ("JPY", "225.5")]);
        let fourth = day("2026-11-04", &[("USD", "2.5"), ("JPY", "250"), ("GBP", "0.5")]);
        assert_eq!(read(DAILY).days, std::slice::from_ref(&fourth));
        let both = [third, fourth];
        assert_eq!((read(HISTORY).days.as_slice(), read(XML).days.as_slice()), (&both[..], &both[..]));
        assert_eq!(read(&HISTORY.replace('\n', "\r\n")).days, both);
        let archive = zipped(&[("eurofxref-hist.csv", HISTORY)]);
        let unpacked = RatesFile::read("eurofxref-hist.zip", &archive).unwrap();
        assert_eq!((unpacked.days.as_slice(), unpacked.sha256.as_str().len()), (&both[..], 64));
        assert_eq!(unpacked.left_out.into_iter().collect::<Vec<_>>(), ["CYP", "ROL"]);
    }

    #[test]
    fn what_can_not_be_taken_is_refused_where_it_stands() {
        let csv = |row: &str| refused(&format!("Date,USD,JPY,\n2026-11-04,2.5,250,\n{row}\n"));
        for (row, says) in [
            ("2026-11-03,-2.5,250,", "row 3: 2026-11-03: -2.5 USD for one euro is no rate"),
            ("2026-11-03,0,250,", "0 USD for one euro is no rate"),
            ("2026-11-03,0.00000001,250,", "can't be right"),
            ("2026-11-03,2500000000,250,", "can't be right"),
            ("2026-11-03,1e3,250,", "'1e3' is not a rate of USD"),
            ("2026-11-03,two,250,", "'two' is not a rate of USD"),
            ("2026-11-03,,250,", "'' is not a rate of USD"),
            ("2026-11-03,2.5,", "it has 3 cells and the header has 4; it may be cut short"),
            ("2026-11-04,2.5,250,", "row 3: 2026-11-04 stands there twice, in row 2 too"),
            ("2026-11-31,2.5,250,", "'2026-11-31' is not a day"),
            ("3/11/2026,2.5,250,", "'3/11/2026' is not a day"),
        ] {
            let said = csv(row);
            assert!(said.contains(says) && said.contains("nothing of the file is taken"), "{row}: {said}");
        }
        assert!(refused("Date,USD,QQQ\n2026-11-04,2.5,1\n").contains("row 1: 'QQQ' is not a currency"));
        assert!(refused("Date,USD,USD\n2026-11-04,2.5,1\n").contains("the currency USD stands there twice"));
        assert!(refused("Date,EUR\n2026-11-04,1\n").contains("leave EUR out"));
    }

    #[test]
    fn xml_that_is_cut_short_or_something_else_is_refused() {
        let cut = XML.split_at(XML.len() - 40).0;
        assert!(refused(cut).contains("XML"), "{}", refused(cut));
        let said = refused(&XML.replace("rate=\"2.25\"", "rate=\"-2.25\""));
        assert!(said.contains("line 13: 2026-11-03: -2.25 USD"), "{said}");
        assert!(refused(&XML.replace("'GBP'", "'USD'")).contains("USD has two rates for 2026-11-04"));
        assert!(refused(&XML.replace("time='2026-11-04'", "")).contains("stands in no day"));
        assert!(refused(&XML.replace("rate='250'", "")).contains("a currency has no rate"));
        assert!(refused("<html><body>not found</body></html>").contains("no envelope of the bank's"));
        let expanding = "<!DOCTYPE x [<!ENTITY a \"b\">]><Envelope/>";
        assert!(refused(expanding).contains("document type"));
    }

    #[test]
    fn what_is_no_file_of_rates_is_refused() {
        assert!(refused("").contains("it is empty"));
        assert!(refused("Ref ID,Name\n1,A\n").contains("does not begin with 'Date'"));
        assert!(refused("Date,USD,\n").contains("it has no rate"));
        let refused = |bytes: &[u8]| RatesFile::read("rates", bytes).unwrap_err().to_string();
        assert!(refused(b"\xFF\xFE\x00D").contains("no text in UTF-8"));
        assert!(refused(b"PK\x03\x04 cut").contains("can't be unpacked"));
        assert!(refused(&zipped(&[("a.csv", HISTORY), ("b.csv", DAILY)])).contains("holds 2 files"));
        assert!(refused(&vec![b' '; usize::try_from(FILE_BYTES_MAX).unwrap() + 1]).contains("more than 32 MiB"));
        let swollen = zipped(&[("a.csv", &" ".repeat(usize::try_from(UNPACKED_BYTES_MAX).unwrap() + 1))]);
        assert!(refused(&swollen).contains("more than 64 MiB"));
    }
}
