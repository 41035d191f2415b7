//! What is said on standard output, and beside it. A reader who has left is no reason to panic.

use std::io::{self, Write};

use super::Failure;

/// Says `text` on standard output, with a line break at its end.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        output.write_all(b"\n")?;
    }
    Ok(output.flush()?)
}

/// Says a sentence on standard error, under our name.
pub(super) fn note(sentence: &str) {
    // There is nobody else to tell.
    let _ = writeln!(io::stderr(), "milepost: {sentence}");
}
