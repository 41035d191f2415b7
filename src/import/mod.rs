//! Registers in: what one edition of a register says of each thing, by a mapping that a user writes.
//!
//! Three steps, each pure once the bytes are there: [`Mapping`] (what the columns mean) and [`Register`] (header and
//! rows of a file) meet in an [`Edition`], whose rows are [`Claim`]s or [`Reject`]s. Nothing here knows the record;
//! comparing claims with it is the next step. `docs/importing.md` is the user's view of the same.

mod claims;
mod document;
mod edition;
mod events;
mod mapping;
mod organisations;
mod reader;
mod rejects;
mod row;
mod source;
mod things;
mod values;

pub use claims::{AnyFact, Claim, DatedBy, RowClaims, Warning};
pub use document::{Mistake, Mistakes};
pub use edition::{Edition, EditionError};
pub use mapping::{About, Mapping};
pub use reader::{CELL_BYTES_MAX, COLUMNS_MAX, Encoding, FILE_BYTES_MAX, Format, ReadError, Register, Row};
pub use rejects::{Reject, RejectReason, rejects_file, write_rejects};
pub use values::fold;
