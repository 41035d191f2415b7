//! What a page shows, as a file: text for any program, or a workbook.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    http::header::{CONTENT_DISPOSITION, HeaderValue},
};
use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Cells, Workbook, Worksheet, XlsxError};

use super::{
    csv,
    failure::Failure,
    visit::{Visit, with_headers},
};

const WORKBOOK_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The most characters that a cell of a workbook holds.
const CELL_CHARS_MAX: usize = 32_767;
/// Columns whose cells are text, whatever they look like: 1.10 is another reference than 1.1.
const TEXTS: [&str; 6] = ["id", "lei", "name", "place", "reference", "title"];
/// The most digits of a number that a workbook keeps.
const DIGITS_MAX: usize = 15;

/// As what kind of file something is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// A workbook of one sheet, in Office Open XML.
    Xlsx,
}

impl Format {
    /// What the address asks for, if it asks for a file.
    pub fn of(visit: &Visit) -> Option<Self> {
        match visit.parameter("format")? {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// A file of `rows` under `columns`, called `name`.
    ///
    /// # Errors
    ///
    /// When it can't be written, which is a fault.
    pub fn file(self, name: &str, columns: &[&str], rows: &[Vec<String>]) -> Result<HttpResponse, Failure> {
        match self {
            Self::Csv => csv::file(name, columns, rows),
            Self::Xlsx => {
                let bytes = workbook(columns, rows).map_err(|error| Failure::fault(&error))?;
                let mut response = with_headers(StatusCode::OK, WORKBOOK_TYPE, bytes);
                if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.xlsx\"")) {
                    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
                }
                Ok(response)
            }
        }
    }
}

/// A workbook of one sheet. Numbers and days are such, so that they can be added up and put in order; all else is text, and no
/// text is a formula.
fn workbook(columns: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same rows give the same bytes, whenever they are asked for.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = workbook.add_worksheet();
    let (heading, day) = (Cells::new().set_bold(), Cells::new().set_num_format("yyyy-mm-dd"));
    for (column, title) in (0..).zip(columns) {
        sheet.write_with_format(0, column, *title, &heading)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for ((column, title), cell) in (0..).zip(columns).zip(cells) {
            write(sheet, (row, column), cell, TEXTS.contains(title), &day)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Ok(last_row), Some(last_column)) = (u32::try_from(rows.len()), columns.len().checked_sub(1)) {
        sheet.autofilter(0, 0, last_row, u16::try_from(last_column).unwrap_or(u16::MAX))?;
    }
    sheet.autofit();
    workbook.save_to_buffer()
}

fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &str, is_text: bool, day: &Cells) -> Result<(), XlsxError> {
    if cell.is_empty() {
        return Ok(());
    }
    if let Some(number) = number(cell).filter(|_| !is_text) {
        sheet.write_number(row, column, number)?;
    } else if let Some(date) = date(cell).filter(|_| !is_text) {
        sheet.write_datetime_with_format(row, column, &date, day)?;
    } else {
        let text: String = cell.chars().take(CELL_CHARS_MAX).collect();
        sheet.write_string(row, column, text)?;
    }
    Ok(())
}

/// The number that a cell is, where a workbook keeps all of it: an id of digits that begins with 0 is none.
fn number(cell: &str) -> Option<f64> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    let fits = whole.len() + fraction.len() <= DIGITS_MAX;
    let is_number = is_plain(whole) && is_plain(fraction) && (whole == "0" || !whole.starts_with('0'));
    cell.parse().ok().filter(|_| fits && is_number)
}

/// The day that a cell is; a date that is known less exactly stays text, and so does one that workbooks don't have.
fn date(cell: &str) -> Option<ExcelDateTime> {
    let is_day = cell.len() == "2024-01-31".len() && cell.parse::<NaiveDate>().is_ok();
    is_day.then(|| ExcelDateTime::parse_from_str(cell).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};

    use super::*;

    #[test]
    fn what_a_workbook_would_alter_stays_text() {
        for (cell, expected) in [("17", 17.0), ("-2.5", -2.5), ("0", 0.0), ("0.25", 0.25), ("1000000", 1e6)] {
            assert_eq!(number(cell), Some(expected), "{cell}");
        }
        for text in ["", "007", "1e3", "+5", "1,000", "12345678901234567", "-", ".5", "5.", "NaN", "2024-01-31", "=1+1"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert!(date("2024-02-29").is_some());
        for text in ["2024", "2024-02", "2024-Q1", "2023-02-29", "0999-01-01", "2024-02-29T00", "../2026-12"] {
            assert!(date(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_same_rows_give_the_same_workbook_in_which_numbers_are_numbers_and_no_text_is_a_formula() {
        let rows = [
            vec!["Plant".to_owned(), "17".to_owned(), "2024-01-31".to_owned()],
            vec!["=1+1".to_owned()],
            vec!["1.10".to_owned()],
        ];
        let made = || workbook(&["name", "MW", "since"], &rows).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(made(), made());
        let mut read: Xlsx<_> = open_workbook_from_rs(Cursor::new(made())).unwrap_or_else(|error| panic!("{error}"));
        let sheet = read.worksheet_range_at(0).and_then(Result::ok).unwrap_or_else(|| panic!("it has a sheet"));
        let cell = |row, column| sheet.get_value((row, column));
        assert_eq!(cell(0, 1), Some(&Data::String("MW".to_owned())));
        assert_eq!(cell(1, 1), Some(&Data::Float(17.0)));
        assert!(matches!(cell(1, 2), Some(Data::DateTime(_))));
        assert_eq!(cell(2, 0), Some(&Data::String("=1+1".to_owned())));
        assert_eq!(cell(3, 0), Some(&Data::String("1.10".to_owned())));
        let formulas = read.worksheet_formula("Sheet1").unwrap_or_else(|error| panic!("{error}"));
        assert!(formulas.is_empty());
    }
}
