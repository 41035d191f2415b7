//! Registers in: what one edition of a register says of each thing, by a mapping that a user writes.
//!
//! Two steps, each pure once the bytes are there: [`Mapping`] (what the columns mean) and [`Register`] (header and
//! rows of a file) meet in an [`Edition`], whose rows are [`Claim`]s or [`Reject`]s. A run ([`take_edition`]) compares
//! the claims with what is on record and records the difference. `docs/importing.md` is the user's view of the same.

mod claims;
mod difference;
mod document;
mod edition;
mod events;
mod mapping;
mod organisations;
mod precedence;
mod reader;
mod rejects;
mod row;
mod run;
mod source;
mod summary;
mod things;
mod values;
mod work;

pub use claims::{AnyFact, Claim, DatedBy, RowClaims, Warning};
pub use difference::Fate;
pub use document::{Mistake, Mistakes};
pub use edition::{Edition, EditionError};
pub use mapping::{About, Mapping};
pub use reader::{CELL_BYTES_MAX, COLUMNS_MAX, Encoding, FILE_BYTES_MAX, Format, ReadError, Register, Row};
pub use rejects::{Reject, RejectReason, rejects_file, write_rejects};
pub use run::{Files, ImportError, Options, Phase, Step, Watch, import, take_edition};
pub use summary::{Ending, Facts, RefusedThing, Rows, Summary, Things};
pub use values::fold;
