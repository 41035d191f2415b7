//! The history of one thing as those tell it who take part: who said what when, on what documents, for whose eyes, and
//! what of it they corrected, took back or confirmed.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Command, Intent};
use schema::{
    Acting, Assurance, CommandId, Date, EventId, Evidence, Fact, Metadata, OrganisationId, Side, SubjectId, ThingId, Visibility,
};
use uuid::Uuid;

use super::{
    days::AS_OF,
    words::{line, note},
};

/// What all histories of one cluster have in common.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    seed: String,
    correlation_id: Uuid,
    now: DateTime<Utc>,
}

impl Teller {
    pub fn new(seed: u64, about: &str, now: DateTime<Utc>) -> Self {
        let seed = seed.to_string();
        let correlation_id = CommandId::derive(&["made up", &seed, "told", about]).0;
        Self { seed, correlation_id, now }
    }

    /// The id of the command with this number in the history called `path`.
    fn command_id(&self, path: &str, number: u32) -> CommandId {
        CommandId::derive(&["made up", &self.seed, path, &number.to_string()])
    }

    /// Somebody who is called `name` in these histories and has this role.
    pub fn voice(&self, name: &str, role: Role) -> Voice {
        let subject = SubjectId(CommandId::derive(&["made up", &self.seed, "subject", name]).0);
        Voice { subject, role, organisation: None, is_counterparty: false, may_override: false }
    }

    /// Somebody who speaks for `organisation`, as the lead of what it does.
    pub fn voice_of(&self, organisation: OrganisationId) -> Voice {
        Voice { organisation: Some(organisation), ..self.voice(&organisation.to_string(), Role::Lead) }
    }
}

/// In what capacity somebody records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Administrator,
    Manager,
    Lead,
    Funder,
    Regulator,
    Verifier,
}

impl Role {
    /// Its name in tokens.
    const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "cluster_manager",
            Self::Lead => "project_lead",
            Self::Funder => "funder",
            Self::Regulator => "regulator",
            Self::Verifier => "verifier",
        }
    }
}

/// Somebody who records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    pub subject: SubjectId,
    /// In what capacity.
    pub role: Role,
    /// For whom they do.
    pub organisation: Option<OrganisationId>,
    /// Whether theirs is the counterparty's own word, as that of an authority on its permits.
    pub is_counterparty: bool,
    /// Whether they may override rules.
    pub may_override: bool,
}

/// What somebody says, once.
pub(super) struct Said<F> {
    voice: Voice,
    on: Date,
    fact: F,
    document: Option<&'static str>,
    for_parties: bool,
    is_late: bool,
    override_reason: Option<&'static str>,
}

impl<F> Said<F> {
    pub fn by(voice: Voice, on: NaiveDate, fact: impl Into<F>) -> Self {
        let (on, fact) = (Date::day(on), fact.into());
        Self { voice, on, fact, document: None, for_parties: false, is_late: false, override_reason: None }
    }

    /// The date is known as exactly as this.
    pub fn known(mut self, on: Date) -> Self {
        self.on = on;
        self
    }

    /// It rests on a document.
    pub fn with(mut self, document: &'static str) -> Self {
        self.document = Some(document);
        self
    }

    /// It rests on a document, or does not.
    pub fn with_if(self, is_so: bool, document: &'static str) -> Self {
        if is_so { self.with(document) } else { self }
    }

    /// It is for the parties' eyes only, or is not.
    pub fn for_parties_if(mut self, is_so: bool) -> Self {
        self.for_parties = is_so;
        self
    }

    /// It is recorded after all that came later, or is not.
    pub fn late_if(mut self, is_so: bool) -> Self {
        self.is_late = is_so;
        self
    }

    /// It overrides a rule, for a reason.
    pub fn overriding(mut self, reason: &'static str) -> Self {
        self.override_reason = Some(reason);
        self.voice.may_override = true;
        self
    }
}

/// Where a command comes among the others: the late ones last, otherwise by day, order of life and number.
type Place = (bool, NaiveDate, usize, u32);

/// The history of one thing in the making.
pub(super) struct History<F> {
    pub thing: ThingId,
    path: String,
    teller: Teller,
    next: u32,
    /// For whose eyes what is said is, unless it says otherwise.
    pub visibility: Visibility,
    commands: Vec<(Place, Command<F>)>,
}

impl<F: Fact> History<F> {
    /// The history of a thing that `founder` brings on record with what is said first.
    pub fn new(teller: &Teller, path: String, founder: Voice) -> Self {
        let thing = ThingId::derive(F::KIND, founder.subject, teller.command_id(&path, 0));
        Self::going_on(teller, path, thing, 0)
    }

    /// More of the history of a thing of which `told` commands are on record.
    pub fn going_on(teller: &Teller, path: String, thing: ThingId, told: u32) -> Self {
        let (teller, visibility) = (teller.clone(), Visibility::Participants);
        Self { thing, path, teller, next: told, visibility, commands: Vec::new() }
    }

    /// The commands, in the order in which they were sent.
    pub fn told(mut self) -> Vec<Command<F>> {
        self.commands.sort_by_key(|(place, _)| *place);
        self.commands.into_iter().map(|(_, command)| command).collect()
    }

    /// Takes down what is said, and gives the id of the fact.
    pub fn say(&mut self, said: Said<F>) -> EventId {
        let Said { voice, on, fact, document, for_parties, is_late, override_reason } = said;
        let order = fact.order_of_life();
        // What brings the thing on record comes first, also where its date is known to the year only.
        let day = if order == 0 { NaiveDate::MIN } else { on.first() };
        let evidence = document.map(|title| self.document(title, on)).into_iter().collect();
        let mut command = self.command(voice, on, evidence, Intent::State(fact));
        if for_parties {
            command.metadata.visibility = Visibility::Parties;
        }
        command.metadata.override_reason = override_reason.map(note);
        self.take((is_late, day, order), command)
    }

    /// The first day of a fact of this sort, among those that were not told late.
    pub fn said_on(&self, is_sought: impl Fn(&F) -> bool) -> Option<NaiveDate> {
        let in_time = self.commands.iter().filter(|((is_late, ..), _)| !is_late);
        let sought = in_time.filter(|(_, command)| command.intent.new_fact().is_some_and(&is_sought));
        sought.map(|((_, day, ..), _)| *day).min()
    }

    /// The counterparty confirms a fact; nobody does who recorded it.
    pub fn confirm(&mut self, voice: Voice, on: NaiveDate, fact: EventId) {
        let mut own = self.commands.iter().filter(|(_, command)| command.metadata.subject == voice.subject);
        if own.any(|(_, command)| command.event_id(self.thing) == fact) {
            return;
        }
        let on = on.min(AS_OF);
        self.amend(voice, on, Date::day(on), Vec::new(), Intent::Confirm { fact });
    }

    /// A fact is put right: it occurred on another day, or was another of its type.
    pub fn correct(&mut self, voice: Voice, on: NaiveDate, fact: EventId, (occurred_on, to): (Date, F), reason: &'static str) {
        self.amend(voice, on, occurred_on, Vec::new(), Intent::Correct { fact, reason: note(reason), to, members: None });
    }

    /// An act is taken back; gives the id of the act that does so, which can be taken back itself.
    pub fn retract(&mut self, voice: Voice, on: NaiveDate, act: EventId, reason: &'static str) -> EventId {
        let on = on.min(AS_OF);
        self.amend(voice, on, Date::day(on), Vec::new(), Intent::Retract { act, reason: note(reason) })
    }

    /// A document is found for a fact.
    pub fn attach(&mut self, voice: Voice, on: NaiveDate, fact: EventId, title: &'static str) {
        let on = on.min(AS_OF);
        let evidence = vec![self.document(title, Date::day(on))];
        self.amend(voice, on, Date::day(on), evidence, Intent::AttachEvidence { fact });
    }

    fn amend(&mut self, voice: Voice, on: NaiveDate, occurred_on: Date, evidence: Vec<Evidence>, intent: Intent<F>) -> EventId {
        let command = self.command(voice, occurred_on, evidence, intent);
        self.take((false, on.min(AS_OF), usize::MAX), command)
    }

    fn take(&mut self, (is_late, day, order): (bool, NaiveDate, usize), command: Command<F>) -> EventId {
        let id = command.event_id(self.thing);
        self.commands.push(((is_late, day, order, self.next), command));
        self.next += 1;
        id
    }

    fn document(&self, title: &str, issued_on: Date) -> Evidence {
        let digits = self.teller.command_id(&self.path, self.next).0.simple().to_string().repeat(2);
        Evidence { sha256: Some(line(&digits)), issued_on: Some(issued_on), ..Evidence::titled(line(title)) }
    }

    fn command(&self, voice: Voice, occurred_on: Date, evidence: Vec<Evidence>, intent: Intent<F>) -> Command<F> {
        let assurance = match (voice.is_counterparty, evidence.is_empty()) {
            (true, _) => Assurance::Confirmed,
            (false, false) => Assurance::Evidenced,
            (false, true) => Assurance::Claimed,
        };
        let organisations = voice.organisation.into_iter().collect();
        let acting = Acting {
            role: line(voice.role.word()),
            organisation: voice.organisation,
            membership: None,
            side: Some(Side { organisations, clusters: Vec::new() }),
        };
        let metadata = Metadata {
            acting: Some(Box::new(acting)),
            organisation: voice.organisation,
            evidence,
            assurance,
            visibility: self.visibility,
            ..Metadata::new(occurred_on, voice.subject, self.teller.command_id(&self.path, self.next), self.teller.correlation_id)
        };
        Command { intent, metadata, may_override: voice.may_override, now: self.teller.now, index: 0 }
    }
}
