//! The words of made-up histories: our own, so that making a text or an amount of them can't fail.

use rust_decimal::Decimal;
use schema::{Country, Currency, Line, Money, Note};

/// What cannot be: the texts and numbers come from this program alone, and the tests tell histories with all of them.
const OURS: &str = "made-up words and amounts are fit to be recorded";

#[expect(clippy::expect_used, reason = "no data from outside comes here")]
pub(super) fn line(text: &str) -> Line {
    Line::try_new(text).expect(OURS)
}

#[expect(clippy::expect_used, reason = "no data from outside comes here")]
pub(super) fn note(text: &str) -> Note {
    Note::try_new(text).expect(OURS)
}

#[expect(clippy::expect_used, reason = "no data from outside comes here")]
pub(super) fn country(code: &str) -> Country {
    code.parse().expect(OURS)
}

#[expect(clippy::expect_used, reason = "no data from outside comes here")]
pub(super) fn currency(code: &str) -> Currency {
    code.parse().expect(OURS)
}

/// So many whole units of `currency`.
#[expect(clippy::expect_used, reason = "no data from outside comes here")]
pub(super) fn money(amount: i64, currency: Currency) -> Money {
    Money::try_new(Decimal::from(amount.max(1)), currency).expect(OURS)
}

/// What stands behind every name that is made up, so that nobody takes it for a real one.
pub(super) fn made_up(name: &str) -> Line {
    line(&format!("{name}{MADE_UP}"))
}

/// The end of every such name.
pub(crate) const MADE_UP: &str = " (made up)";

/// Why a schedule moves.
pub(super) const MOVES: [&str; 8] = [
    "the grid operator confirmed a later connection",
    "long-lead equipment arrives later than offered",
    "the permit took longer than planned",
    "the funder asked for a second cost estimate",
    "tenders came in above the estimate and were repeated",
    "the partner's board meets a quarter later",
    "ground works met old foundations",
    "the survey season was missed",
];

/// Why a project is interrupted or given up.
pub(super) const BREAKS: [&str; 5] = [
    "the price of power made the case fail",
    "the offtaker withdrew",
    "the owner put its investments in another order",
    "support was not granted in this round",
    "a cheaper way to abate was found on the site",
];

/// Why something was recorded wrongly.
pub(super) const MISTAKES: [&str; 4] = [
    "the letter was read wrongly",
    "a digit was mistyped",
    "the draft was taken for the final version",
    "the wrong thing was chosen",
];

/// Why a statutory clock stops.
pub(super) const STOPS: [&str; 5] = [
    "further information on emissions",
    "supplement to the environmental statement",
    "heritage survey",
    "opinion of another authority",
    "species survey in season",
];

/// Of whom an authority asks what they think.
pub(super) const CONSULTED: [&str; 4] = ["neighbouring municipalities", "the public", "the grid operator", "the water authority"];
