//! Puts the shim between a child and its disk.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use tempfile::TempDir;

use crate::{
    child::{acknowledged, command},
    plan::Step,
};

/// The shim, compiled once.
pub static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store_durability/shim.c");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-w", "-o"]).args([&library, &source]).status();
    assert!(compiled.is_ok_and(|status| status.success()), "these tests need a C compiler: install one, or name it in CC");
    library
});

/// What goes wrong at one operation on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error number; later ones succeed.
    Once(i32),
    /// It and all later ones fail with this error number.
    FromThenOn(i32),
    /// The power is cut.
    PowerCut,
}

/// What a child did, and what is left of it.
pub struct Run {
    pub acknowledged: Vec<Step>,
    /// Every operation that succeeded, and every line printed, in order.
    pub trace: Vec<String>,
    /// The directory as the next process sees it.
    pub directory: TempDir,
    /// What of it was synced.
    pub disk: TempDir,
}

impl Run {
    /// A child that makes `appends` to each stream in each session, with `fault` at an operation, counted from 1.
    pub fn of(appends: u64, fault: Option<(Fault, usize)>) -> Self {
        let [directory, disk, notes] = [(); 3].map(|()| TempDir::new().unwrap());
        let traced = notes.path().join("trace");
        let mut command = command(directory.path(), Some(appends));
        command.env("LD_PRELOAD", &*LIBRARY).env("SHIM_DIRECTORY", directory.path());
        command.env("SHIM_DISK", disk.path()).env("SHIM_TRACE", &traced);
        if let Some((fault, at)) = fault {
            command.env("SHIM_AT", at.to_string());
            match fault {
                Fault::Once(error) => command.env("SHIM_ERROR", error.to_string()),
                Fault::FromThenOn(error) => command.env("SHIM_ERROR", error.to_string()).env("SHIM_FOREVER", "1"),
                Fault::PowerCut => &mut command,
            };
        }
        let mut child = command.spawn().unwrap();
        let acknowledged = acknowledged(&mut child).collect();
        child.wait().unwrap();
        let trace = fs::read_to_string(traced).unwrap().lines().map(str::to_owned).collect();
        Self { acknowledged, trace, directory, disk }
    }

    /// How many operations on the disk there were.
    pub fn operations(&self) -> usize {
        self.trace.iter().filter(|line| !line.starts_with("print ")).count()
    }
}
