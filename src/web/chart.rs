//! Bars beside the rows of a table. The numbers are in the table; a bar only helps the eye.

use serde_json::Value;

/// The longest bar, in the units of its drawing.
const LONGEST: u64 = 200;

/// Puts a `bar` into each of `rows`, as long as the number under `name` is beside the greatest. Nothing but nought has
/// no length.
pub fn add_bars(rows: &mut Value, name: &str) {
    let rows = rows.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    let number = |row: &Value| row[name].as_u64().unwrap_or_default();
    let most = rows.iter().map(number).max().unwrap_or_default();
    for row in rows {
        let this = number(row);
        let length = (this * LONGEST).checked_div(most).unwrap_or(0);
        row["bar"] = Value::from(if this > 0 { length.max(2) } else { 0 });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_longest_bar_is_the_greatest_number_and_the_least_is_seen() {
        let mut rows = json!([{ "n": 0 }, { "n": 1 }, { "n": 500 }, { "n": 1000 }]);
        add_bars(&mut rows, "n");
        assert_eq!(rows.as_array().unwrap().iter().map(|row| row["bar"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 2, 100, 200]);
    }
}
