//! Registers in workbooks: the cells of one sheet.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use zip::ZipArchive;

use super::reader::{CELL_BYTES_MAX, COLUMNS_MAX, CellKind, FILE_BYTES_MAX, Format, ReadError, Row};

/// The most bytes that a workbook may unpack to: packed a hundred times smaller, it would fill the memory.
const UNPACKED_BYTES_MAX: u64 = 2 * FILE_BYTES_MAX;

/// The rows of a workbook's sheet, numbered as the workbook numbers them.
pub(super) fn workbook_rows(file: &str, bytes: &[u8], format: &Format) -> Result<Vec<Row>, ReadError> {
    if unpacks_beyond(bytes, UNPACKED_BYTES_MAX) {
        return Err(ReadError::Unpacks { file: file.to_owned(), mebibytes_max: UNPACKED_BYTES_MAX >> 20 });
    }
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| no_workbook(file, &error))?;
    let sheets = workbook.sheet_names();
    let wanted: Vec<&String> =
        sheets.iter().filter(|sheet| format.sheet.as_ref().is_none_or(|wanted| wanted == *sheet)).collect();
    let mut filled = Vec::new();
    for sheet in wanted {
        let rows = sheet_rows(file, &mut workbook, sheet)?;
        filled.extend((!rows.is_empty()).then_some(rows));
    }
    match (filled.len(), filled.pop(), &format.sheet) {
        (1, Some(rows), _) => Ok(rows),
        (_, _, Some(sheet)) => Err(no_sheet(file, &sheets, format!("there is no sheet '{sheet}' with cells"))),
        (count, ..) => Err(no_sheet(file, &sheets, format!("{count} sheets hold cells"))),
    }
}

/// Whether the parts of a workbook come to more than `bytes_max` bytes, by what they say of themselves: no part unpacks to more
/// than it says. What is no workbook is for its reader to refuse.
fn unpacks_beyond(workbook: &[u8], bytes_max: u64) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(workbook)) else { return false };
    let sizes = (0..archive.len()).map(|at| archive.by_index_raw(at).map_or(0, |part| part.size()));
    sizes.fold(0, u64::saturating_add) > bytes_max
}

/// The rows of one sheet, read cell by cell: a lone cell in a far corner costs no more than any other.
fn sheet_rows(file: &str, workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<Row>, ReadError> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|error| no_workbook(file, &error))?;
    let mut rows: BTreeMap<u32, (Vec<String>, Vec<CellKind>)> = BTreeMap::new();
    let mut bytes = 0;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|error| no_workbook(file, &error))? {
        let (row, column) = (cell.pos.0 + 1, cell.pos.1 as usize);
        let value = Data::from(cell.value);
        let kind = kind_of(&value, cell.formula.is_some());
        let text = cell_text(value);
        if text.is_empty() && kind == CellKind::Text {
            continue;
        }
        let wrong = |problem| ReadError::Row { file: file.to_owned(), row, problem };
        if column >= COLUMNS_MAX || text.len() > CELL_BYTES_MAX {
            let problem =
                format!("the cell in column {} is too long or too far right; {COLUMNS_MAX} columns are allowed", column + 1);
            return Err(wrong(problem));
        }
        let (cells, kinds) = rows.entry(row).or_default();
        bytes += text.len() + (column + 1).saturating_sub(cells.len()) * size_of::<String>();
        if bytes as u64 > 2 * FILE_BYTES_MAX {
            return Err(wrong(format!("the sheet unpacks to more than {} MiB; split the register", (2 * FILE_BYTES_MAX) >> 20)));
        }
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
        if kind != CellKind::Text {
            kinds.resize(kinds.len().max(column + 1), CellKind::Text);
            kinds[column] = kind;
        }
    }
    Ok(rows.into_iter().map(|(number, (cells, kinds))| Row { number, cells: cells.into(), kinds }).collect())
}

/// Programs that write workbooks without calculating leave formulas without values: such a cell is not blank.
fn kind_of(value: &Data, is_formula: bool) -> CellKind {
    match value {
        Data::Empty if is_formula => CellKind::Uncalculated,
        Data::Int(_) | Data::Float(_) => CellKind::Number,
        _ => CellKind::Text,
    }
}

fn no_workbook(file: &str, error: &calamine::XlsxError) -> ReadError {
    let found = format!("it is packed like a workbook and is none that can be read ({error})");
    ReadError::NotARegister { file: file.to_owned(), found }
}

fn no_sheet(file: &str, sheets: &[String], problem: String) -> ReadError {
    ReadError::Sheet { file: file.to_owned(), problem, sheets: sheets.join(", ") }
}

/// A cell of a workbook as text: dates as 2024-03-05, numbers without decimals that they don't have.
fn cell_text(cell: Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DurationIso(text) => text,
        Data::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(moment) if moment.is_datetime() => {
            moment.as_datetime().map_or_else(|| moment.as_f64().to_string(), |moment| moment.date().to_string())
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::Error(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn packed(sizes: &[usize]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, size) in sizes.iter().enumerate() {
            archive.start_file(format!("part{number}"), SimpleFileOptions::default()).unwrap();
            archive.write_all(&vec![0; *size]).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn what_a_workbook_unpacks_to_is_the_sum_of_its_parts() {
        let workbook = packed(&[60_000, 40_000]);
        assert!(workbook.len() < 1_000);
        assert!(!unpacks_beyond(&workbook, 100_000) && unpacks_beyond(&workbook, 99_999));
    }

    #[test]
    fn a_part_never_unpacks_to_more_than_it_says() {
        let mut workbook = packed(&[100_000]);
        let (size, said) = (100_000_u32.to_le_bytes(), 10_u32.to_le_bytes());
        let places: Vec<usize> = (0..workbook.len() - 3).filter(|at| workbook[*at..at + 4] == size).collect();
        for at in places {
            workbook[at..at + 4].copy_from_slice(&said);
        }
        let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
        let mut unpacked = Vec::new();
        assert!(archive.by_index(0).unwrap().read_to_end(&mut unpacked).is_err());
        assert!(unpacked.len() < 100, "{}", unpacked.len());
    }
}
