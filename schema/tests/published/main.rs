//! What is published is what the build writes, and what was published stays readable.
//!
//! `published/` holds the JSON Schema of every version of every event. Nothing here changes a file by itself: a schema
//! that is new, or that has grown by what is optional, is written with `MILEPOST_PUBLISH=1`, and what would break an
//! existing version is refused also then. A shape that changes otherwise gets the next version, with a step in
//! `src/upcast.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

mod breaks;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// What makes this test write what may be written.
const PUBLISH: &str = "MILEPOST_PUBLISH";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("published")
}

/// The schemas of this build by name, as they are written to a file.
fn of_this_build() -> BTreeMap<String, String> {
    let mut schemas = BTreeMap::new();
    for (name, schema) in schema::published_schemas() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        assert!(schemas.insert(name.clone(), text).is_none(), "{name} is the name of two event types");
    }
    schemas
}

/// The names of the schemas that are published.
fn published() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(".schema.json").map(str::to_owned)).collect()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_was_published_stays_and_what_is_new_is_published_on_purpose() {
    let publish = std::env::var_os(PUBLISH).is_some_and(|value| value == "1");
    let mut broken = Vec::new();
    let mut unpublished = Vec::new();
    for (name, text) in of_this_build() {
        let file = folder().join(format!("{name}.schema.json"));
        let before = fs::read_to_string(&file).ok();
        if before.as_deref() == Some(&text) {
            continue;
        }
        let breaks = before.map(|before| breaks::between(&read(&before), &read(&text))).unwrap_or_default();
        if !breaks.is_empty() {
            broken.extend(breaks.into_iter().map(|found| format!("{name}: {found}")));
        } else if publish {
            fs::write(&file, text).unwrap();
        } else {
            unpublished.push(name);
        }
    }
    assert!(broken.is_empty(), "give these the next version instead, with a step from the one before: {broken:#?}");
    assert!(
        unpublished.is_empty(),
        "new, or grown by what is optional: publish with {PUBLISH}=1, look at the diff and commit it: {unpublished:#?}"
    );
}

#[test]
fn every_version_that_was_published_is_still_one_that_this_build_reads() {
    let versions = |name: &str| {
        let (event_type, version) = name.rsplit_once(".v").unwrap();
        (event_type.to_owned(), version.parse::<u16>().unwrap())
    };
    let current: BTreeMap<String, u16> = of_this_build().keys().map(|name| versions(name)).collect();
    let published: BTreeSet<(String, u16)> = published().iter().map(|name| versions(name)).collect();
    for (event_type, version) in &published {
        let known = current.get(event_type).unwrap_or_else(|| panic!("{event_type} was published and is gone"));
        assert!(version <= known, "{event_type} was published as version {version}, this build knows {known}");
    }
    // The latest version is compared above, and may be about to be published.
    for (event_type, known) in current {
        for version in 1..known {
            let name = (event_type.clone(), version);
            assert!(published.contains(&name), "{event_type}.v{version} is not published, or was removed");
        }
    }
}
