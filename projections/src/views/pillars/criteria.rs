//! What is computed for each criterion: the facts for it, and what is missing.

use std::ops::RangeInclusive;

use schema::{
    EventId, Line, PermitId,
    award::{AwardFact, Purpose, Side},
    cluster::ClusterFact,
    partnership::{PartnershipFact, PartnershipKind},
    permit::PermitFact,
    project::{EstimateClass, ProjectFact, Stage, Standing},
};

use super::{
    Basis, Finding, Gap,
    case::{Case, Seen},
};
use crate::{
    Sight,
    things::{
        Award, ConditionState, CostEstimate, CriterionEvidence, Milestone, Partnership, PartnershipState, Permit, PermitState,
        PolicyMeasure, PolicyState, Project, Scope,
    },
    views::{ladder::Computed, standing::grant},
};

/// The kinds of partnership by which infrastructure is shared.
const SHARED: &[PartnershipKind] = &[PartnershipKind::SharedInfrastructure, PartnershipKind::Co2TransportStorage];

/// The kinds of partnership that bind who makes, moves, stores and buys.
const COMMERCIAL: &[PartnershipKind] = &[
    PartnershipKind::Offtake,
    PartnershipKind::Supply,
    PartnershipKind::Co2TransportStorage,
    PartnershipKind::SharedInfrastructure,
];

/// What is found about `computed`; where it `infers`, what stands for something that is not on record is enough.
#[expect(clippy::too_many_lines, reason = "one arm per criterion, to be read side by side with the ladders")]
pub fn find<V: Sight>(case: &Case<'_, V>, computed: Computed, infers: bool) -> Finding {
    let partnership = |kinds, least, missing: &str| partnership(case, kinds, (least, infers), missing);
    match computed {
        Computed::LeadOnRecord => of_project(case, |project| {
            let lead = project.state().registered().and_then(|registered| registered.lead);
            found(lead.and(project.founding()), "no lead organisation is registered")
        }),
        Computed::PartnershipIdentified => partnership(None, PartnershipState::Identified, "no partnership is on record"),
        Computed::ConvenorOnRecord => {
            let fact = case.cluster().and_then(|cluster| cluster.state().convenor_fact);
            found(fact.map(|fact| case.own(fact)), "no convenor is named")
        }
        Computed::MembersOnRecord => members(case),
        Computed::MemorandumSigned => partnership(None, PartnershipState::MouSigned, "no memorandum of understanding is signed"),
        Computed::CharterOrMemorandumSigned => {
            let charter = stated(case, |fact| matches!(fact, ClusterFact::ClusterCharterSigned(_)));
            charter.map_or_else(
                || {
                    let missing = "neither a charter nor a memorandum of understanding is signed";
                    partnership(None, PartnershipState::MouSigned, missing)
                },
                |fact| found(Some(fact), ""),
            )
        }
        Computed::GovernanceEstablished => {
            let body = stated(case, |fact| matches!(fact, ClusterFact::ClusterGovernanceEstablished(_)));
            found(body, "no body that governs the cluster is established")
        }
        Computed::TermSheetSigned => partnership(None, PartnershipState::TermSheet, "no term sheet is signed"),
        Computed::SharedAssetTermSheetSigned => {
            let missing = "no term sheet on shared infrastructure or CO2 transport and storage is signed";
            partnership(Some(SHARED), PartnershipState::TermSheet, missing)
        }
        Computed::BindingAgreementSigned => {
            let missing = "no binding agreement on offtake, supply, CO2 transport and storage or shared infrastructure is signed";
            partnership(Some(COMMERCIAL), PartnershipState::Binding, missing)
        }
        Computed::OperatingUnderAgreement => {
            let missing = "no partnership on offtake, supply, CO2 transport and storage or shared infrastructure is active";
            partnership(Some(COMMERCIAL), PartnershipState::Active, missing)
        }
        Computed::PermitsIdentified => permits(case, identified),
        Computed::ApplicationsSubmitted => permits(case, |_, permit| submitted(permit, infers)),
        Computed::ApplicationsAccepted => permits(case, |_, permit| accepted(permit, infers)),
        Computed::PermitsGranted => permits(case, granted),
        Computed::ChallengeWindowsClosed => permits(case, window_closed),
        Computed::PreConstructionConditionsDischarged => permits(case, discharged),
        Computed::MeasuresInForce => measures(case),
        Computed::CostEstimated => of_project(case, |project| {
            let cost = project.state().cost.as_ref().filter(|cost| !cost.capex.amount().is_zero());
            found(cost.map(|cost| project.basis(cost.fact_id)), "the cost is not estimated")
        }),
        Computed::CostEstimatedToClass3 => of_project(case, |project| {
            let is_exact = |cost: &&CostEstimate| cost.class >= EstimateClass::Class3 && !cost.capex.amount().is_zero();
            let exact = project.state().cost.as_deref().filter(is_exact);
            found(exact.map(|cost| project.basis(cost.fact_id)), "the cost is not estimated to class 3 or better")
        }),
        Computed::FeasibilityFunded => {
            award(case, "no award pays for the feasibility study", |award| pays_for(award, Purpose::Feasibility))
        }
        Computed::FeedFunded => {
            award(case, "no award pays for front-end engineering design", |award| pays_for(award, Purpose::Feed))
        }
        Computed::PublicSupportAwarded => award(case, "no public money is awarded", |award| {
            award.identified().is_some_and(|identified| identified.side == Some(Side::Public))
        }),
        Computed::FinancialCloseReached => financial_close(case),
        Computed::FirstDisbursement => award_fact(case, "no money is paid out", |fact| {
            let paid = match fact {
                AwardFact::AwardDisbursed(disbursed) => Some(disbursed.amount),
                AwardFact::PerformancePaid(paid) => Some(paid.amount),
                _ => None,
            };
            paid.is_some_and(|paid| !paid.amount().is_zero())
        }),
        Computed::FidTaken => of_project(case, |project| {
            let decision = project.state().fid.as_ref().map(|decision| decision.fact_id);
            let own = decision.or_else(|| reached(project.state(), "fid")).or_else(|| entered(project.state(), Stage::Fid));
            // What is reported of a stage says nothing of who decided what.
            let later = || entered_later(project.state(), Stage::Fid);
            recorded_or_inferred(project, own, infers, later, "the final investment decision is not taken")
        }),
        Computed::LeverOnRecord => of_project(case, |project| {
            let has_lever = project.state().registered().is_some_and(|registered| !registered.levers.is_empty());
            found(project.founding().filter(|_| has_lever), "no technology lever is registered")
        }),
        Computed::FeasibilityDone => of_project(case, |project| {
            let later = || at_least(project.state(), Stage::Feed);
            let own = reached(project.state(), "feasibility");
            recorded_or_inferred(project, own, infers, later, "the feasibility study is not done")
        }),
        Computed::FeedEntered => of_project(case, |project| {
            let own = entered(project.state(), Stage::Feed).or_else(|| reported(project.state(), Stage::Feed..=Stage::Feed));
            let later = || at_least(project.state(), Stage::Feed);
            recorded_or_inferred(project, own, infers, later, "front-end engineering design is not entered")
        }),
        Computed::FeedDone => of_project(case, |project| {
            let later = || at_least(project.state(), Stage::Fid);
            let own = reached(project.state(), "feed");
            recorded_or_inferred(project, own, infers, later, "front-end engineering design is not done")
        }),
        Computed::ScheduleOnRecord => of_project(case, |project| {
            let is_planned = |milestone: &&Milestone| milestone.baseline.is_some() && milestone.dropped_on.is_none();
            let planned = project.state().milestones.iter().find(is_planned);
            let fact = planned.and_then(|milestone| milestone.facts.first());
            found(fact.map(|fact| project.basis(*fact)), "no milestone is planned")
        }),
        Computed::CapacityCommissioned => of_project(case, |project| {
            let works = project.state().commissioned.iter().filter(|commissioned| !commissioned.capacity.value.is_zero());
            all(works.map(|commissioned| project.basis(commissioned.fact_id)).collect(), "no capacity is commissioned")
        }),
        Computed::AbatementReported => of_project(case, |project| {
            let evidenced = project.state().abatement.iter().filter(|report| report.is_evidenced && !report.t_co2e.is_zero());
            all(evidenced.map(|report| project.basis(report.fact_id)).collect(), "no abatement is reported with a document")
        }),
    }
}

/// What is found about documents for the criterion `id`.
pub fn evidenced<V: Sight>(case: &Case<'_, V>, id: &str) -> Finding {
    let filed = || case.declarations().evidence.iter().filter(|filed| filed.criterion.as_str() == id);
    let counts = |until: Option<schema::Date>| until.is_none_or(|until| !case.day.is_past(until));
    let is_accepted = |filed: &CriterionEvidence| filed.accepted_on.is_some_and(|on| case.day.has_come(on));
    let accepted: Vec<_> = filed().filter(|filed| is_accepted(filed) && counts(filed.valid_until)).collect();
    if !accepted.is_empty() {
        return all(accepted.iter().map(|filed| case.own(filed.fact_id)).collect(), "");
    }
    let mut finding = Finding::missing(match (filed().next(), filed().any(is_accepted)) {
        (None, _) => "no documents are filed",
        (Some(_), true) => "the documents that were accepted have expired",
        (Some(_), false) => "documents are filed, and no second role has accepted them",
    });
    finding.facts = filed().map(|filed| case.own(filed.fact_id)).collect();
    finding
}

/// What is found about `computed` among the projects of a cluster, of which one that goes on is enough.
pub fn of_projects<V: Sight>(projects: &[Case<'_, V>], computed: Computed, infers: bool) -> Finding {
    let carrying = projects.iter().filter(|project| goes_on(project));
    let met = carrying.clone().map(|project| find(project, computed, infers)).filter(Finding::is_met);
    // What is recorded of one project comes before what is inferred of another.
    met.min_by_key(|finding| finding.is_inferred).unwrap_or_else(|| Finding::missing(none_of(projects.len(), carrying.count())))
}

fn none_of(projects: usize, carrying: usize) -> String {
    let off = projects - carrying;
    match (projects, carrying, off) {
        (0, ..) => "the cluster has no project".to_owned(),
        (_, 0, _) => "all of its projects are shelved or cancelled".to_owned(),
        (1, ..) => "its one project does not meet this".to_owned(),
        (_, _, 0) => format!("none of its {projects} projects meets this"),
        (_, _, 1) => format!("none of its {projects} projects meets this; one of them is shelved or cancelled"),
        (..) => format!("none of its {projects} projects meets this; {off} of them are shelved or cancelled"),
    }
}

/// Whether a project carries its cluster: one that is shelved or cancelled does not, whatever it had come to.
pub fn goes_on<V: Sight>(case: &Case<'_, V>) -> bool {
    case.project().is_some_and(|project| project.state().standing < Standing::Shelved)
}

fn found(fact: Option<Basis>, missing: &str) -> Finding {
    fact.map_or_else(|| Finding::missing(missing), |fact| Finding::of(vec![fact]))
}

fn all(facts: Vec<Basis>, missing: &str) -> Finding {
    if facts.is_empty() { Finding::missing(missing) } else { Finding::of(facts) }
}

/// What is met by a fact of its own or else, where that is inferred, by one that stands for it.
fn recorded_or_inferred(
    project: &Seen<Project>,
    own: Option<EventId>,
    infers: bool,
    other: impl FnOnce() -> Option<EventId>,
    missing: &str,
) -> Finding {
    if let Some(own) = own {
        return Finding::of(vec![project.basis(own)]);
    }
    let other = if infers { other() } else { None };
    let found = found(other.map(|fact| project.basis(fact)), missing);
    Finding { is_inferred: other.is_some(), ..found }
}

/// What only a project has; a ladder asks it of nobody else.
fn of_project<V: Sight>(case: &Case<'_, V>, find: impl FnOnce(&Seen<Project>) -> Finding) -> Finding {
    case.project().map_or_else(Finding::default, find)
}

fn members<V: Sight>(case: &Case<'_, V>) -> Finding {
    let Some(cluster) = case.cluster() else { return Finding::default() };
    let facts: Vec<_> = cluster.state().members().map(|member| cluster.basis(member.fact_id)).collect();
    let gaps = match facts.len() {
        0 => vec!["no member is on record"],
        1 => vec!["one member is on record, and a cluster has at least two"],
        _ => Vec::new(),
    };
    let gaps = gaps.into_iter().map(|says| Gap { says: says.to_owned(), thing: None }).collect();
    Finding { gaps, ..Finding::of(facts) }
}

fn stated<V: Sight>(case: &Case<'_, V>, is_it: impl Fn(&ClusterFact) -> bool) -> Option<Basis> {
    let stated = case.cluster()?.state().stated.iter().find(|stated| is_it(stated.fact()))?;
    Some(case.own(stated.fact_id))
}

/// The partnerships of the given kinds that go on and have got to `least`. Where none does, those that had and don't any
/// more are what is missing: what ended is not 'not on record'.
fn partnership<V: Sight>(
    case: &Case<'_, V>,
    kinds: Option<&[PartnershipKind]>,
    (least, infers): (PartnershipState, bool),
    missing: &str,
) -> Finding {
    let of_kind = |partnership: &Partnership| {
        partnership.identified().is_some_and(|identified| kinds.is_none_or(|kinds| kinds.contains(&identified.kind)))
    };
    let (mut recorded, mut inferred, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for seen in case.partnerships.iter().filter(|seen| of_kind(seen.state())) {
        match stands_by(case, seen, least) {
            Ok((facts, false)) => recorded.extend(facts),
            Ok((facts, true)) => inferred.extend(facts),
            Err(None) => {}
            Err(Some(says)) => {
                let title = seen.state().identified().map(|identified| identified.title.as_str()).unwrap_or_default();
                gaps.push(Gap { says: format!("{title}: {says}"), thing: Some(seen.thing.id()) });
            }
        }
    }
    let is_inferred = recorded.is_empty() && infers && !inferred.is_empty();
    let facts = if is_inferred { inferred } else { recorded };
    match (facts.is_empty(), gaps.is_empty()) {
        (true, true) => Finding::missing(missing),
        (true, false) => Finding { gaps, ..Finding::default() },
        (false, _) => Finding { is_inferred, ..Finding::of(facts) },
    }
}

/// The facts by which a partnership stands, at `least` or further, and whether a later step stands for that one; why not,
/// where it had got there and does not stand any more. To the clusters on the two sides of a border it counts once the
/// other side has confirmed it.
fn stands_by<V: Sight>(
    case: &Case<'_, V>,
    seen: &Seen<Partnership>,
    least: PartnershipState,
) -> Result<(Vec<Basis>, bool), Option<String>> {
    let partnership = seen.state();
    let is_over = partnership.state > PartnershipState::Active;
    let step = step_of(seen, least);
    if is_over && (step.is_some() || least == PartnershipState::Identified) {
        let on = partnership.state_since.map(|on| format!(" on {on}")).unwrap_or_default();
        return Err(Some(format!("it ended{on}")));
    }
    if !partnership.state.has_reached(least) {
        return Err(None);
    }
    if partnership.is_left_by_all_but_one() {
        return Err(Some("all parties but one have left".to_owned()));
    }
    let until = partnership.agreement().and_then(|signed| signed.binds_until);
    if let Some(until) = until.filter(|until| least >= PartnershipState::Binding && case.day.is_past(*until)) {
        return Err(Some(format!("its agreement ended on {until}")));
    }
    let state = partnership.state_fact.map(|fact| seen.basis(fact)).or_else(|| seen.founding()).ok_or(None)?;
    let is_inferred = step.is_none();
    let facts = match least {
        PartnershipState::Active => vec![step_of(seen, PartnershipState::Binding).ok_or(None)?, state],
        PartnershipState::Binding => vec![step.ok_or(None)?],
        _ => vec![step.unwrap_or(state)],
    };
    let is_one_sided = case.cluster().is_some() && partnership.is_between_clusters();
    if is_one_sided && !facts.iter().all(|fact| fact.is_confirmed) {
        return Err(Some("the other side has not confirmed it".to_owned()));
    }
    Ok((facts, is_inferred))
}

/// The fact by which a partnership itself took the step to `least`; of several, the last.
fn step_of(seen: &Seen<Partnership>, least: PartnershipState) -> Option<Basis> {
    match least {
        PartnershipState::Identified => seen.founding(),
        PartnershipState::InDiscussion => seen.last(|fact| matches!(fact, PartnershipFact::PartnershipDiscussionOpened(_))),
        PartnershipState::MouSigned => seen.last(|fact| matches!(fact, PartnershipFact::MemorandumSigned(_))),
        PartnershipState::TermSheet => seen.last(|fact| matches!(fact, PartnershipFact::TermSheetSigned(_))),
        PartnershipState::Binding => seen.state().agreement_fact.map(|fact| seen.basis(fact)),
        PartnershipState::Active => seen.last(|fact| matches!(fact, PartnershipFact::PartnershipBecameActive(_))),
        PartnershipState::Expired | PartnershipState::Terminated => None,
    }
}

/// By which fact a permit passes, and whether that stands for another which is not on record; or why it does not pass.
type Pass = Result<(EventId, bool), String>;

const fn recorded(fact: EventId) -> (EventId, bool) {
    (fact, false)
}

/// Every permit of the declared scope has to pass. A recorded statement that none is needed is enough.
fn permits<V: Sight>(case: &Case<'_, V>, pass: impl Fn(&Case<'_, V>, &Seen<Permit>) -> Pass) -> Finding {
    let Some(scope) = &case.declarations().permits else { return Finding::missing("the critical permits are not declared") };
    let mut finding = declared(case, scope, "the declaration names no permit and no reason why none is needed");
    for permit in &scope.things {
        let gap = |says: String| Gap { says, thing: Some(permit.thing()) };
        match case.see::<Permit>(*permit) {
            None => finding.gaps.push(gap(out_of_sight(*permit))),
            Some(seen) => match pass(case, &seen) {
                Ok((fact, is_inferred)) => {
                    finding.facts.push(seen.basis(fact));
                    finding.is_inferred |= is_inferred;
                }
                Err(says) => finding.gaps.push(gap(format!("{}: {says}", title(seen.state())))),
            },
        }
    }
    finding
}

fn out_of_sight(permit: PermitId) -> String {
    format!("{permit} can't be seen")
}

/// The declaration of a scope itself, where it says anything.
fn declared<V: Sight, T>(case: &Case<'_, V>, scope: &Scope<T>, missing: &str) -> Finding {
    if scope.things.is_empty() && scope.none.is_none() {
        return Finding::missing(missing);
    }
    Finding::of(vec![case.own(scope.fact_id)])
}

fn title(permit: &Permit) -> String {
    permit.identified().map_or_else(|| "a permit".to_owned(), |identified| identified.title.to_string())
}

fn identified<V: Sight>(_: &Case<'_, V>, permit: &Seen<Permit>) -> Pass {
    let identified = permit.state().identified().ok_or("nothing identifies it")?;
    match (identified.authority, &identified.legal_basis) {
        (None, None) => Err("neither its authority nor its legal basis is known".to_owned()),
        (None, Some(_)) => Err("its authority is not known".to_owned()),
        (Some(_), None) => Err("its legal basis is not known".to_owned()),
        (Some(_), Some(_)) => fact_of(permit.founding()),
    }
}

fn fact_of(basis: Option<Basis>) -> Pass {
    basis.map(|basis| recorded(basis.fact)).ok_or_else(|| "nothing identifies it".to_owned())
}

/// The last fact about a permit that had occurred and is as asked, or else, where that is inferred, its determination: what
/// is determined was submitted and accepted, also where a source does not say when.
fn step(permit: &Seen<Permit>, is_it: impl Fn(&PermitFact) -> bool, infers: bool, missing: &str) -> Pass {
    if let Some(basis) = permit.last(is_it) {
        return Ok(recorded(basis.fact));
    }
    let state = permit.state();
    let determined = state.determinations.first().map(|determination| determination.fact_id);
    let reported = state.reported.as_deref().filter(|_| state.outcome().is_some()).map(|reported| reported.fact_id);
    let other = determined.or(reported).filter(|_| infers);
    other.map(|fact| (fact, true)).ok_or_else(|| missing.to_owned())
}

fn submitted(permit: &Seen<Permit>, infers: bool) -> Pass {
    let state = permit.state();
    if state.submitted_on.is_some() && matches!(state.state, PermitState::Withdrawn | PermitState::Lapsed) {
        let on = state.ended_on.map(|on| format!(" on {on}")).unwrap_or_default();
        return Err(format!("the application was withdrawn or lapsed{on}"));
    }
    step(permit, |fact| matches!(fact, PermitFact::ApplicationSubmitted(_)), infers, "no application is submitted")
}

fn accepted(permit: &Seen<Permit>, infers: bool) -> Pass {
    submitted(permit, infers)?;
    let (state, missing) = (permit.state(), "the application is not accepted as complete");
    if state.state == PermitState::Returned {
        return Err("the application was returned as incomplete".to_owned());
    }
    if state.accepted_on.is_some() {
        return step(permit, |fact| matches!(fact, PermitFact::ApplicationAccepted(_)), infers, missing);
    }
    let started = permit.last(|fact| matches!(fact, PermitFact::ClockStarted(_)));
    if let Some(started) = started.filter(|_| infers && state.clock_started_on.is_some()) {
        return Ok((started.fact, true));
    }
    if state.outcome().is_none() {
        return Err(missing.to_owned());
    }
    step(permit, |_| false, infers, missing)
}

fn granted<V: Sight>(case: &Case<'_, V>, permit: &Seen<Permit>) -> Pass {
    grant(case.sight, case.day, permit.state()).map(recorded)
}

fn window_closed<V: Sight>(case: &Case<'_, V>, permit: &Seen<Permit>) -> Pass {
    let fact = granted(case, permit)?;
    let state = permit.state();
    if state.challenges.iter().any(|challenge| challenge.end.is_none()) {
        return Err("it is challenged".to_owned());
    }
    match state.determination().and_then(|determination| determination.challengeable_until) {
        None => Err("the record does not say until when it can be challenged".to_owned()),
        Some(until) if case.day.is_past(until) => Ok(fact),
        Some(until) => Err(format!("it can be challenged until {until}")),
    }
}

/// A grant of which no condition is on record says nothing of any: nobody knows whether there are none.
fn discharged<V: Sight>(case: &Case<'_, V>, permit: &Seen<Permit>) -> Pass {
    let fact = granted(case, permit)?;
    let conditions = &permit.state().conditions;
    let those = |is_it: &dyn Fn(&ConditionState) -> bool| {
        let found = conditions.iter().filter(|state| is_it(state)).map(|state| state.condition.reference.as_str());
        found.collect::<Vec<_>>().join(", ")
    };
    let breached = those(&|state| state.is_breached());
    let open = those(&|state| state.condition.before_construction && state.discharged_on.is_none());
    match (breached.as_str(), open.as_str()) {
        ("", "") if conditions.is_empty() => Err("no condition of it is on record".to_owned()),
        ("", "") => Ok(fact),
        ("", open) => Err(format!("conditions are not discharged: {open}")),
        (breached, _) => Err(format!("conditions are breached: {breached}")),
    }
}

fn measures<V: Sight>(case: &Case<'_, V>) -> Finding {
    let Some(scope) = &case.declarations().measures else {
        return Finding::missing("the policy measures that are relied on are not declared");
    };
    let mut finding = declared(case, scope, "the declaration names no measure and no reason why there is none");
    for measure in &scope.things {
        let seen = case.see::<PolicyMeasure>(*measure);
        let in_force = seen.as_ref().filter(|seen| seen.state().state == PolicyState::InForce);
        if let Some(fact) = in_force.and_then(|seen| seen.state().state_fact.map(|fact| seen.basis(fact))) {
            finding.facts.push(fact);
        } else {
            let identified = seen.as_ref().and_then(|seen| seen.state().identified());
            let title = identified.map_or_else(|| measure.to_string(), |identified| identified.title.to_string());
            finding.gaps.push(Gap { says: format!("{title}: it is not in force"), thing: Some(measure.thing()) });
        }
    }
    finding
}

fn pays_for(award: &Award, purpose: Purpose) -> bool {
    award.identified().is_some_and(|identified| identified.purpose == Some(purpose))
}

fn financial_close<V: Sight>(case: &Case<'_, V>) -> Finding {
    let own =
        case.project().and_then(|project| project.first(|fact| matches!(fact, ProjectFact::ProjectFinancialCloseReached(_))));
    let of_awards =
        award_fact(case, "financial close is not reached", |fact| matches!(fact, AwardFact::FinancialCloseReached(_)));
    own.map_or(of_awards, |own| Finding::of(vec![own]))
}

/// The awards that stand and are as asked.
fn award<V: Sight>(case: &Case<'_, V>, missing: &str, is_it: impl Fn(&Award) -> bool) -> Finding {
    let stands = |award: &Award| award.state.is_awarded() && award.awarded.is_something();
    let there = case.awards.iter().filter(|seen| stands(seen.state()) && is_it(seen.state()));
    all(there.filter_map(|seen| seen.first(|fact| matches!(fact, AwardFact::AwardMade(_)))).collect(), missing)
}

/// The first facts as asked, of awards that have not been ended before their time.
fn award_fact<V: Sight>(case: &Case<'_, V>, missing: &str, is_it: impl Fn(&AwardFact) -> bool) -> Finding {
    let there = case.awards.iter().filter(|seen| seen.state().state < crate::things::AwardState::Declined);
    all(there.filter_map(|seen| seen.first(&is_it)).collect(), missing)
}

/// The fact by which the project entered `stage` itself.
fn entered(project: &Project, stage: Stage) -> Option<EventId> {
    project.stages.iter().find(|entry| entry.stage == stage).map(|entry| entry.fact_id)
}

/// The fact by which the project entered a stage after `stage`.
fn entered_later(project: &Project, stage: Stage) -> Option<EventId> {
    project.stages.iter().find(|entry| entry.stage > stage).map(|entry| entry.fact_id)
}

/// The report by which it is in one of `stages`.
fn reported(project: &Project, stages: RangeInclusive<Stage>) -> Option<EventId> {
    let fact = project.stage_fact?;
    let is_report = project.stages.iter().all(|entry| entry.fact_id != fact);
    project.stage.filter(|stage| is_report && stages.contains(stage)).map(|_| fact)
}

/// The fact by which it entered `least` or a later stage, or is reported to be in one.
fn at_least(project: &Project, least: Stage) -> Option<EventId> {
    let entered = entered(project, least).or_else(|| entered_later(project, least));
    entered.or_else(|| reported(project, least..=Stage::Decommissioned))
}

/// The last fact of a milestone that was reached.
fn reached(project: &Project, name: &str) -> Option<EventId> {
    let milestone = project.milestone(&Line::try_new(name).ok()?)?;
    milestone.actual.and_then(|_| milestone.facts.last().copied())
}
