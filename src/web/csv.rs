//! What a page shows, as a file for spreadsheets.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    http::header::{CONTENT_DISPOSITION, HeaderValue},
};
use serde_json::Value;

use super::{failure::Failure, visit::with_headers};

/// A file of `rows` under `columns`, called `name`.
///
/// # Errors
///
/// When it can't be written, which is a fault.
pub fn file(name: &str, columns: &[&str], rows: &[Vec<String>]) -> Result<HttpResponse, Failure> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|error| Failure::fault(&error))?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell))).map_err(|error| Failure::fault(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| Failure::fault(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| Failure::fault(&error))?;
    let mut response = with_headers(StatusCode::OK, "text/csv; charset=utf-8", text);
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// What the API says, as a cell: nothing where it is not known.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a formula begins with, as it is and in the wide and small forms that spreadsheets take for the same.
const FORMULA_STARTS: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// A cell that no spreadsheet takes for a formula. A negative number stays one.
fn harmless(cell: &str) -> String {
    // Some skip what is blank or can't be seen.
    let shown = cell.trim_start_matches(|character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}')
    });
    let is_formula = shown.starts_with(FORMULA_STARTS) && cell.parse::<f64>().is_err();
    let is_shifted = cell.starts_with(['\t', '\r', '\n']);
    if is_formula || is_shifted { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_no_formula() {
        for plain in ["-5.5", "steel", "a=b", "", "1", "–", "é"] {
            assert_eq!(harmless(plain), plain);
        }
        for formula in [
            "=1+1",
            "-cmd",
            "+1+1",
            "@a",
            "＝1+1",
            "＋1",
            "－cmd",
            "＠a",
            "﹦1",
            "﹢1",
            "﹣cmd",
            "﹫a",
            " =1",
            "\u{feff}=1",
            "\t=1",
            "\n=1",
            "\u{3000}＝1",
            "\tsteel",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
    }
}
