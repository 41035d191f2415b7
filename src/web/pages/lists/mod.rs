//! The lists of everything on record: narrowed, ordered and paged by their addresses, each also as a file.

mod cells;
mod kinds;
mod wanted;

use std::fmt::Write;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use self::{
    kinds::{Ask, KINDS, Kind},
    wanted::Wanted,
};
use crate::web::{chart, charts::items, csv, failure::Failure, file::Format, moment::Moment, paging, visit::Visit, words};

/// How many rows a page has.
const ROWS: usize = 25;
/// How many filters stand before the list, beside those of which something is chosen; the others are folded away.
const SHOWN: usize = 3;
/// How many pages of the API a file holds at most: 100 rows each.
const FILE_PAGES_MAX: usize = 50;

/// The addresses of the lists.
pub fn paths() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.path)
}

/// All lists, with how long each is.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn overview(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let at = "first: 1, asKnownAt: $asKnownAt, effectiveOn: $effectiveOn";
    let counts: Vec<String> = KINDS.iter().map(|kind| format!("{}({at}) {{ totalCount }}", kind.field)).collect();
    let document = format!("query Lists($asKnownAt: KnownAt, $effectiveOn: LocalDate) {{ {} }}", counts.join(" "));
    let data = visit.ask(&document, &moment.variables(json!({}))).await?;
    let lists = KINDS.iter().map(|kind| {
        let filters = kind.filters.iter().filter(|filter| !matches!(filter.ask, Ask::Thing(_) | Ask::Text));
        let by: Vec<String> = filters.map(|filter| filter.label.split(',').next().unwrap_or_default().to_lowercase()).collect();
        json!({ "path": kind.path, "title": kind.title, "count": data[kind.field]["totalCount"], "by": by.join(", ") })
    });
    let lists: Vec<Value> = lists.collect();
    visit.show("lists.html", json!({ "moment": moment, "lists": lists }))
}

/// The list at the address that is asked for, or the same as a file.
///
/// # Errors
///
/// When nobody is signed in, the address asks for what can't be, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let path = visit.request().path();
    let kind = KINDS.iter().find(|kind| kind.path == path).ok_or_else(Failure::not_found)?;
    let moment = Moment::of(&visit)?;
    let mut wanted = Wanted::of(&visit, kind)?;
    if let Some(format) = Format::of(&visit) {
        return file(&visit, format, kind, &moment, &wanted).await;
    }
    let counted = kind.counts.as_ref().map(|counts| counts.filter);
    let variables = json!({
        "after": paging::cursor(&visit, "after")?,
        "filter": wanted.filter(kind, None),
        "counted": wanted.filter(kind, counted),
        "order": order(kind, &wanted),
    });
    let data = visit.ask(&document(kind, ROWS, &wanted), &moment.variables(variables)).await?;
    let list = &data["list"];
    let rows: Vec<Vec<_>> =
        items(&list["nodes"]).iter().map(|node| kind.columns.iter().map(|column| (column.cell)(node)).collect()).collect();
    wanted.notes.extend(unknown(kind, &wanted, &data));
    let content = json!({
        "moment": moment,
        "path": kind.path,
        "title": kind.title,
        "nouns": kind.nouns,
        "filters": filters(kind, &wanted, &data),
        "hidden": hidden(&visit),
        "kept": kept(kind, &wanted),
        "orders": kind.orders.iter().enumerate().map(|(at, (name, words, ..))| json!({ "name": name, "words": words, "chosen": at == wanted.order })).collect::<Vec<_>>(),
        "narrowed": wanted.is_narrowed(),
        "notes": wanted.notes,
        "columns": kind.columns.iter().map(|column| json!({ "title": column.title, "right": column.right })).collect::<Vec<_>>(),
        "rows": rows,
        "total": list["totalCount"],
        "counts": counts(&visit, kind, &data),
        "csv": paging::address(&visit, "format", Some("csv")),
        "pager": paging::pager(&visit, "after", list),
    });
    visit.show("list.html", content)
}

/// The order as the API takes it.
fn order(kind: &Kind, wanted: &Wanted) -> Value {
    let (_, _, field, direction) = kind.orders.get(wanted.order).copied().unwrap_or_default();
    json!({ "field": field, "direction": direction })
}

/// The document that asks for `first` things of a list, how many there are of each state, what the things are called that it is
/// narrowed by, and the regimes where one can be chosen.
fn document(kind: &Kind, first: usize, wanted: &Wanted) -> String {
    let Kind { field, input, asks, .. } = kind;
    let at = "asKnownAt: $asKnownAt, effectiveOn: $effectiveOn";
    let counts = kind
        .counts
        .as_ref()
        .map(|counts| format!("{}(filter: $counted, {at}) {{ {} {} }}", counts.field, counts.key, counts.count.join(" ")));
    let counted = if counts.is_some() { format!(", $counted: {input}Filter") } else { String::new() };
    let mut also = counts.unwrap_or_default();
    for (filter, chosen) in wanted.filters(kind) {
        if let (Ask::Thing(_), Some(id)) = (&filter.ask, chosen) {
            // Writing to a string does not fail.
            let _ = write!(also, " {}: node(id: \"{id}\") {{ id ...Named }}", filter.name);
        }
        if matches!(filter.ask, Ask::Regime) {
            also.push_str(" regimes { id title }");
        }
    }
    let named = if also.contains("...Named") { NAMED } else { "" };
    format!(
        "query List($after: String, $filter: {input}Filter{counted}, $order: {input}Order, $asKnownAt: KnownAt, $effectiveOn: LocalDate) \
         {{ list: {field}(first: {first}, after: $after, filter: $filter, orderBy: $order, {at}) \
         {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {asks} }} }} {also} }} {named}"
    )
}

const NAMED: &str = "fragment Named on Node { ... on Organisation { name } ... on Cluster { name } ... on Project { title } ... on Programme { title } }";

/// The filters as a form draws them.
fn filters(kind: &Kind, wanted: &Wanted, data: &Value) -> Vec<Value> {
    let option = |value: &str, label: &str, chosen: Option<&str>| json!({ "value": value.to_lowercase(), "label": label, "chosen": chosen.is_some_and(|chosen| chosen.eq_ignore_ascii_case(value)) });
    let drawn = wanted.filters(kind).enumerate().map(|(at, (filter, chosen))| {
        let (ask, options) = match &filter.ask {
            Ask::Words(known) | Ask::Word(known) => {
                ("words", known.iter().map(|word| option(word, &said(filter.name, word), chosen)).collect())
            }
            Ask::YesNo(yes, no) => ("words", vec![option("yes", yes, chosen), option("no", no, chosen)]),
            Ask::Regime => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let mut known: Vec<Value> = items(&data["regimes"])
                    .iter()
                    .map(|regime| option(&text(&regime["id"]), &text(&regime["title"]), chosen))
                    .collect();
                if let Some(chosen) = chosen.filter(|_| !known.iter().any(|known| known["chosen"] == true)) {
                    known.push(option(chosen, chosen, Some(chosen)));
                }
                ("words", known)
            }
            Ask::Day => ("day", Vec::new()),
            Ask::Thing(_) => ("thing", Vec::new()),
            Ask::Text => ("text", Vec::new()),
            Ask::Country | Ask::Jurisdiction => ("code", Vec::new()),
        };
        let thing = &data[filter.name];
        let name = thing["title"].as_str().or_else(|| thing["name"].as_str());
        json!({ "name": filter.name, "label": filter.label, "ask": ask, "options": options, "value": chosen, "called": name, "folded": at >= SHOWN && chosen.is_none() })
    });
    drawn.collect()
}

/// A word of a filter, as people read it.
fn said(filter: &str, word: &str) -> String {
    if filter == "court" { words::party(word) } else { words::words(word) }
}

/// What of the moment a form takes along.
fn hidden(visit: &Visit) -> Vec<(&str, &str)> {
    visit
        .parameters()
        .into_iter()
        .filter(|(name, value)| ["asKnownAt", "by", "effectiveOn"].contains(name) && !value.is_empty())
        .collect()
}

/// What the form of the moment takes along.
fn kept(kind: &Kind, wanted: &Wanted) -> Vec<(&'static str, String)> {
    let chosen = wanted.filters(kind).filter_map(|(filter, chosen)| Some((filter.name, chosen?.to_owned())));
    let order = kind.orders.get(wanted.order).filter(|_| wanted.order > 0);
    chosen.chain(order.map(|(name, ..)| ("order", (*name).to_owned()))).collect()
}

/// What is asked for and not known: a thing that nobody has, or that is not for whoever looks; a regime of no file.
fn unknown(kind: &Kind, wanted: &Wanted, data: &Value) -> Vec<String> {
    let note = |(filter, chosen): (&kinds::Filter, Option<&str>)| {
        let chosen = chosen?;
        match filter.ask {
            Ask::Thing(of) if data[filter.name].is_null() => {
                Some(format!("There is no {} with the id '{chosen}', or none that you may see.", words::words(of)))
            }
            Ask::Regime => {
                let mut known = items(&data["regimes"]).iter().filter_map(|regime| regime["id"].as_str());
                let is_known = known.any(|known| known.eq_ignore_ascii_case(chosen));
                (!is_known).then(|| format!("No regime that is known here is called '{chosen}'; choose one of the list."))
            }
            _ => None,
        }
    };
    wanted.filters(kind).filter_map(note).collect()
}

/// How many there are of each state, with the address of those.
fn counts(visit: &Visit, kind: &Kind, data: &Value) -> Value {
    let Some(counts) = &kind.counts else { return Value::Null };
    let mut rows = data[counts.field].clone();
    for row in rows.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default() {
        let sum: u64 = counts.count.iter().filter_map(|name| row[*name].as_u64()).sum();
        row["sum"] = json!(sum);
    }
    chart::add_bars(&mut rows, "sum");
    let drawn = items(&rows).iter().map(|row| {
        let state = row[counts.key].as_str();
        let address = state.map(|state| address(visit, counts.filter, &state.to_lowercase()));
        json!({ "state": state.map(words::words), "count": row["sum"], "bar": row["bar"], "address": address })
    });
    json!({ "what": counts.key, "rows": drawn.collect::<Vec<_>>() })
}

/// The address of this list narrowed to one state, from its start.
fn address(visit: &Visit, name: &str, value: &str) -> String {
    let address = paging::address(visit, name, Some(value));
    let Some((path, query)) = address.split_once('?') else { return address };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("after=") && !pair.starts_with("format=")).collect();
    format!("{path}?{}", kept.join("&"))
}

/// The list as a file: all of it that fits, not only a page.
async fn file(visit: &Visit, format: Format, kind: &Kind, moment: &Moment, wanted: &Wanted) -> Result<HttpResponse, Failure> {
    let (mut rows, mut after) = (Vec::new(), None::<String>);
    let Kind { field, input, asks, .. } = kind;
    let document = format!(
        "query File($after: String, $filter: {input}Filter, $order: {input}Order, $asKnownAt: KnownAt, $effectiveOn: LocalDate) \
         {{ list: {field}(first: 100, after: $after, filter: $filter, orderBy: $order, asKnownAt: $asKnownAt, effectiveOn: $effectiveOn) \
         {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {asks} }} }} }}"
    );
    for _ in 0..FILE_PAGES_MAX {
        let variables = json!({ "after": after, "filter": wanted.filter(kind, None), "order": order(kind, wanted) });
        let data = visit.ask(&document, &moment.variables(variables)).await?;
        let list = &data["list"];
        let most = FILE_PAGES_MAX * 100;
        if list["totalCount"].as_u64().is_some_and(|total| total > most as u64) {
            let total = words::number(&list["totalCount"].to_string());
            return Err(Failure::unreadable(format!(
                "the list has {total} rows, and a file holds {most} at most; narrow the list first"
            )));
        }
        rows.extend(items(&list["nodes"]).iter().map(|node| row(kind, node)));
        after = list["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        if list["pageInfo"]["hasNextPage"] != true {
            break;
        }
    }
    let columns: Vec<&str> = kind.file.iter().map(|(name, _)| *name).collect();
    format.file(kind.path.trim_start_matches('/'), &columns, &rows)
}

/// A row of the file.
fn row(kind: &Kind, node: &Value) -> Vec<String> {
    kind.file.iter().map(|(_, pointer)| written(node.pointer(pointer).unwrap_or(&Value::Null))).collect()
}

/// A value in a file: an amount with its currency, several apart by semicolons.
fn written(value: &Value) -> String {
    match value {
        Value::Array(several) => several.iter().map(written).collect::<Vec<_>>().join("; "),
        Value::Object(_) if value["currency"].is_string() => {
            format!("{} {}", csv::cell(&value["amount"]), csv::cell(&value["currency"]))
        }
        value => csv::cell(value),
    }
}
