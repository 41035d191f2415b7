//! Where permitting is slow, and why: the measures of DOMAIN §6 over a group of permits.
//!
//! A permit is looked at as its [`Passage`]. The caller makes these of what a viewer may see and puts them in groups; what
//! is not among them changes nothing. Days are whole days of the calendar.

mod durations;
mod dwell;
mod flow;
mod forecast;
mod group;
mod passage;
mod slow;
mod stops;

pub use durations::{Durations, OnTime, durations, on_time, table};
pub use dwell::{Dwell, dwell};
pub use flow::{Flow, flow};
pub use forecast::{Basis, Forecast, forecast};
pub use group::{By, Group, GroupByError, Grouping, Groups, Key};
pub use passage::{ByLaw, Ending, Halt, Passage, Timing, Watch, Way, limit};
pub(crate) use passage::{count, way};
pub use slow::{Ageing, Kinds, Reason, ageing, reason, sentence};
pub use stops::{Completeness, Stopped, StoppedBy, completeness, stopped};
