//! The deciders, as given, when and then.
//!
//! Each command has a [`Story`]: when it is allowed, that saying it again changes nothing, and when it is refused.

mod amendments;
mod award;
mod cluster;
mod full;
mod initiative;
mod organisation;
mod partnership;
mod permit;
mod policy;
mod programme;
mod project;
mod rules;
mod subject;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use projections::things::{Flag, FlagCode, State, Thing};
use schema::{
    Act, Assurance, CommandId, Date, EventId, Evidence, Fact, Header, Line, Metadata, Money, Note, Origin, Position, Recorded,
    RegisterRow, SubjectId, ThingId,
};
use uuid::Uuid;

use super::{
    Command, Decision, Intent, Rejection, decide, rejection,
    rules::{RULES, Verdict},
};

/// What somebody says, the day it occurred, and the documents it rests on.
#[derive(Debug, Clone)]
struct Said<F> {
    fact: F,
    on: Date,
    evidence: Vec<Evidence>,
}

fn said<F>(fact: impl Into<F>, on: &str) -> Said<F> {
    Said { fact: fact.into(), on: date(on), evidence: Vec::new() }
}

impl<F> Said<F> {
    fn resting_on(mut self, title: &str) -> Self {
        self.evidence.push(document(title));
        self
    }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn line(text: &str) -> Line {
    text.parse().unwrap()
}

fn note(text: &str) -> Note {
    text.parse().unwrap()
}

fn eur(amount: i64) -> Money {
    Money::try_new(amount.into(), "EUR".parse().unwrap()).unwrap()
}

fn usd(amount: i64) -> Money {
    Money::try_new(amount.into(), "USD".parse().unwrap()).unwrap()
}

fn document(title: &str) -> Evidence {
    Evidence::titled(line(title))
}

/// The day on which all commands of these tests are given.
fn today() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn register() -> Origin {
    let file_sha256 = line(&"0".repeat(64));
    Origin::Register(RegisterRow { register: line("repd"), file_sha256, row: 2, field: line("planning permission granted") })
}

/// Who gives a command, and in what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Person,
    /// A person who may override rules, and says why.
    PersonOverriding,
    /// A person who may override rules, and does not say why.
    PersonSilent,
    /// A person who says why, and may not override rules.
    PersonPresuming,
    /// The counterparty whose fact it is.
    Authority,
    Register,
}

/// What does not fit between a thing and those that it names. What really does not is told where things meet: in the tests
/// of the app.
type Misfit<S> = fn(&Thing<S>) -> Vec<Flag>;

/// A thing as a story finds it and leaves it, and what does not fit between it and others.
struct Scene<S: State> {
    thing: Thing<S>,
    across: Misfit<S>,
    commands: u128,
}

/// A thing of which these facts are on record, as a register brings them: whether they fit or not.
fn given<S: State>(facts: impl IntoIterator<Item = Said<S::Fact>>) -> Scene<S> {
    given_across(|_| Vec::new(), facts)
}

/// The same, where something may not fit between the thing and others.
fn given_across<S: State>(across: Misfit<S>, facts: impl IntoIterator<Item = Said<S::Fact>>) -> Scene<S> {
    let mut scene = Scene { thing: Thing::new(ThingId::new(S::Fact::KIND, Uuid::from_u128(1))), across, commands: 0 };
    for fact in facts {
        scene.state(By::Register, &fact).expect("what a register says is taken");
    }
    scene
}

impl<S: State> Scene<S> {
    fn command(&mut self, by: By, intent: Intent<S::Fact>, on: Date) -> Command<S::Fact> {
        self.commands += 1;
        let overrides = matches!(by, By::PersonOverriding | By::PersonPresuming);
        let metadata = Metadata {
            published_on: (by == By::Register).then(|| today().date_naive()),
            origin: if by == By::Register { register() } else { Origin::Person },
            assurance: if by == By::Authority { Assurance::Confirmed } else { Assurance::Claimed },
            override_reason: overrides.then(|| note("the decision letter says so")),
            ..Metadata::new(on, SubjectId(Uuid::from_u128(by as u128)), CommandId(Uuid::from_u128(self.commands)), Uuid::nil())
        };
        let may_override = matches!(by, By::PersonOverriding | By::PersonSilent | By::Authority);
        Command { intent, metadata, may_override, now: today(), index: 0 }
    }

    /// Decides `command`, and takes what it records into the thing.
    fn record(&mut self, command: &Command<S::Fact>) -> Result<Decision<S::Fact>, Rejection> {
        let decision = decide(&self.thing, command, self.across)?;
        if let Some(act) = decision.act.clone() {
            let revision = self.thing.revision().map_or(0, |revision| revision + 1);
            let id = command.event_id(self.thing.id());
            let header = Header::new(id, self.thing.id(), revision, Position(revision), command.now);
            let content = act.map(Arc::new);
            self.thing = self.thing.with(Arc::new(Recorded { header, metadata: command.metadata.clone(), content }));
        }
        Ok(decision)
    }

    fn when(&mut self, by: By, intent: Intent<S::Fact>, on: &str) -> Result<Decision<S::Fact>, Rejection> {
        let command = self.command(by, intent, date(on));
        self.record(&command)
    }

    fn state(&mut self, by: By, said: &Said<S::Fact>) -> Result<Decision<S::Fact>, Rejection> {
        let mut command = self.command(by, Intent::State(said.fact.clone()), said.on);
        command.metadata.evidence.clone_from(&said.evidence);
        self.record(&command)
    }

    /// What does not fit, also between the thing and others.
    fn flags(&self) -> Vec<Flag> {
        [self.thing.flags(), &(self.across)(&self.thing)].concat()
    }

    fn retract(&mut self, by: By, act: EventId) -> Result<Decision<S::Fact>, Rejection> {
        self.when(by, Intent::Retract { act, reason: note("it never happened") }, "2026-05-01")
    }

    fn correct(&mut self, by: By, fact: EventId, to: Said<S::Fact>) -> Result<Decision<S::Fact>, Rejection> {
        let command = self.command(by, Intent::Correct { fact, reason: note("misread"), to: to.fact, members: None }, to.on);
        self.record(&command)
    }

    /// The id of the last act on record.
    fn last(&self) -> EventId {
        self.thing.acts().last().expect("something is on record").header.id
    }
}

fn recorded<F>(decision: Result<Decision<F>, Rejection>) -> Act<F> {
    decision.expect("it is allowed").act.expect("there is something to record")
}

fn nothing_to_do<F>(decision: Result<Decision<F>, Rejection>) -> bool {
    decision.expect("it is allowed").act.is_none()
}

fn refused<F: std::fmt::Debug>(decision: Result<Decision<F>, Rejection>) -> Rejection {
    decision.expect_err("it is refused")
}

/// Three sentences about one command.
struct Story<S: State> {
    allowed: &'static str,
    given: Vec<Said<S::Fact>>,
    says: Said<S::Fact>,
    refused: &'static str,
    given_instead: Vec<Said<S::Fact>>,
    says_instead: Said<S::Fact>,
    code: FlagCode,
}

/// The allowed half of a story; [`Told::but`] tells the other.
struct Told<S: State> {
    allowed: &'static str,
    given: Vec<Said<S::Fact>>,
    says: Said<S::Fact>,
}

fn story<S: State>(allowed: &'static str, given: impl Into<Vec<Said<S::Fact>>>, says: Said<S::Fact>) -> Told<S> {
    Told { allowed, given: given.into(), says }
}

impl<S: State> Told<S> {
    /// The same command, where it is refused.
    fn but(
        self,
        refused: &'static str,
        given_instead: impl Into<Vec<Said<S::Fact>>>,
        says_instead: Said<S::Fact>,
        code: FlagCode,
    ) -> Story<S> {
        let Self { allowed, given, says } = self;
        Story { allowed, given, says, refused, given_instead: given_instead.into(), says_instead, code }
    }
}

impl<S: State> Story<S> {
    fn is_allowed(&self) {
        let decision = given::<S>(self.given.clone()).state(By::Person, &self.says);
        let decision = decision.unwrap_or_else(|rejection| panic!("{}: {rejection}", self.allowed));
        assert_eq!(decision.act, Some(Act::Stated(self.says.fact.clone())), "{}", self.allowed);
        assert_eq!(decision.warnings, [], "{}", self.allowed);
    }

    fn is_nothing_to_do_again(&self) {
        let mut scene = given::<S>(self.given.clone());
        scene.state(By::Person, &self.says).unwrap_or_else(|rejection| panic!("{}: {rejection}", self.allowed));
        let again = scene.state(By::Person, &self.says);
        if self.says.fact.recurs() {
            // It may have happened twice: the person is asked.
            assert_eq!(refused(again).code, rejection::SAME_ON_RECORD, "{}, once", self.allowed);
            return;
        }
        assert_eq!(again, Ok(Decision { act: None, warnings: Vec::new() }), "{}, once", self.allowed);
    }

    fn is_refused(&self) {
        let mut scene = given::<S>(self.given_instead.clone());
        let Err(rejection) = scene.state(By::Person, &self.says_instead) else { panic!("{}: it is taken", self.refused) };
        assert_eq!(rejection.code, self.code.code(), "{}", self.refused);
        assert!(!rejection.message.is_empty() && rejection.field.is_some(), "{}", self.refused);
        let hint = rejection.hint.expect("every refusal says what to do");
        assert!(hint.starts_with(self.code.hint()), "{}: {hint}", self.refused);
    }
}

/// Fails when a type of fact has no story, or a story is not about the type it tells of in both halves.
fn every_type_has_a_story<S: State>(stories: &[Story<S>]) {
    let told: BTreeSet<_> = stories.iter().map(|story| story.says.fact.event_type().name).collect();
    let types: BTreeSet<_> = S::Fact::TYPES.iter().map(|event_type| event_type.name).collect();
    assert_eq!(told, types);
    for story in stories {
        assert_eq!(story.says.fact.order_of_life(), story.says_instead.fact.order_of_life(), "{}", story.refused);
    }
}

/// The four tests of the stories of one kind of thing.
macro_rules! tell {
    ($stories:expr) => {
        #[test]
        fn every_command_is_allowed_where_it_fits() {
            $stories.iter().for_each(super::Story::is_allowed);
        }

        #[test]
        fn every_command_given_again_changes_nothing() {
            $stories.iter().for_each(super::Story::is_nothing_to_do_again);
        }

        #[test]
        fn every_command_is_refused_where_it_does_not_fit() {
            $stories.iter().for_each(super::Story::is_refused);
        }

        #[test]
        fn no_command_is_forgotten() {
            super::every_type_has_a_story(&$stories);
        }
    };
}
use tell;
