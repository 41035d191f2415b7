//! What a run came to, in numbers that add up.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use chrono::NaiveDate;
use schema::{Kind, Line};

use super::{Deed, Doubt, Fate, Odd, Reject, Warning};

/// The most examples kept of each thing that a run does.
const EXAMPLES_MAX: usize = 3;
/// The most keys of vanished rows, refusals and columns that are shown.
const SHOWN_MAX: usize = 10;
/// The most rows that are named of a column.
const ROWS_SHOWN_MAX: usize = 3;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything is recorded, and that the edition was taken.
    Taken,
    /// Nothing was recorded: this is what would have been.
    DryRun,
    /// This very file had been taken before; nothing was recorded.
    TakenBefore {
        /// What it was called.
        file: Line,
        /// The date of the edition that it was taken as.
        published_on: NaiveDate,
    },
    /// The record refused some things; the rest is recorded. Run again when they are repaired.
    Incomplete,
}

/// Rows of the file: what was read was taken or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rows {
    /// Rows in the file, without the header and empty ones.
    pub read: usize,
    /// Rows of which something can be recorded.
    pub taken: usize,
    /// Rows in the rejects file.
    pub rejected: usize,
}

/// Things of one kind: each that rows name is exactly one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Things {
    /// Things that rows name.
    pub named: usize,
    /// Brought on record.
    pub new: usize,
    /// Something about them is recorded.
    pub changed: usize,
    /// Nothing about them is new.
    pub unchanged: usize,
    /// Left, because a later edition has the last word on them.
    pub kept: usize,
    /// Refused by the record.
    pub refused: usize,
}

/// What rows claim: each claim is exactly one of the others, but for what is retracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Claims of the rows that were taken; one organisation is one claim, however many rows name it.
    pub claimed: usize,
    /// New facts.
    pub stated: usize,
    /// Of these, moves of planned days.
    pub moved: usize,
    /// Facts on record that were corrected.
    pub corrected: usize,
    /// Facts that earlier editions had withdrawn.
    pub brought_back: usize,
    /// Facts on record as they stand.
    pub unchanged: usize,
    /// Left as a person corrected them; what the register says is shown beside it.
    pub kept_for_person: usize,
    /// Left, because a later edition has the last word.
    pub kept_for_later: usize,
    /// Refused by the record.
    pub refused: usize,
    /// Facts on record that are retracted because the row no longer says so. No claims.
    pub retracted: usize,
    /// Facts on record that stay, because a cell that may still say so can't be read. No claims.
    pub left: usize,
    /// Facts on record of the things that rows name, as the register said them before. No claims.
    pub on_record: usize,
    /// Of those corrected, those of which only day and month changed places.
    pub swapped: usize,
}

impl Facts {
    fn count(&mut self, fate: Fate) {
        self.claimed += 1;
        self.moved += usize::from(fate == Fate::Moved);
        *match fate {
            Fate::Stated | Fate::Moved => &mut self.stated,
            Fate::Corrected => &mut self.corrected,
            Fate::BroughtBack => &mut self.brought_back,
            Fate::Unchanged => &mut self.unchanged,
            Fate::KeptForPerson => &mut self.kept_for_person,
            Fate::KeptForLater => &mut self.kept_for_later,
            Fate::Refused => &mut self.refused,
        } += 1;
    }
}

/// What is recorded: each event does exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events {
    /// A new fact is stated.
    pub stated: usize,
    /// A fact is corrected.
    pub corrected: usize,
    /// A retraction by an earlier edition is taken back.
    pub brought_back: usize,
    /// A fact, or what the register said against a person, is retracted.
    pub retracted: usize,
    /// What the register says is put beside a person's word, which stays.
    pub disagreements: usize,
    /// The register comes round to a person's word.
    pub agreements: usize,
    /// What was published before what counts is put on record, for whoever asks what was known by then.
    pub dated_back: usize,
    /// The edition is taken.
    pub editions: usize,
}

impl Events {
    pub(super) fn count(&mut self, deed: Deed) {
        *match deed {
            Deed::State => &mut self.stated,
            Deed::Correct => &mut self.corrected,
            Deed::BringBack => &mut self.brought_back,
            Deed::Retract => &mut self.retracted,
            Deed::Disagree => &mut self.disagreements,
            Deed::Agree => &mut self.agreements,
            Deed::DateBack => &mut self.dated_back,
        } += 1;
    }

    /// How many there are.
    #[must_use]
    pub const fn total(&self) -> usize {
        let Self { stated, corrected, brought_back, retracted, disagreements, agreements, dated_back, editions } = *self;
        stated + corrected + brought_back + retracted + disagreements + agreements + dated_back + editions
    }
}

/// Something that the record refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedThing {
    /// The row.
    pub row: u32,
    /// The thing, as its kind and its row's key.
    pub what: String,
    /// The code of the refusal.
    pub code: &'static str,
    /// Why, and what to do.
    pub reason: String,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The register's short name.
    pub register: Line,
    /// The date of the edition.
    pub published_on: NaiveDate,
    /// What the file is called.
    pub file: String,
    /// SHA-256 of the file.
    pub file_sha256: Line,
    /// How it ended.
    pub ending: Ending,
    /// The rows.
    pub rows: Rows,
    /// The rows that can't be taken.
    pub rejects: Vec<Reject>,
    /// The things that rows name.
    pub things: BTreeMap<Kind, Things>,
    /// What rows claim.
    pub facts: Facts,
    /// Events recorded, that of the edition included; none by a dry run.
    pub events: usize,
    /// What they do; of a dry run, what they would.
    pub does: Events,
    /// Keys of rows that earlier editions had and this one has not; what is on record of them is left.
    pub vanished: Vec<Line>,
    /// What was odd and taken all the same.
    pub odd: Vec<Odd>,
    /// The file that lists the rows that can't be taken and those that are odd.
    pub listed: Option<PathBuf>,
    /// What the record refused.
    pub refused: Vec<RefusedThing>,
    /// A few examples of what is done, by what it is and the kind of thing.
    pub examples: BTreeMap<(&'static str, Kind), Vec<String>>,
    /// Columns that the mapping neither uses nor ignores.
    pub unmentioned: Vec<String>,
    /// What is odd about the edition as a whole.
    pub doubts: Vec<Doubt>,
}

/// What becomes of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ThingFate {
    New,
    Changed,
    Unchanged,
    Kept,
    Refused,
}

/// The fields of the facts of one thing that something else becomes of than of a claim.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// They are retracted because the row no longer says so.
    pub retracted: Vec<Line>,
    /// They stay because the row leaves open whether it still says so.
    pub left: Vec<Line>,
    /// They are corrected, and only day and month change places.
    pub swapped: Vec<Line>,
    /// How many facts stand that the register said before.
    pub on_record: usize,
}

/// What one thing came to.
pub(super) struct Outcome {
    pub kind: Kind,
    pub fate: ThingFate,
    /// Of each claim: what it was, and what became of it.
    pub claims: Vec<(Line, Fate)>,
    pub key: Line,
    /// The facts on record that something else becomes of than of a claim.
    pub fields: Fields,
    /// What is done, or would be.
    pub deeds: Vec<Deed>,
    pub events: usize,
    pub refused: Option<RefusedThing>,
}

impl Summary {
    pub(super) fn count(&mut self, outcome: Outcome) {
        let things = self.things.entry(outcome.kind).or_default();
        things.named += 1;
        *match outcome.fate {
            ThingFate::New => &mut things.new,
            ThingFate::Changed => &mut things.changed,
            ThingFate::Unchanged => &mut things.unchanged,
            ThingFate::Kept => &mut things.kept,
            ThingFate::Refused => &mut things.refused,
        } += 1;
        let nothing = [Fate::Unchanged, Fate::Refused];
        let done = outcome.claims.iter().filter(|(_, fate)| !nothing.contains(fate)).map(|(field, fate)| (field, fate.word()));
        let Fields { retracted, left, swapped, on_record } = &outcome.fields;
        let of_fields = [("retracted", retracted), ("left as it was", left), ("day and month swapped", swapped)];
        let of_fields = of_fields.into_iter().flat_map(|(word, fields)| fields.iter().map(move |field| (field, word)));
        for (field, word) in done.chain(of_fields) {
            let examples = self.examples.entry((word, outcome.kind)).or_default();
            if examples.len() < EXAMPLES_MAX {
                examples.push(format!("{} {}, {field}", outcome.kind, outcome.key));
            }
        }
        outcome.claims.iter().for_each(|(_, fate)| self.facts.count(*fate));
        self.facts.retracted += retracted.len();
        self.facts.left += left.len();
        self.facts.swapped += swapped.len();
        self.facts.on_record += on_record;
        outcome.deeds.iter().for_each(|deed| self.does.count(*deed));
        self.events += outcome.events;
        self.refused.extend(outcome.refused);
    }

    /// What was odd, by column, each with the first rows.
    fn odd_by_column(&self) -> Vec<String> {
        let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for Odd { row, warning } in &self.odd {
            let column = match warning {
                Warning::EventLeftOut { field, .. } => format!("event '{field}'"),
                warning => warning.column().cloned().unwrap_or_default(),
            };
            rows.entry(column).or_default().push(*row);
        }
        let in_words = |(column, rows): (String, Vec<u32>)| {
            let first: Vec<String> = rows.iter().take(ROWS_SHOWN_MAX).map(u32::to_string).collect();
            let (more, plural) = (if rows.len() > ROWS_SHOWN_MAX { " …" } else { "" }, if rows.len() > 1 { "s" } else { "" });
            format!("{column} ({}: row{plural} {}{more})", grouped(rows.len()), first.join(" "))
        };
        rows.into_iter().map(in_words).collect()
    }

    /// Whether every number is the sum of what it is made of.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let Facts { claimed, stated, corrected, brought_back, unchanged, kept_for_person, kept_for_later, refused, .. } =
            self.facts;
        let things = |of: &Things| of.named == of.new + of.changed + of.unchanged + of.kept + of.refused;
        self.rows.read == self.rows.taken + self.rows.rejected
            && self.rows.rejected == self.rejects.len()
            && self.things.values().all(things)
            && claimed == stated + corrected + brought_back + unchanged + kept_for_person + kept_for_later + refused
            && (self.events == self.does.total() || (self.events == 0 && self.ending == Ending::DryRun))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, edition of {}: {}", self.register, self.published_on, self.file)?;
        match &self.ending {
            Ending::Taken => writeln!(f, "taken; {} events recorded", grouped(self.events))?,
            Ending::DryRun => writeln!(f, "dry run: nothing is recorded, this is what would be")?,
            Ending::TakenBefore { file, published_on } => {
                writeln!(f, "this very file is on record, as {file}, edition of {published_on}; nothing to record")?;
            }
            Ending::Incomplete => {
                writeln!(f, "incomplete; {} events recorded; repair what was refused and run it again", grouped(self.events))?;
            }
        }
        let Rows { read, taken, rejected } = self.rows;
        table(f, "rows", &[("read", read), ("taken", taken), ("rejected", rejected)])?;
        if matches!(self.ending, Ending::TakenBefore { .. }) {
            return self.show_listed(f);
        }
        for (kind, things) in &self.things {
            let Things { named, new, changed, unchanged, kept, refused } = *things;
            let counts =
                [("named", named), ("new", new), ("changed", changed), ("unchanged", unchanged), ("later edition", kept)];
            table(f, &format!("{kind}s"), &[counts.as_slice(), &[("refused", refused)]].concat())?;
        }
        self.show_facts(f)?;
        self.show_details(f)
    }
}

impl Summary {
    fn show_facts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts;
        let counts = [
            ("claimed", facts.claimed),
            ("stated", facts.stated),
            ("corrected", facts.corrected),
            ("brought back", facts.brought_back),
            ("unchanged", facts.unchanged),
            ("a person's", facts.kept_for_person),
            ("later edition", facts.kept_for_later),
            ("refused", facts.refused),
        ];
        table(f, "facts", &counts)?;
        table(f, "", &[("retracted", facts.retracted)])?;
        let does = self.does;
        let counts = [
            ("in all", does.total()),
            ("stated", does.stated),
            ("corrected", does.corrected),
            ("brought back", does.brought_back),
            ("retracted", does.retracted),
            ("disagreements", does.disagreements),
            ("agreements", does.agreements),
            ("dated back", does.dated_back),
            ("edition", does.editions),
        ];
        table(f, "events", &counts)
    }

    /// Where the rows are listed that can't be taken, or are odd.
    fn show_listed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.listed {
            Some(file) => writeln!(f, "rows that were rejected, or are odd, are listed in {} with the reasons", file.display()),
            None if self.rejects.is_empty() && self.odd.is_empty() => Ok(()),
            None => writeln!(f, "--rejects FILE lists the rows that were rejected, or are odd, with the reasons"),
        }
    }

    /// What somebody should look at before trusting the edition.
    fn show_what_may_be_wrong(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { moved, left, swapped, .. } = self.facts;
        if moved > 0 {
            writeln!(f, "{} of the facts stated move a planned day", grouped(moved))?;
        }
        if left > 0 {
            writeln!(f, "{} facts on record left as they were, since cells that may still say so can't be read", grouped(left))?;
        }
        if swapped > 0 {
            writeln!(f, "{} of the facts corrected have day and month swapped; see to the formats in [dates]", grouped(swapped))?;
        }
        self.doubts.iter().take(SHOWN_MAX).try_for_each(|doubt| writeln!(f, "{doubt}"))?;
        match self.doubts.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more such doubts"),
        }
    }

    fn show_details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((word, _), examples) in &self.examples {
            writeln!(f, "  {word}: {}", examples.join("; "))?;
        }
        self.show_what_may_be_wrong(f)?;
        let keys: Vec<&str> = self.vanished.iter().map(Line::as_str).collect();
        shown(f, "rows of earlier editions that this one has not; left as they are", &keys)?;
        let refused: Vec<String> = self.refused.iter().map(RefusedThing::to_string).collect();
        shown(f, "refused", &refused)?;
        let odd = self.odd_by_column();
        if !odd.is_empty() {
            writeln!(f, "{} cells odd and taken all the same, by column: {}", grouped(self.odd.len()), odd.join(", "))?;
        }
        shown(f, "columns that the mapping does not mention", &self.unmentioned)?;
        self.show_listed(f)
    }
}

impl Fate {
    /// The word for it in a summary.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Moved => "moved",
            Self::Corrected => "corrected",
            Self::BroughtBack => "brought back",
            Self::Unchanged => "unchanged",
            Self::KeptForPerson => "left as a person corrected it",
            Self::KeptForLater => "left to a later edition",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for RefusedThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, {}: {} ({})", self.row, self.what, self.reason, self.code)
    }
}

/// One line of numbers with their names.
fn table(f: &mut fmt::Formatter<'_>, name: &str, counts: &[(&str, usize)]) -> fmt::Result {
    write!(f, "{name:<14}")?;
    for (what, count) in counts {
        write!(f, "  {what} {:>7}", grouped(*count))?;
    }
    writeln!(f)
}

fn shown(f: &mut fmt::Formatter<'_>, what: &str, items: &[impl AsRef<str>]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    let first: Vec<&str> = items.iter().take(SHOWN_MAX).map(AsRef::as_ref).collect();
    let more = if items.len() > SHOWN_MAX { ", …" } else { "" };
    writeln!(f, "{} {what}: {}{more}", grouped(items.len()), first.join(", "))
}

/// A number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let (head, tail) = digits.split_at(first);
    let mut grouped = head.to_owned();
    for (at, digit) in tail.chars().enumerate() {
        if at % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let numbers = [0, 12, 999, 1_000, 12_345, 1_234_567];
        assert_eq!(numbers.map(grouped), ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
    }
}
