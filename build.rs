//! Puts the published schemas that this build writes into one file, from which pages make their forms: `published.json` has of
//! each type of event the schema of its latest version, by its name.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema/published");
    let mut latest = BTreeMap::<String, (u32, String)>::new();
    for file in fs::read_dir("schema/published")? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let Some((event_type, version)) = name.strip_suffix(".schema.json").and_then(|name| name.rsplit_once(".v")) else {
            continue;
        };
        println!("cargo:rerun-if-changed=schema/published/{name}");
        let version = version.parse()?;
        if latest.get(event_type).is_none_or(|(known, _)| *known < version) {
            latest.insert(event_type.to_owned(), (version, fs::read_to_string(&path)?));
        }
    }
    let members: Vec<String> = latest.iter().map(|(name, (_, schema))| format!("\"{name}\": {}", schema.trim())).collect();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("published.json"), format!("{{{}}}", members.join(",\n")))?;
    Ok(())
}
