//! Scalars and enums of the API: the record's own values, checked when they come in.

use graphql::{Code, GraphqlError};
use juniper::{GraphQLEnum, GraphQLScalar};

/// Brings a value of the API to that of the record.
pub trait Given<T> {
    /// The record's value.
    ///
    /// # Errors
    ///
    /// When there is no such value.
    fn given(self) -> Result<T, GraphqlError>;
}

impl<A: Given<B>, B> Given<Option<B>> for Option<A> {
    fn given(self) -> Result<Option<B>, GraphqlError> {
        self.map(Given::given).transpose()
    }
}

impl<T: Given<U>, U> Given<Vec<U>> for Vec<T> {
    fn given(self) -> Result<Vec<U>, GraphqlError> {
        self.into_iter().map(Given::given).collect()
    }
}

/// A list left out is an empty one.
impl<A: Given<B>, B> Given<Vec<B>> for Option<Vec<A>> {
    fn given(self) -> Result<Vec<B>, GraphqlError> {
        self.unwrap_or_default().given()
    }
}

/// An id of one kind of thing.
impl<T: std::str::FromStr<Err = schema::IdError>> Given<T> for juniper::ID {
    fn given(self) -> Result<T, GraphqlError> {
        super::view::id(&self)
    }
}

/// A choice that is left out is the usual one.
macro_rules! given_by_default {
    ($($inner:ty;)+) => {$(
        impl<A: Given<$inner>> Given<$inner> for Option<A> {
            fn given(self) -> Result<$inner, GraphqlError> {
                self.map_or_else(|| Ok(<$inner>::default()), Given::given)
            }
        }
    )+};
}

given_by_default! {
    schema::cluster::Bound;
    bool;
}

/// A yes or no.
impl Given<Self> for bool {
    fn given(self) -> Result<Self, GraphqlError> {
        Ok(self)
    }
}

/// A year.
impl Given<u16> for i32 {
    fn given(self) -> Result<u16, GraphqlError> {
        let year = u16::try_from(self).ok().filter(|year| (1900..2200).contains(year));
        year.ok_or_else(|| GraphqlError::new(Code::InvalidInput, format!("{self} is not a year from 1900 to 2199")))
    }
}

/// An instant.
impl Given<Self> for chrono::DateTime<chrono::Utc> {
    fn given(self) -> Result<Self, GraphqlError> {
        Ok(self)
    }
}

/// A role, by its name in tokens.
impl Given<schema::Line> for Role {
    fn given(self) -> Result<schema::Line, GraphqlError> {
        let name = access::Role::from(self).word();
        schema::Line::try_new(name).map_err(|error| GraphqlError::new(Code::Internal, format!("{name} is no line: {error}")))
    }
}

/// A number of bytes.
impl Given<u64> for i32 {
    fn given(self) -> Result<u64, GraphqlError> {
        self.try_into().map_err(|_| GraphqlError::new(Code::InvalidInput, format!("{self} is below zero")))
    }
}

/// A number of things.
impl Given<u32> for i32 {
    fn given(self) -> Result<u32, GraphqlError> {
        self.try_into().map_err(|_| GraphqlError::new(Code::InvalidInput, format!("{self} is below zero")))
    }
}

macro_rules! scalars {
    (@write $value:expr) => { $value.to_string() };
    (@write $value:expr, $written:path) => { $written(&$value) };
    (@read $text:expr, $inner:ty) => {
        $text.parse::<$inner>().map_err(|error: <$inner as std::str::FromStr>::Err| error.to_string().into())
    };
    (@read $text:expr, $inner:ty, $read:path) => { $read($text) };
    ($($(#[$doc:meta])* $name:ident($inner:ty) $(by $read:path, $written:path)?;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, GraphQLScalar)]
        #[graphql(to_output_with = Self::written, from_input_with = Self::read, parse_token(String))]
        pub struct $name(pub $inner);

        impl $name {
            fn written(&self) -> String {
                scalars!(@write self.0 $(, $written)?)
            }

            fn read(text: &str) -> Result<Self, Box<str>> {
                scalars!(@read text, $inner $(, $read)?).map(Self)
            }
        }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }
    )+

    /// Why `text` is no value of the scalar called `name`; `None` when it is one, or there is no such scalar.
    pub fn refusal(name: &str, text: &str) -> Option<Box<str>> {
        match name {
            $(stringify!($name) => $name::read(text).err(),)+
            _ => None,
        }
    }
    };
}

scalars! {
    /// A legal or business date, as exactly as it is known: `2024-03-05`, or `2024-03`, `2024-Q1`, `2024-H1` or `2024`
    /// where no more is known; `2024-03/2024-05` lies between two, `../2024-12` by the end of one. Wherever a single day
    /// is needed, a date stands where its period begins, or where it ends if only that is known.
    Date(schema::Date);
    /// A currency of ISO 4217, by its three letters.
    CurrencyCode(schema::Currency);
    /// A country of ISO 3166-1, by its two letters.
    CountryCode(schema::Country);
    /// Whose law applies: a country (`NL`), a part of one (`GB-SCT`, ISO 3166-2) or the European Union (`EU`).
    JurisdictionCode(schema::Jurisdiction);
    /// One line of text: 1 to 300 characters, none of them a control character.
    Line(schema::Line);
    /// Some lines of text: 1 to 4,000 characters, no control characters but line breaks and tabs.
    Note(schema::Note);
    /// A Legal Entity Identifier (ISO 17442), with check digits that are right.
    LegalEntityIdentifier(schema::organisation::Lei);
    /// The tag of a language after BCP 47, such as `en` or `pt-BR`.
    LanguageTag(schema::LanguageTag);
    /// A decimal number, written as a string so that no digit is lost: `"1250000.50"`.
    Decimal(rust_decimal::Decimal) by plain_decimal, shortest;
    /// The id of a fact: that of the event which stated it.
    FactId(schema::EventId);
    /// The id of a command, a UUID of the client's making: sent again with the same id, it is recorded once.
    CommandId(schema::CommandId);
}

macro_rules! given_as_they_are {
    ($($name:ident($inner:ty);)+) => {$(
        impl Given<$inner> for $name {
            fn given(self) -> Result<$inner, GraphqlError> {
                Ok(self.0)
            }
        }
    )+};
}

given_as_they_are! {
    Date(schema::Date);
    CountryCode(schema::Country);
    JurisdictionCode(schema::Jurisdiction);
    Line(schema::Line);
    Note(schema::Note);
    LegalEntityIdentifier(schema::organisation::Lei);
    LanguageTag(schema::LanguageTag);
    CommandId(schema::CommandId);
    FactId(schema::EventId);
}

/// A determination of which nobody says who made it is the authority's.
impl Given<schema::permit::DecidedBy> for Option<DecidedBy> {
    fn given(self) -> Result<schema::permit::DecidedBy, GraphqlError> {
        Ok(self.unwrap_or(DecidedBy::Authority).into())
    }
}

/// The largest quantity: more than anything on Earth has, and little enough for a million of them to be added.
const QUANTITY_MAX: rust_decimal::Decimal = rust_decimal::Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// Quantities in the record are never below zero, and have one spelling.
impl Given<rust_decimal::Decimal> for Decimal {
    fn given(self) -> Result<rust_decimal::Decimal, GraphqlError> {
        if self.0.is_sign_negative() && !self.0.is_zero() {
            return Err(GraphqlError::new(Code::InvalidInput, format!("{} is below zero", self.0)));
        }
        if self.0 > QUANTITY_MAX {
            let message = format!("{} is too much; quantities go up to {QUANTITY_MAX}", self.0);
            return Err(GraphqlError::new(Code::InvalidInput, message));
        }
        Ok(self.0.normalize())
    }
}

/// A decimal number as people write one: digits, with a point where there are decimals. `1e3` is no such number: what is
/// meant by it is easily off by a factor of ten.
fn plain_decimal(text: &str) -> Result<rust_decimal::Decimal, Box<str>> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = match text.strip_prefix('-').unwrap_or(text).split_once('.') {
        Some((whole, decimals)) => digits(whole) && digits(decimals),
        None => digits(text.strip_prefix('-').unwrap_or(text)),
    };
    if !is_plain {
        let shown: String = text.chars().take(40).collect();
        return Err(format!("'{shown}' is not a decimal number; write digits and a point, such as 1250000.5").into());
    }
    rust_decimal::Decimal::from_str_exact(text).map_err(|error| error.to_string().into())
}

/// Without zeros that say nothing: a sum is `87` and not `87.0`.
fn shortest(number: &rust_decimal::Decimal) -> String {
    number.normalize().to_string()
}

macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident($inner:ty) { $($(#[$variant_doc:meta])* $variant:ident,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
        #[allow(clippy::enum_variant_names, reason = "they are the words of the record")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                match inner {
                    $(<$inner>::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$name> for $inner {
            fn from(given: $name) -> Self {
                match given {
                    $($name::$variant => Self::$variant,)+
                }
            }
        }

        impl Given<$inner> for $name {
            fn given(self) -> Result<$inner, GraphqlError> {
                Ok(self.into())
            }
        }
    )+};
}

/// What a person has to say and a register need not.
impl Given<Option<schema::Note>> for Note {
    fn given(self) -> Result<Option<schema::Note>, GraphqlError> {
        Ok(Some(self.0))
    }
}

/// What a person has to say and a register need not.
impl Given<Option<schema::project::ResponsibleParty>> for ResponsibleParty {
    fn given(self) -> Result<Option<schema::project::ResponsibleParty>, GraphqlError> {
        Ok(Some(self.into()))
    }
}

enums! {
    /// How a statutory clock stands.
    ClockState(law::clock::State) {
        /// Nothing has started it.
        NotStarted,
        /// It runs, also after its deadline, until something ends it.
        Running,
        /// It is stopped: it has no deadline, but days that are left on resumption.
        Stopped,
        /// It has ended, or the law made an outcome of silence.
        Ended,
        /// The law sets no limit: only time elapses.
        NoLimit,
    }
    /// What the law makes of silence.
    Deemed(law::clock::Deemed) {
        /// The permit counts as granted.
        Granted,
        /// The permit counts as refused.
        Refused,
        /// The permit counts as not needed.
        Waived,
    }
    /// What a measure's effect does on a day that is set.
    PolicyEffect(schema::policy::PolicyEffect) {
        /// It begins.
        Begins,
        /// It changes.
        Changes,
        /// It ends.
        Ends,
    }
    /// What made a schedule move.
    MoveCause(schema::project::MoveCause) {
        /// A permit that is late.
        Permit,
        /// A connection to the grid.
        Grid,
        /// Suppliers and contractors.
        Supply,
        /// Money.
        Finance,
        /// Buyers of what is produced.
        Offtake,
        /// A change of the design.
        Design,
        /// Weather.
        Weather,
        /// A dispute in court.
        Litigation,
        /// A change of policy.
        Policy,
        /// A partner.
        Partner,
        /// A register gave another date, and no reason.
        Register,
        /// Something else; the reason says what.
        Other,
    }
    /// Which end of one step waits for which of another.
    DependencyKind(schema::project::DependencyKind) {
        /// It begins when what it needs is finished: the usual one.
        FinishToStart,
        /// It begins when what it needs has begun.
        StartToStart,
        /// It is finished when what it needs is.
        FinishToFinish,
        /// It is finished when what it needs has begun.
        StartToFinish,
    }
    /// What a court or an appeal body that upholds a challenge does about the determination.
    Relief(schema::permit::Relief) {
        /// It quashes the determination.
        Quashed,
        /// It quashes a part of it.
        QuashedInPart,
        /// It determines in the authority's place.
        Substituted,
        /// It gives it back to be determined again.
        Remitted,
        /// Nothing: the determination stands although it was unlawful.
        None,
    }
    /// How exactly an amount or a quantity is known.
    Exactness(schema::Exactness) {
        /// It is this much.
        Exactly,
        /// It is this much or less ("up to").
        AtMost,
        /// It is this much or more ("more than").
        AtLeast,
        /// It is near to this much.
        About,
    }
    /// How sure a fact is.
    Assurance(schema::Assurance) {
        /// Logged by one party.
        Claimed,
        /// A document is referenced.
        Evidenced,
        /// Recorded or confirmed by the counterparty itself.
        Confirmed,
    }
    /// For whose eyes a fact is.
    Visibility(schema::Visibility) {
        /// Everyone, if the operator opens the record to the public.
        Public,
        /// Everyone with a role.
        Participants,
        /// The parties of the thing only.
        Parties,
    }
    /// What an organisation is to its clusters.
    OrganisationKind(schema::organisation::OrganisationKind) {
        /// A company that owns or runs plants, or develops projects.
        Company,
        /// An authority that decides on permits.
        Authority,
        /// An organisation that funds projects.
        Funder,
        /// A port.
        Port,
        /// A university or a research institute.
        Academia,
        /// A community or its representatives.
        Community,
    }
    /// How far a project is.
    Stage(schema::project::Stage) {
        /// An idea with a scope.
        Concept,
        /// Feasibility study.
        Feasibility,
        /// Front-end engineering design.
        Feed,
        /// The final investment decision is taken.
        Fid,
        /// Under construction.
        Construction,
        /// Built and being tested.
        Commissioning,
        /// Operating.
        Operational,
        /// Taken out of service.
        Decommissioned,
    }
    /// Whether a project goes on.
    Standing(schema::project::Standing) {
        /// It goes on.
        Active,
        /// Interrupted for a while.
        Suspended,
        /// Put aside without a date.
        Shelved,
        /// Given up.
        Cancelled,
    }
    /// The technology levers of the World Economic Forum's framework.
    Lever(schema::project::Lever) {
        /// Systemic efficiency and circularity.
        EfficiencyCircularity,
        /// Direct electrification and renewable heat.
        ElectrificationRenewableHeat,
        /// Hydrogen.
        Hydrogen,
        /// Carbon capture, utilisation and storage.
        Ccus,
    }
    /// The unit of a capacity.
    CapacityUnit(schema::project::CapacityUnit) {
        /// Megawatts of electrical power.
        Mw,
        /// Megawatts of heat.
        MwThermal,
        /// Megawatt hours of storage.
        Mwh,
        /// Tonnes of product per year.
        TonnesPerYear,
        /// Tonnes of CO2 captured, transported or stored per year.
        TonnesCo2PerYear,
        /// Normal cubic metres per hour.
        NormalCubicMetresPerHour,
    }
    /// Who answers for a move of a schedule.
    ResponsibleParty(schema::project::ResponsibleParty) {
        /// The project's lead.
        Lead,
        /// An authority.
        Authority,
        /// A funder.
        Funder,
        /// A partner or supplier.
        Partner,
        /// Somebody else.
        ThirdParty,
        /// A court.
        Court,
    }
    /// How exactly a cost is estimated: the classes of AACE International's recommended practice 18R-97.
    EstimateClass(schema::project::EstimateClass) {
        /// Concept screening.
        Class5,
        /// Feasibility.
        Class4,
        /// Budget authorisation; what front-end engineering design ends with.
        Class3,
        /// Control of a project or a tender.
        Class2,
        /// Check of an estimate or a tender.
        Class1,
    }
    /// How exactly a number of things is known.
    Bound(schema::cluster::Bound) {
        /// It is this number.
        Exactly,
        /// It is this number or more.
        AtLeast,
    }
    /// What infrastructure is shared.
    AssetKind(schema::cluster::AssetKind) {
        /// A pipeline for CO2, hydrogen or another substance.
        Pipeline,
        /// A store for CO2, hydrogen, heat or power.
        Storage,
        /// An electricity grid.
        Grid,
        /// A heat network.
        Heat,
        /// A port or a part of one.
        Port,
    }
    /// By what instrument money is given.
    Instrument(schema::award::Instrument) {
        /// Need not be paid back.
        Grant,
        /// Is paid back.
        Loan,
        /// Is paid if another's payment fails.
        Guarantee,
        /// Buys a share.
        Equity,
        /// Lowers a tax.
        TaxCredit,
        /// Pays the difference to an agreed price.
        ContractForDifference,
        /// State aid of another kind.
        StateAid,
        /// Borrowed from private lenders.
        PrivateDebt,
        /// Invested by private owners.
        PrivateEquity,
    }
    /// Whose money it is.
    Side(schema::award::Side) {
        /// The public's.
        Public,
        /// Private owners' or lenders'.
        Private,
    }
    /// What stage of a project money is given for.
    Purpose(schema::award::Purpose) {
        /// A feasibility study.
        Feasibility,
        /// Front-end engineering design.
        Feed,
        /// Building.
        Construction,
        /// Operating.
        Operation,
    }
    /// How far an award is.
    AwardState(projections::things::AwardState) {
        /// It is on record, and nothing more is known.
        Identified,
        /// It was applied for.
        AppliedFor,
        /// It is on a short list or a reserve list.
        Shortlisted,
        /// It was announced, and nothing is binding.
        Expected,
        /// It was awarded.
        Awarded,
        /// The agreement is signed.
        Obligated,
        /// Money was paid out.
        Disbursing,
        /// The application was declined.
        Declined,
        /// It was ended before its time.
        Terminated,
    }
    /// What a partnership is about.
    PartnershipKind(schema::partnership::PartnershipKind) {
        /// One buys what another makes.
        Offtake,
        /// One delivers what another needs.
        Supply,
        /// CO2 is moved and stored.
        Co2TransportStorage,
        /// Infrastructure is shared.
        SharedInfrastructure,
        /// A company is owned together.
        JointVenture,
        /// Labour and skills.
        LabourSkills,
        /// With the people who live there.
        Community,
        /// Across a border.
        CrossBorder,
    }
    /// How far a partnership is.
    PartnershipState(projections::things::PartnershipState) {
        /// It is on record, and nothing more is known.
        Identified,
        /// The parties talk.
        InDiscussion,
        /// A memorandum of understanding is signed.
        MouSigned,
        /// A term sheet is signed.
        TermSheet,
        /// A binding agreement is signed.
        Binding,
        /// The parties operate under their agreement.
        Active,
        /// It ran out.
        Expired,
        /// It was ended before its time.
        Terminated,
    }
    /// How a project stands to a policy measure on a day.
    PolicyExposure(projections::views::exposure::ExposureKind) {
        /// The measure does not apply to the project yet.
        NotYet,
        /// It applies.
        Applies,
        /// It applies as it was changed.
        Changed,
        /// It has changed or ended for others, and not for this project, which was early enough.
        Spared,
        /// It applies no longer.
        Ended,
        /// That follows from when the project begins to build or to serve, which is not known.
        Undecided,
    }
    /// How far a policy measure is.
    PolicyState(projections::things::PolicyState) {
        /// It is on record, and nothing more is known.
        Identified,
        /// It was proposed.
        Proposed,
        /// It is in consultation.
        InConsultation,
        /// It was adopted and is not in force yet.
        Adopted,
        /// It is in force.
        InForce,
        /// It is suspended.
        Suspended,
        /// It was repealed.
        Repealed,
    }
    /// The four pillars of the World Economic Forum's framework.
    Pillar(projections::views::ladder::Pillar) {
        /// Who works together, and how far they are bound.
        Partnerships,
        /// Permits, and the policy that is relied on.
        Policy,
        /// Who pays, and how far they are bound.
        Finance,
        /// How far the technology is from a concept to operation.
        Technology,
    }
    /// Whose ladder it is.
    LadderKind(projections::views::ladder::Climber) {
        /// A cluster's.
        Cluster,
        /// A project's.
        Project,
    }
    /// Whether a criterion is met.
    CriterionOutcome(projections::views::pillars::Outcome) {
        /// It is met.
        Met,
        /// It need not be met, until a date.
        Waived,
        /// It is not met.
        Missing,
    }
    /// By what permits are grouped.
    PermitGroupBy(answers::bottlenecks::By) {
        /// By the authority that decides.
        Authority,
        /// By the instrument.
        Instrument,
        /// By the regime whose periods apply.
        Regime,
        /// By whose law applies.
        Jurisdiction,
        /// By the clusters that need it, or whose projects do; a permit of two counts in both.
        Cluster,
        /// By the technology levers of its projects; a permit of two counts in both.
        Technology,
        /// By the calendar year in which it was submitted.
        YearSubmitted,
    }
    /// A part of a docket.
    DocketSection(answers::docket::Section) {
        /// An authority has let a statutory deadline pass and has still to act.
        Overdue,
        /// An authority has to act within 30 days from the day asked for, that day included.
        #[graphql(name = "DUE_IN_30")]
        DueIn30,
        /// Within 31 to 60 days.
        #[graphql(name = "DUE_IN_60")]
        DueIn60,
        /// Within 61 to 90 days.
        #[graphql(name = "DUE_IN_90")]
        DueIn90,
        /// Later than that.
        DueLater,
        /// The clock is stopped: there is no fixed deadline.
        Stopped,
        /// The clock has not started.
        NotStarted,
        /// There is no deadline that can be told: the law sets none, no regime is named, days are not known that decide it, or a
        /// court has it.
        NoDeadline,
        /// A stop lasts for longer than 85 % of those on its ground that are over did, among all that you may see.
        StoppedLong,
        /// A stop lasts beyond the day on which the clock was expected to run again.
        ResumptionPassed,
        /// A request for information is not answered by its day or, without one, for 30 days.
        RequestUnanswered,
        /// A condition of the grant was due, or is within 30 days.
        ConditionDue,
        /// A window of challenge closes within 30 days.
        WindowClosing,
        /// It is open for longer than 85 % of its instrument were.
        Ageing,
        /// Somebody is to be told something this week.
        ToTell,
    }
    /// What somebody has to do about a permit.
    DocketMatter(answers::docket::What) {
        /// An authority has to act by a statutory deadline.
        Decision,
        /// A clock that is stopped is expected to run again.
        Resumption,
        /// Information that was asked for is to be supplied.
        Information,
        /// A condition of the grant is to be met.
        Condition,
        /// A determination, or the lack of one, can be challenged until then.
        Challenge,
    }
    /// When something that is due is spoken of.
    DocketMoment(answers::docket::Moment) {
        /// Five days before its last day.
        FiveDaysBefore,
        /// On its last day.
        OnTheDay,
        /// Fourteen days after it.
        FourteenDaysAfter,
        /// Twenty-eight days after it.
        TwentyEightDaysAfter,
        /// Forty-two days after it.
        FortyTwoDaysAfter,
    }
    /// How an application ended first.
    PermitEnding(answers::bottlenecks::Ending) {
        /// Granted.
        Granted,
        /// Granted for a part.
        PartlyGranted,
        /// Granted by the running out of a period.
        DeemedGranted,
        /// Refused.
        Refused,
        /// Withdrawn.
        Withdrawn,
        /// Lapsed.
        Lapsed,
    }
    /// By what things are grouped.
    GroupBy(projections::views::rollup::By) {
        /// All signatory clusters together.
        Initiative,
        /// By the continent of the cluster, or of a project that is in none.
        Continent,
        /// By the country of the cluster, or of a project that is in none.
        Country,
        /// By cluster.
        Cluster,
        /// By the technology levers of the projects; a project with two counts in both.
        Lever,
        /// By the stage of the projects.
        Stage,
    }
    /// Whose court the ball is in.
    Party(schema::permit::Party) {
        /// Who applies.
        Applicant,
        /// The authority that decides.
        Authority,
        /// Another authority that has to be heard.
        OtherAuthority,
        /// Somebody else.
        ThirdParty,
        /// A court or an appeal body.
        Court,
    }
    /// Who determined an application.
    DecidedBy(schema::permit::DecidedBy) {
        /// The authority that it was addressed to.
        Authority,
        /// The body that heard the appeal.
        Appeal,
        /// A minister who called it in.
        Minister,
    }
    /// How a determination is challenged.
    ChallengeKind(schema::permit::ChallengeKind) {
        /// An appeal on the merits.
        Appeal,
        /// A review of lawfulness by a court.
        JudicialReview,
    }
    /// What an examining body recommends.
    Recommendation(schema::permit::Recommendation) {
        /// To grant.
        Grant,
        /// To refuse.
        Refuse,
    }
    /// The unit of a statutory period.
    PeriodUnit(schema::permit::PeriodUnit) {
        /// Days of the calendar.
        CalendarDay,
        /// Working days of the authority's calendar.
        BusinessDay,
        /// Weeks of seven days.
        Week,
        /// Months of the calendar.
        Month,
        /// Years of the calendar.
        Year,
    }
    /// Where a permit stands.
    PermitState(projections::things::PermitState) {
        /// It is known to be needed.
        Identified,
        /// Talks with the authority have begun.
        PreApplication,
        /// An application is submitted and being checked for completeness.
        Submitted,
        /// The application was returned as incomplete.
        Returned,
        /// The application was accepted as complete.
        Accepted,
        /// The statutory clock runs.
        InReview,
        /// The statutory clock is stopped.
        Stopped,
        /// A determination was recommended.
        Recommended,
        /// The application was determined.
        Decided,
        /// The determination, or the lack of one, is being challenged.
        Challenged,
        /// It was granted with conditions that are not all discharged.
        ConditionsOpen,
        /// It was granted and all its conditions are discharged.
        Closed,
        /// The application was withdrawn.
        Withdrawn,
        /// The application lapsed.
        Lapsed,
        /// The grant was given up.
        Surrendered,
        /// The grant ran out.
        Expired,
        /// A source says that it is over; how it ended is not on record.
        ReportedOver,
    }
    /// What was determined.
    Outcome(projections::things::Outcome) {
        /// Refused.
        Refused,
        /// Granted for a part.
        PartlyGranted,
        /// Granted.
        Granted,
        /// Granted by the running out of a period.
        DeemedGranted,
    }
    /// How a challenge ended.
    ChallengeEnd(projections::things::ChallengeEnd) {
        /// The challenger gave it up.
        Withdrawn,
        /// It failed.
        Dismissed,
        /// It succeeded.
        Upheld,
        /// The application was determined anew while it was pending; how it ended is not on record.
        Overtaken,
    }
    /// How a source says that a permit stands.
    PermitStanding(schema::permit::PermitStanding) {
        /// Something is still to be decided.
        Open,
        /// It is granted.
        Granted,
        /// What it is for is being built, or was.
        InUse,
        /// It is refused.
        Refused,
        /// Nothing is to be decided any more; how it ended is not said.
        Closed,
    }
    /// By what an earlier state of knowledge is meant.
    KnownBy(app::KnownBy) {
        /// By what had been recorded here.
        Recording,
        /// By what had been published: facts from a register count from the date of the edition that first said so.
        Publication,
    }
    /// What somebody is who reads and records.
    SubjectKind(schema::subject::SubjectKind) {
        /// A person.
        Person,
        /// A program.
        Machine,
    }
    /// What somebody is to the record.
    Role(access::Role) {
        /// Keeps organisations, memberships and clusters.
        Administrator,
        /// Registers what belongs to its clusters.
        ClusterManager,
        /// Logs what happens to its projects and their permits.
        ProjectLead,
        /// Reads where the pipeline stands.
        Funder,
        /// Records what its authority did.
        Regulator,
        /// Accepts documents that are filed for criteria.
        Verifier,
        /// Reads everything.
        Auditor,
    }
}

/// By what a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLEnum)]
pub enum CriterionSource {
    /// It is computed from the facts of the cluster or project itself.
    Own,
    /// It is computed from the facts of the cluster's projects, of which at least one has to meet it.
    Projects,
    /// Documents are filed, and a second role accepted them.
    Evidence,
}
