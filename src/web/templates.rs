//! The templates, the style and the mark, all part of the program; and how values are written in templates.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, context, escape_formatter,
    value::{Rest, Serde},
};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::words;

/// The one stylesheet, and what it is called.
pub const STYLE: &str =
    concat!(include_str!("parts/style.css"), include_str!("parts/charts.css"), include_str!("parts/desk.css"));
/// Where it is.
pub const STYLE_PATH: &str = "/assets/style.css";
/// The mark, in the browser's tab and on top of a page.
pub const MARK: &str = include_str!("parts/mark.svg");
/// Where it is.
pub const MARK_PATH: &str = "/assets/mark.svg";

macro_rules! sources {
    ($($name:literal = $file:literal),+ $(,)?) => {
        &[$(($name, include_str!($file))),+]
    };
}

/// Every template, by the name that others know it by.
const SOURCES: &[(&str, &str)] = sources! {
    "layout.html" = "parts/layout.html",
    "parts.html" = "parts/parts.html",
    "ladders.html" = "parts/ladders.html",
    "money.html" = "parts/money.html",
    "timeline.html" = "parts/timeline.html",
    "clock.html" = "parts/clock.html",
    "form.html" = "parts/form.html",
    "failure.html" = "parts/failure.html",
    "welcome.html" = "pages/welcome.html",
    "sign_in.html" = "pages/sign_in.html",
    "desk.html" = "pages/desk.html",
    "kept.html" = "pages/kept.html",
    "log.html" = "pages/log/log.html",
    "log_steps.html" = "pages/log/log_steps.html",
    "log_done.html" = "pages/log/log_done.html",
    "initiative.html" = "pages/initiative.html",
    "cluster.html" = "pages/cluster.html",
    "project.html" = "pages/project.html",
    "docket.html" = "pages/docket.html",
    "thing.html" = "parts/thing.html",
    "award.html" = "pages/award.html",
    "programme.html" = "pages/programme.html",
    "partnership.html" = "pages/partnership.html",
    "organisation.html" = "pages/organisation.html",
    "policy_measure.html" = "pages/policy_measure.html",
    "list.html" = "pages/list.html",
    "lists.html" = "pages/lists.html",
    "search.html" = "pages/search.html",
    "permit.html" = "pages/permit.html",
    "bottlenecks.html" = "pages/bottlenecks.html",
    "record.html" = "pages/record.html",
};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_formatter(write_value);
    add_filters(&mut templates);
    let version = Sha256::digest(STYLE.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>();
    templates.add_global("style", Value::from_safe_string(format!("{STYLE_PATH}?v={version}")));
    templates.add_global("mark", Value::from_safe_string(MARK_PATH.to_owned()));
    for (name, source) in SOURCES {
        if let Err(error) = templates.add_template(name, source) {
            // The tests fill in every template, so no build that passed them comes here.
            tracing::error!(%error, name, "a template can't be read");
        }
    }
    templates
});

/// The page that the template `name` makes of `content`, with `head` on top.
///
/// # Errors
///
/// When there is no such template, or it asks for what `content` has not.
pub fn fill(name: &str, head: &Json, content: impl Serialize) -> Result<String, Error> {
    let content = Value::from(Serde(content));
    TEMPLATES.get_template(name)?.render(context! { head => Value::from(Serde(head)), ..content })
}

/// Writes a value so that what is not known is never blank, and nothing else than a template is markup.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() { escape_formatter(out, state, &Value::from("unknown")) } else { escape_formatter(out, state, value) }
}

/// What a filter makes of a text; what is not known stays so.
fn of_text(value: &Value, write: impl Fn(&str) -> String) -> Value {
    match value.as_str() {
        Some(text) => Value::from(write(text)),
        None if value.is_none() || value.is_undefined() => Value::from(()),
        None => Value::from(write(&value.to_string())),
    }
}

fn add_filters(templates: &mut Environment<'_>) {
    macro_rules! text_filters {
        ($($name:literal = $write:expr),+ $(,)?) => {
            $(templates.add_filter($name, |value: Value| of_text(&value, $write));)+
        };
    }
    text_filters! {
        "words" = words::words,
        "sentence" = words::sentence,
        "party" = words::party,
        "milestone" = words::milestone,
        "date" = words::date,
        "dated" = words::dated,
        "instant" = words::instant_of,
        "number" = words::number,
        "country" = words::country,
        "continent" = words::continent_name,
        "encoded" = words::encoded,
        "href" = words::href,
        "kind" = |id| words::kind(id).to_owned(),
    }
    templates.add_filter("money", money);
    templates.add_filter("days", days);
    templates.add_filter("slip", slip);
    templates.add_filter("capacity", capacity);
    templates.add_filter("time", time);
    templates.add_test("thing", |value: &Value| value.as_str().is_some_and(words::is_id));
    templates.add_function("count_of", count_of);
    templates.add_function("share", share);
}

/// An amount with its currency.
fn money(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let (amount, currency) = (value.get_attr("amount")?, value.get_attr("currency")?);
    Ok(Value::from(format!("{currency}\u{a0}{}", words::number(&amount.to_string()))))
}

/// A number of days, which is inexact where a date is.
fn days(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let count = value.get_attr("count")?.to_string();
    let about = if value.get_attr("exact")?.is_true() { "" } else { "about " };
    let unit = if count == "1" { "day" } else { "days" };
    Ok(Value::from(format!("{about}{} {unit}", words::number(&count))))
}

/// By how many days something slips: at least so many, where it should have been there by now.
fn slip(value: &Value) -> Result<Value, Error> {
    let is_open = !value.is_none() && value.get_attr("most")?.is_none() && !value.get_attr("exact")?.is_true();
    let said = days(value)?;
    Ok(match said.as_str() {
        Some(said) if is_open => Value::from(format!("at least {}", said.trim_start_matches("about "))),
        _ => said,
    })
}

/// A capacity with its unit.
fn capacity(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let (number, unit) = (value.get_attr("value")?.to_string(), value.get_attr("unit")?.to_string());
    Ok(Value::from(format!("{}\u{a0}{}", words::number(&number), words::words(&unit))))
}

/// A date as an element that programs can read too, where HTML has a form for one so exact.
fn time(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return Value::from(()) };
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain {
        Value::from_safe_string(format!("<time datetime=\"{text}\">{}</time>", words::date(text)))
    } else {
        Value::from(words::date(text))
    }
}

/// A share of one in per cent; what is not known stays so.
fn share(share: &Value) -> Value {
    f64::try_from(share.clone()).map_or_else(|_| Value::from(()), |share| Value::from(format!("{:.0}\u{a0}%", share * 100.0)))
}

/// `3 permits`, `1 permit`: a count with its noun, whose plural may be given.
fn count_of(count: &Value, noun: &str, plural: Rest<String>) -> String {
    let text = count.to_string();
    let nouns = plural.first().cloned().unwrap_or_else(|| format!("{noun}s"));
    let noun = if text == "1" { noun } else { &nouns };
    format!("{}\u{a0}{noun}", words::number(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_template_can_be_read() {
        for (name, _) in SOURCES {
            TEMPLATES.get_template(name).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
    }

    #[test]
    fn what_is_not_known_is_said_and_nothing_but_a_template_is_markup() {
        let render =
            |source: &str| TEMPLATES.render_str(source, Value::from(Serde(json!({ "a": null, "b": "<script>" })))).unwrap();
        assert_eq!(render("{{ a }} {{ a|date }} {{ a|money }} {{ a|days }}"), "unknown unknown unknown unknown");
        assert_eq!(render("{{ b }} {{ b|words }} {{ b|time }}"), "&lt;script&gt; &lt;script&gt; &lt;script&gt;");
        assert_eq!(render("{{ '2024-03'|time }}"), "<time datetime=\"2024-03\">March 2024</time>");
        let slip = |most: serde_json::Value| {
            let slip = json!({ "slip": { "count": 796, "exact": false, "least": 796, "most": most } });
            TEMPLATES.render_str("{{ slip|slip }}", Value::from(Serde(slip))).unwrap()
        };
        assert_eq!((slip(json!(null)), slip(json!(800))), ("at least 796 days".to_owned(), "about 796 days".to_owned()));
    }
}
