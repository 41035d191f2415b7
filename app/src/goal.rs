//! When the picture is caught up with the log: once it holds the last act that the log had when it began to be followed.

use schema::Position;
use store::StoreError;

/// What has to be in the picture for it to be caught up with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// How far the log goes is not known yet; whether the store has said meanwhile that it has delivered everything.
    Unasked { heard: bool },
    /// The last act of the log when it was asked for, after the subscription had begun.
    Head(Option<Position>),
    /// That could not be read: the store's word counts, once it is `heard`.
    Word { heard: bool },
}

impl Default for Goal {
    fn default() -> Self {
        Self::Unasked { heard: false }
    }
}

impl Goal {
    /// What the answer to how far the log goes makes of `before`.
    pub fn of(head: Result<Option<Position>, StoreError>, before: Self) -> Self {
        let heard = matches!(before, Self::Unasked { heard: true } | Self::Word { heard: true });
        head.map_or(Self::Word { heard }, Self::Head)
    }

    /// The store says that everything is delivered.
    pub const fn hear(&mut self) {
        match self {
            Self::Unasked { heard } | Self::Word { heard } => *heard = true,
            Self::Head(_) => {}
        }
    }

    /// Whether a picture that goes up to `position` is caught up.
    pub fn is_reached(self, position: Option<Position>) -> bool {
        match self {
            Self::Unasked { .. } => false,
            Self::Head(head) => position >= head,
            Self::Word { heard } => heard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_log_counts_and_the_word_of_the_store_only_where_that_cant_be_read() {
        let [before, end] = [Some(Position(7)), Some(Position(9))];
        let mut goal = Goal::default();
        goal.hear();
        assert!(!goal.is_reached(end), "it is not known yet how far the log goes");
        let known = Goal::of(Ok(end), goal);
        assert_eq!([before, end, Some(Position(10))].map(|position| known.is_reached(position)), [false, true, true]);
        let unknown = Goal::of(Err(StoreError("away".to_owned())), goal);
        assert!(unknown.is_reached(before));
        let mut unheard = Goal::of(Err(StoreError("away".to_owned())), Goal::default());
        assert!(!unheard.is_reached(end));
        unheard.hear();
        assert!(unheard.is_reached(end));
        assert!(Goal::of(Ok(None), Goal::default()).is_reached(None), "an empty log");
    }
}
