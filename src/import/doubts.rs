//! What is odd about an edition as a whole: columns of dates that are written otherwise than the mapping says, and words of
//! the mapping that no cell has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Losses,
    document::nearest,
    edition::Edition,
    fold,
    row::{DateCell, RowReader},
    source::ColumnId,
};

/// How many rows are named of a column.
const ROWS_NAMED_MAX: usize = 3;

/// Something odd about an edition as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// No cell of a column of dates can be read.
    NoDateRead {
        /// The column.
        column: String,
        /// Its cells that are not blank.
        cells: usize,
    },
    /// Cells are dates only with day and month in each other's place.
    Swapped {
        /// The column.
        column: String,
        /// How many they are.
        cells: usize,
        /// The first rows of them.
        rows: Vec<u32>,
        /// Whether they are so many that no other cell is read that could be meant so too.
        is_trusted: bool,
    },
    /// Cells that two formats of the mapping read as different days.
    EitherWay {
        /// The column.
        column: String,
        /// How many they are.
        cells: usize,
    },
    /// So much would be retracted that an import stops and asks.
    Losses(Losses),
    /// A condition of the mapping looks for a word that no cell has.
    WordNowhere {
        /// The column.
        column: String,
        /// The word, as it is compared.
        word: String,
        /// The cell that was probably meant.
        near: Option<String>,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDateRead { column, cells } => {
                write!(f, "column '{column}': none of its {cells} cells is a date in the mapping's formats; if the register ")?;
                write!(f, "writes dates in another way now, add it to [dates]")
            }
            Self::Swapped { column, cells, rows, is_trusted } => {
                let rows: Vec<String> = rows.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "column '{column}': {cells} cells are dates only with day and month swapped (rows {}); ",
                    rows.join(" ")
                )?;
                f.write_str(match is_trusted {
                    true => "those that can be read either way are read as the mapping says",
                    false => "those that can be read either way are left out too; see to the formats in [dates]",
                })
            }
            Self::EitherWay { column, cells } => {
                write!(f, "column '{column}': day and month may be swapped in {cells} cells, which two formats of the mapping ")?;
                write!(f, "read as different days; the first counts")
            }
            Self::Losses(losses) => write!(f, "an import stops here: {losses}"),
            Self::WordNowhere { column, word, near } => {
                write!(f, "column '{column}': no cell is '{word}', which a condition of the mapping looks for")?;
                near.iter().try_for_each(|near| write!(f, "; did you mean '{near}'?"))
            }
        }
    }
}

/// How the dates of a column read.
#[derive(Debug, Default)]
pub(super) struct DatesOfColumn {
    read: usize,
    unread: usize,
    only_swapped: usize,
    only_as_stated: usize,
    either_way: usize,
    rows_swapped: Vec<u32>,
}

impl DatesOfColumn {
    /// Whether more cells are dates only with day and month swapped than only as the mapping says.
    pub(super) const fn is_swapped(&self) -> bool {
        self.only_swapped > self.only_as_stated
    }

    fn count(&mut self, number: u32, cell: &str, edition: &Edition<'_>, column: ColumnId) {
        let formats = edition.mapping.formats_of(column);
        let (stated, swapped) = (formats.read(cell), formats.read_swapped(cell));
        self.either_way += usize::from(formats.contradict(cell));
        match (stated, swapped) {
            (None, None) => self.unread += 1,
            (None, Some(_)) => {
                self.unread += 1;
                self.only_swapped += 1;
                if self.rows_swapped.len() < ROWS_NAMED_MAX {
                    self.rows_swapped.push(number);
                }
            }
            (Some(_), None) => {
                self.read += 1;
                self.only_as_stated += 1;
            }
            (Some(_), Some(_)) => self.read += 1,
        }
    }

    fn doubts(&self, column: String) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if self.only_swapped > 0 {
            let (cells, rows) = (self.only_swapped, self.rows_swapped.clone());
            doubts.push(Doubt::Swapped { column: column.clone(), cells, rows, is_trusted: !self.is_swapped() });
        } else if self.read == 0 && self.unread > 0 {
            doubts.push(Doubt::NoDateRead { column: column.clone(), cells: self.unread });
        }
        if self.either_way > 0 {
            doubts.push(Doubt::EitherWay { column, cells: self.either_way });
        }
        doubts
    }
}

/// How the dates of each column read that the mapping reads as dates.
pub(super) fn dates_of_columns(edition: &Edition<'_>) -> BTreeMap<ColumnId, DatesOfColumn> {
    let mut columns: BTreeMap<ColumnId, DatesOfColumn> = BTreeMap::new();
    for row in &edition.register.rows {
        let reader = RowReader::new(edition, row);
        for &column in &edition.mapping.dated {
            let cell = match reader.date(column) {
                DateCell::Blank | DateCell::Word(_) => continue,
                DateCell::Read(_) | DateCell::Unreadable(_) => reader.cell(column).unwrap_or_default(),
            };
            columns.entry(column).or_default().count(row.number, &cell, edition, column);
        }
    }
    columns
}

/// What is odd about the columns of `edition`.
pub(super) fn doubts(edition: &Edition<'_>, dates: &BTreeMap<ColumnId, DatesOfColumn>) -> Vec<Doubt> {
    let of_dates = dates.iter().flat_map(|(column, dates)| dates.doubts(edition.mapping.column_name(*column)));
    of_dates.chain(words_nowhere(edition)).collect()
}

/// The words of conditions that no cell of their columns has.
fn words_nowhere(edition: &Edition<'_>) -> Vec<Doubt> {
    let mut sought: BTreeMap<ColumnId, BTreeSet<&str>> = BTreeMap::new();
    let conditions = edition.mapping.events.iter().flat_map(|rule| &rule.conditions);
    for (column, words) in conditions.filter_map(|condition| condition.words()) {
        sought.entry(column).or_default().extend(words.iter().map(String::as_str));
    }
    let mut doubts = Vec::new();
    for (column, words) in sought {
        let cells = edition.register.rows.iter().filter_map(|row| RowReader::new(edition, row).cell(column));
        let found: BTreeSet<String> = cells.map(|cell| fold(&cell)).collect();
        if found.is_empty() {
            continue;
        }
        let others = || found.iter().map(String::as_str).filter(|cell| !words.contains(cell));
        doubts.extend(words.iter().filter(|word| !found.contains(**word)).map(|word| Doubt::WordNowhere {
            column: edition.mapping.column_name(column),
            word: (*word).to_owned(),
            near: nearest(word, others()).map(str::to_owned),
        }));
    }
    doubts
}
