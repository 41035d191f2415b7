//! Where permitting is slow: the range of days of each group, the heat map of two dimensions, how old what is open is,
//! and what extensions hide.

use serde::Serialize;
use serde_json::{Value, json};

use super::{items, number, percent, tenth};
use crate::web::words;

/// The most rows and columns of a heat map.
const HEAT_MAX: (usize, usize) = (10, 6);
/// The most columns of the drawing of ages.
pub const AGEING_COLUMNS_MAX: usize = 4;
/// Of fewer no share is said: that would be of single permits.
const FEW: u64 = 5;
/// How high that drawing is, in pixels.
const AGEING_HEIGHT: f64 = 240.0;

/// What a group is called: its keys, the known ones in words.
pub fn names(group: &Value, by: &[&str]) -> Vec<String> {
    by.iter().map(|dimension| name(group, dimension)).collect()
}

/// What each of `groups` is called in a drawing of these alone: what all have in common is left out.
pub fn labels(groups: &[Value], by: &[&str]) -> Vec<String> {
    let all: Vec<_> = groups.iter().map(|group| names(group, by)).collect();
    let differs = |at: usize| all.iter().any(|names| all.first().is_some_and(|first| first.get(at) != names.get(at)));
    let told: Vec<_> = (0..by.len()).filter(|at| differs(*at)).collect();
    let of = |names: &Vec<String>| {
        let told: Vec<_> = told.iter().filter_map(|at| names.get(*at)).map(String::as_str).collect();
        if told.is_empty() { names.join(", ") } else { told.join(", ") }
    };
    all.iter().map(of).collect()
}

fn name(group: &Value, dimension: &str) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let found = match dimension {
        "AUTHORITY" => text(&group["authority"]["name"]),
        "INSTRUMENT" => text(&group["instrument"]),
        "REGIME" => text(&group["regime"]),
        "JURISDICTION" => text(&group["jurisdiction"]).map(|code| words::country(&code)),
        "CLUSTER" => text(&group["cluster"]["name"]),
        "TECHNOLOGY" => text(&group["technology"]).map(|lever| words::sentence(&words::words(&lever))),
        _ => group["yearSubmitted"].as_i64().map(|year| year.to_string()),
    };
    let unknown =
        || if dimension == "CLUSTER" { "In no cluster".to_owned() } else { format!("Unknown {}", words::words(dimension)) };
    found.unwrap_or_else(unknown)
}

/// Puts beside each group where its days lie on an axis that all share, and how long its bar is beside the greatest.
pub fn add_ranges(groups: &mut [Value]) -> Value {
    let p80 = |group: &Value| number(&group["survival"]["p80Days"]).or_else(|| number(&group["survival"]["medianDays"]));
    let most = groups.iter().filter_map(p80).fold(100.0, f64::max);
    let end = ((most / 500.0).ceil() * 500.0).min(3_000.0);
    let beyond = |group: &Value| number(&group["ageing"]["daysBeyondMedian"]).unwrap_or_default();
    let worst = groups.iter().map(beyond).fold(0.0, f64::max);
    for group in groups {
        let at = |name: &str| number(&group["survival"][name]).map(|days| (days / end).min(1.0));
        let (median, p80) = (at("medianDays"), at("p80Days"));
        let width = median.map(|median| p80.unwrap_or(1.0) - median);
        let bar = if worst > 0.0 { beyond(group) / worst } else { 0.0 };
        group["range"] = json!({ "median": median.map(percent), "width": width.map(|width| percent(width.max(0.0))),
            "open": p80.is_none() });
        group["beyond"] = json!(percent(bar));
    }
    json!(words::number(&format!("{end:.0}")))
}

/// A heat map: rows of the first dimension, columns of the second, the slowest rows first.
#[derive(Debug, Serialize)]
pub struct Heat {
    columns: Vec<String>,
    rows: Vec<HeatRow>,
    title: String,
    /// Whether pairs may be missing, since there are more than were asked for.
    is_cut: bool,
}

#[derive(Debug, Serialize)]
struct HeatRow {
    name: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize, Clone)]
struct Cell {
    /// `h1` to `h5`, the darker the slower; `h0` for what has no median.
    class: &'static str,
    /// The median; `few`, or nothing where there is no such pair.
    text: String,
    /// How many times the median of all in its column that is.
    times: String,
}

/// The heat map of `pairs` (groups by the two dimensions `by`) beside `columns` (groups by the second); none, where there
/// is nothing to compare. A shade says how many times the median of its column a pair takes.
pub fn heat(pairs: &[Value], columns: &[Value], by: [&str; 2], is_cut: bool) -> Option<Heat> {
    let keys = |which: &str, most: usize| {
        let mut found: Vec<String> = Vec::new();
        for name in pairs.iter().map(|pair| name(pair, which)) {
            if found.len() < most && !found.contains(&name) {
                found.push(name);
            }
        }
        found
    };
    let (row_names, column_names) = (keys(by[0], HEAT_MAX.0), keys(by[1], HEAT_MAX.1));
    let usual = |column: &str| {
        let found = columns.iter().find(|group| name(group, by[1]) == column)?;
        number(&found["survival"]["medianDays"]).filter(|days| *days > 0.0)
    };
    let usual: Vec<_> = column_names.iter().map(|column| usual(column)).collect();
    let mut worst: Option<(f64, String, String, f64)> = None;
    let mut rows = Vec::new();
    for row in &row_names {
        let mut cells = Vec::new();
        for (column, usual) in column_names.iter().zip(&usual) {
            let pair = pairs.iter().find(|pair| name(pair, by[0]) == *row && name(pair, by[1]) == *column);
            let (cell, times) = cell(pair, *usual, is_cut);
            cells.push(cell);
            let median = pair.and_then(|pair| number(&pair["survival"]["medianDays"]));
            if let Some((times, median)) = times.zip(median)
                && worst.as_ref().is_none_or(|(most, ..)| times > *most)
            {
                worst = Some((times, row.clone(), column.clone(), median));
            }
        }
        rows.push(HeatRow { name: row.clone(), cells });
    }
    let title = match worst {
        Some((times, row, column, days)) if times > 1.0 => {
            format!(
                "{row} with {column}: half take more than {} days, {times:.1} times the median of all",
                words::number(&days.to_string())
            )
        }
        _ => "No pair stands out".to_owned(),
    };
    (!rows.is_empty()).then_some(Heat { columns: column_names, rows, title, is_cut })
}

/// A cell, and how many times the median of its column it takes.
fn cell(pair: Option<&Value>, usual: Option<f64>, is_cut: bool) -> (Cell, Option<f64>) {
    let empty = |text: &str| (Cell { class: "h0", text: text.to_owned(), times: String::new() }, None);
    let Some(pair) = pair else { return empty(if is_cut { "–" } else { "·" }) };
    if pair["survival"]["few"] == true {
        return empty("few");
    }
    let Some(median) = number(&pair["survival"]["medianDays"]) else { return empty("not reached") };
    let times = usual.map(|usual| median / usual);
    let class = match times {
        None => "h0",
        Some(times) if times < 1.0 => "h1",
        Some(times) if times < 1.3 => "h2",
        Some(times) if times < 1.7 => "h3",
        Some(times) if times < 2.1 => "h4",
        Some(_) => "h5",
    };
    let says = times.map(|times| format!("{times:.1}\u{a0}×")).unwrap_or_default();
    (Cell { class, text: words::number(&format!("{median:.0}")), times: says }, times)
}

/// How old what is open is: a column for each group, a dot for each permit.
#[derive(Debug, Serialize)]
pub struct Ageing {
    height: f64,
    marks: Vec<AgeMark>,
    columns: Vec<AgeColumn>,
    title: String,
}

#[derive(Debug, Serialize)]
struct AgeMark {
    y: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct AgeColumn {
    name: String,
    middle: String,
    x1: String,
    x2: String,
    p85: Option<AgeMark>,
    median: Option<AgeMark>,
    dots: Vec<Dot>,
    /// How many are open that are not drawn.
    more: i64,
}

#[derive(Debug, Serialize)]
struct Dot {
    x: String,
    y: String,
    /// Whether it is past the age by which 85 in 100 of its group have ended.
    old: bool,
    id: String,
    title: String,
    days: i64,
}

/// Draws the open permits of `groups`, which are called by `by`; none, where nothing is open.
pub fn ageing(groups: &[Value], by: &[&str]) -> Option<Ageing> {
    let open = |(group, _): &(&Value, String)| !items(&group["forecasts"]["nodes"]).is_empty();
    let named = groups.iter().zip(labels(groups, by));
    let drawn: Vec<_> = named.filter(open).take(AGEING_COLUMNS_MAX).collect();
    let ages =
        drawn.iter().flat_map(|(group, _)| items(&group["forecasts"]["nodes"])).filter_map(|node| number(&node["ageDays"]));
    let most = ages.fold(0.0, f64::max);
    if drawn.is_empty() || most <= 0.0 {
        return None;
    }
    let end = (most / 100.0).ceil() * 100.0;
    let y = |days: f64| tenth((1.0 - (days / end).min(1.0)) * AGEING_HEIGHT);
    let mark = |days: f64| AgeMark { y: y(days), text: words::number(&format!("{days:.0}")) };
    let count = f64::from(u8::try_from(drawn.len()).unwrap_or(1));
    let column = |(index, (group, name)): (u8, &(&Value, String))| {
        let left = f64::from(index) / count;
        let limit = number(&group["survival"]["p85Days"]);
        let nodes = items(&group["forecasts"]["nodes"]);
        let dot = |node: &Value| dot(node, limit, left + 0.1 / count, 0.8 / count, y);
        let shown = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
        let inside = |days: &f64| *days <= end;
        AgeColumn {
            name: name.clone(),
            middle: percent(left + 0.5 / count),
            x1: percent(left + 0.06 / count),
            x2: percent(left + 0.94 / count),
            p85: limit.filter(inside).map(&mark),
            median: number(&group["survival"]["medianDays"]).filter(inside).map(&mark),
            dots: nodes.iter().filter_map(dot).collect(),
            more: group["forecasts"]["totalCount"].as_i64().unwrap_or(shown) - shown,
        }
    };
    let columns: Vec<_> = (0_u8..).zip(&drawn).map(column).collect();
    let title = ageing_title(&drawn);
    let marks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| mark(part * end)).into_iter().collect();
    Some(Ageing { height: AGEING_HEIGHT, marks, columns, title })
}

fn ageing_title(groups: &[(&Value, String)]) -> String {
    let sum = |name: &str| groups.iter().filter_map(|(group, _)| group["ageing"][name].as_u64()).sum::<u64>();
    let (ageing, of) = (sum("ageing"), sum("of"));
    let of = words::number(&of.to_string());
    match ageing {
        0 => format!("None of {of} open permits is older than 85 in 100 of its kind were when they ended"),
        1 => format!("1 of {of} open permits is older than 85 in 100 of its kind were when they ended"),
        _ => format!(
            "{} of {of} open permits are older than 85 in 100 of their kind were when they ended",
            words::number(&ageing.to_string())
        ),
    }
}

/// The dot of a permit; where it stands across its column follows from its id, so that it is the same in each drawing.
fn dot(node: &Value, limit: Option<f64>, left: f64, width: f64, y: impl Fn(f64) -> String) -> Option<Dot> {
    let (permit, age) = (&node["permit"], number(&node["ageDays"])?);
    let id = permit["id"].as_str()?;
    let sum = id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let place = f64::from(sum % 1_000) / 1_000.0;
    Some(Dot {
        x: percent(left + place * width),
        y: y(age),
        old: limit.is_some_and(|limit| age > limit),
        id: id.to_owned(),
        title: permit["title"].as_str().unwrap_or("a permit").to_owned(),
        days: node["ageDays"].as_i64()?,
    })
}

/// What extensions hide, for each group of which it is known.
#[derive(Debug, Serialize)]
pub struct Masking {
    rows: Vec<MaskingRow>,
    title: String,
    /// Of how many groups it is not known, or of few decisions.
    unknown: usize,
}

#[derive(Debug, Serialize)]
struct MaskingRow {
    name: String,
    strict_x: String,
    extended_x: String,
    width: String,
    strict: String,
    extended: String,
    gap: String,
    known: String,
    of: String,
}

/// The gaps of `groups`, which are called by `by`.
pub fn masking(groups: &[Value], by: &[&str]) -> Masking {
    let row = |group: &Value| {
        group["onTime"]["known"].as_u64().filter(|known| *known >= FEW)?;
        let share = |name: &str| number(&group["onTime"][name]);
        let (strict, extended, gap) = (share("strictShare")?, share("extendedShare")?, share("maskingGap")?);
        let count = |name: &str| words::number(&group["onTime"][name].to_string());
        let row = MaskingRow {
            name: names(group, by).join(", "),
            strict_x: percent(strict),
            extended_x: percent(extended),
            width: percent(extended - strict),
            strict: points(strict),
            extended: points(extended),
            gap: points(gap),
            known: count("known"),
            of: count("of"),
        };
        Some((gap, row))
    };
    let found: Vec<_> = groups.iter().filter_map(row).collect();
    let unknown = groups.len() - found.len();
    let worst = found.iter().filter(|(gap, _)| *gap > 0.0).max_by(|(one, _), (other, _)| one.total_cmp(other));
    let title = match worst {
        Some((_, row)) => format!("Extensions hide {} points of lateness: {}", row.gap, row.name),
        None if found.is_empty() => "Whether decisions came in time is known of few or none here".to_owned(),
        None => "Extensions hide no lateness here".to_owned(),
    };
    Masking { title, unknown, rows: found.into_iter().map(|(_, row)| row).collect() }
}

/// A share in per cent, without the sign.
fn points(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(authority: &str, instrument: &str, median: Option<i64>) -> Value {
        json!({ "authority": { "name": authority }, "instrument": instrument, "survival": { "few": false, "medianDays": median } })
    }

    #[test]
    fn a_shade_says_how_many_times_the_median_of_its_column_a_pair_takes() {
        let pairs = [pair("A", "water", Some(210)), pair("B", "water", Some(90)), pair("A", "nature", None)];
        let columns = [pair("", "water", Some(100)), pair("", "nature", None)];
        let heat = heat(&pairs, &columns, ["AUTHORITY", "INSTRUMENT"], false).unwrap();
        assert_eq!(heat.columns, ["water", "nature"]);
        let cells: Vec<Vec<_>> =
            heat.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.class, cell.text.as_str())).collect()).collect();
        assert_eq!(cells, [[("h5", "210"), ("h0", "not reached")], [("h1", "90"), ("h0", "·")]]);
        assert_eq!(heat.title, "A with water: half take more than 210 days, 2.1 times the median of all");
    }

    #[test]
    fn what_is_few_and_what_was_not_asked_for_are_other_words_than_none() {
        let mut few = pair("A", "water", None);
        few["survival"]["few"] = json!(true);
        let heat = heat(&[few, pair("B", "nature", Some(10))], &[], ["AUTHORITY", "INSTRUMENT"], true).unwrap();
        assert_eq!(heat.rows[0].cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(), ["few", "–"]);
        assert_eq!(heat.title, "No pair stands out");
        assert!(super::heat(&[], &[], ["AUTHORITY", "INSTRUMENT"], false).is_none());
    }

    #[test]
    fn all_ranges_share_one_axis_of_round_length() {
        let mut groups = [
            json!({ "survival": { "medianDays": 250, "p80Days": 900 }, "ageing": { "daysBeyondMedian": 40 } }),
            json!({ "survival": { "medianDays": 500, "p80Days": null }, "ageing": { "daysBeyondMedian": 80 } }),
            json!({ "survival": { "medianDays": null }, "ageing": {} }),
        ];
        assert_eq!(add_ranges(&mut groups), "1,000");
        assert_eq!(groups[0]["range"], json!({ "median": "25.00%", "width": "65.00%", "open": false }));
        assert_eq!(groups[1]["range"], json!({ "median": "50.00%", "width": "50.00%", "open": true }));
        assert_eq!(groups[2]["range"], json!({ "median": null, "width": null, "open": true }));
        assert_eq!([&groups[0]["beyond"], &groups[1]["beyond"], &groups[2]["beyond"]], ["50.00%", "100.00%", "0.00%"]);
    }

    #[test]
    fn what_is_past_the_age_of_most_of_its_kind_stands_out() {
        let node = |id: &str, age: i64| json!({ "ageDays": age, "permit": { "id": id, "title": "Pier" } });
        let group = json!({ "instrument": "water", "survival": { "p85Days": 300, "medianDays": 900 }, "ageing": { "ageing": 1, "of": 7 },
            "forecasts": { "totalCount": 7, "nodes": [node("permit-a", 380), node("permit-b", 300), node("permit-c", 0)] } });
        let drawing = ageing(&[group.clone(), json!({})], &["INSTRUMENT"]).unwrap();
        let [column] = drawing.columns.as_slice() else { panic!("{drawing:?}") };
        assert_eq!(column.dots.iter().map(|dot| dot.old).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((column.more, column.median.is_none(), column.p85.as_ref().unwrap().y.as_str()), (4, true, "60.0"));
        assert_eq!(column.dots[2].y, "240.0");
        assert_eq!(drawing.title, "1 of 7 open permits is older than 85 in 100 of its kind were when they ended");
        assert!(ageing(&[json!({})], &["INSTRUMENT"]).is_none());
    }

    #[test]
    fn a_gap_that_is_not_known_is_counted_and_not_drawn() {
        let known = json!({ "regime": "a", "onTime": { "strictShare": 0.34, "extendedShare": 0.65, "maskingGap": 0.31, "known": 29, "of": 40 } });
        let masking = masking(&[known, json!({ "onTime": { "maskingGap": null } })], &["REGIME"]);
        assert_eq!((masking.rows.len(), masking.unknown), (1, 1));
        assert_eq!((masking.rows[0].strict_x.as_str(), masking.rows[0].width.as_str()), ("34.00%", "31.00%"));
        assert_eq!(masking.title, "Extensions hide 31 points of lateness: a");
        assert!(super::masking(&[], &["REGIME"]).title.starts_with("Whether decisions came in time is known of few"));
        let few = json!({ "onTime": { "strictShare": 0.0, "extendedShare": 0.5, "maskingGap": 0.5, "known": 4, "of": 4 } });
        assert_eq!(super::masking(&[few], &["REGIME"]).unknown, 1);
    }

    #[test]
    fn what_all_groups_have_in_common_is_not_said_of_each() {
        let groups = [pair("A", "water", None), pair("B", "water", None)];
        assert_eq!(labels(&groups, &["AUTHORITY", "INSTRUMENT"]), ["A", "B"]);
        assert_eq!(labels(&groups[..1], &["AUTHORITY", "INSTRUMENT"]), ["A, water"]);
    }

    #[test]
    fn what_a_group_is_not_known_of_has_a_name_too() {
        let group = json!({ "technology": "HYDROGEN", "yearSubmitted": 2024 });
        let all = ["TECHNOLOGY", "YEAR_SUBMITTED", "CLUSTER", "AUTHORITY"];
        assert_eq!(names(&group, &all), ["Hydrogen", "2024", "In no cluster", "Unknown authority"]);
    }
}
