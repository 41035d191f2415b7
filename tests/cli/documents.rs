//! The pages that are made from the program: written by these tests, which then fail once if something changed.

use std::{fmt::Write, fs, path::Path};

use tempfile::tempdir;

use crate::program::run;

fn assert_is_written(file: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if fs::read_to_string(&file).ok().as_deref() != Some(text) {
        fs::write(&file, text).unwrap();
        panic!("{} is written anew; look at the diff and commit it", file.display());
    }
}

#[test]
fn the_help_is_in_the_documentation() {
    let mut page = "# The command line\n\nWhat `milepost --help` says, and `--help` after each subcommand.\n".to_owned();
    for subcommand in
        ["", "demo", "serve", "token", "import", "verify", "backup", "restore", "salvage", "copy", "health", "schema"]
    {
        let done = run([subcommand, "--help"].iter().filter(|argument| !argument.is_empty()));
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{subcommand}");
        assert!(done.out.contains("Examples:"), "{subcommand}");
        let title = format!("milepost {subcommand}");
        write!(page, "\n## {}\n\n```text\n{}```\n", title.trim(), done.out).unwrap();
    }
    assert_is_written("docs/cli.md", &page);
}

#[test]
fn every_setting_is_in_the_documentation() {
    assert_is_written("docs/configuration.md", &milepost::settings::reference());
}

#[test]
fn the_schema_of_the_api_is_printed() {
    for arguments in [&["schema"][..], &["schema", "--graphql"]] {
        let done = run(arguments);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        assert_eq!(done.out, api::root().as_sdl());
    }
}

#[test]
fn the_schemas_of_the_events_are_written() {
    let outer = tempdir().unwrap();
    let directory = outer.path().join("deep/schemas");
    let done = run(["schema", "--events", directory.to_str().unwrap()]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/published");
    for file in fs::read_dir(&directory).unwrap() {
        let file = file.unwrap();
        let same = fs::read(file.path()).unwrap() == fs::read(published.join(file.file_name())).unwrap();
        assert!(same, "{}", file.file_name().display());
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), schema::published_schemas().count());
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(run(["--version"]).out, format!("milepost {}\n", env!("CARGO_PKG_VERSION")));
}
