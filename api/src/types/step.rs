//! What can be recorded next of a thing.

use app::NextStep;
use gate::gated;
use juniper::graphql_object;
use projections::for_kind;
use schema::ThingId;

use crate::{Context, scalars::Date};

/// A value that a member of a step can have.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct StepChoice {
    /// The member, as the published schema of the fact names it.
    pub member: String,
    /// The value, as the published schema has it.
    pub value: String,
    /// What it is called, where the value does not say.
    pub label: Option<String>,
}

/// A step that can be recorded next, or the nearest that can't yet.
pub struct NextStepNode(NextStep);

/// A step that can be recorded next, or the nearest that can't yet.
#[gated]
#[graphql_object(name = "NextStep", context = Context)]
impl NextStepNode {
    /// What it says, in a few words: the type of event, and what it is about.
    fn label(&self) -> String {
        let words = words(self.0.event_type);
        match &self.0.about {
            Some((_, title)) => format!("{words}: {title}"),
            None => words,
        }
    }

    /// The command that records it.
    fn command(&self) -> &str {
        self.0.command
    }

    /// The type of event that the command records, whose published schema says what it takes.
    fn event_type(&self) -> &str {
        self.0.event_type
    }

    /// The milestone that it is about, by its short name; null where it is about none.
    fn about(&self) -> Option<&str> {
        self.0.about.as_ref().map(|(name, _)| name.as_str())
    }

    /// What that milestone is called.
    fn about_title(&self) -> Option<&str> {
        self.0.about.as_ref().map(|(_, title)| title.as_str())
    }

    /// When it is expected, where that is on record.
    fn expected(&self) -> Option<Date> {
        self.0.expected.map(Date)
    }

    /// Whether it would be taken as the thing stands now; what is then filled in can still be refused.
    fn allowed(&self) -> bool {
        self.0.hindrance.is_none()
    }

    /// Why it would not be taken, and what to do about it.
    fn reason(&self) -> Option<String> {
        let hindrance = self.0.hindrance.as_ref()?;
        Some(match &hindrance.hint {
            Some(hint) => format!("{}; {hint}", hindrance.message),
            None => hindrance.message.clone(),
        })
    }

    /// The stable code of that reason.
    fn code(&self) -> Option<&str> {
        self.0.hindrance.as_ref().map(|hindrance| hindrance.code)
    }

    /// What its members can say, where that follows from what is on record, from the rules or from the law that is named: of
    /// a stage those that can be entered, of an earlier fact those that there are, of a ground those of the regime's case.
    fn choices(&self) -> Vec<StepChoice> {
        let choices = self.0.choices.iter();
        let choice = |choice: &app::StepChoice| StepChoice {
            member: choice.member.clone(),
            value: choice.value.clone(),
            label: choice.label.clone(),
        };
        choices.map(choice).collect()
    }
}

/// What whoever asks may record next of the thing with this id; of one command only, if it is named.
pub fn next_steps(context: &Context, thing: ThingId, only: Option<&str>) -> Vec<NextStepNode> {
    let steps = for_kind!(thing.kind(), S => context.app.next_steps::<S>(&context.actor, thing, only));
    steps.into_iter().map(NextStepNode).collect()
}

/// `ClockStopped` as 'Clock stopped'.
fn words(event_type: &str) -> String {
    let mut words = String::with_capacity(event_type.len() + 4);
    for (at, character) in event_type.chars().enumerate() {
        if at > 0 && character.is_ascii_uppercase() {
            words.push(' ');
            words.push(character.to_ascii_lowercase());
        } else {
            words.push(character);
        }
    }
    words
}
