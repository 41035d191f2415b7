//! Who is asking, and what they may see and do.
//!
//! A [`token`] says who its bearer is and which [`Grant`]s they hold; the [`table`] says what a grant allows. Nothing
//! else in Milepost decides on access. A [`seal`] keeps what is given to one viewer from being used by another.

mod actor;
mod fields;
mod files;
pub mod keys;
pub mod receipt;
pub mod seal;
pub mod sides;
pub mod table;
pub mod token;
mod verified;

pub use actor::{Actor, Carried, Grant, Role, Scopes, TokenId, operator};
pub use fields::{FIELDS, readers_listed, withheld_members};
