//! A project's stage and standing, and its milestones: baseline, forecast, actual, slip and every move.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops by panicking")]

use crate::support::*;
use projections::things::{FlagCode, Milestone, Need, Project, Slip, Thing};
use schema::project::{EstimateClass, ResponsibleParty, Stage, Standing};

fn fid(project: &Project) -> &Milestone {
    project.milestone(&line("fid")).unwrap()
}

fn fid_of(project: &Thing<Project>) -> &Milestone {
    fid(project.state())
}

#[test]
fn a_project_of_which_nothing_says_its_stage_is_in_none() {
    let project = project(&life!["2024-01-01" ProjectRegistered { "title": "Plant" }]);
    assert_eq!((project.state().stage, project.state().stage_since), (None, None));
    assert_eq!(project.state().standing, Standing::Active);
    assert_eq!(project.state().registered().unwrap().title, line("Plant"));
}

#[test]
fn a_project_is_in_the_stage_it_entered_last_since_that_day() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "concept" },
        "2024-Q3" ProjectStageEntered { "stage": "feed" },
    ]);
    let state = project.state();
    assert_eq!((state.stage, state.stage_since, state.stage_fact), (Some(Stage::Feed), Some(date("2024-Q3")), Some(id(3))));
    assert_eq!(state.stages.len(), 2);
    assert_eq!(project.on(day("2024-06-30")).stage, Some(Stage::Concept));
    assert_eq!(project.on(day("2024-01-31")).stage, None);
}

#[test]
fn a_report_says_the_stage_but_not_since_when() {
    let mut acts = life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "feed" },
        "2024-06-01" ProjectStandingReported { "stage": "feed" },
    ];
    assert_eq!(project(&acts).state().stage_since, Some(date("2024-02-01")), "a report of what is known changes nothing");
    acts.push(stated(4, "2024-07-01", a!(ProjectStandingReported { "stage": "construction", "standing": "suspended" })));
    let state = project(&acts).state().clone();
    assert_eq!((state.stage, state.stage_since, state.stage_fact), (Some(Stage::Construction), None, Some(id(4))));
    assert_eq!((state.standing, state.standing_fact), (Standing::Suspended, Some(id(4))));
}

#[test]
fn each_off_ramp_is_reversible_and_leaves_the_stage_as_it_was() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "feed" },
        "2024-03-01" ProjectSuspended { "reason": "prices" },
        "2024-04-01" ProjectResumed {},
        "2024-05-01" ProjectShelved { "reason": "prices" },
        "2024-06-01" ProjectRevived {},
        "2024-07-01" ProjectSuspended { "reason": "prices" },
        "2024-08-01" ProjectShelved { "reason": "prices" },
        "2024-09-01" ProjectCancelled { "reason": "prices" },
        "2024-10-01" ProjectRevived {},
    ]);
    assert_eq!(codes(&project).len(), 0);
    for (on, standing) in [
        ("2024-02-29", Standing::Active),
        ("2024-03-01", Standing::Suspended),
        ("2024-04-01", Standing::Active),
        ("2024-05-01", Standing::Shelved),
        ("2024-06-01", Standing::Active),
        ("2024-08-01", Standing::Shelved),
        ("2024-09-30", Standing::Cancelled),
        ("2024-10-01", Standing::Active),
    ] {
        let state = project.on(day(on));
        assert_eq!((state.standing, state.stage), (standing, Some(Stage::Feed)), "{on}");
    }
}

#[test]
fn a_stage_left_behind_is_no_less_entered_but_flagged() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "construction" },
        "2024-03-01" ProjectStageEntered { "stage": "feed" },
    ]);
    assert_eq!(project.state().stage, Some(Stage::Feed));
    assert_eq!(codes(&project), [FlagCode::StageBackwards].into());
}

#[test]
fn a_milestone_keeps_baseline_forecast_and_actual_apart_with_every_move() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-31" MilestonePlanned { "milestone": "fid", "title": "Investment decision", "due_on": "2024-12-31" },
        "2024-02-29" MilestoneRescheduled { "milestone": "fid", "from": "2024-12-31", "to": "2025-02-28", "reason": "late design", "responsible": "partner" },
        "2024-11-30" MilestoneRescheduled { "milestone": "fid", "from": "2025-02-28", "to": "2025-01-31", "reason": "found time", "responsible": "lead" },
        "2025-03-31" MilestoneAchieved { "milestone": "fid" },
    ]);
    assert_eq!(codes(&project).len(), 0);
    let days = |days| Some(Slip { certain: days, least: days, most: Some(days) });
    for (on, forecast, actual, slip, moves) in [
        ("2024-01-31", "2024-12-31", None, days(0), 0),
        ("2024-02-29", "2025-02-28", None, days(59), 1),
        ("2024-12-01", "2025-01-31", None, days(31), 2),
        ("2025-03-31", "2025-01-31", Some("2025-03-31"), days(90), 2),
    ] {
        let state = project.on(day(on));
        let fid = fid(&state);
        assert_eq!((fid.baseline, fid.forecast), (Some(date("2024-12-31")), Some(date(forecast))), "{on}");
        assert_eq!((fid.actual, fid.slip(day(on)), fid.moves.len()), (actual.map(date), slip, moves), "{on}");
    }
    let fid = fid_of(&project);
    assert_eq!((fid.title.clone(), fid.is_over()), (Some(line("Investment decision")), true));
    let moves: Vec<_> = fid.moves.iter().collect();
    let [first, second] = moves[..] else { panic!("two moves") };
    assert_eq!((first.from, first.to), (Some(date("2024-12-31")), Some(date("2025-02-28"))));
    assert_eq!(first.moved_on, date("2024-02-29"));
    assert_eq!((first.reason.clone(), first.responsible), (Some(note("late design")), Some(ResponsibleParty::Partner)));
    assert_eq!((second.responsible, second.fact_id), (Some(ResponsibleParty::Lead), id(4)));
    assert_eq!(fid.facts.iter().copied().collect::<Vec<_>>(), [id(2), id(3), id(4), id(5)]);
}

#[test]
fn the_slip_between_dates_not_known_to_the_day_is_not_exact() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-31" MilestonePlanned { "milestone": "fid", "due_on": "2025-Q1" },
        "2024-02-29" MilestoneRescheduled { "milestone": "fid", "from": "2025-Q1", "to": "2026", "reason": "money", "responsible": "funder" },
    ]);
    let slip = |on: &str| fid_of(&project).slip(on.parse().unwrap());
    assert_eq!(slip("2026-06-01"), Some(Slip { certain: 276, least: 276, most: Some(729) }));
    // Expected by the end of 2026, and not there.
    assert_eq!(slip("2027-01-01"), Some(Slip { certain: 641, least: 641, most: None }));
}

#[test]
fn the_final_investment_decision_is_the_milestone_of_that_name() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-31" FidPlanned { "due_on": "2024-12-31" },
        "2024-06-01" FidDeferred { "to": "2025-06-30", "reason": "no offtaker", "responsible": "partner" },
        "2025-06-01" FidDeferred { "reason": "prices", "responsible": "lead" },
        "2026-03-01" FidTaken {
            "amount": { "amount": "500", "currency": "EUR" }, "equity": { "amount": "200", "currency": "EUR" }
        },
    ]);
    assert!(codes(&project).is_empty());
    let on = |text: &str| project.on(day(text));
    let dates = |project: &Project| {
        let fid = project.fid_milestone().unwrap();
        (fid.baseline, fid.forecast, fid.actual)
    };
    let planned = Some(date("2024-12-31"));
    assert_eq!(dates(&on("2024-02-01")), (planned, planned, None));
    assert_eq!(dates(&on("2024-06-01")), (planned, Some(date("2025-06-30")), None));
    assert_eq!(dates(&on("2025-06-01")), (planned, None, None), "put off without a date");
    assert_eq!(on("2025-06-01").fid_milestone().unwrap().slip("2030-01-01".parse().unwrap()), None, "nobody knows by how much");
    let state = project.state();
    assert_eq!(dates(state), (planned, None, Some(date("2026-03-01"))));
    assert_eq!((state.stage, state.stage_since, state.stage_fact), (Some(Stage::Fid), Some(date("2026-03-01")), Some(id(5))));
    let decision = state.fid.as_deref().unwrap();
    assert_eq!((decision.amount.unwrap().amount(), decision.debt, decision.fact_id), (500.into(), None, id(5)));
    let moves: Vec<_> = fid(state).moves.iter().collect();
    let [first, second] = moves[..] else { panic!("two moves") };
    assert_eq!((first.from, first.to, first.responsible), (planned, Some(date("2025-06-30")), Some(ResponsibleParty::Partner)));
    assert_eq!((second.from, second.to), (Some(date("2025-06-30")), None));
}

#[test]
fn a_decision_that_is_taken_does_not_lead_a_later_stage_back() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-06-01" ProjectStandingReported { "stage": "construction" },
        "2024-07-01" FidTaken {},
    ]);
    assert_eq!(project.state().stage, Some(Stage::Construction));
}

#[test]
fn what_is_needed_commissioned_and_abated_is_kept_with_its_facts() {
    let mut acts = life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" DependencyDeclared { "milestone": "fid", "needs_permit": permit_id(1) },
        "2024-02-01" DependencyDeclared { "milestone": "fid", "needs_milestone": "fid", "of_project": project_id(2) },
        "2024-02-01" DependencyDeclared { "milestone": "fid", "needs_milestone": "fid" },
        "2024-03-01" CostEstimated { "class": "class5", "capex": { "amount": "400", "currency": "EUR" } },
        "2024-04-01" CostEstimated { "class": "class3", "capex": { "amount": "500", "currency": "EUR" } },
        "2025-01-01" CapacityCommissioned { "capacity": { "value": "100", "unit": "mw" } },
        "2025-07-01" CapacityCommissioned { "capacity": { "value": "5", "unit": "mwh" } },
    ];
    let report = |from: &str, to: &str| a!(AbatementReported { "from": from, "to": to, "t_co2e": "9.5", "method": "measured" });
    acts.push(stated(9, "2026-01-10", report("2025-01-01", "2025-06-30")));
    acts.push(stated(10, "2026-01-10", report("2025-07-01", "2025-12-31")).resting_on("report"));
    let project = project(&acts);
    let state = project.state();
    assert_eq!(codes(&project), [FlagCode::DependencyOnItself].into());
    let needs: Vec<_> = state.dependencies.iter().map(|dependency| &dependency.needs).collect();
    let milestone = Need::Milestone { project: Some(project_id(2)), milestone: line("fid") };
    assert_eq!(needs, [&milestone, &Need::Permit(permit_id(1))], "what needs itself is left out");
    let cost = state.cost.as_deref().unwrap();
    assert_eq!((cost.class, cost.fact_id), (EstimateClass::Class3, id(6)));
    assert_eq!(project.on(day("2024-03-31")).cost.unwrap().class, EstimateClass::Class5);
    assert_eq!(state.commissioned.iter().map(|commissioned| commissioned.fact_id).collect::<Vec<_>>(), [id(7), id(8)]);
    assert_eq!(state.abatement.iter().map(|report| report.is_evidenced).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_milestone_that_was_dropped_is_over_and_keeps_its_plan() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-31" MilestonePlanned { "milestone": "fid", "due_on": "2025-01-31" },
        "2024-02-29" MilestoneDropped { "milestone": "fid", "reason": "no offtake" },
        "2024-03-31" MilestoneAchieved { "milestone": "fid" },
    ]);
    let state = project.on(day("2024-03-30"));
    assert!(fid(&state).is_over());
    assert_eq!((fid(&state).dropped_on, fid(&state).forecast), (Some(date("2024-02-29")), Some(date("2025-01-31"))));
    assert_eq!(codes(&project), [FlagCode::MilestoneOver].into());
}

#[test]
fn a_milestone_without_a_plan_is_taken_and_has_no_slip() {
    let project = project(
        &life!["2024-01-01" ProjectRegistered { "title": "Plant" }, "2024-03-31" MilestoneAchieved { "milestone": "fid" }],
    );
    assert_eq!((fid_of(&project).actual, fid_of(&project).slip("2030-01-01".parse().unwrap())), (Some(date("2024-03-31")), None));
    assert_eq!(codes(&project), [FlagCode::MilestoneNotPlanned].into());
}

#[test]
fn a_move_invents_no_baseline() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-03-31" MilestoneRescheduled { "milestone": "fid", "from": "2025-01-31", "to": "2026", "reason": "money", "responsible": "funder" },
    ]);
    let fid = fid_of(&project);
    assert_eq!((fid.baseline, fid.forecast, fid.slip("2030-01-01".parse().unwrap())), (None, Some(date("2026")), None));
    assert_eq!(codes(&project), [FlagCode::MilestoneNotPlanned].into());
}

#[test]
fn correcting_the_first_plan_moves_the_baseline_and_is_no_move_of_the_schedule() {
    let mut acts = life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-31" MilestonePlanned { "milestone": "fid", "due_on": "2024-12-31" },
        "2024-02-29" MilestoneRescheduled { "milestone": "fid", "from": "2024-12-30", "to": "2025-02-28", "reason": "late design", "responsible": "partner" },
    ];
    assert_eq!(codes(&project(&acts)), [FlagCode::MilestoneFromOtherDate].into());
    acts.push(corrected(4, 2, "2024-01-31", a!(MilestonePlanned { "milestone": "fid", "due_on": "2024-12-30" })));
    let project = project(&acts);
    assert_eq!(codes(&project).len(), 0);
    assert_eq!((fid_of(&project).baseline, fid_of(&project).moves.len()), (Some(date("2024-12-30")), 1));
}

#[test]
fn a_project_is_itself_before_it_was_registered() {
    let project = project(&life![
        "2024-06-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "concept" },
    ]);
    let early = project.on(day("2024-02-01"));
    assert_eq!((early.stage, early.registered().is_some()), (Some(Stage::Concept), true));
    let before = project.on(day("2020-01-01"));
    assert_eq!((before.stage, before.registered().is_some()), (None, true));
    assert_eq!(project.on(day("2030-01-01")), *project.state());
    assert_eq!(project.last_occurred_on(), Some(date("2024-06-01")));
}

#[test]
fn only_the_acts_that_somebody_may_see_make_up_what_they_see() {
    let mut acts = life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" ProjectStageEntered { "stage": "concept" },
        "2024-03-01" ProjectSuspended { "reason": "a buyer left" },
    ];
    acts[2] = acts[2].clone().for_parties();
    let whole = project(&acts);
    let seen = whole.seen_through(|act| act.metadata.visibility != schema::Visibility::Parties).unwrap();
    assert_eq!(seen, project(&acts[..2]));
    assert!(whole.has_confidential_acts() && !seen.has_confidential_acts());
    assert_eq!(whole.seen_through(|_| true).as_ref(), Some(&whole));
    assert_eq!(whole.seen_through(|_| false), None);
}

#[test]
fn a_register_whose_dates_lead_back_leaves_a_project_in_the_furthest_stage_and_is_flagged() {
    let stage = |stage: &str| a!(ProjectStageEntered { "stage": stage });
    let operational = stated(2, "2016-02-18", stage("operational"));
    let building = stated(3, "2016-05-01", stage("construction"));
    let founding = stated(1, "2015-06-15", a!(ProjectRegistered { "title": "Solar farm" }));
    let of_register = project(&[
        founding.clone().by_register("2024-08-05"),
        operational.clone().by_register("2024-08-05"),
        building.clone().by_register("2024-08-05"),
    ]);
    let state = of_register.state();
    assert_eq!((state.stage, state.stage_since), (Some(Stage::Operational), Some(date("2016-02-18"))));
    assert_eq!((state.stages.len(), codes(&of_register)), (2, [FlagCode::StageBackwards].into()));
    let of_person = project(&[founding, operational.by_register("2024-08-05"), building]);
    assert_eq!(of_person.state().stage, Some(Stage::Construction), "whoever says so, and why, is on record");
}

#[test]
fn the_name_of_a_milestone_is_matched_however_it_is_written() {
    let project = project(&life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-01-02" MilestonePlanned { "milestone": "FEED done", "due_on": "2025" },
        "2024-02-01" MilestoneRescheduled { "milestone": "feed  done", "to": "2026" },
        "2024-03-01" MilestoneRebaselined { "milestone": "Feed Done", "due_on": "2026", "reason": "scope" },
        "2024-04-01" DependencyDeclared { "milestone": "FID", "needs_milestone": "feed done" },
        "2024-05-01" MilestoneAchieved { "milestone": "FeEd done" },
    ]);
    assert_eq!((codes(&project), project.state().milestones.len()), ([].into(), 1));
    let milestone = project.state().milestone(&line("FEED DONE")).unwrap();
    assert_eq!((milestone.name.clone(), milestone.moves.len()), (line("FEED done"), 1));
}

#[test]
fn the_final_investment_decision_has_one_name_and_taking_it_enters_its_stage() {
    for name in ["fid", "FID", " Final  Investment Decision", "investment decision"] {
        let mut acts = life!["2024-01-01" ProjectRegistered { "title": "Plant" }, "2024-01-02" FidPlanned { "due_on": "2025" }];
        acts.push(stated(3, "2024-06-01", a!(MilestoneAchieved { "milestone": name })));
        let taken = project(&acts);
        let state = taken.state();
        assert_eq!((codes(&taken), state.milestones.len()), ([].into(), 1), "{name}");
        assert_eq!((state.stage, state.stage_since), (Some(Stage::Fid), Some(date("2024-06-01"))), "{name}");
        assert_eq!(state.fid.as_deref().map(|fid| fid.fact_id), Some(id(3)), "{name}");
        acts.push(stated(4, "2024-06-20", a!(ProjectStageEntered { "stage": "fid" })));
        let said_again = project(&acts);
        assert_eq!(codes(&said_again), [].into(), "the stage that the decision entered is entered");
        assert_eq!(said_again.state().stage_since, Some(date("2024-06-01")));
        acts.push(stated(5, "2024-07-20", a!(ProjectStageEntered { "stage": "fid" })));
        assert_eq!(codes(&project(&acts)), [FlagCode::StageBackwards].into(), "but not twice");
    }
}

#[test]
fn a_dependency_names_what_exists_and_closes_no_loop() {
    let mut acts = life![
        "2024-01-01" ProjectRegistered { "title": "Plant" },
        "2024-02-01" DependencyDeclared { "milestone": "fid", "needs_milestone": "permits in" },
        "2024-02-02" DependencyDeclared { "milestone": "permits in", "needs_milestone": "design" },
        "2024-02-03" DependencyDeclared { "milestone": "Design", "needs_milestone": "FID" },
    ];
    let flags = |acts: &[Said<schema::project::ProjectFact>]| {
        let flags = project(acts).flags().to_vec();
        flags.into_iter().map(|flag| (flag.code, flag.facts)).collect::<Vec<_>>()
    };
    let unknown = |number| (FlagCode::DependencyUnknown, vec![id(number)]);
    let round = (FlagCode::DependencyLoop, vec![id(2), id(3), id(4)]);
    assert_eq!(flags(&acts), [round.clone(), unknown(2), unknown(3), unknown(4)]);
    for (number, milestone) in [(5, "permits in"), (6, "design")] {
        acts.push(stated(number, "2024-03-01", a!(MilestonePlanned { "milestone": milestone, "due_on": "2025" })));
    }
    assert_eq!(flags(&acts), [round], "planned later, they are on record all the same");
    assert_eq!(project(&acts).state().dependencies.len(), 2, "what closes the loop is left out");
    acts.push(stated(7, "2024-04-01", a!(DependencyDropped { "dependency": id(3) })));
    let dropped = project(&acts);
    let counting: Vec<_> = dropped.state().dependencies.iter().map(|dependency| dependency.fact_id).collect();
    assert_eq!((codes(&dropped), counting), ([].into(), vec![id(2), id(4)]), "without one of them it is no loop");
}
