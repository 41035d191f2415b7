//! How the cells of a register are read: white space, dates, numbers, words, other names of the same.

use std::{borrow::Cow, collections::HashMap};

use chrono::{
    Days, NaiveDate,
    format::{Item, Parsed, StrftimeItems},
};
use rust_decimal::Decimal;
use schema::{Date, Precision};

/// A text with runs of white space made one space, and none at its ends.
pub(super) fn collapse(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let plain = !trimmed.contains("  ") && !trimmed.chars().any(|character| character != ' ' && character.is_whitespace());
    if plain { Cow::Borrowed(trimmed) } else { Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" ")) }
}

/// A text as it is compared: white space collapsed, without regard to capitals.
///
/// Two names that fold to the same are the same name written differently, which is not a change.
#[must_use]
pub fn fold(text: &str) -> String {
    collapse(text).to_lowercase()
}

type Items = Vec<Item<'static>>;

/// One way in which a register writes dates.
#[derive(Debug, Clone)]
pub(super) enum DateFormat {
    /// Specifiers as in `%d/%m/%Y`, how exactly such a date is known, and the same with day and month in each other's place,
    /// where both are numbers.
    Pattern { items: Items, precision: Precision, swapped: Option<Items> },
    /// The day number of a spreadsheet: 1 is 1 January 1900, as if 1900 had been a leap year.
    Excel,
}

impl DateFormat {
    /// Reads a format of the mapping: `excel`, or specifiers that name at least the year.
    pub(super) fn try_new(text: &str) -> Result<Self, String> {
        if text == "excel" {
            return Ok(Self::Excel);
        }
        let items = StrftimeItems::new(text).parse_to_owned();
        let items = items.map_err(|_| format!("'{text}' has a specifier that is not known; write %d/%m/%Y, for example"))?;
        let names = |letters: &str| specifiers(text).any(|letter| letters.contains(letter));
        let precision = match () {
            () if !names("YyCFDxc") => return Err(format!("'{text}' names no year; write %Y, %m/%Y or %d/%m/%Y, for example")),
            () if names("de") && !names("mbBhFDxc") => {
                return Err(format!(
                    "'{text}' names a day and no month, so that no date can be read by it; write %d/%m/%Y, for example"
                ));
            }
            () if names("dejFDxc") => Precision::Day,
            () if names("mbBh") => Precision::Month,
            () if names("q") => Precision::Quarter,
            () => Precision::Year,
        };
        let swapped = with_day_and_month_swapped(text).and_then(|text| StrftimeItems::new(&text).parse_to_owned().ok());
        Ok(Self::Pattern { items, precision, swapped })
    }

    fn read(&self, text: &str) -> Option<Date> {
        match self {
            Self::Excel => excel_day(text),
            Self::Pattern { items, precision, .. } => parsed(text, items, *precision),
        }
    }

    fn read_swapped(&self, text: &str) -> Option<Date> {
        match self {
            Self::Pattern { swapped: Some(items), precision, .. } => parsed(text, items, *precision),
            Self::Pattern { .. } | Self::Excel => None,
        }
    }
}

fn parsed(text: &str, items: &Items, precision: Precision) -> Option<Date> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
    if precision != Precision::Day {
        parsed.set_day(1).ok()?;
    }
    match precision {
        Precision::Quarter => parsed.set_month(i64::from(parsed.quarter()? * 3 - 2)).ok()?,
        Precision::Year => parsed.set_month(1).ok()?,
        Precision::Day | Precision::Month | Precision::HalfYear | Precision::Interval => {}
    }
    Date::try_new(parsed.to_naive_date().ok()?, precision).ok()
}

/// `%m/%d/%Y` of `%d/%m/%Y`, and the other way round; nothing for a format that does not write both as numbers.
fn with_day_and_month_swapped(format: &str) -> Option<String> {
    let day = ["%d", "%-d", "%e"].into_iter().find(|day| format.contains(day))?;
    let month = ["%m", "%-m"].into_iter().find(|month| format.contains(month))?;
    Some(format.replace(day, "\0").replace(month, "%d").replace('\0', "%m"))
}

/// The letters that follow a percent sign, without the padding flags before them.
fn specifiers(format: &str) -> impl Iterator<Item = char> {
    format.split('%').skip(1).filter_map(|rest| rest.trim_start_matches(['-', '_', '0']).chars().next())
}

/// A day number from 20000 (1954) to 80000 (2119), with or without a time of day: what is outside is a year, an amount or a
/// mistake.
fn excel_day(text: &str) -> Option<Date> {
    let (days, time) = text.split_once('.').unwrap_or((text, "0"));
    let is_time = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = days.parse().ok().filter(|number| is_time && (20_000..80_000).contains(number))?;
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(number))?;
    Date::try_new(day, Precision::Day).ok()
}

/// The formats of one column, in the order in which they are tried.
#[derive(Debug, Clone, Default)]
pub(super) struct DateFormats(pub(super) Vec<DateFormat>);

impl DateFormats {
    /// Reads a cell. What no other form of a date means is always understood: Milepost's own (`2024-03-05`), and the day
    /// numbers that spreadsheets leave behind.
    pub(super) fn read(&self, cell: &str) -> Option<Date> {
        let by_formats = self.0.iter().find_map(|format| format.read(cell));
        by_formats.or_else(|| cell.parse().ok().filter(|_| cell.len() == 10)).or_else(|| excel_day(cell))
    }

    /// The other day that a cell can mean, which has day and month in each other's place.
    pub(super) fn read_swapped(&self, cell: &str) -> Option<Date> {
        self.0.iter().find_map(|format| format.read_swapped(cell))
    }

    /// Whether two of the formats read a cell as different days.
    pub(super) fn contradict(&self, cell: &str) -> bool {
        let mut dates = self.0.iter().filter_map(|format| format.read(cell));
        let first = dates.next();
        dates.any(|date| Some(date) != first)
    }
}

/// How a register writes numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    /// Between groups of three digits.
    pub(super) thousands: Option<char>,
    /// Before the decimals.
    pub(super) decimal: char,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { thousands: None, decimal: '.' }
    }
}

impl Numbers {
    /// Reads a cell; zeros behind the last decimal fall away, so that 17 and 17.00 are one number.
    pub(super) fn read(self, cell: &str) -> Option<Decimal> {
        let (whole, decimals) = cell.split_once(self.decimal).unwrap_or((cell, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
        let whole = match self.thousands.filter(|&separator| whole.contains(separator)) {
            None => whole.to_owned(),
            Some(separator) => {
                let mut groups = whole.split(separator);
                let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
                groups.try_fold(first.to_owned(), |whole, group| (group.len() == 3).then(|| whole + group))?
            }
        };
        let written = (digits(&whole) && digits(decimals)).then(|| format!("{sign}{whole}.{decimals}"))?;
        written.parse::<Decimal>().ok().map(|number| number.normalize())
    }
}

/// What happens to a cell whose word the vocabulary does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Unknown {
    /// The row is refused.
    Reject,
    /// The value stays unknown.
    Ignore,
    /// The value stays unknown, with a warning.
    #[default]
    Flag,
}

/// The words of a column and what they are in Milepost's words.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// By folded word; none for a word that is known and says nothing.
    pub(super) words: HashMap<String, Vec<String>>,
    pub(super) unknown: Unknown,
}

/// Other names of the same: old name, folded, to canonical name.
#[derive(Debug, Default)]
pub(super) struct Aliases(HashMap<String, String>);

impl Aliases {
    /// Reads a file of two columns, old name and canonical name, below a header.
    pub(super) fn try_new(text: &str) -> Result<Self, String> {
        let mut aliases = HashMap::new();
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|error| error.to_string())?;
            let place = || record.position().map_or(index + 2, |position| usize::try_from(position.line()).unwrap_or(index + 2));
            let cell = |index| record.get(index).map(collapse).filter(|cell| !cell.is_empty());
            let (2, Some(old), Some(canonical)) = (record.len(), cell(0), cell(1)) else {
                return Err(format!("line {}: expected two names, the old and the canonical one", place()));
            };
            match aliases.insert(fold(&old), canonical.to_string()) {
                Some(other) if other != canonical => {
                    return Err(format!("line {}: '{old}' is already another name of '{other}'", place()));
                }
                _ => {}
            }
        }
        let chained = aliases.values().find(|canonical| aliases.get(&fold(canonical)).is_some_and(|next| &next != canonical));
        match chained {
            Some(canonical) => Err(format!("'{canonical}' is given both as a canonical and as an old name")),
            None => Ok(Self(aliases)),
        }
    }

    /// The canonical name of `name`, which is itself where no other is known.
    pub(super) fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(&fold(name)).map_or(name, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: &str, cell: &str) -> Option<String> {
        DateFormats(vec![DateFormat::try_new(format).unwrap()]).read(cell).map(|date| date.to_string())
    }

    #[test]
    fn a_date_is_read_as_exactly_as_its_format_says() {
        for (format, cell, date) in [
            ("%d/%m/%Y", "05/03/2024", Some("2024-03-05")),
            ("%d/%m/%Y", "5/3/2024", Some("2024-03-05")),
            ("%d %b %Y", "5 Mar 2024", Some("2024-03-05")),
            ("%m/%Y", "03/2024", Some("2024-03")),
            ("%Y", "2024", Some("2024")),
            ("%Y-Q%q", "2024-Q3", Some("2024-Q3")),
            ("excel", "41795", Some("2014-06-05")),
            ("excel", "41795.0", Some("2014-06-05")),
            ("excel", "41795.75", Some("2014-06-05")),
            ("%d/%m/%Y", "41795", Some("2014-06-05")),
            ("%d/%m/%Y", "12000", None),
            ("%d/%m/%Y", "2024-03-05", Some("2024-03-05")),
            ("%d/%m/%Y", "31/02/2024", None),
            ("%d/%m/%Y", "10/17/1998", None),
            ("%d/%m/%Y", "05/03/24", None),
            ("%d/%m/%Y", "2024", None),
            ("%d/%m/%Y", "NA", None),
            ("excel", "2024", None),
            ("excel", "-1", None),
        ] {
            assert_eq!(read(format, cell).as_deref(), date, "{cell} by {format}");
        }
    }

    #[test]
    fn a_format_without_a_year_or_with_an_unknown_specifier_is_refused() {
        for format in ["%d/%m", "dd/mm/yyyy", "%Q", "", "%G-W%V"] {
            assert!(DateFormat::try_new(format).is_err(), "{format}");
        }
    }

    #[test]
    fn a_format_of_a_day_without_its_month_is_refused() {
        for format in ["%d/%Y", "%Y-%d", "%e %q %Y"] {
            let says = DateFormat::try_new(format).unwrap_err();
            assert!(says.contains("names a day and no month"), "{says}");
        }
        assert!(DateFormat::try_new("%Y-%j").is_ok(), "the day of the year needs none");
    }

    #[test]
    fn a_cell_can_mean_another_day_where_day_and_month_are_numbers() {
        let swapped = |format: &str, cell: &str| {
            DateFormats(vec![DateFormat::try_new(format).unwrap()]).read_swapped(cell).map(|date| date.to_string())
        };
        assert_eq!(swapped("%d/%m/%Y", "05/03/2024").as_deref(), Some("2024-05-03"));
        assert_eq!(swapped("%m/%d/%Y", "05/03/2024").as_deref(), Some("2024-03-05"));
        assert_eq!(swapped("%d/%m/%Y", "25/03/2024"), None);
        assert_eq!(swapped("%d %b %Y", "5 Mar 2024"), None);
    }

    #[test]
    fn numbers_are_read_as_the_register_writes_them() {
        let english = Numbers { thousands: Some(','), decimal: '.' };
        let german = Numbers { thousands: Some('.'), decimal: ',' };
        for (numbers, cell, number) in [
            (english, "17", Some("17")),
            (english, "17.00", Some("17")),
            (english, "1,234.50", Some("1234.5")),
            (english, "-0.2", Some("-0.2")),
            (german, "1.234,5", Some("1234.5")),
            (english, "1,5", None),
            (english, "1,2345", None),
            (english, "about 5", None),
            (english, "5.", None),
            (english, "", None),
            (english, "1e9", None),
            (english, "+5", None),
        ] {
            assert_eq!(numbers.read(cell).map(|number| number.to_string()).as_deref(), number, "{cell}");
        }
    }

    #[test]
    fn an_alias_file_may_not_contradict_itself() {
        let aliases = Aliases::try_new("from,to\nOld  Council,New\nolder council,New\n").unwrap();
        assert_eq!(aliases.canonical("OLD council"), "New");
        assert_eq!(aliases.canonical("Another"), "Another");
        for text in ["from,to\na,b\nA,c\n", "from,to\na,b\nb,c\n", "from,to\na\n", "from,to\na,\n"] {
            assert!(Aliases::try_new(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_survives_the_way_a_register_writes_it(days in 0_u64..60_000) {
            let day = NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + Days::new(days);
            let written = day.format("%d/%m/%Y").to_string();
            prop_assert_eq!(read("%d/%m/%Y", &written), Some(day.to_string()));
            let serial = (day - NaiveDate::from_ymd_opt(1899, 12, 30).unwrap()).num_days().to_string();
            prop_assert_eq!(read("excel", &serial), (days < 58_000).then(|| day.to_string()).or_else(|| read("excel", &serial)));
        }

        #[test]
        fn white_space_and_capitals_never_make_another_word(text in "[A-Za-z  \t]{0,20}") {
            prop_assert_eq!(fold(&format!("  {} ", text.replace(' ', " \u{a0} ").to_uppercase())), fold(&text.to_uppercase()));
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
