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

/// A cell that no spreadsheet takes for a formula. A negative number stays one.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t', '\r']) || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_no_formula() {
        for (cell, written) in [("=1+1", "'=1+1"), ("-5.5", "-5.5"), ("-cmd", "'-cmd"), ("@a", "'@a"), ("steel", "steel")] {
            assert_eq!(harmless(cell), written);
        }
    }
}
