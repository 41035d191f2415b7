//! Secret files: made once, readable by their owner only, never overwritten.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;
use uuid::Uuid;

/// More bytes than any of our secret files has.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Why a secret file can't be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file system refuses.
    #[error("can't use {}: {source}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the owner can get at it.
    #[error("{} is open to other users; run: chmod {mode} {}", path.display(), path.display())]
    Exposed {
        /// The file or directory.
        path: PathBuf,
        /// The mode that it should have.
        mode: &'static str,
    },
    /// It belongs to somebody else, who can put another in its place.
    #[error("{} belongs to another user (id {owner}); run: chown {wanted} {}", path.display(), path.display())]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it should be.
        wanted: u32,
    },
    /// A key is damaged.
    #[error(
        "{} {problem}; restore it from a backup, or move it and {} away to have a new one made, under which no token, session \
         or receipt of before holds", path.display(), path.with_extension(ID_EXTENSION).display()
    )]
    DamagedKey {
        /// The key's file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A key is missing that was there.
    #[error(
        "{} is missing, and {} says that it was there; restore it from a backup, or move {} away to have a new one made, under \
         which no token, session or receipt of before holds", path.display(), noted.display(), noted.display()
    )]
    Missing {
        /// The key's file.
        path: PathBuf,
        /// The file that tells one key from another.
        noted: PathBuf,
    },
    /// It is not what it should be.
    #[error("{} {problem}; put there what belongs there, or name another", path.display())]
    Damaged {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It is not the one that was there before.
    #[error(
        "{} is not the key that {} was made with: one of the two is damaged, or another key was put there; restore both from \
         a backup, or, if the key is the one that you want, remove {}",
        path.display(), noted.display(), noted.display()
    )]
    Changed {
        /// The key's file.
        path: PathBuf,
        /// The file that tells one key from another.
        noted: PathBuf,
    },
    /// The system's source of random numbers failed.
    #[error("the system gives no random numbers")]
    Random,
}

/// Adds the path to an I/O error.
fn at(path: &Path) -> impl Fn(io::Error) -> KeyError + '_ {
    |source| KeyError::File { path: path.to_owned(), source }
}

/// The key at `path`, which `make` makes if there never was one.
///
/// # Errors
///
/// As [`load_or_make`], and when it is missing though the file beside it tells that it was there.
pub fn load_or_make_key(path: &Path, make: impl FnOnce() -> Result<Vec<u8>, KeyError>) -> Result<Vec<u8>, KeyError> {
    let noted = path.with_extension(ID_EXTENSION);
    if noted.exists() && !path.try_exists().map_err(at(path))? {
        return Err(KeyError::Missing { path: path.to_owned(), noted });
    }
    load_or_make(path, make)
}

/// The contents of the file at `path`, which `make` makes if there is none.
///
/// Two processes that start at once end with the same contents: whoever comes second reads what the first made.
///
/// # Errors
///
/// When the directory or the file is open to others, or the file system refuses.
pub fn load_or_make(path: &Path, make: impl FnOnce() -> Result<Vec<u8>, KeyError>) -> Result<Vec<u8>, KeyError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    ensure_directory(directory)?;
    if !path.try_exists().map_err(at(path))? {
        write_once(directory, path, &make()?)?;
    }
    read(path)
}

/// Refuses a key that is not the one that was at `path` before: a key with a damaged bit is a key like any other. Its id is
/// kept beside it, in a file that is made where it is missing.
///
/// # Errors
///
/// When the file beside it holds another id, or is open to others. That it can't be made or read is only logged: nothing
/// is known against the key.
pub fn recognise(path: &Path, id: &str) -> Result<(), KeyError> {
    let noted = path.with_extension(ID_EXTENSION);
    match load_or_make(&noted, || Ok(format!("{id}\n").into_bytes())) {
        Ok(known) if known.trim_ascii() == id.as_bytes() => Ok(()),
        Ok(_) => Err(KeyError::Changed { path: path.to_owned(), noted }),
        Err(error @ KeyError::File { .. }) => {
            tracing::warn!(%error, "the key's id can't be kept, so that a damage to the key is not seen");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Forgets the id of the key at `path`.
///
/// # Errors
///
/// When the file system refuses.
pub fn unnote(path: &Path) -> Result<(), KeyError> {
    let noted = path.with_extension(ID_EXTENSION);
    match fs::remove_file(&noted) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&noted)(error)),
        _ => Ok(()),
    }
}

/// The extension of the file that holds a key's id.
const ID_EXTENSION: &str = "id";

/// Makes `directory` if it is missing, and refuses one in which anybody can write.
fn ensure_directory(directory: &Path) -> Result<(), KeyError> {
    make_directory(directory).map_err(at(directory))?;
    let found = fs::metadata(directory).map_err(at(directory))?;
    if !found.is_dir() {
        return Err(KeyError::Damaged { path: directory.to_owned(), problem: "is not a directory" });
    }
    refuse_exposed(directory, &found, 0o002, "o-w")?;
    refuse_strange(directory, &found)
}

/// Writes a whole file beside `path`, synced, and links it there unless something is there by now.
fn write_once(directory: &Path, path: &Path, contents: &[u8]) -> Result<(), KeyError> {
    let draft = directory.join(format!(".{}.draft", Uuid::new_v4()));
    let written = write_draft(&draft, contents).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    written.and(removed).and_then(|()| File::open(directory)?.sync_all()).map_err(at(path))
}

fn write_draft(draft: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(draft)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// The contents of the file at `path`, which has to be there.
///
/// # Errors
///
/// When it is missing or open to others, or the file system refuses.
pub fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    let found = fs::symlink_metadata(path).map_err(at(path))?;
    if !found.is_file() {
        return Err(KeyError::Damaged { path: path.to_owned(), problem: "is not a plain file" });
    }
    refuse_exposed(path, &found, 0o077, "600")?;
    refuse_strange(path, &found)?;
    let mut contents = Vec::new();
    File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut contents)).map_err(at(path))?;
    Ok(contents)
}

#[cfg(unix)]
fn make_directory(directory: &Path) -> io::Result<()> {
    std::os::unix::fs::DirBuilderExt::mode(&mut fs::DirBuilder::new(), 0o700).recursive(true).create(directory)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, found: &fs::Metadata, forbidden: u32, mode: &'static str) -> Result<(), KeyError> {
    let exposed = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & forbidden != 0;
    if exposed { Err(KeyError::Exposed { path: path.to_owned(), mode }) } else { Ok(()) }
}

/// Refuses what belongs neither to the user of this process nor to root. Root, who may work on what is another's, takes the
/// owner of the directory for the user of the service.
#[cfg(unix)]
fn refuse_strange(path: &Path, found: &fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::MetadataExt;

    let ours = rustix::process::geteuid().as_raw();
    let of_directory = path.parent().and_then(|directory| fs::metadata(directory).ok()).map(|directory| directory.uid());
    let wanted = if ours == 0 && !found.is_dir() { of_directory.unwrap_or(ours) } else { ours };
    let owner = found.uid();
    let is_trusted = owner == wanted || owner == 0 || (ours == 0 && found.is_dir());
    if is_trusted { Ok(()) } else { Err(KeyError::Owner { path: path.to_owned(), owner, wanted }) }
}

#[cfg(not(unix))]
fn refuse_strange(_: &Path, _: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(not(unix))]
fn make_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata, _: u32, _: &'static str) -> Result<(), KeyError> {
    Ok(())
}
