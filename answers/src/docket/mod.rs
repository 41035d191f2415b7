//! What an authority, a case officer or a lead has before them: which permits need action, and of whom by when.
//!
//! A permit is looked at as its [`Entry`], made of what a viewer sees on a day and of its clocks. Each open permit stands in
//! exactly one section by its deadline, and in any number of others by what else about it waits. Days are whole days of the
//! calendar. Nothing here is kept.

mod due;
mod entry;
mod listing;
mod requests;
mod summary;
mod usual;

pub use due::{Due, Moment, TOLD_DAYS, Telling, What};
pub use entry::{Entry, Limit, Section, Urgency};
pub use listing::entries;
pub use requests::{Request, open_requests};
pub use summary::{Summary, WEEKS, Week, Workload, weeks, workload};
pub use usual::{Age, Usual, UsualBuilder};

/// How near a day is that counts as soon: the first of the three terms in which deadlines are counted.
pub const SOON_DAYS: i64 = 30;
