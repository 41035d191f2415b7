//! The state of an award: what was sought, expected, awarded, obligated and disbursed, kept apart.

use std::{collections::BTreeSet, sync::Arc};

use rust_decimal::Decimal;
use schema::{
    Currency, Date, EventId, Line, Money, ThingId,
    award::{AwardAgreementSigned, AwardAmended, AwardFact, AwardIdentified, Share},
};
use serde::{Deserialize, Serialize};

use super::{Flag, FlagCode, Live, State, places::Places};
use crate::{Amounts, Series};

/// How far an award is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// It is on record, and nothing more is known.
    #[default]
    Identified,
    /// It was applied for.
    AppliedFor,
    /// It is on a short list or a reserve list.
    Shortlisted,
    /// It was announced, and nothing is binding.
    Expected,
    /// It was awarded, and nothing of it is obligated, or nothing any more.
    Awarded,
    /// The agreement is signed, and something is obligated by it.
    Obligated,
    /// Money was paid out.
    Disbursing,
    /// The application was declined.
    Declined,
    /// It was ended before its time.
    Terminated,
}

impl AwardState {
    /// Whether it was awarded and not ended before its time.
    #[must_use]
    pub const fn is_awarded(self) -> bool {
        matches!(self, Self::Awarded | Self::Obligated | Self::Disbursing)
    }
}

/// A condition of the agreement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AwardCondition {
    /// Its short name.
    pub name: Line,
    /// When it was met.
    pub met_on: Option<Date>,
}

/// Money that was paid out or paid back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Payment {
    /// How much.
    pub amount: Money,
    /// When.
    pub paid_on: Date,
    /// The fact that says so.
    pub fact_id: EventId,
}

/// What is known of an award.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Award {
    founding: Option<Arc<AwardFact>>,
    /// How far it is.
    pub state: AwardState,
    /// Since when.
    pub state_since: Option<Date>,
    /// The fact that says so.
    pub state_fact: Option<EventId>,
    /// Whether it is on the reserve list.
    pub reserve: bool,
    /// How much was applied for.
    pub applied_for: Option<Money>,
    /// How much was announced.
    pub expected: Option<Money>,
    /// How much was awarded, as last amended.
    pub awarded: Amounts,
    /// How much is committed by a signed agreement, as last amended, less what was released.
    pub obligated: Amounts,
    /// How much was paid out, performance payments included.
    pub disbursed: Amounts,
    /// The part of it that was paid for what was delivered.
    pub performance_paid: Amounts,
    /// How much was paid back.
    pub recovered: Amounts,
    /// Every payment out, in order.
    pub payments: Series<Payment>,
    /// When it was awarded.
    pub awarded_on: Option<Date>,
    /// When the agreement was signed.
    pub agreement_signed_on: Option<Date>,
    /// When all financing agreements were signed and their conditions met.
    pub financial_close_on: Option<Date>,
    /// The conditions of the agreement.
    pub conditions: Series<AwardCondition>,
    /// Until when the money has to be spent.
    pub ends_on: Option<Date>,
}

impl Award {
    /// What was identified.
    #[must_use]
    pub fn identified(&self) -> Option<&AwardIdentified> {
        match self.founding.as_deref()? {
            AwardFact::AwardIdentified(identified) => Some(identified),
            _ => None,
        }
    }

    /// Whether it counts as awarded in sums: it stands, or it paid before it was ended.
    #[must_use]
    pub fn counts_as_awarded(&self) -> bool {
        self.state.is_awarded() || self.is_ended_after_paying()
    }

    fn is_ended_after_paying(&self) -> bool {
        self.state == AwardState::Terminated && !self.payments.is_empty()
    }

    /// What counts of it as awarded, in every sum: of one that was ended, what it paid and did not get back.
    #[must_use]
    pub fn counted_awarded(&self) -> Amounts {
        self.counted(&self.awarded)
    }

    /// What counts of it as committed, in every sum.
    #[must_use]
    pub fn counted_obligated(&self) -> Amounts {
        self.counted(&self.obligated)
    }

    fn counted(&self, amounts: &Amounts) -> Amounts {
        match self.state {
            state if state.is_awarded() => amounts.clone(),
            _ if self.is_ended_after_paying() => self.disbursed.less(&self.recovered),
            _ => Amounts::default(),
        }
    }
}

impl State for Award {
    type Fact = AwardFact;

    type Aside = Aside;

    fn take(&mut self, aside: &mut Aside, live: &Live<AwardFact>, flags: &mut Vec<Flag>) {
        Step { award: self, aside, flags, fact: live.fact_id }.take(live);
    }
}

/// What has to be known to take the next fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// The conditions, by their names.
    conditions: Places,
}

/// What one fact does to the award.
struct Step<'a> {
    award: &'a mut Award,
    aside: &'a mut Aside,
    flags: &'a mut Vec<Flag>,
    fact: EventId,
}

impl Step<'_> {
    fn take(&mut self, live: &Live<AwardFact>) {
        let on = live.occurred_on();
        self.flag_unless(amount(live.fact()).is_none_or(|amount| !amount.amount().is_zero()), FlagCode::AmountZero);
        match live.fact() {
            AwardFact::AwardIdentified(identified) => {
                self.flag_unless(shares_are_clear(identified), FlagCode::AwardShareUnclear);
                let itself = identified.out_of.map(ThingId::from) == Some(live.version.header.thing);
                self.flag_unless(!itself, FlagCode::AwardOutOfItself);
                self.award.founding.get_or_insert_with(|| live.shared_fact());
                return;
            }
            AwardFact::AwardMade(_) | AwardFact::AwardRecovered(_) | AwardFact::LoanRepaid(_) => {}
            _ => self.flag_unless(self.award.state < AwardState::Declined, FlagCode::AwardOver),
        }
        match live.fact() {
            AwardFact::AwardIdentified(_) => {}
            AwardFact::AwardAppliedFor(applied) => {
                self.award.applied_for = applied.amount.or(self.award.applied_for);
                self.advance(AwardState::AppliedFor, on);
            }
            AwardFact::AwardShortlisted(shortlisted) => {
                self.award.reserve = shortlisted.reserve;
                self.advance(AwardState::Shortlisted, on);
            }
            AwardFact::AwardExpected(expected) => {
                self.award.expected = expected.amount.or(self.award.expected);
                self.advance(AwardState::Expected, on);
            }
            AwardFact::AwardDeclined(_) => {
                self.flag_unless(self.award.awarded.is_empty(), FlagCode::AwardAlreadyMade);
                self.enter(AwardState::Declined, on);
            }
            AwardFact::AwardMade(made) => self.made(made.amount, on),
            AwardFact::AwardAgreementSigned(signed) => self.agreement_signed(signed, on),
            AwardFact::AwardAmended(amended) => {
                self.amended(amended);
                self.settle_obligation(on);
            }
            AwardFact::FinancialCloseReached(_) => {
                let again = self.award.financial_close_on.replace(on).is_some();
                self.flag_unless(!again, FlagCode::FinancialCloseTwice);
            }
            AwardFact::AwardConditionMet(met) => self.condition_met(&met.condition, on),
            AwardFact::AwardDisbursed(disbursed) => self.disbursed(disbursed.amount, on),
            AwardFact::PerformancePaid(paid) => {
                self.award.performance_paid.add(paid.amount);
                self.disbursed(paid.amount, on);
            }
            AwardFact::AwardDeobligated(deobligated) => {
                self.deobligated(deobligated.amount);
                self.settle_obligation(on);
            }
            AwardFact::AwardRecovered(recovered) => self.recovered(recovered.amount),
            AwardFact::LoanRepaid(_) | AwardFact::GuaranteeCalled(_) => {
                self.flag_unless(!self.award.obligated.is_empty(), FlagCode::AwardNotObligated);
            }
            AwardFact::AwardTerminated(_) => {
                self.enter(AwardState::Terminated, on);
            }
        }
    }

    fn flag_unless(&mut self, fits: bool, code: FlagCode) {
        if !fits {
            self.flags.push(Flag::new(code, [self.fact]));
        }
    }

    fn enter(&mut self, state: AwardState, on: Date) {
        self.award.state = state;
        self.award.state_since = Some(on);
        self.award.state_fact = Some(self.fact);
    }

    /// Moves on, never back.
    fn advance(&mut self, to: AwardState, on: Date) {
        if self.award.state < to {
            self.enter(to, on);
        }
    }

    /// What was declined can still be awarded, from the reserve list or after a complaint.
    fn made(&mut self, amount: Money, on: Date) {
        self.flag_unless(self.award.awarded.is_empty(), FlagCode::AwardAlreadyMade);
        self.flag_unless(self.award.state != AwardState::Terminated, FlagCode::AwardOver);
        self.award.reserve = false;
        self.award.awarded.add(amount);
        self.award.awarded_on.get_or_insert(on);
        if self.award.state == AwardState::Declined {
            self.enter(AwardState::Awarded, on);
        }
        self.advance(AwardState::Awarded, on);
    }

    fn agreement_signed(&mut self, signed: &AwardAgreementSigned, on: Date) {
        self.flag_unless(self.award.agreement_signed_on.is_none(), FlagCode::AwardAgreementTwice);
        self.flag_unless(!self.award.awarded.is_empty(), FlagCode::AwardNotMade);
        self.award.agreement_signed_on.get_or_insert(on);
        self.award.obligated.add(signed.obligated);
        self.award.ends_on = signed.ends_on.or(self.award.ends_on);
        for name in &signed.conditions {
            self.award.conditions.push(AwardCondition { name: name.clone(), met_on: None });
            self.aside.conditions.add(self.award.conditions.len() - 1, |at| &self.award.conditions[at].name);
        }
        self.award_covers(signed.obligated.currency());
        self.advance(AwardState::Obligated, on);
    }

    /// An agreement of which nothing is left obligated, and under which nothing was paid, commits nobody any more.
    fn settle_obligation(&mut self, on: Date) {
        let is_obligated = self.award.obligated.is_something();
        match self.award.state {
            AwardState::Obligated if !is_obligated => self.enter(AwardState::Awarded, on),
            AwardState::Awarded if is_obligated => self.enter(AwardState::Obligated, on),
            _ => {}
        }
    }

    /// An amendment changes what there is: it neither awards nor obligates what was not, nor in another currency.
    fn amended(&mut self, amended: &AwardAmended) {
        let fits = amended.awarded.is_some() || amended.obligated.is_some();
        self.flag_unless(fits, FlagCode::AwardAmendmentEmpty);
        if let Some(awarded) = amended.awarded {
            let before = &self.award.awarded;
            let (made, differs) = (!before.is_empty(), !before.is_empty() && !before.has(awarded.currency()));
            self.flag_unless(made, FlagCode::AwardNotMade);
            self.flag_unless(!differs, FlagCode::AwardOtherCurrency);
            self.award.awarded.set(awarded);
        }
        if let Some(obligated) = amended.obligated {
            self.flag_unless(!self.award.obligated.is_empty(), FlagCode::AwardNotObligated);
            self.award.obligated.set(obligated);
        }
        let currencies = [amended.awarded, amended.obligated].map(|money| money.map(Money::currency));
        for currency in currencies.into_iter().flatten().collect::<BTreeSet<_>>() {
            self.award_covers(currency);
        }
        if let Some(obligated) = amended.obligated {
            self.obligation_covers(obligated.currency(), FlagCode::DisbursedBeyondObligation);
        }
    }

    /// What was never obligated is not released.
    fn deobligated(&mut self, amount: Money) {
        let obligated = &mut self.award.obligated;
        if obligated.has(amount.currency()) {
            obligated.subtract(amount);
            self.obligation_covers(amount.currency(), FlagCode::DeobligatedBeyondObligation);
        } else {
            let code = if obligated.is_empty() { FlagCode::AwardNotObligated } else { FlagCode::AwardOtherCurrency };
            self.flag_unless(false, code);
        }
    }

    fn condition_met(&mut self, name: &Line, on: Date) {
        let place = self.aside.conditions.find(name, |at| &self.award.conditions[at].name);
        let condition = place.and_then(|place| self.award.conditions.get_mut(place));
        let code = match condition.map(|condition| condition.met_on.replace(on)) {
            None => FlagCode::AwardConditionUnknown,
            Some(Some(_)) => FlagCode::AwardConditionMetTwice,
            Some(None) => return,
        };
        self.flags.push(Flag::new(code, [self.fact]));
    }

    fn disbursed(&mut self, amount: Money, on: Date) {
        self.award.disbursed.add(amount);
        self.award.payments.push(Payment { amount, paid_on: on, fact_id: self.fact });
        if self.award.obligated.is_empty() {
            self.flag_unless(false, FlagCode::AwardNotObligated);
        } else {
            self.obligation_covers(amount.currency(), FlagCode::DisbursedBeyondObligation);
        }
        self.advance(AwardState::Disbursing, on);
    }

    fn recovered(&mut self, amount: Money) {
        self.award.recovered.add(amount);
        let currency = amount.currency();
        let covered = self.award.recovered.get(currency) <= self.award.disbursed.get(currency);
        self.flag_unless(covered, FlagCode::RecoveredBeyondDisbursed);
    }

    /// Obligated may not exceed awarded, in each currency.
    fn award_covers(&mut self, currency: Currency) {
        let (awarded, obligated) = (&self.award.awarded, self.award.obligated.get(currency));
        if awarded.is_empty() {
            return;
        }
        let code = if awarded.has(currency) { FlagCode::ObligatedBeyondAward } else { FlagCode::AwardOtherCurrency };
        let fits = obligated <= awarded.get(currency);
        self.flag_unless(fits, code);
    }

    /// Disbursed may not exceed obligated, in each currency; what was paid back can be paid out again.
    fn obligation_covers(&mut self, currency: Currency, code: FlagCode) {
        let obligated = &self.award.obligated;
        let paid = self.award.disbursed.get(currency).saturating_sub(self.award.recovered.get(currency));
        let code = if obligated.has(currency) { code } else { FlagCode::AwardOtherCurrency };
        let fits = paid <= obligated.get(currency);
        self.flag_unless(fits, code);
    }
}

/// Whether each share is of one project or cluster that the award is for, and an amount or a percentage.
fn shares_are_clear(identified: &AwardIdentified) -> bool {
    let is_clear = |share: &Share| {
        let whose = match (share.project, share.cluster) {
            (Some(project), None) => identified.projects.contains(&project),
            (None, Some(cluster)) => identified.clusters.contains(&cluster),
            _ => false,
        };
        let is_part = |percent: Decimal| percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED;
        whose && share.amount.is_some() != share.percent.is_some() && share.percent.is_none_or(is_part)
    };
    identified.shares.iter().all(is_clear)
}

/// How much is sought, awarded, committed, paid or released by a fact that brings such an amount about.
fn amount(fact: &AwardFact) -> Option<Money> {
    match fact {
        AwardFact::AwardAppliedFor(applied) => applied.amount,
        AwardFact::AwardExpected(expected) => expected.amount,
        AwardFact::AwardMade(made) => Some(made.amount),
        AwardFact::AwardAgreementSigned(signed) => Some(signed.obligated),
        AwardFact::AwardDisbursed(disbursed) => Some(disbursed.amount),
        AwardFact::PerformancePaid(paid) => Some(paid.amount),
        AwardFact::AwardDeobligated(deobligated) => Some(deobligated.amount),
        AwardFact::AwardRecovered(recovered) => Some(recovered.amount),
        AwardFact::LoanRepaid(repaid) => Some(repaid.amount),
        AwardFact::GuaranteeCalled(called) => Some(called.amount),
        _ => None,
    }
}
