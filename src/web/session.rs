//! Signing in and out. The session is the token itself, in a cookie that scripts can't read and that other sites can't
//! have sent; it ends when the token does. Whoever signs out has the token revoked: no copy of the cookie is good any more.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{COOKIE, HOST, HeaderName, ORIGIN, SET_COOKIE},
};
use graphql::{Code, GraphqlError, socket::Origins};
use serde::Deserialize;

use super::{failure::Failure, kept, see_other, visit::Visit};

/// The cookie's name.
const COOKIE_NAME: &str = "milepost_session";

/// Its name where the service is reached by TLS. Browsers take one of this name from this very host only, by TLS, for all of
/// its paths: no other host of the same domain can put its own in the place of it.
const COOKIE_NAME_BY_TLS: &str = "__Host-milepost_session";

/// The longest token that browsers keep in a cookie, with its name and attributes.
const TOKEN_CHARS_MAX: usize = 3_900;

/// The longest address that is gone back to after signing in.
const NEXT_CHARS_MAX: usize = 1_000;

/// Where whoever signs in is led who did not come from anywhere: to what needs them.
pub const FIRST_PAGE: &str = "/desk";

/// What the form sends.
#[derive(Deserialize)]
pub struct SignIn {
    token: String,
    #[serde(default)]
    next: String,
    /// What was typed into another form before the session was over.
    #[serde(default)]
    kept: String,
}

/// The token in the cookie.
pub fn token(request: &HttpRequest) -> Option<String> {
    let wanted = cookie_name(is_by_tls(request));
    let cookies = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    let mut values = cookies.flat_map(|header| header.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted && !value.is_empty()).then(|| value.to_owned())
    });
    values.next()
}

/// Begins a session with the token in `form`.
///
/// # Errors
///
/// When the form was sent by another site. A token that can't be used is not an error but the form again, with the reason.
pub fn begin(visit: &Visit, form: &SignIn) -> Result<HttpResponse, Failure> {
    refuse_other_sites(visit.request())?;
    let token = pasted(&form.token);
    let next = local(&form.next).unwrap_or(FIRST_PAGE);
    let refused = |reason: &str| super::pages::sign_in::again(visit, next, &form.kept, reason);
    if token.is_empty() {
        return refused("paste a token");
    }
    if token.len() > TOKEN_CHARS_MAX {
        return refused("the token has too many grants to be kept by a browser; have one made with fewer");
    }
    let now = chrono::Utc::now().timestamp();
    let seconds = match visit.source().bearer(token) {
        Ok(actor) => i64::try_from(actor.expires_at).unwrap_or(i64::MAX).saturating_sub(now).max(1),
        Err(error) => return refused(&error.to_string()),
    };
    let kept = if form.kept.is_empty() { None } else { kept::go_on(visit, token, &form.kept)? };
    let mut response = kept.unwrap_or_else(|| see_other(next));
    set_cookie(visit.request(), &mut response, token, seconds)?;
    Ok(response)
}

/// Ends the session, and the token with it.
///
/// # Errors
///
/// When another site asks for it.
pub async fn end(visit: &Visit) -> Result<HttpResponse, Failure> {
    refuse_other_sites(visit.request())?;
    let revoked = match visit.viewer() {
        Ok(viewer) => visit.source().revoke(&viewer).await,
        // A token that is good no more needs no end.
        Err(_) => Ok(()),
    };
    let mut response = match revoked {
        Ok(()) => see_other("/"),
        // This browser forgets it all the same.
        Err(error) => Failure::from(error).answer(visit),
    };
    set_cookie(visit.request(), &mut response, "", 0)?;
    Ok(response)
}

fn set_cookie(request: &HttpRequest, response: &mut HttpResponse, value: &str, seconds: i64) -> Result<(), Failure> {
    let by_tls = is_by_tls(request);
    let name = cookie_name(by_tls);
    let secure = if by_tls { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    // A token that was verified is of the letters of base64url, so this can't fail.
    let cookie = cookie.parse().map_err(|error| Failure::fault(&error))?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(())
}

/// Whether whoever asks does so by TLS, here or at a proxy.
fn is_by_tls(request: &HttpRequest) -> bool {
    request.connection_info().scheme() == "https"
}

const fn cookie_name(by_tls: bool) -> &'static str {
    if by_tls { COOKIE_NAME_BY_TLS } else { COOKIE_NAME }
}

/// A token as people paste it: with white space around it, or in the line `AUDITOR=…` that the demonstration prints.
fn pasted(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    text.split_once('=').map_or(text, |(_, token)| token).trim().trim_matches(['"', '\''])
}

/// An address of this service, and of no other, to go back to.
pub fn local(address: &str) -> Option<&str> {
    let rest = address.strip_prefix('/')?;
    let elsewhere = rest.starts_with(['/', '\\']);
    let strange = |character: char| character.is_control() || character == '\\' || !character.is_ascii();
    (!elsewhere && address.len() <= NEXT_CHARS_MAX && !address.contains(strange)).then_some(address)
}

/// Refuses a form that was not sent from a page of this service.
///
/// # Errors
///
/// When it was not.
pub fn refuse_other_sites(request: &HttpRequest) -> Result<(), Failure> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (own, info) = (Origins::default(), request.connection_info());
    let ours = |origin: &str| own.allow(origin, Some(info.host())) || own.allow(origin, header(HOST));
    let same = match header(HeaderName::from_static("sec-fetch-site")) {
        Some(site) if site != "same-origin" => false,
        Some(_) if header(ORIGIN).is_none() => true,
        _ => header(ORIGIN).is_some_and(ours),
    };
    let message = "the form was not sent from a page of this service; open the page and send it from there";
    if same { Ok(()) } else { Err(GraphqlError::new(Code::Forbidden, message).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_as_people_paste_it() {
        for text in ["a.b.c", " a.b.c\n", "AUDITOR=a.b.c", "Bearer a.b.c", "export AUDITOR='a.b.c'"] {
            assert_eq!(pasted(text), "a.b.c", "{text}");
        }
    }

    #[test]
    fn nobody_is_led_away_after_signing_in() {
        assert_eq!(local("/clusters/x?first=1#a"), Some("/clusters/x?first=1#a"));
        for elsewhere in ["", "clusters", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a\\b", "/é"] {
            assert_eq!(local(elsewhere), None, "{elsewhere}");
        }
    }
}
