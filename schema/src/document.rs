//! Where a document lies: an address of the web, a name in a scheme of names, or a file name.

use thiserror::Error;

/// Why a text can't be the location of a document. What it was is not repeated: it can hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DocumentLocationError {
    /// A scheme whose addresses could run something, or are of one machine only.
    #[error("a location is a file name, or an address that begins with https://, http://, urn: or doi:")]
    Scheme,
    /// An address without a host.
    #[error("the address names no host; write it as https://host/path")]
    Host,
    /// A user name or a password in the address, for everybody to read.
    #[error("the address holds a user name or a password; leave out what stands before the @")]
    Credentials,
    /// `//host`, `\\host`: a browser would take it for an address of the scheme of the page.
    #[error("a file name doesn't begin with two slashes; write the whole address, with https://, or the name alone")]
    OtherHost,
    /// `..` leads out of where the documents lie.
    #[error("a location has no '..' in its path; write the path that it leads to")]
    Upwards,
}

/// Schemes that only name and lead nowhere by themselves.
const NAMING: [&str; 2] = ["urn", "doi"];

/// Whether `text` can be shown as the location of a document, and followed, without harm to whoever follows it.
///
/// # Errors
///
/// When it can't.
pub fn check_document_location(text: &str) -> Result<(), DocumentLocationError> {
    match scheme(text) {
        Some((scheme, _)) if NAMING.iter().any(|naming| scheme.eq_ignore_ascii_case(naming)) => Ok(()),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => {
            check_address(rest)
        }
        Some(_) => Err(DocumentLocationError::Scheme),
        None if text.starts_with(is_slash) && text.chars().nth(1).is_some_and(is_slash) => Err(DocumentLocationError::OtherHost),
        None => refuse_upwards(text),
    }
}

/// What stands before the first colon, if it has the form of a scheme, and what follows. A single letter is a drive.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.');
    (scheme.len() > 1 && scheme.chars().all(allowed)).then_some((scheme, rest))
}

/// Checks what follows the scheme of an address of the web.
fn check_address(rest: &str) -> Result<(), DocumentLocationError> {
    // Browsers mend http:host, http:///host and http:\\host into what nobody saw.
    let rest = rest.strip_prefix("//").ok_or(DocumentLocationError::Host)?;
    let ends = |character: char| is_slash(character) || matches!(character, '?' | '#');
    let (authority, path) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(DocumentLocationError::Credentials);
    }
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    if host.is_empty() || host.contains(|character: char| character.is_whitespace() || character == '%') {
        return Err(DocumentLocationError::Host);
    }
    refuse_upwards(path)
}

/// Refuses `..` between slashes, as it is or with its dots and slashes percent-encoded. What is asked of a page, after `?` or
/// `#`, is no path.
fn refuse_upwards(path: &str) -> Result<(), DocumentLocationError> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path[..end].to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    if path.split(is_slash).any(|segment| segment.trim() == "..") { Err(DocumentLocationError::Upwards) } else { Ok(()) }
}

const fn is_slash(character: char) -> bool {
    matches!(character, '/' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_leads_to_a_document_and_nowhere_else() {
        for good in [
            "letter.pdf",
            "permits/2026/letter no. 3.pdf",
            "/archive/letter.pdf",
            "C:\\permits\\letter.pdf",
            "letter..pdf",
            "https://planning.example/docs/letter.pdf?page=2&next=../x#part",
            "HTTP://planning.example:8080",
            "https://planning.example/mail@example/..letter",
            "https://planning.example/search?to=a@b",
            "urn:isbn:0451450523",
            "doi:10.1000/182",
        ] {
            assert_eq!(check_document_location(good), Ok(()), "{good}");
        }
        for (bad, because) in [
            ("javascript:alert(1)", DocumentLocationError::Scheme),
            ("data:text/html,x", DocumentLocationError::Scheme),
            ("file:///etc/passwd", DocumentLocationError::Scheme),
            ("ftp://a.example/x", DocumentLocationError::Scheme),
            ("https:", DocumentLocationError::Host),
            ("https://", DocumentLocationError::Host),
            ("https:///a.example", DocumentLocationError::Host),
            ("https:a.example", DocumentLocationError::Host),
            ("https:\\\\a.example", DocumentLocationError::Host),
            ("https://:443/x", DocumentLocationError::Host),
            ("https://a b/x", DocumentLocationError::Host),
            ("https://a%2f@b/x", DocumentLocationError::Credentials),
            ("https://user:secret@a.example/x", DocumentLocationError::Credentials),
            ("https://user@a.example", DocumentLocationError::Credentials),
            ("https://a.example:80@b.example/", DocumentLocationError::Credentials),
            ("//a.example/x", DocumentLocationError::OtherHost),
            ("\\\\a.example\\share", DocumentLocationError::OtherHost),
            ("/\\a.example/x", DocumentLocationError::OtherHost),
            ("..", DocumentLocationError::Upwards),
            ("../letter.pdf", DocumentLocationError::Upwards),
            ("a/../../etc/passwd", DocumentLocationError::Upwards),
            ("a\\..\\b", DocumentLocationError::Upwards),
            ("https://a.example/x/../y", DocumentLocationError::Upwards),
            ("https://a.example/%2e%2E/y", DocumentLocationError::Upwards),
            ("https://a.example/x%2f..%2Fy", DocumentLocationError::Upwards),
        ] {
            assert_eq!(check_document_location(bad), Err(because), "{bad}");
        }
    }
}
