//! What is published is what the build writes: a changed schema shows in the diff, and fails this test once.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn the_published_json_schemas_are_those_of_this_build() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("published");
    let mut changed = Vec::new();
    let mut names = BTreeSet::new();
    for (name, schema) in schema::published_schemas() {
        let file = folder.join(format!("{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            fs::write(&file, text).unwrap();
            changed.push(name.clone());
        }
        assert!(names.insert(name.clone()), "{name} is the name of two event types");
    }
    assert!(changed.is_empty(), "written anew, look at the diff and commit it: {changed:?}");
}
