//! What keeps anything from being recorded, of what the log tells of its being whole; and what is measured of that.

use chrono::{DateTime, SecondsFormat, Utc};
use projections::{Picture, Wholeness};
use schema::Kind;

/// What keeps anything from being recorded behind what is in `picture`, in one sentence with what to do.
pub(super) fn loss_of(picture: &Picture) -> Option<String> {
    let whole = picture.wholeness();
    if let Some(kind) = whole.decisive_unknown() {
        return Some(format!(
            "an event of the kind '{kind}' can't be read, without which nothing is sure; if a newer build has recorded it, start \
             that build; if somebody else wrote it into the database, restore that"
        ));
    }
    let mut unreadable = picture.quarantine().filter(|act| act.thing.kind() == Kind::Subject);
    if let Some(act) = unreadable.next() {
        return Some(format!(
            "an act on {} can't be read, without which it is not sure who may do what; start a newer build, or mend the log",
            act.thing
        ));
    }
    let loss = whole.loss()?;
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let between = match (loss.from.map(instant), loss.to.map(instant)) {
        (Some(from), Some(to)) => format!(", between {from} and {to}"),
        (Some(from), None) => format!(", after {from}"),
        (None, Some(to)) => format!(", before {to}"),
        (None, None) => String::new(),
    };
    let missing = if loss.missing == 0 { "acts" } else { &format!("{} acts", loss.missing) };
    Some(format!(
        "{missing} are missing in the log{between}: {}; restore the database, or go on with what is there by \
         --accept-shorter-log={}, which is good once",
        loss.reason,
        whole.standing()
    ))
}

/// Measures what the log tells of its being whole.
pub(super) fn measure(whole: &Wholeness) {
    let gauge = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::gauge!("milepost_events_foreign").set(gauge(whole.foreign()));
    metrics::gauge!("milepost_streams_limited").set(gauge(whole.limited().count() as u64));
    metrics::gauge!("milepost_seals_skipped").set(gauge(whole.skipped()));
    for (kind, acts) in whole.unknown() {
        metrics::gauge!("milepost_events_unknown", "kind" => kind.to_owned()).set(gauge(acts));
    }
}
