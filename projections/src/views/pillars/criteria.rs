//! What is computed for each criterion: the facts for it, and what is missing.

use schema::{
    EventId, Line, PermitId,
    award::{AwardFact, Purpose, Side},
    cluster::ClusterFact,
    partnership::PartnershipKind,
    permit::PermitFact,
    project::{EstimateClass, Stage, Standing},
};

use super::{
    Basis, Finding, Gap,
    case::{Case, Seen},
};
use crate::{
    Sight,
    things::{
        Award, CostEstimate, CriterionEvidence, Partnership, PartnershipState, Permit, PermitState, PolicyMeasure, PolicyState,
        Project, Scope,
    },
    views::ladder::Computed,
};

/// The kinds of partnership by which infrastructure is shared.
const SHARED: &[PartnershipKind] =
    &[PartnershipKind::SharedInfrastructure, PartnershipKind::Co2TransportStorage, PartnershipKind::JointVenture];

/// The kinds of partnership that bind who makes, moves, stores and buys.
const COMMERCIAL: &[PartnershipKind] = &[
    PartnershipKind::Offtake,
    PartnershipKind::Supply,
    PartnershipKind::Co2TransportStorage,
    PartnershipKind::SharedInfrastructure,
];

/// What is found about `computed`.
#[expect(clippy::too_many_lines, reason = "one arm per criterion, to be read side by side with the ladders")]
pub fn find<V: Sight>(case: &Case<'_, V>, computed: Computed) -> Finding {
    match computed {
        Computed::LeadOnRecord => of_project(case, |project| {
            let lead = project.state().registered().and_then(|registered| registered.lead);
            found(lead.and(project.founding()), "no lead organisation is registered")
        }),
        Computed::PartnershipIdentified => partnership(case, None, PartnershipState::Identified, "no partnership is on record"),
        Computed::ConvenorOnRecord => {
            let fact = case.cluster().and_then(|cluster| cluster.state().convenor_fact);
            found(fact.map(|fact| case.own(fact)), "no convenor is named")
        }
        Computed::MembersOnRecord => members(case),
        Computed::MemorandumSigned => {
            partnership(case, None, PartnershipState::MouSigned, "no memorandum of understanding is signed")
        }
        Computed::CharterOrMemorandumSigned => {
            let charter = stated(case, |fact| matches!(fact, ClusterFact::ClusterCharterSigned(_)));
            charter.map_or_else(
                || {
                    let missing = "neither a charter nor a memorandum of understanding is signed";
                    partnership(case, None, PartnershipState::MouSigned, missing)
                },
                |fact| found(Some(fact), ""),
            )
        }
        Computed::GovernanceEstablished => {
            let body = stated(case, |fact| matches!(fact, ClusterFact::ClusterGovernanceEstablished(_)));
            found(body, "no body that governs the cluster is established")
        }
        Computed::TermSheetSigned => partnership(case, None, PartnershipState::TermSheet, "no term sheet is signed"),
        Computed::SharedAssetTermSheetSigned => {
            let missing = "no term sheet on shared infrastructure, CO2 transport and storage or a joint venture is signed";
            partnership(case, Some(SHARED), PartnershipState::TermSheet, missing)
        }
        Computed::BindingAgreementSigned => {
            let missing = "no binding agreement on offtake, supply, CO2 transport and storage or shared infrastructure is signed";
            partnership(case, Some(COMMERCIAL), PartnershipState::Binding, missing)
        }
        Computed::OperatingUnderAgreement => {
            let missing = "no partnership on offtake, supply, CO2 transport and storage or shared infrastructure is active";
            partnership(case, Some(COMMERCIAL), PartnershipState::Active, missing)
        }
        Computed::PermitsIdentified => permits(case, identified),
        Computed::ApplicationsSubmitted => permits(case, |_, permit| submitted(permit)),
        Computed::ApplicationsAccepted => permits(case, |_, permit| accepted(permit)),
        Computed::PermitsGranted => permits(case, |_, permit| granted(permit)),
        Computed::ChallengeWindowsClosed => permits(case, window_closed),
        Computed::PreConstructionConditionsDischarged => permits(case, |_, permit| discharged(permit)),
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
        Computed::FeasibilityFunded => award(case, "no award pays for the feasibility study", |award| {
            pays_for(award, &[Purpose::Feasibility, Purpose::Feed, Purpose::Construction])
        }),
        Computed::FeedFunded => award(case, "no award pays for front-end engineering design", |award| {
            pays_for(award, &[Purpose::Feed, Purpose::Construction])
        }),
        Computed::PublicSupportAwarded => award(case, "no public money is awarded", |award| {
            award.identified().is_some_and(|identified| identified.side == Some(Side::Public))
        }),
        Computed::FinancialCloseReached => {
            award_fact(case, "financial close is not reached", |fact| matches!(fact, AwardFact::FinancialCloseReached(_)))
        }
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
            let fact = decision.or_else(|| reached(project.state(), "fid")).or_else(|| stage(project.state(), Stage::Fid));
            found(fact.map(|fact| project.basis(fact)), "the final investment decision is not taken")
        }),
        Computed::LeverOnRecord => of_project(case, |project| {
            let has_lever = project.state().registered().is_some_and(|registered| !registered.levers.is_empty());
            found(project.founding().filter(|_| has_lever), "no technology lever is registered")
        }),
        Computed::FeasibilityDone => of_project(case, |project| {
            let fact = stage(project.state(), Stage::Feed).or_else(|| reached(project.state(), "feasibility"));
            found(fact.map(|fact| project.basis(fact)), "the feasibility study is not done")
        }),
        Computed::FeedEntered => of_project(case, |project| {
            let fact = stage(project.state(), Stage::Feed).map(|fact| project.basis(fact));
            found(fact, "front-end engineering design is not entered")
        }),
        Computed::FeedDone => of_project(case, |project| {
            let fact = stage(project.state(), Stage::Fid).or_else(|| reached(project.state(), "feed"));
            found(fact.map(|fact| project.basis(fact)), "front-end engineering design is not done")
        }),
        Computed::ScheduleOnRecord => of_project(case, |project| {
            let planned = project.state().milestones.iter().find(|milestone| milestone.baseline.is_some());
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
pub fn of_projects<V: Sight>(projects: &[Case<'_, V>], computed: Computed) -> Finding {
    let met = projects.iter().filter(|project| goes_on(project)).map(|project| find(project, computed)).find(Finding::is_met);
    met.unwrap_or_else(|| match projects.iter().filter(|project| goes_on(project)).count() {
        0 if projects.is_empty() => Finding::missing("the cluster has no project"),
        0 => Finding::missing("all of its projects are shelved or cancelled"),
        1 => Finding::missing("its one project does not meet this"),
        count => Finding::missing(format!("none of its {count} projects meets this")),
    })
}

/// Whether a project carries its cluster: one that is shelved or cancelled does not, whatever it had come to.
pub fn goes_on<V: Sight>(case: &Case<'_, V>) -> bool {
    case.project().is_some_and(|project| project.state().standing < Standing::Shelved)
}

fn found(fact: Option<Basis>, missing: &str) -> Finding {
    fact.map_or_else(|| Finding::missing(missing), |fact| Finding { facts: vec![fact], gaps: Vec::new() })
}

fn all(facts: Vec<Basis>, missing: &str) -> Finding {
    if facts.is_empty() { Finding::missing(missing) } else { Finding { facts, gaps: Vec::new() } }
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
    Finding { facts, gaps: gaps.into_iter().map(|says| Gap { says: says.to_owned(), thing: None }).collect() }
}

fn stated<V: Sight>(case: &Case<'_, V>, is_it: impl Fn(&ClusterFact) -> bool) -> Option<Basis> {
    let stated = case.cluster()?.state().stated.iter().find(|stated| is_it(stated.fact()))?;
    Some(case.own(stated.fact_id))
}

/// The partnerships of the given kinds that have got to `least`.
fn partnership<V: Sight>(
    case: &Case<'_, V>,
    kinds: Option<&[PartnershipKind]>,
    least: PartnershipState,
    missing: &str,
) -> Finding {
    let of_kind = |partnership: &Partnership| {
        partnership.identified().is_some_and(|identified| kinds.is_none_or(|kinds| kinds.contains(&identified.kind)))
    };
    let there = case.partnerships.iter().filter(|seen| of_kind(seen.state()));
    all(there.filter_map(|seen| stands_by(case, seen, least)).flatten().collect(), missing)
}

/// The facts by which a partnership stands, at `least` or further; `None` where it does not. From a binding agreement on,
/// that is one of them. To the clusters on the two sides of a border it counts once the other side has confirmed it.
fn stands_by<V: Sight>(case: &Case<'_, V>, seen: &Seen<Partnership>, least: PartnershipState) -> Option<Vec<Basis>> {
    let partnership = seen.state();
    let until = partnership.agreement().and_then(|signed| signed.binds_until);
    let binds = until.is_none_or(|until| !case.day.is_past(until));
    if !partnership.state.has_reached(least) || !binds || partnership.is_left_by_all_but_one() {
        return None;
    }
    let state = partnership.state_fact.map(|fact| seen.basis(fact)).or_else(|| seen.founding());
    let agreement = partnership.agreement_fact.map(|fact| seen.basis(fact));
    let facts = match least {
        PartnershipState::Binding => vec![agreement?],
        PartnershipState::Active => vec![agreement?, state?],
        _ => vec![state?],
    };
    let is_one_sided = case.cluster().is_some() && partnership.is_between_clusters();
    (!is_one_sided || facts.iter().all(|fact| fact.is_confirmed)).then_some(facts)
}

/// Every permit of the declared scope has to pass. A recorded statement that none is needed is enough.
fn permits<V: Sight>(case: &Case<'_, V>, pass: impl Fn(&Case<'_, V>, &Seen<Permit>) -> Result<EventId, String>) -> Finding {
    let Some(scope) = &case.declarations().permits else { return Finding::missing("the critical permits are not declared") };
    let mut finding = declared(case, scope, "the declaration names no permit and no reason why none is needed");
    for permit in &scope.things {
        let gap = |says: String| Gap { says, thing: Some(permit.thing()) };
        match case.see::<Permit>(*permit) {
            None => finding.gaps.push(gap(out_of_sight(*permit))),
            Some(seen) => match pass(case, &seen) {
                Ok(fact) => finding.facts.push(seen.basis(fact)),
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
    Finding { facts: vec![case.own(scope.fact_id)], gaps: Vec::new() }
}

fn title(permit: &Permit) -> String {
    permit.identified().map_or_else(|| "a permit".to_owned(), |identified| identified.title.to_string())
}

fn identified<V: Sight>(_: &Case<'_, V>, permit: &Seen<Permit>) -> Result<EventId, String> {
    let identified = permit.state().identified().ok_or("nothing identifies it")?;
    match (identified.authority, &identified.legal_basis) {
        (None, None) => Err("neither its authority nor its legal basis is known".to_owned()),
        (None, Some(_)) => Err("its authority is not known".to_owned()),
        (Some(_), None) => Err("its legal basis is not known".to_owned()),
        (Some(_), Some(_)) => fact_of(permit.founding()),
    }
}

fn fact_of(basis: Option<Basis>) -> Result<EventId, String> {
    basis.map(|basis| basis.fact).ok_or_else(|| "nothing identifies it".to_owned())
}

/// The last fact about a permit that had occurred and is as asked, or else its determination: what is determined was
/// submitted and accepted, also where a source does not say when.
fn step(permit: &Seen<Permit>, is_it: impl Fn(&PermitFact) -> bool, missing: &str) -> Result<EventId, String> {
    let determined = || permit.state().determinations.first().map(|determination| determination.fact_id);
    permit.last(is_it).map(|basis| basis.fact).or_else(determined).ok_or_else(|| missing.to_owned())
}

fn submitted(permit: &Seen<Permit>) -> Result<EventId, String> {
    let state = permit.state();
    if state.submitted_on.is_some() && matches!(state.state, PermitState::Withdrawn | PermitState::Lapsed) {
        return Err("the application is withdrawn or lapsed".to_owned());
    }
    step(permit, |fact| matches!(fact, PermitFact::ApplicationSubmitted(_)), "no application is submitted")
}

fn accepted(permit: &Seen<Permit>) -> Result<EventId, String> {
    submitted(permit)?;
    let (state, missing) = (permit.state(), "the application is not accepted as complete");
    if state.accepted_on.is_none() && state.clock_started_on.is_none() && state.determination().is_none() {
        return Err(missing.to_owned());
    }
    let is_it = |fact: &PermitFact| matches!(fact, PermitFact::ApplicationAccepted(_) | PermitFact::ClockStarted(_));
    step(permit, is_it, missing)
}

fn granted(permit: &Seen<Permit>) -> Result<EventId, String> {
    permit.state().grant().map_err(str::to_owned)
}

fn window_closed<V: Sight>(case: &Case<'_, V>, permit: &Seen<Permit>) -> Result<EventId, String> {
    let fact = granted(permit)?;
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

fn discharged(permit: &Seen<Permit>) -> Result<EventId, String> {
    let fact = granted(permit)?;
    let open = permit.state().conditions.iter();
    let open: Vec<_> = open
        .filter(|state| state.condition.before_construction && state.discharged_on.is_none())
        .map(|state| state.condition.reference.as_str())
        .collect();
    if open.is_empty() { Ok(fact) } else { Err(format!("conditions are not discharged: {}", open.join(", "))) }
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

fn pays_for(award: &Award, purposes: &[Purpose]) -> bool {
    let purpose = award.identified().and_then(|identified| identified.purpose);
    purpose.is_some_and(|purpose| purposes.contains(&purpose))
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

/// The fact by which the project entered `least` or a later stage, or is reported to be in one.
fn stage(project: &Project, least: Stage) -> Option<EventId> {
    let entered = project.stages.iter().find(|entry| entry.stage >= least).map(|entry| entry.fact_id);
    entered.or_else(|| project.stage_fact.filter(|_| project.stage >= Some(least)))
}

/// The last fact of a milestone that was reached.
fn reached(project: &Project, name: &str) -> Option<EventId> {
    let milestone = project.milestone(&Line::try_new(name).ok()?)?;
    milestone.actual.and_then(|_| milestone.facts.last().copied())
}
