//! Register files: CSV and XLSX to a header and rows of text, each with the number that a spreadsheet shows for it.

use std::{fs::File, io::Read, path::Path};

use csv::StringRecord;
use schema::Line;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{text::text_rows, values::collapse, workbook::workbook_rows};

/// The most bytes that a file may have.
pub const FILE_BYTES_MAX: u64 = 256 << 20;
/// The most columns that a register may have.
pub const COLUMNS_MAX: usize = 1_000;
/// What a formula lacks, and what to do about it.
pub(super) const UNCALCULATED: &str = "whose value the file does not hold; open it in a spreadsheet program and save it again";
/// The most bytes that a cell may have: what a spreadsheet allows in characters.
pub const CELL_BYTES_MAX: usize = 32_767;

/// How the characters of a file are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, the usual encoding of Western European spreadsheets.
    Windows1252,
    /// UTF-16; which of the two is said by the byte order mark, without one it is little-endian.
    Utf16,
}

impl Encoding {
    /// The names by which a mapping may state an encoding.
    pub(super) const NAMES: [(&'static str, Self); 3] =
        [("utf-8", Self::Utf8), ("windows-1252", Self::Windows1252), ("utf-16", Self::Utf16)];

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(_, encoding)| *encoding == self).map_or("", |(name, _)| name)
    }
}

/// What a mapping states of a file's form; what it leaves out is found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The encoding: else by byte order mark, else UTF-8 where the file is valid as such, else Windows-1252.
    pub encoding: Option<Encoding>,
    /// The byte between cells.
    pub delimiter: u8,
    /// The sheet of a workbook: else the only one that is not empty.
    pub sheet: Option<String>,
    /// The number of the row that holds the names of the columns: else the first row that names the columns of the key, and
    /// where none of the first few does, the first that is not empty.
    pub header_row: Option<u32>,
    /// The columns of the key, each with all names that it may have.
    pub key: Vec<Vec<String>>,
}

impl Default for Format {
    fn default() -> Self {
        Self { encoding: None, delimiter: b',', sheet: None, header_row: None, key: Vec::new() }
    }
}

/// Why a file can't be taken as a register.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file can't be opened or read.
    #[error("{file}: {error}")]
    Io {
        /// What the file is called.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// More than [`FILE_BYTES_MAX`].
    #[error("{file} has more than {} MiB; split the register", FILE_BYTES_MAX >> 20)]
    TooLarge {
        /// What the file is called.
        file: String,
    },
    /// A workbook that comes to more than can be held.
    #[error("{file} unpacks to more than {mebibytes_max} MiB; save the sheet as CSV, or split the register")]
    Unpacks {
        /// What the file is called.
        file: String,
        /// To how many it may unpack.
        mebibytes_max: u64,
    },
    /// Not the encoding that the mapping states.
    #[error("{file} is not {stated}, which the mapping states; {hint}")]
    OtherEncoding {
        /// What the file is called.
        file: String,
        /// The encoding stated.
        stated: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Neither CSV nor XLSX.
    #[error("{file} is not a register: {found}; save it as CSV or XLSX")]
    NotARegister {
        /// What the file is called.
        file: String,
        /// What it seems to be.
        found: String,
    },
    /// The workbook has not the sheet that is wanted, or several where one has to be named.
    #[error("{file}: {problem}; its sheets are {sheets}; name one as 'sheet' in the mapping's [file]")]
    Sheet {
        /// What the file is called.
        file: String,
        /// Why none could be chosen.
        problem: String,
        /// The sheets there are.
        sheets: String,
    },
    /// A row, a column or a cell beyond the limits.
    #[error("{file}, row {row}: {problem}")]
    Row {
        /// What the file is called.
        file: String,
        /// The number of the row.
        row: u32,
        /// What is wrong.
        problem: String,
    },
    /// No row holds the names of columns.
    #[error("{file} has no header; its first row has to name the columns")]
    NoHeader {
        /// What the file is called.
        file: String,
    },
}

/// What a cell is to the file that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CellKind {
    /// Text: all that a CSV file has.
    #[default]
    Text,
    /// A number of a workbook, which is no text in anybody's format: its decimals follow a point.
    Number,
    /// A formula of a workbook that does not say what it comes to.
    Uncalculated,
}

/// A row of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The number that a spreadsheet shows: records and empty lines are counted, line breaks within a cell are not.
    pub number: u32,
    /// The cells as they stand in the file.
    pub cells: StringRecord,
    /// What the cells are; those beyond are text.
    pub kinds: Vec<CellKind>,
}

impl Row {
    /// What the cell at `index` is.
    #[must_use]
    pub fn kind(&self, index: usize) -> CellKind {
        self.kinds.get(index).copied().unwrap_or_default()
    }
}

/// A register file: its header, and its rows that are not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// What the file is called.
    pub file: String,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: Line,
    /// The names of the columns, white space collapsed; blank for a column without one.
    pub header: Vec<String>,
    /// The rows below the header, without those of blank cells only.
    pub rows: Vec<Row>,
}

impl Register {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no register, or not as `format` states, or too large.
    pub fn open(path: &Path, format: &Format) -> Result<Self, ReadError> {
        let (file, bytes) = Self::bytes(path)?;
        Self::read(&file, &bytes, format)
    }

    /// What a file is called, and its bytes: no more of them than show that it is too large.
    pub(super) fn bytes(path: &Path) -> Result<(String, Vec<u8>), ReadError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        read.map_err(|error| ReadError::Io { file: path.display().to_string(), error })?;
        Ok((file, bytes))
    }

    /// Reads the bytes of a file called `file`.
    ///
    /// # Errors
    /// As [`Register::open`].
    pub fn read(file: &str, bytes: &[u8], format: &Format) -> Result<Self, ReadError> {
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(ReadError::TooLarge { file: file.to_owned() });
        }
        let rows = match kind_of(bytes) {
            Found::Workbook => workbook_rows(file, bytes, format)?,
            Found::Text => text_rows(file, bytes, format)?,
            Found::Other(found) => return Err(ReadError::NotARegister { file: file.to_owned(), found: found.to_owned() }),
        };
        let (header, rows) = split_header(file, rows, format)?;
        Ok(Self { file: file.to_owned(), sha256: sha256(file, bytes)?, header, rows })
    }
}

fn sha256(file: &str, bytes: &[u8]) -> Result<Line, ReadError> {
    let digits = format!("{:x}", Sha256::digest(bytes));
    Line::try_new(&digits).map_err(|error| ReadError::NotARegister { file: file.to_owned(), found: error.to_string() })
}

enum Found {
    Workbook,
    Text,
    Other(&'static str),
}

fn kind_of(bytes: &[u8]) -> Found {
    match bytes {
        [] => Found::Other("it is empty"),
        [b'P', b'K', 3, 4, ..] => Found::Workbook,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Found::Other("it is a workbook of the old XLS kind, or locked by a password"),
        [b'%', b'P', b'D', b'F', ..] => Found::Other("it is a PDF"),
        [0x1F, 0x8B, ..] => Found::Other("it is compressed"),
        _ => Found::Text,
    }
}

pub(super) fn within_limits(file: &str, number: u32, row: Option<&Row>) -> Result<(), ReadError> {
    let wrong = |problem| Err(ReadError::Row { file: file.to_owned(), row: number, problem });
    let Some(row) = row else { return Ok(()) };
    if row.cells.len() > COLUMNS_MAX {
        return wrong(format!("{} columns, {COLUMNS_MAX} are allowed", row.cells.len()));
    }
    match row.cells.iter().position(|cell| cell.len() > CELL_BYTES_MAX) {
        Some(column) => wrong(format!(
            "the cell in column {} has more than {CELL_BYTES_MAX} bytes; a quotation mark may not be closed",
            column + 1
        )),
        None => Ok(()),
    }
}

fn is_blank(row: &Row) -> bool {
    row.cells.iter().all(|cell| cell.trim().is_empty()) && !row.kinds.contains(&CellKind::Uncalculated)
}

/// How many rows may stand above the header, such as a title or the names of groups of columns.
const ROWS_ABOVE_HEADER_MAX: usize = 20;

/// The number of the row that names the columns.
fn header_number(rows: &[Row], format: &Format) -> Option<u32> {
    let mut filled = rows.iter().filter(|row| !is_blank(row));
    let names_key = |row: &&Row| {
        let names: Vec<_> = row.cells.iter().map(collapse).collect();
        !format.key.is_empty() && format.key.iter().all(|known| known.iter().any(|name| names.iter().any(|cell| cell == name)))
    };
    let found = filled.clone().take(ROWS_ABOVE_HEADER_MAX + 1).find(names_key);
    format.header_row.or_else(|| found.or_else(|| filled.next()).map(|row| row.number))
}

fn split_header(file: &str, rows: Vec<Row>, format: &Format) -> Result<(Vec<String>, Vec<Row>), ReadError> {
    let number = header_number(&rows, format);
    let mut rows = rows.into_iter().filter(|row| !is_blank(row)).skip_while(|row| number.is_some_and(|at| row.number < at));
    let header = rows.next().filter(|row| Some(row.number) == number);
    let header = header.ok_or_else(|| ReadError::NoHeader { file: file.to_owned() })?;
    if let Some(column) = header.kinds.iter().position(|kind| *kind == CellKind::Uncalculated) {
        let problem = format!("the name of column {} is a formula {UNCALCULATED}", column + 1);
        return Err(ReadError::Row { file: file.to_owned(), row: header.number, problem });
    }
    Ok((header.cells.iter().map(|name| collapse(name).into_owned()).collect(), rows.collect()))
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    fn read(bytes: &[u8], format: &Format) -> Result<Vec<(u32, Vec<String>)>, String> {
        let register = Register::read("r.csv", bytes, format).map_err(|error| error.to_string())?;
        let texts = |row: &Row| row.cells.iter().map(str::to_owned).collect();
        Ok([(0, register.header.clone())].into_iter().chain(register.rows.iter().map(|row| (row.number, texts(row)))).collect())
    }

    fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
        read(text.as_bytes(), &Format::default()).unwrap()
    }

    fn numbers(text: &str) -> Vec<u32> {
        rows(text).iter().skip(1).map(|row| row.0).collect()
    }

    #[test]
    fn rows_have_the_numbers_that_a_spreadsheet_shows() {
        assert_eq!(numbers("a,b\n1,2\n3,4\n"), [2, 3]);
        assert_eq!(numbers("a,b\r\n\"1\r\nmore\n\",2\r\n3,4"), [2, 3]);
        assert_eq!(numbers("a,b\n\n1,2\r\n\r\n \n3,4\r5,6\n"), [3, 6, 7]);
        assert_eq!(numbers("a,b\r\n1,2\r\n\n\n3,4\r\n , \r\n5,6"), [2, 5, 7]);
    }

    #[test]
    fn line_breaks_within_quotes_belong_to_the_cell() {
        assert_eq!(rows("a,b\n\"x\r\ny\",\"say \"\"so\"\"\"\n")[1].1, ["x\r\ny", "say \"so\""]);
    }

    #[test]
    fn white_space_in_the_names_of_columns_is_collapsed() {
        assert_eq!(rows(" Planning Permission  Granted ,\"b\n c\"\n1,2\n")[0].1, ["Planning Permission Granted", "b c"]);
    }

    #[test]
    fn each_encoding_is_found_or_stated() {
        let expected = vec![(0, vec!["größe".to_owned()]), (2, vec!["5 € – ’x’".to_owned()])];
        let text = "größe\n5 € – ’x’\n";
        let windows = WINDOWS_1252.encode(text).0.into_owned();
        let utf16 = |big: bool| {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect::<Vec<u8>>()
        };
        let stated = |encoding| Format { encoding: Some(encoding), ..Format::default() };
        let marked = format!("\u{FEFF}{text}");
        for (bytes, format) in [
            (text.as_bytes(), Format::default()),
            (marked.as_bytes(), Format::default()),
            (marked.as_bytes(), stated(Encoding::Utf8)),
            (&windows, Format::default()),
            (&windows, stated(Encoding::Windows1252)),
            (&utf16(true), Format::default()),
            (&utf16(false), Format::default()),
            (&utf16(false), stated(Encoding::Utf16)),
        ] {
            assert_eq!(read(bytes, &format).unwrap(), expected, "{format:?}");
        }
        for (bytes, encoding) in [
            (windows.as_slice(), Encoding::Utf8),
            (text.as_bytes(), Encoding::Windows1252),
            (marked.as_bytes(), Encoding::Windows1252),
            (marked.as_bytes(), Encoding::Utf16),
            (&utf16(true), Encoding::Utf8),
        ] {
            let refused = read(bytes, &stated(encoding)).unwrap_err();
            assert!(refused.contains(&format!("r.csv is not {}, which the mapping states", encoding.name())), "{refused}");
        }
    }

    #[test]
    fn what_is_no_register_is_refused_by_name() {
        for (bytes, says) in [
            (b"".as_slice(), "it is empty"),
            (b"%PDF-1.7", "it is a PDF"),
            (b"\xD0\xCF\x11\xE0\xA1", "old XLS"),
            (b"PK\x03\x04 and no more", "none that can be read"),
            (b"a,b\n1,\0\n", "line 2 holds a NUL character, which no text does"),
            ("a,b\n1,\u{81}\n".as_bytes(), "line 2 holds the control character U+0081; it may have been encoded twice"),
            (b"a,b\n1,\x81\n", "it can't be read as windows-1252"),
            (b"\n \n , \n", "r.csv has no header"),
        ] {
            let refused = read(bytes, &Format::default()).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn rows_beyond_the_limits_are_refused_with_their_number() {
        let wide = format!("a\n{}\n", ",".repeat(COLUMNS_MAX));
        let long = format!("a\n1\n\"{}\"\n", "x\n".repeat(CELL_BYTES_MAX));
        for (text, says) in [(wide, "row 2: 1001 columns"), (long, "row 3: the cell in column 1 has more than 32767 bytes")] {
            let refused = read(text.as_bytes(), &Format::default()).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_is_named_with_the_row_where_it_opens() {
        for (text, says) in [
            ("a,b\n1,2\n3,\"4\n5,6\n", "row 3: the cell in column 2 begins with a quotation mark that is not closed"),
            ("a,b\r\n\"1\r\n1\",2\r\n\r\n\"3,4", "row 4: the cell in column 1 begins with"),
            ("a,b\n1,\"2 \"\"two\"\"\n", "row 2: the cell in column 2 begins with"),
            ("a,b\n\"1,2\n3,\"4\"\n", "row 2: the cell in column 1 goes on after its closing quotation mark"),
            ("a,b\n1,\"Big \"Sun\" farm\"\n", "row 2: the cell in column 2 goes on after"),
        ] {
            let refused = read(text.as_bytes(), &Format::default()).unwrap_err();
            assert!(refused.contains(says), "{refused}");
        }
        let fits = "a,b\n5\" pipe,\"say \"\"so\"\"\" \n\"\",\"\"\"\"\n";
        assert_eq!(rows(fits)[1].1, ["5\" pipe", "say \"so\" "]);
        assert_eq!(rows(fits)[2].1, ["", "\""]);
    }

    #[test]
    fn the_header_may_stand_below_a_title() {
        let format = Format { header_row: Some(3), ..Format::default() };
        assert_eq!(read(b"Wells of the land\n\na,b\n1,2\n", &format).unwrap()[1], (4, vec!["1".into(), "2".into()]));
        assert!(read(b"Wells of the land\n\n\na,b\n", &format).is_err());
    }
}
