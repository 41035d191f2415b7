//! Registers in: what one edition of a register says of each thing, by a mapping that a user writes.
//!
//! [`Mapping`] (what the columns mean) and [`Register`] (header and rows of a file) meet in an [`Edition`], whose rows
//! are [`Claim`]s or [`Reject`]s: pure once the bytes are there, and nothing of it knows the record. A run
//! ([`take_edition`]) compares the claims with what is on record and records the difference. `docs/importing.md` is the user's view of the same.

mod claims;
mod difference;
mod document;
mod doubts;
mod earlier;
mod edition;
mod events;
mod mapping;
mod organisations;
mod plans;
mod precedence;
mod rates;
mod reader;
mod rejects;
mod row;
mod run;
mod source;
mod sources;
mod summary;
mod text;
mod things;
mod values;
mod work;
mod workbook;

pub use claims::{AnyFact, Claim, DatedBy, Open, RowClaims, Warning};
pub use difference::{Deed, Fate};
pub use document::{Mistake, Mistakes};
pub use doubts::Doubt;
pub use edition::{Edition, EditionError};
pub use mapping::{About, Mapping, MappingError};
pub use rates::{RatesFile, RatesFileError, RatesOfDay};
pub use reader::{CELL_BYTES_MAX, COLUMNS_MAX, CellKind, Encoding, FILE_BYTES_MAX, Format, ReadError, Register, Row};
pub use rejects::{LISTED_MAX, Odd, Reject, RejectReason, RejectsError, RejectsFile, rejects_file, write_rejects};
pub use run::{Files, ImportError, Losses, MAY_RETRACT_PERCENT, Options, Step, Watch, import, list_unfit, take_edition};
pub use sources::{ArchiveError, Sources};
pub use summary::{Ending, Events, Facts, RefusedThing, Rows, Summary, Things};
pub use values::fold;
