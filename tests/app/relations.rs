//! What others rely on: to whom a thing belongs is not changed without whoever has recorded or confirmed something there,
//! and what a party did is undone by that party alone.

use std::sync::Arc;

use access::Actor;
use app::{Founds, HandleError, Order, Receipt, RecordError, Target, Viewpoint};
use domain::{Intent, Rejection, rejection};
use projections::{
    Across, Kinded,
    things::{Award, Partnership, Permit, Programme, Project},
};
use schema::{
    EventId, Fact, OrganisationId, ProgrammeId, SubjectId, ThingId, Visibility,
    award::{AwardFact, AwardIdentified},
    partnership::{MemorandumSigned, PartnershipFact},
    permit::{InformationRequested, InformationSupplied, PermitFact, PermitIdentified, PermitRefused},
    programme::{ProgrammeClosed, ProgrammeFact, ProgrammeOpened},
    project::{ProjectFact, Stage},
};
use uuid::Uuid;

use crate::{
    money::{self, FUND, GRANT, HYDROGEN, OTHER_FUND, STORE, award, funder_at, made, partner_at},
    world::*,
};

/// What the other fund has.
const STEEL: ProgrammeId = ProgrammeId::new(Uuid::from_u128(52));

/// A payload of which only what has to be there is there.
fn bare<T: serde::de::DeserializeOwned>() -> T {
    serde_json::from_str("{}").unwrap()
}

fn company(organisation: OrganisationId) -> Actor {
    partner_at(organisation, 105)
}

/// The world of the money tests, with a programme of the other fund.
async fn world() -> World {
    let world = money::world().await;
    let programme = ProgrammeOpened { title: line("steel"), ..opened(OTHER_FUND) };
    world.lay::<Programme>(STEEL, programme).await;
    world.lay::<Permit>(CROSSING, submitted()).await;
    world
}

fn opened(funder: OrganisationId) -> ProgrammeOpened {
    ProgrammeOpened {
        title: line("hydrogen"),
        funder,
        legal_basis: None,
        budget: None,
        awards_planned: None,
        clusters: vec![HUMBER],
        countries: Vec::new(),
        closes_on: None,
        identifiers: Vec::new(),
    }
}

fn crossing(authority: Option<OrganisationId>) -> PermitIdentified {
    PermitIdentified { authority, ..permit(&[PIPELINE], COUNCIL) }
}

fn about<F: Fact>(thing: impl Into<ThingId>, intent: Intent<F>) -> Order<F> {
    Order { visibility: None, ..order(Target::Existing(thing.into()), intent, "2024-01-01") }
}

fn correct<F: Fact>(thing: impl Into<ThingId>, fact: EventId, to: impl Into<F>) -> Order<F> {
    about(thing, Intent::Correct { fact, reason: note("a mix-up"), to: to.into(), members: None })
}

fn retract<F: Fact>(thing: impl Into<ThingId>, act: EventId) -> Order<F> {
    about(thing, Intent::Retract { act, reason: note("a mix-up") })
}

fn founding<S: Kinded>(world: &World, thing: impl Into<ThingId>) -> EventId {
    world.app.picture().thing::<S>(thing).unwrap().founding().unwrap().fact_id
}

/// Why it was refused; fails when it was taken, or refused for whom it came from.
fn relied_on(refused: Result<Receipt, HandleError>) -> Rejection {
    let Err(HandleError::Record(RecordError::Rejected(rejection))) = refused else { panic!("{refused:?}") };
    assert_eq!(rejection.code, rejection::RELIED_ON, "{rejection:?}");
    rejection
}

fn forbidden(refused: &Result<Receipt, HandleError>) -> bool {
    matches!(refused, Err(HandleError::Forbidden(_)))
}

/// Tries it, and sees that nothing is recorded.
async fn is_relied_on<S: Across<Fact: Founds>>(world: &World, who: &Actor, order: Order<S::Fact>) -> Rejection {
    let count = world.events_count().await;
    let rejection = relied_on(world.handle::<S>(who, order).await);
    assert_eq!(world.events_count().await, count);
    rejection
}

async fn record<S: Across<Fact: Founds>>(world: &World, who: &Actor, order: Order<S::Fact>) -> EventId {
    let receipt = world.handle::<S>(who, order).await;
    receipt.unwrap_or_else(|error| panic!("{error:?} for {:?}", who.grants)).events[0]
}

fn ask() -> Order<PermitFact> {
    to_state(CROSSING, InformationRequested { what: note("bats"), due_on: None, ground: None }, "2024-03-01")
}

fn refuse() -> Order<PermitFact> {
    to_state(CROSSING, bare::<PermitRefused>(), "2024-06-01")
}

/// What an authority can have done on a permit for it to rely on being its authority.
async fn by_authority(world: &World, what: &str) {
    let council = regulator_at(COUNCIL);
    let fact = founding::<Permit>(world, CROSSING);
    let order = match what {
        "confirmed the founding fact" => about(CROSSING, Intent::Confirm { fact }),
        "disputed the founding fact" => about(CROSSING, Intent::Dispute { fact, reason: note("it is of another kind") }),
        "asked for something" => ask(),
        "asked for something in confidence" => Order { visibility: Some(Visibility::Parties), ..ask() },
        "refused" => refuse(),
        other => panic!("nothing is called {other}"),
    };
    record::<Permit>(world, &council, order).await;
}

const BY_AUTHORITY: [&str; 5] = [
    "confirmed the founding fact",
    "disputed the founding fact",
    "asked for something",
    "asked for something in confidence",
    "refused",
];

/// Everybody on the applicant's side who may otherwise correct what identifies the permit.
fn applicants() -> [Actor; 3] {
    [lead_of(PIPELINE), company(DEVELOPER), manager_of(HUMBER)]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_does_not_remove_its_authority_once_that_has_recorded_anything() {
    for what in BY_AUTHORITY {
        let world = world().await;
        by_authority(&world, what).await;
        let fact = founding::<Permit>(&world, CROSSING);
        for who in applicants() {
            for order in [
                correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL))),
                correct(CROSSING, fact, crossing(None)),
                retract(CROSSING, fact),
            ] {
                let rejection = is_relied_on::<Permit>(&world, &who, order).await;
                assert_eq!(rejection.field, Some("authority"), "{what}");
                assert!(rejection.hint.unwrap().contains(&format!("council ({COUNCIL})")), "{what}: says who may");
                assert!(!rejection.facts.is_empty() && rejection.message.contains("the authority"), "{what}");
            }
            // The rest of the fact is still theirs to correct.
            let retitled = PermitIdentified { title: line("another title"), ..crossing(Some(COUNCIL)) };
            let back = crossing(Some(COUNCIL));
            for to in [retitled, back] {
                record::<Permit>(&world, &who, correct(CROSSING, fact, to)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_has_recorded_nothing_is_corrected_like_any_mistake() {
    for who in applicants() {
        let world = world().await;
        let fact = founding::<Permit>(&world, CROSSING);
        record::<Permit>(&world, &who, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await;
        record::<Permit>(&world, &who, correct(CROSSING, fact, crossing(None))).await;
        record::<Permit>(&world, &who, retract(CROSSING, fact)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_authority_took_back_is_nothing_to_rely_on() {
    let world = world().await;
    let council = regulator_at(COUNCIL);
    let asked = record::<Permit>(&world, &council, ask()).await;
    record::<Permit>(&world, &council, retract(CROSSING, asked)).await;
    let fact = founding::<Permit>(&world, CROSSING);
    record::<Permit>(&world, &lead_of(PIPELINE), correct(CROSSING, fact, crossing(None))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_says_itself_that_another_decides_and_nothing_else_by_that() {
    let world = world().await;
    let (council, other) = (regulator_at(COUNCIL), regulator_at(OTHER_COUNCIL));
    let fact = founding::<Permit>(&world, CROSSING);
    record::<Permit>(&world, &council, ask()).await;
    let elsewhere = PermitIdentified { title: line("ours no more"), ..crossing(Some(OTHER_COUNCIL)) };
    assert!(forbidden(&world.handle::<Permit>(&council, correct(CROSSING, fact, elsewhere)).await));
    assert!(forbidden(&world.handle::<Permit>(&other, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await));
    let moved = record::<Permit>(&world, &council, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await;
    let permit = |world: &World| world.app.picture().thing::<Permit>(CROSSING).unwrap().clone();
    assert_eq!(permit(&world).state().identified().unwrap().authority, Some(OTHER_COUNCIL));
    assert!(forbidden(&world.handle::<Permit>(&council, refuse()).await), "it decides here no more");
    // It takes that back as long as the other has done nothing by it.
    record::<Permit>(&world, &council, retract(CROSSING, moved)).await;
    let moved = record::<Permit>(&world, &council, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await;
    record::<Permit>(&world, &other, refuse()).await;
    is_relied_on::<Permit>(&world, &council, retract(CROSSING, moved)).await;
    is_relied_on::<Permit>(&world, &council, correct(CROSSING, fact, crossing(None))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_authority_did_is_not_undone_by_the_second_nor_by_the_applicant() {
    let world = world().await;
    let (council, other) = (regulator_at(COUNCIL), regulator_at(OTHER_COUNCIL));
    let refusal = record::<Permit>(&world, &council, refuse()).await;
    let fact = founding::<Permit>(&world, CROSSING);
    record::<Permit>(&world, &council, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await;
    let count = world.events_count().await;
    let refused = |on: &str| {
        let intent = Intent::Correct {
            fact: refusal,
            reason: note("misread"),
            to: refuse().intent.new_fact().unwrap().clone(),
            members: None,
        };
        order(Target::Existing(CROSSING.thing()), intent, on)
    };
    let mut supported = about::<PermitFact>(CROSSING, Intent::AttachEvidence { fact: refusal });
    supported.evidence = vec![document("another letter")];
    for who in applicants().into_iter().chain([other, administrator(), regulator_at(DEVELOPER)]) {
        for undoing in [retract(CROSSING, refusal), refused("2024-06-02"), supported.clone()] {
            assert!(forbidden(&world.handle::<Permit>(&who, undoing).await), "{:?}", who.grants);
        }
    }
    assert_eq!(world.events_count().await, count);
    // The first puts it right, or takes it back, also where it decides no more; and nobody else brings it back then.
    record::<Permit>(&world, &council, refused("2024-06-03")).await;
    let retraction = record::<Permit>(&world, &council, retract(CROSSING, refusal)).await;
    for who in applicants().into_iter().chain([regulator_at(OTHER_COUNCIL)]) {
        assert!(forbidden(&world.handle::<Permit>(&who, retract(CROSSING, retraction)).await), "{:?}", who.grants);
    }
    record::<Permit>(&world, &council, retract(CROSSING, retraction)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_and_a_dispute_are_not_taken_back_by_the_applicant() {
    for what in ["confirmed the founding fact", "disputed the founding fact"] {
        let world = world().await;
        by_authority(&world, what).await;
        let word = world.events(CROSSING).await.last().unwrap().id;
        for who in applicants() {
            assert!(forbidden(&world.handle::<Permit>(&who, retract(CROSSING, word)).await), "{what}: {:?}", who.grants);
        }
        record::<Permit>(&world, &regulator_at(COUNCIL), retract(CROSSING, word)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_logged_of_an_authority_and_confirmed_by_it_is_taken_back_by_it_alone() {
    let world = world().await;
    let (lead, council) = (company(DEVELOPER), regulator_at(COUNCIL));
    let logged = record::<Permit>(&world, &lead, ask()).await;
    record::<Permit>(&world, &council, about(CROSSING, Intent::Confirm { fact: logged })).await;
    assert!(forbidden(&world.handle::<Permit>(&lead, retract(CROSSING, logged)).await));
    record::<Permit>(&world, &council, retract(CROSSING, logged)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_an_organisation_go_on_seeing_its_acts_and_a_stranger_does_not() {
    let world = world().await;
    let council = regulator_at(COUNCIL);
    let in_confidence = Order { visibility: Some(Visibility::Parties), ..ask() };
    let stop = record::<Permit>(&world, &council, in_confidence).await;
    let fact = founding::<Permit>(&world, CROSSING);
    record::<Permit>(&world, &council, correct(CROSSING, fact, crossing(Some(OTHER_COUNCIL)))).await;
    let sees = |who: &Actor, act: EventId| {
        let view = Viewpoint::new(&world.app, Arc::new(who.clone()), None);
        view.history::<Permit>(CROSSING).is_some_and(|permit| permit.act(act).is_some())
    };
    let colleague = Actor { subject: SubjectId(Uuid::from_u128(444)), ..council.clone() };
    assert!(sees(&council, stop) && sees(&colleague, stop));
    assert!(!sees(&regulator_at(DEVELOPER), stop) && !sees(&lead_of(FURNACE), stop));
    // What others say in confidence after that is not for it.
    let later = Order { visibility: Some(Visibility::Parties), ..refuse() };
    let later = record::<Permit>(&world, &regulator_at(OTHER_COUNCIL), later).await;
    assert!(!sees(&council, later));
    // And it puts its own right.
    record::<Permit>(&world, &council, retract(CROSSING, stop)).await;
}

fn steel() -> AwardIdentified {
    AwardIdentified { programme: Some(STEEL), ..award(&[PIPELINE], None) }
}

/// Everything by which an award could be moved away from its funder.
fn moves(world: &World) -> Vec<Order<AwardFact>> {
    let fact = founding::<Award>(world, GRANT);
    let nobodys = AwardIdentified { programme: None, ..award(&[PIPELINE], None) };
    let named = AwardIdentified { programme: Some(STEEL), ..award(&[PIPELINE], Some(FUND)) };
    let anothers = AwardIdentified { programme: None, ..award(&[PIPELINE], Some(OTHER_FUND)) };
    let corrected = [steel(), nobodys, named, anothers].map(|to| correct(GRANT, fact, to));
    corrected.into_iter().chain([retract(GRANT, fact)]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_does_not_move_an_award_to_another_funder_once_that_has_recorded_anything() {
    for is_confirmation in [false, true] {
        let world = world().await;
        let fund = funder_at(FUND);
        let made = to_state::<AwardFact>(GRANT, made(100), "2024-03-01");
        if is_confirmation {
            let logged = record::<Award>(&world, &lead_of(PIPELINE), made).await;
            record::<Award>(&world, &fund, about(GRANT, Intent::Confirm { fact: logged })).await;
        } else {
            record::<Award>(&world, &fund, made).await;
        }
        for who in applicants() {
            for order in moves(&world) {
                let rejection = is_relied_on::<Award>(&world, &who, order).await;
                assert!(rejection.hint.unwrap().contains(&format!("fund ({FUND})")), "says who may");
            }
        }
        let fact = founding::<Award>(&world, GRANT);
        // By naming who funds it already nothing is moved; nor is it by another title.
        record::<Award>(&world, &lead_of(PIPELINE), correct(GRANT, fact, award(&[PIPELINE], Some(FUND)))).await;
        record::<Award>(&world, &fund, correct(GRANT, fact, steel())).await;
        assert!(forbidden(&world.handle::<Award>(&fund, to_state::<AwardFact>(GRANT, self::made(5), "2024-05-01")).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_award_on_which_no_funder_relies_is_moved_like_any_mistake() {
    for who in applicants() {
        let world = world().await;
        let fact = founding::<Award>(&world, GRANT);
        record::<Award>(&world, &who, correct(GRANT, fact, steel())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_is_not_given_to_another_funder_once_that_has_recorded_anything_in_it() {
    for is_on_programme in [true, false] {
        let world = world().await;
        let fund = funder_at(FUND);
        if is_on_programme {
            let closed = to_state::<ProgrammeFact>(HYDROGEN, bare::<ProgrammeClosed>(), "2024-06-01");
            record::<Programme>(&world, &fund, closed).await;
        } else {
            record::<Award>(&world, &fund, to_state::<AwardFact>(GRANT, made(100), "2024-03-01")).await;
        }
        let fact = founding::<Programme>(&world, HYDROGEN);
        for order in [correct(HYDROGEN, fact, opened(OTHER_FUND)), retract(HYDROGEN, fact)] {
            is_relied_on::<Programme>(&world, &administrator(), order).await;
        }
        record::<Programme>(&world, &fund, correct(HYDROGEN, fact, opened(OTHER_FUND))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_not_taken_from_a_lead_or_a_cluster_that_has_recorded_anything_there() {
    let feed = || to_state::<ProjectFact>(PIPELINE, entered(Stage::Feed), "2024-03-01");
    let registered = |cluster, lead| project(cluster, lead);
    // The manager, and the lead: (who recorded, who would take it, what they would say, the member).
    let cases = [
        (company(DEVELOPER), manager_of(HUMBER), registered(Some(HUMBER), Some(OTHER_DEVELOPER)), "lead"),
        (company(DEVELOPER), manager_of(HUMBER), registered(Some(HUMBER), None), "lead"),
        (company(DEVELOPER), lead_of(PIPELINE), registered(Some(HUMBER), Some(OTHER_DEVELOPER)), "lead"),
        (manager_of(HUMBER), company(DEVELOPER), registered(None, Some(DEVELOPER)), "cluster"),
        (manager_of(HUMBER), lead_of(PIPELINE), registered(None, Some(DEVELOPER)), "cluster"),
    ];
    for (holder, taker, to, member) in cases {
        let world = world().await;
        let fact = founding::<Project>(&world, PIPELINE);
        record::<Project>(&world, &holder, feed()).await;
        let rejection = is_relied_on::<Project>(&world, &taker, correct(PIPELINE, fact, to.clone())).await;
        assert_eq!(rejection.field, Some(member));
        is_relied_on::<Project>(&world, &taker, retract(PIPELINE, fact)).await;
        record::<Project>(&world, &holder, correct(PIPELINE, fact, to)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_on_whose_permits_a_lead_relies_is_not_taken_from_it_either() {
    let world = world().await;
    let fact = founding::<Project>(&world, PIPELINE);
    let supplied = to_state::<PermitFact>(CROSSING, bare::<InformationSupplied>(), "2024-04-01");
    record::<Permit>(&world, &company(DEVELOPER), supplied).await;
    let to = project(Some(HUMBER), Some(OTHER_DEVELOPER));
    let rejection = is_relied_on::<Project>(&world, &manager_of(HUMBER), correct(PIPELINE, fact, to)).await;
    assert!(rejection.facts.is_empty() && rejection.message.contains("belongs to this project"), "{rejection:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_is_not_left_out_of_its_partnership_and_its_acts_are_its_own() {
    let world = world().await;
    let (one, other) = (partner_at(DEVELOPER, 111), partner_at(OTHER_DEVELOPER, 112));
    let signed =
        record::<Partnership>(&world, &other, to_state::<PartnershipFact>(STORE, MemorandumSigned {}, "2024-03-01")).await;
    assert!(forbidden(&world.handle::<Partnership>(&one, retract(STORE, signed)).await), "what one signs the other disputes");
    let picture = world.app.picture();
    let mut identified = picture.thing::<Partnership>(STORE).unwrap().state().identified().unwrap().clone();
    identified.parties = vec![DEVELOPER, COUNCIL];
    let fact = founding::<Partnership>(&world, STORE);
    for who in [lead_of(PIPELINE), manager_of(HUMBER)] {
        let rejection = is_relied_on::<Partnership>(&world, &who, correct(STORE, fact, identified.clone())).await;
        assert_eq!(rejection.field, Some("parties"));
    }
}
