//! Registers of text: encodings, and the records of CSV.

use std::{borrow::Cow, fmt};

use csv::StringRecord;
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::reader::{Encoding, Format, ReadError, Row, within_limits};

/// The records of a CSV file, numbered as a spreadsheet numbers its rows.
pub(super) fn text_rows(file: &str, bytes: &[u8], format: &Format) -> Result<Vec<Row>, ReadError> {
    records(file, &decode(file, bytes, format.encoding)?, format.delimiter)
}

/// Decodes text as stated, else by byte order mark, else as UTF-8 where valid, else as Windows-1252.
fn decode<'a>(file: &str, bytes: &'a [u8], stated: Option<Encoding>) -> Result<Cow<'a, str>, ReadError> {
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let valid_utf8 = std::str::from_utf8(bytes).is_ok();
    let other = |hint| {
        let stated = stated.map_or("", Encoding::name);
        ReadError::OtherEncoding { file: file.to_owned(), stated, hint }
    };
    let encoding = match (stated, marked) {
        (Some(Encoding::Utf8 | Encoding::Windows1252), Some(mark)) if mark == UTF_16LE || mark == UTF_16BE => {
            return Err(other("it begins with the byte order mark of UTF-16"));
        }
        (Some(Encoding::Windows1252 | Encoding::Utf16), Some(mark)) if mark == UTF_8 => {
            return Err(other("it begins with the byte order mark of UTF-8"));
        }
        (Some(Encoding::Utf8), _) if !valid_utf8 => {
            return Err(other("it may be windows-1252; leave 'encoding' out to have it found"));
        }
        (Some(Encoding::Windows1252), None) if valid_utf8 && !bytes.is_ascii() => {
            return Err(other("it reads as utf-8 throughout; leave 'encoding' out to have it found"));
        }
        (_, Some(mark)) => mark,
        (Some(Encoding::Utf8), None) => UTF_8,
        (Some(Encoding::Utf16), None) => UTF_16LE,
        (Some(Encoding::Windows1252), None) => WINDOWS_1252,
        (None, None) => {
            if valid_utf8 {
                UTF_8
            } else {
                WINDOWS_1252
            }
        }
    };
    let (text, broken) = encoding.decode_with_bom_removal(bytes);
    let not_a_text = |found: String| Err(ReadError::NotARegister { file: file.to_owned(), found });
    if broken {
        return not_a_text(format!("it can't be read as {}", encoding.name()));
    }
    match unfit(&text) {
        None => Ok(text),
        Some((line, '\0')) => not_a_text(format!("line {line} holds a NUL character, which no text does")),
        Some((line, _)) if encoding == WINDOWS_1252 => {
            not_a_text(format!("it can't be read as windows-1252, which has no character for a byte of line {line}"))
        }
        Some((line, character)) => not_a_text(format!(
            "line {line} holds the control character U+{:04X}; it may have been encoded twice",
            u32::from(character)
        )),
    }
}

/// The first character that no register holds, with its line.
fn unfit(text: &str) -> Option<(usize, char)> {
    let is_unfit = |character: char| character == '\0' || ('\u{80}'..'\u{A0}').contains(&character) && character != '\u{85}';
    let (before, character) = text.char_indices().find(|(_, character)| is_unfit(*character))?;
    Some((text[..before].matches('\n').count() + 1, character))
}

/// The records of a CSV text. Text that quotation marks do not hold together is refused: cells would swallow others.
fn records(file: &str, text: &str, delimiter: u8) -> Result<Vec<Row>, ReadError> {
    let bytes = text.as_bytes();
    let misquoted = misquoted_cell(bytes, delimiter);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let offset = |reader: &csv::Reader<&[u8]>| usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
    let (mut rows, mut number) = (Vec::new(), 0);
    loop {
        number += 1 + empty_lines(bytes, offset(&reader));
        let wrong = |problem| ReadError::Row { file: file.to_owned(), row: number, problem };
        let mut cells = StringRecord::new();
        let read = reader.read_record(&mut cells).map_err(|error| wrong(error.to_string()))?;
        if let Some(cell) = misquoted.as_ref().filter(|cell| cell.opens_at < offset(&reader)) {
            return Err(wrong(cell.to_string()));
        }
        if !read {
            break;
        }
        rows.push(Row { number, cells, kinds: Vec::new() });
        within_limits(file, number, rows.last())?;
    }
    Ok(rows)
}

/// A cell whose quotation marks do not fit.
struct Misquoted {
    /// Where the first of them stands in the text.
    opens_at: usize,
    /// The column, from 1.
    column: usize,
    is_closed: bool,
}

impl fmt::Display for Misquoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, is_closed, .. } = self;
        match is_closed {
            false => write!(f, "the cell in column {column} begins with a quotation mark that is not closed"),
            true => write!(
                f,
                "the cell in column {column} goes on after its closing quotation mark; one may be missing, or not doubled"
            ),
        }
    }
}

/// The first cell that a quotation mark opens and none closes, or that goes on after the one that closes it.
fn misquoted_cell(bytes: &[u8], delimiter: u8) -> Option<Misquoted> {
    let (mut at, mut column, mut begins) = (0, 1, true);
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' && begins {
            let misquoted = |is_closed| Some(Misquoted { opens_at: at, column, is_closed });
            let Some(after) = after_closing_mark(bytes, at + 1) else { return misquoted(false) };
            let blanks = |bytes: &[u8]| bytes.iter().take_while(|byte| **byte == b' ' && delimiter != b' ').count();
            let end = after + bytes.get(after..).map_or(0, blanks);
            if bytes.get(end).is_some_and(|next| ![delimiter, b'\r', b'\n'].contains(next)) {
                return misquoted(true);
            }
            (at, begins) = (end, false);
            continue;
        }
        let ends_row = matches!(byte, b'\r' | b'\n');
        begins = ends_row || byte == delimiter;
        column = if ends_row { 1 } else { column + usize::from(begins) };
        at += 1;
    }
    None
}

/// What follows the quotation mark that closes a cell whose content begins at `at`; doubled ones are content.
fn after_closing_mark(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// The empty lines that the CSV reader passes over before the record that begins at or after `start`.
fn empty_lines(bytes: &[u8], start: usize) -> u32 {
    let ends_break = start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\r');
    let mut rest = bytes.get(start..).unwrap_or_default();
    rest = rest.strip_prefix(b"\n").filter(|_| ends_break).unwrap_or(rest);
    let mut lines = 0;
    while let Some(after) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).or_else(|| rest.strip_prefix(b"\r")) {
        (rest, lines) = (after, lines + 1);
    }
    lines
}
