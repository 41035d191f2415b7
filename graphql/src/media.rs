//! The media types of GraphQL over HTTP, and which of them a client gets.

/// What a GraphQL answer is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: what every client reads; a refused document has status 200.
    Json,
    /// `application/graphql-response+json`: the status says whether the document was executed.
    GraphqlResponse,
}

impl Media {
    /// The header's value.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// What the client likes best by its `Accept` header; `None` if it accepts neither.
    ///
    /// Of two that it likes equally it gets the one that it names more exactly, then the one that it names first.
    pub fn accepted(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
            return Some(Self::Json);
        };
        let offers = accept.split(',').filter_map(offer).filter(|offer| offer.quality > 0);
        // `max_by_key` would take the last of several.
        offers.rev().max_by_key(|offer| (offer.quality, offer.exact)).map(|offer| offer.media)
    }
}

struct Offer {
    media: Media,
    exact: bool,
    /// In thousandths.
    quality: u32,
}

fn offer(range: &str) -> Option<Offer> {
    let mut parts = range.split(';').map(str::trim);
    let (media, exact) = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => (Media::GraphqlResponse, true),
        "application/json" => (Media::Json, true),
        "application/*" | "*/*" => (Media::Json, false),
        _ => return None,
    };
    let mut quality = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "q" => quality = thousandths(value)?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some(Offer { media, exact, quality })
}

/// A weight such as `0.8` in thousandths.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let value = digits.then(|| format!("{whole}{fraction:0<3}"))?.parse().ok()?;
    (value <= 1000).then_some(value)
}

/// Whether a body of `content_type` is JSON in UTF-8.
pub fn is_json(content_type: Option<&str>) -> bool {
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf8(value.trim()),
            _ => true,
        })
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    ["utf-8", "utf8"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_likes_best() {
        const JSON: Option<Media> = Some(Media::Json);
        const RESPONSE: Option<Media> = Some(Media::GraphqlResponse);
        for (accept, expected) in [
            ("", JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            ("application/json", JSON),
            ("APPLICATION/JSON; charset=UTF-8", JSON),
            ("application/graphql-response+json", RESPONSE),
            ("application/graphql-response+json, application/json", RESPONSE),
            ("application/json, application/graphql-response+json", JSON),
            ("application/json;q=0.9, application/graphql-response+json", RESPONSE),
            ("application/graphql-response+json;q=0.1, */*;q=0.5", JSON),
            ("application/graphql-response+json, */*", RESPONSE),
            ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
            ("application/json;q=0", None),
            ("application/json;q=1.1", None),
            ("application/json;q=x", None),
            ("application/json;charset=latin1", None),
            ("text/html", None),
            ("application/xml", None),
        ] {
            assert_eq!(Media::accepted(Some(accept)), expected, "{accept}");
        }
        assert_eq!(Media::accepted(None), JSON);
    }

    #[test]
    fn a_body_is_json_in_utf_8() {
        for good in ["application/json", "Application/JSON;charset=utf-8", "application/json; charset=\"UTF-8\"; x=y"] {
            assert!(is_json(Some(good)), "{good}");
        }
        for wrong in ["", "text/plain", "application/jsonp", "application/json; charset=iso-8859-1", "application/graphql"] {
            assert!(!is_json(Some(wrong)), "{wrong}");
        }
        assert!(!is_json(None));
    }
}
