//! How far something has come that takes long: a bar on standard error, if somebody is looking.

use indicatif::{ProgressBar, ProgressStyle};

use crate::{demo::MadeUpStep, import::Step};

const ROWS: &str = "{bar:40} {pos}/{len} rows, {msg} things recorded, {eta} left";
const CLUSTERS: &str = "{bar:40} {pos}/{len} clusters made up, {msg} events recorded, {eta} left";

/// A progress bar. Hidden by itself where standard error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// For an import.
    pub(super) fn of_rows() -> Self {
        Self::with_template(ROWS)
    }

    /// For the making up of clusters.
    pub(super) fn of_clusters() -> Self {
        Self::with_template(CLUSTERS)
    }

    fn with_template(template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::new(0).with_style(style))
    }

    /// Shows how far an import is.
    pub(super) fn show(&self, step: Step) {
        self.0.set_length(step.rows_total as u64);
        self.0.set_position(step.rows as u64);
        self.0.set_message(step.things.to_string());
    }

    /// Shows how many clusters are made up.
    pub(super) fn show_clusters(&self, step: MadeUpStep) {
        self.0.set_length(step.clusters_total.into());
        self.0.set_position(step.clusters.into());
        self.0.set_message(step.events.to_string());
    }

    /// Makes room for other words; the next step begins a bar anew.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
        self.0.reset();
    }
}
