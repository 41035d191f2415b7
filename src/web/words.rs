//! How values are written for people: enumerations as words, dates as exactly as they are known, numbers with their
//! thousands apart.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// The kinds of things, as ids begin, and what people call them.
pub const KINDS: [(&str, &str); 11] = [
    ("organisation", "organisation"),
    ("initiative", "initiative"),
    ("cluster", "cluster"),
    ("project", "project"),
    ("permit", "permit"),
    ("programme", "programme"),
    ("award", "award"),
    ("partnership", "partnership"),
    ("policy_measure", "policy measure"),
    ("register", "register"),
    ("subject", "subject"),
];

/// What differs from the word itself.
const TERMS: &[(&str, &str)] = &[
    ("ELECTRIFICATION_RENEWABLE_HEAT", "electrification and renewable heat"),
    ("EFFICIENCY_CIRCULARITY", "efficiency and circularity"),
    ("CCUS", "carbon capture, utilisation and storage"),
    ("FEED", "front-end engineering design"),
    ("FID", "final investment decision"),
    ("CO2_TRANSPORT_STORAGE", "CO2 transport and storage"),
    ("LABOUR_SKILLS", "labour and skills"),
    ("MOU_SIGNED", "memorandum of understanding signed"),
    ("TERM_SHEET", "term sheet signed"),
    ("BINDING", "binding agreement signed"),
    ("PRE_APPLICATION", "before application"),
    ("IN_REVIEW", "in review, the clock runs"),
    ("STOPPED", "in review, the clock is stopped"),
    ("SUBMITTED", "submitted, being checked"),
    ("RETURNED", "returned as incomplete"),
    ("ACCEPTED", "accepted as complete"),
    ("CONDITIONS_OPEN", "granted, conditions open"),
    ("CLOSED", "granted, conditions discharged"),
    ("DEEMED_GRANTED", "granted by the running out of a period"),
    ("EXPECTED", "expected, nothing binding"),
    ("OBLIGATED", "obligated by a signed agreement"),
    ("SHORTLISTED", "on a short list"),
    ("IN_EFFECT", "in effect"),
    ("PARTIES", "the parties only"),
    ("PARTICIPANTS", "everyone with a role"),
    ("MW_THERMAL", "MW of heat"),
    ("MW", "MW"),
    ("MWH", "MWh"),
    ("TONNES_PER_YEAR", "t a year"),
    ("TONNES_CO2_PER_YEAR", "t CO2 a year"),
    ("NORMAL_CUBIC_METRES_PER_HOUR", "Nm³ an hour"),
];

/// Who has to act, or answers for something.
const PARTIES: &[(&str, &str)] = &[
    ("APPLICANT", "the applicant"),
    ("AUTHORITY", "the authority"),
    ("OTHER_AUTHORITY", "another authority"),
    ("THIRD_PARTY", "a third party"),
    ("COURT", "a court or an appeal body"),
    ("LEAD", "the project's lead"),
    ("FUNDER", "a funder"),
    ("PARTNER", "a partner or supplier"),
    ("APPEAL", "the body that heard the appeal"),
    ("MINISTER", "a minister"),
];

/// The continents by their two letters.
const CONTINENTS: &[(&str, &str)] = &[
    ("AF", "Africa"),
    ("AN", "Antarctica"),
    ("AS", "Asia"),
    ("EU", "Europe"),
    ("NA", "North America"),
    ("OC", "Oceania"),
    ("SA", "South America"),
];

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// A value of an enumeration, or the type of an event, in words: `IN_DISCUSSION` and `InDiscussion` are 'in discussion'.
pub fn words(value: &str) -> String {
    if let Some((_, words)) = TERMS.iter().find(|(term, _)| *term == value) {
        return (*words).to_owned();
    }
    let mut words = String::with_capacity(value.len() + 4);
    let mut before_is_lower = false;
    for character in value.chars() {
        if character == '_' || character == '-' {
            words.push(' ');
        } else {
            if character.is_ascii_uppercase() && before_is_lower {
                words.push(' ');
            }
            words.push(character.to_ascii_lowercase());
        }
        before_is_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    words.replace("fid ", "FID ").replace("co2", "CO2").replace("pre application", "pre-application")
}

fn looked_up(table: &[(&str, &str)], value: &str) -> String {
    table.iter().find(|(known, _)| *known == value).map_or_else(|| words(value), |(_, words)| (*words).to_owned())
}

/// Who has to act, or answers for something, with an article.
pub fn party(value: &str) -> String {
    looked_up(PARTIES, value)
}

/// A continent's name by its two letters.
pub fn continent_name(code: &str) -> String {
    looked_up(CONTINENTS, code)
}

/// The same with a capital at the start.
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What a milestone is called that has no title, by its short name.
pub fn milestone(name: &str) -> String {
    if name.eq_ignore_ascii_case("fid") {
        return "Investment decision".to_owned();
    }
    let spelt = |word: &str| match word {
        "feed" | "fid" | "epc" => word.to_uppercase(),
        _ => word.to_owned(),
    };
    let lower = words(&name.to_lowercase());
    sentence(&lower.split(' ').map(spelt).collect::<Vec<_>>().join(" "))
}

/// A noun with its article: 'a permit', 'an award'.
pub fn one(noun: &str) -> String {
    format!("{} {noun}", if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

/// A date as the API writes it, as exactly as it is known; what is no date is left as it is.
pub fn date(text: &str) -> String {
    match text.split_once('/') {
        Some(("..", to)) => format!("by the end of {}", period(to)),
        Some((from, to)) => format!("between {} and {}", period(from), period(to)),
        None => period(text),
    }
}

/// A day, a month, a quarter, a half-year or a year.
fn period(text: &str) -> String {
    let parts: Vec<_> = text.split('-').collect();
    let month = |number: &str| number.parse().ok().and_then(|number: usize| MONTHS.get(number.checked_sub(1)?));
    let found = match parts.as_slice() {
        [year, quarter] if quarter.starts_with('Q') => Some(format!("quarter {} of {year}", &quarter[1..])),
        [year, half] if half.starts_with('H') => Some(format!("half {} of {year}", &half[1..])),
        [year, number] => month(number).map(|month| format!("{month} {year}")),
        [year, number, day] => {
            let day: Option<u32> = day.parse().ok();
            day.zip(month(number)).map(|(day, month)| format!("{day} {month} {year}"))
        }
        _ => None,
    };
    found.unwrap_or_else(|| text.to_owned())
}

/// A day.
pub fn day(day: NaiveDate) -> String {
    date(&day.format("%Y-%m-%d").to_string())
}

/// A day, short enough for a drawing.
pub fn short_day(day: NaiveDate) -> String {
    let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{} {} {}", day.day(), month.get(..3).unwrap_or(month), day.year())
}

/// `text` with each day that stands in it as 2026-03-31 written out.
pub fn dated(text: &str) -> String {
    let is_end = |character: char| !character.is_ascii_digit() && character != '-';
    let mut written = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let (word, after) = from.split_at(from.find(is_end).unwrap_or(from.len()));
        written.push_str(before);
        let is_day = word.len() == 10 && NaiveDate::parse_from_str(word, "%Y-%m-%d").is_ok();
        written.push_str(&if is_day { date(word) } else { word.to_owned() });
        rest = after;
    }
    written.push_str(rest);
    written
}

/// An instant, to the minute.
pub fn instant(at: &DateTime<Utc>) -> String {
    let month = usize::try_from(at.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    format!("{} {month} {}, {} UTC", at.day(), at.year(), at.format("%H:%M"))
}

/// An instant as the API writes it; what is none is left as it is.
pub fn instant_of(text: &str) -> String {
    DateTime::parse_from_rfc3339(text).map_or_else(|_| text.to_owned(), |at| instant(&at.to_utc()))
}

/// An instant in seconds since 1970.
pub fn second(second: u64) -> Option<String> {
    let at = DateTime::from_timestamp(i64::try_from(second).ok()?, 0)?;
    Some(instant(&at))
}

/// A decimal with its thousands apart. The digits stay what they are, but for noughts at the end of a fraction.
pub fn number(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut grouped = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

/// A country's name; what is none is left as it is.
pub fn country(code: &str) -> String {
    code.parse().map_or_else(|_| code.to_owned(), |country: schema::Country| country.name().to_owned())
}

/// The continent of a country, by its two letters.
pub fn continent(code: &str) -> Option<&'static str> {
    code.parse().ok().map(|country: schema::Country| country.continent())
}

/// `text` as it stands in the query of an address.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The address of the page about a thing.
pub fn href(id: &str) -> String {
    const PAGES: [(&str, &str); 8] = [
        ("cluster", "clusters"),
        ("project", "projects"),
        ("permit", "permits"),
        ("award", "awards"),
        ("programme", "programmes"),
        ("partnership", "partnerships"),
        ("organisation", "organisations"),
        ("policy_measure", "policy-measures"),
    ];
    let page = id.split_once('-').and_then(|(of, _)| PAGES.iter().find(|(kind, _)| *kind == of));
    match page {
        Some((_, path)) => format!("/{path}/{id}"),
        None if id.starts_with("initiative-") => "/initiative".to_owned(),
        None => format!("/records/{id}"),
    }
}

/// What a thing is, by its id.
pub fn kind(id: &str) -> &'static str {
    let found = id.split_once('-').and_then(|(kind, _)| KINDS.iter().find(|(known, _)| *known == kind));
    found.map_or("thing", |(_, words)| words)
}

/// Whether `text` is the id of a thing.
pub fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(kind, uuid)| KINDS.iter().any(|(known, _)| *known == kind) && is_uuid(uuid))
}

/// Whether `text` is a UUID in its one usual form.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.hyphenated().to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_exactly_as_it_is_known() {
        for (text, written) in [
            ("2024-03-05", "5 March 2024"),
            ("2024-03", "March 2024"),
            ("2024-Q1", "quarter 1 of 2024"),
            ("2024-H2", "half 2 of 2024"),
            ("2024-03/2024-Q4", "between March 2024 and quarter 4 of 2024"),
            ("../2024-12", "by the end of December 2024"),
            ("2024", "2024"),
            ("2024-13", "2024-13"),
            ("soon", "soon"),
        ] {
            assert_eq!(date(text), written);
        }
        assert_eq!(instant_of("2024-03-05T23:04:59.123Z"), "5 March 2024, 23:04 UTC");
    }

    #[test]
    fn days_in_a_sentence_are_written_out() {
        for (text, written) in [
            (
                "due on 2026-12-01 (without extension on 2026-10-20); 222 days",
                "due on 1 December 2026 (without extension on 20 October 2026); 222 days",
            ),
            ("Awb 4:15(1)(a), 2026-13-01 and 12-2026", "Awb 4:15(1)(a), 2026-13-01 and 12-2026"),
            ("", ""),
        ] {
            assert_eq!(dated(text), written);
        }
        assert_eq!(short_day("2026-03-05".parse().unwrap()), "5 Mar 2026");
    }

    #[test]
    fn a_number_keeps_its_digits() {
        for (text, written) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.50", "−1,234,567.5"),
            ("17.00", "17"),
            ("1e5", "1e5"),
            ("", ""),
        ] {
            assert_eq!(number(text), written);
        }
    }

    #[test]
    fn enumerations_and_events_are_words() {
        for (value, written) in [
            ("IN_DISCUSSION", "in discussion"),
            ("PermitGranted", "permit granted"),
            ("CO2Stored", "CO2 stored"),
            ("CCUS", "carbon capture, utilisation and storage"),
            ("project_lead", "project lead"),
        ] {
            assert_eq!(words(value), written);
        }
        assert_eq!(sentence("in review"), "In review");
        for (name, called) in [
            ("fid", "Investment decision"),
            ("feed", "FEED"),
            ("feed_completed", "FEED completed"),
            ("grid-connection", "Grid connection"),
            ("epc-award", "EPC award"),
            ("FEED", "FEED"),
        ] {
            assert_eq!(milestone(name), called);
        }
    }
}
