//! Facts about the registers that facts are imported from.

use chrono::NaiveDate;

use crate::{
    Line,
    fact::{facts, payloads},
};

payloads! {
    /// An edition of a register was imported to its end.
    RegisterEditionTaken {
        /// The register's short name, such as `repd`.
        register: Line,
        /// Its full name.
        title: Line,
        /// The date of the edition.
        published_on: NaiveDate,
        /// What the file was called.
        file: Line,
        /// SHA-256 of the file, 64 lower-case hexadecimal digits.
        file_sha256: Line,
        /// Rows in the file, without the header.
        rows_read: u32,
        /// Rows that were refused, with the reason in the rejects file.
        rows_rejected: u32,
        /// The keys of rows that an earlier edition had and this one has not; their facts are left as they are.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rows_vanished: Vec<Line>,
    }
}

facts! {
    /// The facts of a register.
    RegisterFact of Register {
        /// See [`RegisterEditionTaken`].
        RegisterEditionTaken,
    }
    references |_| Vec::new();
}
