//! How far an import has come: a bar on standard error, if somebody is looking.

use indicatif::{ProgressBar, ProgressStyle};

use crate::import::Step;

const TEMPLATE: &str = "{bar:40} {pos}/{len} rows, {msg} things recorded, {eta} left";

/// A progress bar for an import. Hidden by itself where standard error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::new(0).with_style(style))
    }

    /// Shows `step`.
    pub(super) fn show(&self, step: Step) {
        self.0.set_length(step.rows_total as u64);
        self.0.set_position(step.rows as u64);
        self.0.set_message(step.things.to_string());
    }

    /// Makes room for other words; the next step begins a bar anew.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
        self.0.reset();
    }
}
