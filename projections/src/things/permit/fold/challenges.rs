//! The challenges to what was determined about a permit, and what ends each.

use schema::{
    Date, EventId,
    permit::{ChallengeKind, ChallengeLodged, DecidedBy, Relief},
};

use super::Fold;
use crate::things::{
    FlagCode,
    permit::{Challenge, ChallengeEnd, Determination},
};

/// The end of a challenge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChallengeEnded {
    kind: ChallengeKind,
    end: ChallengeEnd,
    on: Date,
    fact: EventId,
    /// Whether it makes way for a new determination.
    makes_way: bool,
}

impl ChallengeEnded {
    pub(super) fn new(kind: ChallengeKind, end: ChallengeEnd, on: Date, fact: EventId) -> Self {
        Self { kind, end, on, fact, makes_way: end == ChallengeEnd::Upheld }
    }

    /// The same, with what follows from it. The determination stands where that is nothing.
    pub(super) fn with_relief(self, relief: Option<Relief>) -> Self {
        Self { makes_way: self.makes_way && relief != Some(Relief::None), ..self }
    }
}

impl Fold<'_> {
    pub(super) fn challenge_lodged(&mut self, lodged: &ChallengeLodged, on: Date) {
        match lodged.kind {
            // Where an authority lets its period run out, its silence can be appealed.
            ChallengeKind::Appeal => self.needs_application(),
            ChallengeKind::JudicialReview => {
                self.flag_unless(!self.permit.determinations.is_empty(), FlagCode::NothingToChallenge);
            }
        }
        let twice = self.pending(lodged.kind).is_some();
        self.flag_unless(!twice, FlagCode::ChallengedTwice);
        let place = self.permit.challenges.len();
        self.permit.challenges.push(Challenge {
            kind: lodged.kind,
            lodged_on: Some(on),
            by: lodged.by,
            end: None,
            ended_on: None,
            facts: vec![self.fact],
        });
        self.aside.lodged.insert(self.fact, place);
        match self.aside.early_ends.remove(&self.fact) {
            Some(ended) => self.end_challenge(place, ended),
            None => {
                self.aside.pending.insert((lodged.kind, place));
            }
        }
    }

    /// What a determination ends: an appeal, if its body or a minister determines, and every review of what came before.
    pub(super) fn end_challenges(&mut self, determination: &Determination) {
        let stays = |kind: ChallengeKind| kind == ChallengeKind::Appeal && determination.decided_by == DecidedBy::Authority;
        for (kind, at) in self.aside.pending.extract_if(.., |(kind, _)| !stays(*kind)) {
            let Some(challenge) = self.permit.challenges.get_mut(at) else { continue };
            let end = match kind {
                ChallengeKind::Appeal if determination.outcome.is_grant() => ChallengeEnd::Upheld,
                ChallengeKind::Appeal => ChallengeEnd::Dismissed,
                ChallengeKind::JudicialReview => ChallengeEnd::Overtaken,
            };
            challenge.end = Some(end);
            challenge.ended_on = Some(determination.decided_on);
            challenge.facts.push(determination.fact_id);
            self.aside.ended_by_determination.insert((kind, end, at));
        }
    }

    /// The challenge that is on record as ended by a determination only, as `end` or as it may well have.
    pub(super) fn ended_by_determination(&mut self, kind: ChallengeKind, end: ChallengeEnd) -> Option<usize> {
        let ended = &mut self.aside.ended_by_determination;
        let first = |end: ChallengeEnd| ended.range((kind, end, 0)..=(kind, end, usize::MAX)).next().copied();
        let first = [end, ChallengeEnd::Overtaken].into_iter().filter_map(first).min_by_key(|(_, _, place)| *place)?;
        ended.remove(&first);
        Some(first.2)
    }

    /// The place of the first challenge of this kind that is pending.
    pub(super) fn pending(&self, kind: ChallengeKind) -> Option<usize> {
        self.aside.pending.range((kind, 0)..=(kind, usize::MAX)).next().map(|(_, place)| *place)
    }

    /// A challenge's end is that of the challenge that it names. One that names none is that of the one of its kind that is
    /// pending; of several, of the one that was lodged first, since nothing tells which is meant.
    pub(super) fn challenge_ended(&mut self, challenge: Option<EventId>, ended: ChallengeEnded) {
        match challenge {
            Some(challenge) => self.named_challenge_ended(challenge, ended),
            None => self.some_challenge_ended(ended),
        }
    }

    /// A challenge that succeeds makes way for a new determination, unless one has ended it already: where an appeal's body or a
    /// minister has determined, that is what the appeal has led to.
    fn make_way(&mut self, ended: ChallengeEnded) {
        let by_appeal = |counting: &Determination| counting.decided_by != DecidedBy::Authority;
        let has_led_to_one = ended.kind == ChallengeKind::Appeal && self.counting().is_some_and(by_appeal);
        self.aside.may_redetermine |= ended.makes_way && !has_led_to_one;
    }

    pub(super) fn named_challenge_ended(&mut self, challenge: EventId, ended: ChallengeEnded) {
        let Some(place) = self.aside.lodged.get(&challenge).copied() else {
            self.aside.early_ends.insert(challenge, ended);
            self.make_way(ended);
            return self.flag(FlagCode::ChallengeNotOpen);
        };
        if self.aside.pending.remove(&(ended.kind, place)) {
            self.make_way(ended);
            return self.end_challenge(place, ended);
        }
        let mut ways = [ended.end, ChallengeEnd::Overtaken].into_iter();
        if ways.any(|end| self.aside.ended_by_determination.remove(&(ended.kind, end, place))) {
            self.end_challenge(place, ended);
        } else {
            self.make_way(ended);
            self.flag(FlagCode::ChallengeNotOpen);
        }
    }

    pub(super) fn some_challenge_ended(&mut self, ended: ChallengeEnded) {
        let ChallengeEnded { kind, end, on, fact, .. } = ended;
        let of_kind = self.aside.pending.range((kind, 0)..=(kind, usize::MAX)).take(2).count();
        self.flag_unless(of_kind < 2, FlagCode::ChallengeUnclear);
        let place = self.pending(kind);
        if let Some(place) = place {
            self.aside.pending.remove(&(kind, place));
            self.make_way(ended);
        }
        if let Some(place) = place.or_else(|| self.ended_by_determination(kind, end)) {
            self.end_challenge(place, ended);
        } else {
            self.make_way(ended);
            self.flag(FlagCode::ChallengeNotOpen);
            let challenge = Challenge { kind, lodged_on: None, by: None, end: Some(end), ended_on: Some(on), facts: vec![fact] };
            self.permit.challenges.push(challenge);
        }
    }

    pub(super) fn end_challenge(&mut self, place: usize, ended: ChallengeEnded) {
        if let Some(challenge) = self.permit.challenges.get_mut(place) {
            challenge.end = Some(ended.end);
            challenge.ended_on = Some(ended.on);
            challenge.facts.push(ended.fact);
        }
    }
}
