//! What importing both editions of the planning register costs: seconds, events, memory. Prints a table.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark stops by panicking, and prints ratios")]

use std::{path::Path, sync::Arc, time::Instant};

use app::App;
use chrono::Utc;
use milepost::import::{Files, MAY_RETRACT_PERCENT, Options, import};
use projections::Picture;
use schema::{SubjectId, Visibility};
use store::embedded::EmbeddedStore;
use tempfile::TempDir;

const EDITIONS: [&str; 3] = ["repd-2023q4.csv", "repd-2024q2.csv", "repd-2023q4.csv"];

#[tokio::main]
async fn main() {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(EmbeddedStore::open(directory.path()).unwrap());
    let (app, projector) = App::new(store, Picture::default(), Utc::now);
    tokio::spawn(projector.run());
    let started = Instant::now();
    for file in EDITIONS {
        take(&app, file).await;
        println!("picture: {} events; resident memory {} MB\n", app.picture().events(), resident_mb());
    }
    println!("in all {:.1} s; the log has {} MB", started.elapsed().as_secs_f64(), megabytes_in(directory.path()));
}

async fn take(app: &App, file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mapping, register) = (root.join("mappings/repd.toml"), root.join("demo").join(file));
    let files = Files { mapping: &mapping, register: &register, published_on: None, rejects: None };
    let options = Options {
        subject: SubjectId(uuid::Uuid::from_u128(1)),
        on_behalf_of: None,
        visibility: Visibility::default(),
        dry_run: false,
        may_retract_percent: MAY_RETRACT_PERCENT,
    };
    let started = Instant::now();
    let summary = import(app, &files, &options, &|_| {}).await.unwrap();
    println!("{summary}");
    let took = started.elapsed().as_secs_f64();
    println!("{took:.2} s, {:.0} events a second", summary.events as f64 / took);
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1000
}

fn megabytes_in(directory: &Path) -> u64 {
    let files = std::fs::read_dir(directory).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>() / 1_000_000
}
