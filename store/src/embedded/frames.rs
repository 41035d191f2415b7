//! The frames of SQLite's write-ahead log, read without SQLite, which stops at the first that is damaged.
//!
//! The format is that of <https://www.sqlite.org/fileformat2.html>, section 4: a head of 32 bytes with the size of a page
//! and two salts; then frames, each with a head of 24 bytes (the number of its page, the size of the database after a
//! commit or 0, the salts, a checksum that runs over all frames) and the page.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::file;

const HEAD_BYTES: usize = 32;
const FRAME_HEAD_BYTES: usize = 24;
/// Where the database says how large its pages are, in 2 bytes.
const PAGE_SIZE_AT: u64 = 16;
/// Where it says in which way it is written and read: 1 is without a write-ahead log.
const MODE_AT: u64 = 18;
/// The end of the head's first number if checksums are over big-endian words.
const BIG_ENDIAN_MARK: u8 = 0x83;

/// A frame as it lies in the file.
struct Frame<'a> {
    /// Where it begins.
    at: u64,
    page: u32,
    pages_after_commit: u32,
    contents: &'a [u8],
    is_sound: bool,
}

/// Copies the database `file` to `copy` with the frames beside it put in their places, up to the last commit; those whose
/// checksum is wrong are left out where `only_sound`.
pub(super) fn fold(file: &Path, copy: &Path, only_sound: bool) -> io::Result<()> {
    let write_ahead = fs::read(file::write_ahead_of(file))?;
    match fs::copy(file, copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut frames = frames(&write_ahead, page_size_of(file));
    let end = frames.iter().rposition(|frame| frame.pages_after_commit > 0).map_or(0, |last| last + 1);
    frames.truncate(end);
    let mut copy = File::options().write(true).create(true).truncate(false).open(copy)?;
    let pages_max = write_ahead.len() as u64 + copy.metadata()?.len();
    for frame in frames.iter().filter(|frame| frame.is_sound || !only_sound) {
        let at = u64::from(frame.page.saturating_sub(1)) * frame.contents.len() as u64;
        // A page number that was damaged must not make a file of terabytes.
        if frame.page > 0 && at <= pages_max {
            copy.seek(SeekFrom::Start(at))?;
            copy.write_all(frame.contents)?;
        }
    }
    copy.seek(SeekFrom::Start(MODE_AT))?;
    copy.write_all(&[1, 1])
}

/// Where the write-ahead log of `file` is damaged in front of what was committed later, so that nothing behind it is read;
/// `None` if it isn't. The last commit of all may have been torn when the machine went down before it was synced: it counts
/// only where `last_counts`.
///
/// A server may write to it meanwhile, so that what seems to be damaged is looked at a second time.
pub(super) fn damage(file: &Path, last_counts: bool) -> io::Result<Option<u64>> {
    let look = || -> io::Result<Option<u64>> {
        let size_of_page = page_size_of(file);
        let bytes = match fs::read(file::write_ahead_of(file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        Ok(damage_in(&bytes, size_of_page, last_counts))
    };
    let found = look()?;
    if found.is_none() || look()? != found { Ok(None) } else { Ok(found) }
}

fn damage_in(bytes: &[u8], size_of_page: Option<usize>, last_counts: bool) -> Option<u64> {
    let commits = |frame: &Frame<'_>| frame.pages_after_commit > 0;
    if !head_is_sound(bytes) {
        // What it says of the order of bytes may be the damage.
        let either = [false, true].map(|is_big_endian| frames_by(bytes, size_of_page, is_big_endian));
        return either.iter().flatten().any(|frame| frame.is_sound && commits(frame)).then_some(0);
    }
    let frames = frames(bytes, size_of_page);
    let (broken, rest) = (1..).zip(&frames).find_map(|(next, frame)| (!frame.is_sound).then(|| (frame, &frames[next..])))?;
    let ending = if commits(broken) { 0 } else { rest.iter().position(commits)? + 1 };
    let later = rest.get(ending..).unwrap_or_default();
    (last_counts || later.iter().any(|frame| frame.is_sound)).then_some(broken.at)
}

/// Whether the checksum in the head of a write-ahead log is the one of its first 24 bytes.
fn head_is_sound(bytes: &[u8]) -> bool {
    let (Some(said), Some(rest)) = (bytes.get(24..HEAD_BYTES), bytes.get(..24)) else { return false };
    checksum(&[0; 8], &[rest], is_big_endian(bytes)) == checksum_in(said)
}

/// The most bytes of the head of a database (section 1.3).
const DATABASE_HEAD_BYTES: usize = 100;
/// The size of the pages of every log that was made here.
const USUAL_PAGE_SIZE: u32 = 4096;

/// Writes the head of the database at `copy` anew: what it says is known of every log, but for the number of pages, which is
/// that of the file.
pub(super) fn mend_head(copy: &Path) -> io::Result<()> {
    let said = page_size_of(copy).and_then(|size| u32::try_from(size).ok());
    let bytes = fs::metadata(copy)?.len();
    let size = said.filter(|size| bytes.is_multiple_of(u64::from(*size))).unwrap_or(USUAL_PAGE_SIZE);
    let pages = u32::try_from(bytes / u64::from(size)).unwrap_or(u32::MAX);
    let mut head = [0; DATABASE_HEAD_BYTES];
    let mut put = |at: usize, value: &[u8]| head[at..at + value.len()].copy_from_slice(value);
    put(0, file::MAGIC);
    // A page of 65,536 bytes is written as 1.
    put(16, &u16::try_from(size).unwrap_or(1).to_be_bytes());
    // No write-ahead log; the fractions of a page that are fixed.
    put(18, &[1, 1, 0, 64, 32, 32]);
    put(24, &1_u32.to_be_bytes());
    put(28, &pages.to_be_bytes());
    // Of the tables: their version, and the format that SQLite writes today.
    put(40, &1_u32.to_be_bytes());
    put(44, &4_u32.to_be_bytes());
    // UTF-8.
    put(56, &1_u32.to_be_bytes());
    put(60, &file::FORMAT.to_be_bytes());
    put(68, &file::APPLICATION_ID.to_be_bytes());
    put(92, &1_u32.to_be_bytes());
    let mut copy = File::options().write(true).open(copy)?;
    copy.write_all(&head)
}

fn frames(bytes: &[u8], size_of_page: Option<usize>) -> Vec<Frame<'_>> {
    frames_by(bytes, size_of_page, is_big_endian(bytes))
}

/// Whether checksums are over big-endian words, as the head of the log says.
fn is_big_endian(bytes: &[u8]) -> bool {
    bytes.get(3) == Some(&BIG_ENDIAN_MARK)
}

/// The frames of the log with the bytes `bytes`, of a database with pages of `size_of_page`, where that says so.
fn frames_by(bytes: &[u8], size_of_page: Option<usize>, is_big_endian: bool) -> Vec<Frame<'_>> {
    let Some(size) = size_of_page.or_else(|| page_size(bytes)) else { return Vec::new() };
    let rows: Vec<&[u8]> = bytes.get(HEAD_BYTES..).unwrap_or_default().chunks_exact(FRAME_HEAD_BYTES + size).collect();
    let salts = salts(bytes, &rows);
    let mut before = bytes.get(24..HEAD_BYTES).unwrap_or_default();
    let mut frames = Vec::new();
    let places = (HEAD_BYTES as u64..).step_by(FRAME_HEAD_BYTES + size);
    for (at, row) in places.zip(rows) {
        let (head, contents) = row.split_at(FRAME_HEAD_BYTES);
        let (Some(page), Some(after)) = (number(head, 0), number(head, 4)) else { continue };
        // The checksum does not run over the salts: one that fits is of a frame of this log, whatever they are.
        let follows = checksum(before, &[&head[..8], contents], is_big_endian) == checksum_in(&head[16..]);
        let has_salts = row.get(8..16) == salts;
        if has_salts || follows {
            frames.push(Frame { at, page, pages_after_commit: after, contents, is_sound: has_salts && follows });
            before = &head[16..];
        }
    }
    frames
}

/// The salts of the frames that belong to this log: what its head says, or what the first frame says, where the head is
/// damaged and fits none. A sound head that fits none was written just before its first frame; what lies behind it is of before,
/// and is in the database already.
fn salts<'a>(bytes: &'a [u8], rows: &[&'a [u8]]) -> Option<&'a [u8]> {
    let said = bytes.get(16..24);
    if head_is_sound(bytes) || rows.iter().any(|row| row.get(8..16) == said) { said } else { rows.first()?.get(8..16) }
}

/// The size of a page, as the head of the log says.
fn page_size(bytes: &[u8]) -> Option<usize> {
    number(bytes, 8).and_then(|size| usize::try_from(size).ok()).filter(|size| is_page_size(*size))
}

/// The size of a page, as the database says.
fn page_size_of(file: &Path) -> Option<usize> {
    let mut size = [0; 2];
    let mut file = File::open(file).ok()?;
    file.seek(SeekFrom::Start(PAGE_SIZE_AT)).ok()?;
    file.read_exact(&mut size).ok()?;
    Some(usize::from(u16::from_be_bytes(size))).filter(|size| is_page_size(*size))
}

const fn is_page_size(size: usize) -> bool {
    size.is_power_of_two() && size >= 512 && size <= 65_536
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn checksum_in(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((number(bytes, 0)?, number(bytes, 4)?))
}

/// The checksum over `parts` that goes on from the one `before`.
fn checksum(before: &[u8], parts: &[&[u8]], is_big_endian: bool) -> Option<(u32, u32)> {
    let (mut first, mut second) = checksum_in(before)?;
    let word = |bytes: &[u8]| {
        let bytes = bytes.try_into().ok()?;
        Some(if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    for part in parts {
        for pair in part.chunks_exact(8) {
            first = first.wrapping_add(word(&pair[..4])?).wrapping_add(second);
            second = second.wrapping_add(word(&pair[4..])?).wrapping_add(first);
        }
    }
    Some((first, second))
}
