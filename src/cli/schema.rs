//! `milepost schema`

use std::{
    fs,
    path::{Path, PathBuf},
};

use ::schema::published_schemas;
use api;
use clap::Args;

use super::{Failure, output};

/// Print the schema of the API, or write those of the events.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost schema > schema.graphql
  milepost schema --events ./schemas")]
pub(super) struct Schema {
    /// Print the GraphQL schema, as without any flag
    #[arg(long, conflicts_with = "events")]
    graphql: bool,
    /// Write a JSON Schema for each type of event into this directory
    #[arg(long, value_name = "DIR")]
    events: Option<PathBuf>,
}

impl Schema {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.events {
            Some(directory) => write_events(&directory),
            None => output::say(&api::root().as_sdl()),
        }
    }
}

fn write_events(directory: &Path) -> Result<(), Failure> {
    let refused = |path: &Path| {
        let path = path.display().to_string();
        move |error| Failure::refused(&format!("{path} can't be written: {error}"))
    };
    fs::create_dir_all(directory).map_err(refused(directory))?;
    let mut written = 0;
    for (name, schema) in published_schemas() {
        let file = directory.join(format!("{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).map_err(|error| Failure::refused(&error))? + "\n";
        fs::write(&file, text).map_err(refused(&file))?;
        written += 1;
    }
    output::note(&format!("wrote {written} schemas into {}", directory.display()));
    Ok(())
}
