//! One row while it is read: its cells cleaned, what was odd about them, and the cells kept as they stand.

use std::borrow::Cow;

use rust_decimal::Decimal;
use schema::{Date, Kind, Line};

use super::{
    claims::Warning,
    edition::Edition,
    reader::{CellKind, Row},
    source::ColumnId,
    values::{Numbers, collapse, fold},
};

/// What a cell says of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateCell {
    Blank,
    Read(Date),
    /// A word that the mapping knows to be no date, such as a code.
    Word(String),
    Unreadable(String),
}

impl DateCell {
    pub(super) fn date(&self) -> Option<Date> {
        match self {
            Self::Read(date) => Some(*date),
            Self::Blank | Self::Word(_) | Self::Unreadable(_) => None,
        }
    }
}

/// A row being read.
pub(super) struct RowReader<'a> {
    pub(super) edition: &'a Edition<'a>,
    row: &'a Row,
    pub(super) warnings: Vec<Warning>,
    /// How many values were left open: a cell can't be read, or its column is not in the file.
    left_open: usize,
    /// Cells that are kept as attributes of the row's thing of a kind, because they could not be read as a date.
    pub(super) kept: Vec<(Kind, Line, Line)>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(edition: &'a Edition<'a>, row: &'a Row) -> Self {
        Self { edition, row, warnings: Vec::new(), left_open: 0, kept: Vec::new() }
    }

    pub(super) fn column_name(&self, column: ColumnId) -> String {
        self.edition.mapping.column_name(column)
    }

    /// A cell with its white space collapsed; nothing where it is blank or holds a word for blank.
    pub(super) fn cell(&self, column: ColumnId) -> Option<Cow<'a, str>> {
        let index = self.edition.index_of(column)?;
        let cell = self.row.cells.get(index)?;
        let cell = match self.row.kind(index) {
            CellKind::Text => self.edition.mapping.cleaned(cell),
            CellKind::Number | CellKind::Uncalculated => Cow::Borrowed(cell),
        };
        let blank = cell.is_empty() || self.edition.mapping.file.blank.contains(&fold(&cell));
        (!blank).then_some(cell)
    }

    /// What the cell is to its file.
    pub(super) fn kind(&self, column: ColumnId) -> CellKind {
        self.edition.index_of(column).map(|index| self.row.kind(index)).unwrap_or_default()
    }

    /// A cell as a number: of a text as the mapping says that numbers are written, of a workbook's number as it is.
    pub(super) fn number(&self, column: ColumnId) -> Option<Decimal> {
        let numbers = match self.kind(column) {
            CellKind::Number => Numbers::default(),
            CellKind::Text | CellKind::Uncalculated => self.edition.mapping.numbers,
        };
        numbers.read(&self.cell(column)?)
    }

    pub(super) fn date(&self, column: ColumnId) -> DateCell {
        let Some(cell) = self.cell(column) else { return DateCell::Blank };
        let formats = self.edition.mapping.formats_of(column);
        match formats.read(&cell) {
            Some(_) if self.edition.is_swapped(column) && formats.read_swapped(&cell).is_some() => {
                DateCell::Unreadable(cell.into_owned())
            }
            Some(date) => DateCell::Read(date),
            None if self.edition.mapping.dates.words.contains(&fold(&cell)) => DateCell::Word(cell.into_owned()),
            None => DateCell::Unreadable(cell.into_owned()),
        }
    }

    /// The first date that one of `columns` says.
    pub(super) fn first_date(&self, columns: &[ColumnId]) -> Option<Date> {
        columns.iter().find_map(|&column| self.date(column).date())
    }

    /// The first of `columns` that is not blank. Where none is, a column that the file does not have leaves the value open.
    pub(super) fn first_filled(&mut self, columns: &[ColumnId]) -> Option<ColumnId> {
        let filled = columns.iter().copied().find(|column| self.cell(*column).is_some());
        if filled.is_none() && columns.iter().any(|column| self.is_missing(*column)) {
            self.leave_open();
        }
        filled
    }

    /// Whether the file does not have the column.
    pub(super) fn is_missing(&self, column: ColumnId) -> bool {
        self.edition.index_of(column).is_none()
    }

    /// Notes that a value is neither said nor withdrawn.
    pub(super) const fn leave_open(&mut self) {
        self.left_open += 1;
    }

    /// Whether one of `columns` holds what can't be read as a date; that is said, unless it has been.
    pub(super) fn holds_no_date(&mut self, columns: &[ColumnId]) -> bool {
        let mut holds = false;
        for &column in columns {
            let DateCell::Unreadable(cell) = self.date(column) else { continue };
            holds = true;
            let name = self.column_name(column);
            if !self.warnings.iter().any(|warning| warning.column() == Some(&name)) {
                self.warn_of(Some(column), &cell, "it is not a date in the mapping's formats");
            }
        }
        holds
    }

    /// What `read` makes of the row, and whether it left a value open.
    pub(super) fn reading<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = self.left_open;
        let read = read(self);
        (read, self.left_open > before)
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        self.leave_open();
        self.warnings.push(warning);
    }

    pub(super) fn warn_of(&mut self, column: Option<ColumnId>, cell: &str, says: &str) {
        let column = column.map(|column| self.column_name(column)).unwrap_or_default();
        self.warn(Warning::LeftOut { column, cell: shortened(cell), says: says.to_owned() });
    }

    /// A text as a line; one that can't be a line is left out with a warning.
    pub(super) fn line(&mut self, column: Option<ColumnId>, text: &str) -> Option<Line> {
        Line::try_new(text).map_err(|error| self.warn_of(column, text, &error.to_string())).ok()
    }

    /// Keeps a cell as an attribute of the row's thing of `kind`, under the column's name.
    pub(super) fn keep(&mut self, kind: Kind, column: ColumnId, cell: &str) {
        let name = self.column_name(column);
        if let (Some(name), Some(cell)) = (self.line(Some(column), &name), self.line(Some(column), cell)) {
            self.kept.push((kind, name, cell));
        }
    }
}

pub(super) fn shortened(text: &str) -> String {
    collapse(text).chars().take(60).collect()
}
