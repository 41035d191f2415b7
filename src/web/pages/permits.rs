//! The permits, by state, the longest open first.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::web::{chart, failure::Failure, moment::Moment, paging, visit::Visit};

const DOCUMENT: &str = include_str!("permits.graphql");

/// The longest text that is looked for.
const TEXT_CHARS_MAX: usize = 100;

/// The page.
///
/// # Errors
///
/// When nobody is signed in, or the API refuses.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let moment = Moment::of(&visit)?;
    let wanted = Wanted::of(&visit)?;
    let (field, direction) = if wanted.open == Some(true) { ("STATE_SINCE", "ASC") } else { ("STATE_SINCE", "DESC") };
    let variables = json!({
        "after": paging::cursor(&visit, "after")?,
        "filter": wanted.filter(true),
        "counted": wanted.filter(false),
        "order": { "field": field, "direction": direction },
    });
    let mut data = visit.ask(DOCUMENT, &moment.variables(variables)).await?;
    chart::add_bars(&mut data["permitsByState"], "count");
    let content = json!({
        "moment": moment,
        "open": wanted.open,
        "state": wanted.state,
        "text": wanted.text,
        "states": STATES,
        "counts": data["permitsByState"],
        "permits": data["permits"],
        "pager": paging::pager(&visit, "after", &data["permits"]),
    });
    visit.show("permits.html", content)
}

/// The states, in the order of life.
const STATES: [&str; 17] = [
    "IDENTIFIED",
    "PRE_APPLICATION",
    "SUBMITTED",
    "RETURNED",
    "ACCEPTED",
    "IN_REVIEW",
    "STOPPED",
    "RECOMMENDED",
    "DECIDED",
    "CHALLENGED",
    "CONDITIONS_OPEN",
    "CLOSED",
    "WITHDRAWN",
    "LAPSED",
    "SURRENDERED",
    "EXPIRED",
    "REPORTED_OVER",
];

/// Which permits are wanted.
struct Wanted {
    open: Option<bool>,
    state: Option<&'static str>,
    text: Option<String>,
}

impl Wanted {
    fn of(visit: &Visit) -> Result<Self, Failure> {
        let open = match visit.parameter("open") {
            None => None,
            Some("yes") => Some(true),
            Some("no") => Some(false),
            Some(_) => return Err(Failure::unreadable("'open' is yes or no")),
        };
        let state = visit.parameter("state").map(|wanted| {
            let found = STATES.into_iter().find(|state| state.eq_ignore_ascii_case(wanted));
            found.ok_or_else(|| Failure::unreadable("'state' is none of the states in the list"))
        });
        let text = visit.parameter("text");
        if text.is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control)) {
            return Err(Failure::unreadable(format!("'text' has more than {TEXT_CHARS_MAX} characters, or strange ones")));
        }
        Ok(Self { open, state: state.transpose()?, text: text.map(str::to_owned) })
    }

    /// As the API takes it; the counts by state leave the state out.
    fn filter(&self, with_state: bool) -> Value {
        let state = self.state.filter(|_| with_state).map(|state| [state]);
        let mut filter = json!({ "state": state, "open": self.open, "text": self.text });
        if let Some(members) = filter.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        filter
    }
}
