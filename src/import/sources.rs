//! The files of an edition, read whole: they are taken here, or sent to a service that takes them.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Cursor, Read, Write},
    path::Path,
};

use thiserror::Error;
use zip::{ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{FILE_BYTES_MAX, ImportError, Mapping, MappingError, ReadError, Register};

/// The most bytes that a mapping, or a file beside it, may have in an archive.
const MAPPING_BYTES_MAX: u64 = 4 << 20;

/// The most files that an archive may hold.
const FILES_MAX: usize = 64;

/// The folders of an archive: in each a file keeps its name.
const MAPPING: &str = "mapping/";
const BESIDE: &str = "beside/";
const REGISTER: &str = "register/";

/// A mapping with the files that it names, and a register.
#[derive(Debug)]
pub struct Sources {
    mapping_file: String,
    mapping: String,
    /// The alias files that the mapping names, by the names that it gives them.
    beside: BTreeMap<String, String>,
    register_file: String,
    register: Vec<u8>,
}

/// Why an archive holds no edition. Reads as one sentence.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// It can't be read.
    #[error("the archive can't be read: it is no ZIP file, or was cut short or damaged on its way")]
    Broken(#[from] ZipError),
    /// A file of it can't be read.
    #[error("'{file}' in the archive can't be read: {error}")]
    File {
        /// Its name.
        file: String,
        /// What is wrong with it.
        error: io::Error,
    },
    /// A file of it has more bytes than it may have.
    #[error("'{file}' in the archive has more than {} MiB", .bytes_max >> 20)]
    TooLarge {
        /// Its name.
        file: String,
        /// How many it may have.
        bytes_max: u64,
    },
    /// It holds more files than any edition has.
    #[error("the archive has more than {FILES_MAX} files")]
    TooMany,
    /// There is no mapping in it, or no register.
    #[error("the archive has no file in '{0}'")]
    Missing(&'static str),
}

impl Sources {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// When one can't be read or is too large, or the mapping has mistakes.
    pub fn open(mapping: &Path, register: &Path) -> Result<Self, ImportError> {
        let beside = RefCell::new(BTreeMap::new());
        let keep = |name: &str, text: &str| drop(beside.borrow_mut().insert(name.to_owned(), text.to_owned()));
        let (_, text) = Mapping::read(mapping, keep)?;
        let (register_file, register) = Register::bytes(register)?;
        let mapping_file = mapping.display().to_string();
        Ok(Self { mapping_file, mapping: text, beside: beside.into_inner(), register_file, register })
    }

    /// The mapping.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn mapping(&self) -> Result<Mapping, MappingError> {
        let load = |name: &str| self.beside.get(name).cloned().ok_or_else(|| "it was not sent".to_owned());
        let mistaken = |mistakes| MappingError::Mistaken { file: self.mapping_file.clone(), mistakes };
        Mapping::parse(&self.mapping, load).map_err(mistaken)
    }

    /// The register, in the form that `mapping` states.
    ///
    /// # Errors
    ///
    /// When it is no register.
    pub fn register(&self, mapping: &Mapping) -> Result<Register, ReadError> {
        Register::read(&self.register_file, &self.register, mapping.format())
    }

    /// All files in one archive.
    ///
    /// # Errors
    ///
    /// When they can't be written into one.
    pub fn archive(&self) -> Result<Vec<u8>, ArchiveError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: String, bytes: &[u8]| {
            archive.start_file(name.clone(), SimpleFileOptions::default())?;
            archive.write_all(bytes).map_err(|error| ArchiveError::File { file: name, error })
        };
        let called = Path::new(&self.mapping_file).file_name().unwrap_or_default().to_string_lossy();
        add(format!("{MAPPING}{called}"), self.mapping.as_bytes())?;
        for (name, text) in &self.beside {
            add(format!("{BESIDE}{name}"), text.as_bytes())?;
        }
        add(format!("{REGISTER}{}", self.register_file), &self.register)?;
        Ok(archive.finish()?.into_inner())
    }

    /// The files of an archive, as [`archive`](Self::archive) writes them.
    ///
    /// # Errors
    ///
    /// When it is no such archive, or larger than it may be.
    pub fn of_archive(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        if archive.len() > FILES_MAX {
            return Err(ArchiveError::TooMany);
        }
        let (mut mapping, mut register, mut beside) = (None, None, BTreeMap::new());
        for at in 0..archive.len() {
            let file = archive.by_index(at)?;
            if file.is_dir() {
                continue;
            }
            let name = file.name()?.into_owned();
            if let Some(name) = name.strip_prefix(REGISTER) {
                register = Some((name.to_owned(), unpacked(file, name, FILE_BYTES_MAX)?));
            } else if let Some(name) = name.strip_prefix(MAPPING) {
                mapping = Some((name.to_owned(), text(file, name)?));
            } else if let Some(name) = name.strip_prefix(BESIDE) {
                beside.insert(name.to_owned(), text(file, name)?);
            }
        }
        let (mapping_file, mapping) = mapping.ok_or(ArchiveError::Missing(MAPPING))?;
        let (register_file, register) = register.ok_or(ArchiveError::Missing(REGISTER))?;
        Ok(Self { mapping_file, mapping, beside, register_file, register })
    }
}

/// The bytes of a file, of which it may have `bytes_max`, however small it is packed.
fn unpacked(file: impl Read, name: &str, bytes_max: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
    read.map_err(|error| ArchiveError::File { file: name.to_owned(), error })?;
    if bytes.len() as u64 > bytes_max {
        return Err(ArchiveError::TooLarge { file: name.to_owned(), bytes_max });
    }
    Ok(bytes)
}

fn text(file: impl Read, name: &str) -> Result<String, ArchiveError> {
    let bytes = unpacked(file, name, MAPPING_BYTES_MAX)?;
    let unread = |error| ArchiveError::File { file: name.to_owned(), error: io::Error::new(io::ErrorKind::InvalidData, error) };
    String::from_utf8(bytes).map_err(unread)
}
