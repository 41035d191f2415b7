//! What a regime's file is refused for.

use std::collections::BTreeSet;

use super::{Limit, Regime, Trigger, covers};
use crate::rulebook::nearest;

pub(super) fn read(text: &str) -> Result<Regime, String> {
    let regime: Regime = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    named(&regime)?;
    if !regime.zone.contains('/') {
        return Err(format!("'{}' is no time zone; write a name such as Europe/London", regime.zone));
    }
    unique(regime.steps.iter().map(|step| step.id.as_str()), "step")?;
    unique(regime.versions.iter().map(|version| version.id.as_str()), "version")?;
    versions(&regime)?;
    for version in &regime.versions {
        unique(version.cases.iter().map(|case| case.id.as_str()), &format!("case in version '{}'", version.id))?;
        for case in &version.cases {
            let ids = regime.limits_in(version, &case.id).map(|limit| limit.id.as_str());
            unique(ids, &format!("limit in case '{}' of version '{}'", case.id, version.id))?;
        }
    }
    for limit in &regime.limits {
        self::limit(&regime, limit).map_err(|says| format!("limit '{}': {says}", limit.id))?;
    }
    Ok(regime)
}

fn named(regime: &Regime) -> Result<(), String> {
    let plain =
        |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let of_versions = regime.versions.iter().map(|version| &version.id);
    let of_cases = regime.versions.iter().flat_map(|version| &version.cases).map(|case| &case.id);
    let of_limits = regime.limits.iter().map(|limit| &limit.id);
    let of_steps = regime.steps.iter().map(|step| &step.id);
    let ids = [&regime.id].into_iter().chain(of_versions).chain(of_cases).chain(of_limits).chain(of_steps);
    match ids.into_iter().find(|id| !plain(id)) {
        Some(id) => Err(format!("'{id}' is no id; write small letters, digits and hyphens")),
        None if regime.versions.is_empty() => Err("there is no version; add one".to_owned()),
        None => match regime.versions.iter().find(|version| version.source.trim().is_empty() || version.act.trim().is_empty()) {
            Some(version) => Err(format!("version '{}' names no act or no source; name both", version.id)),
            None => Ok(()),
        },
    }
}

fn unique<'a>(ids: impl Iterator<Item = &'a str>, of: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("'{id}' is there twice as a {of}; give each an id of its own"));
        }
    }
    Ok(())
}

/// Refuses a gap or an overlap between versions, and one that ends before it begins.
fn versions(regime: &Regime) -> Result<(), String> {
    for version in &regime.versions {
        if version.from.zip(version.to).is_some_and(|(from, to)| to < from) {
            return Err(format!("version '{}' ends before it begins; correct 'from' or 'to'", version.id));
        }
    }
    for pair in regime.versions.windows(2) {
        let [before, after] = pair else { continue };
        let says = |what: &str| {
            format!(
                "{what} between the versions '{}' and '{}'; let one begin on the day after the other ends",
                before.id, after.id
            )
        };
        match (before.to.and_then(|to| to.succ_opt()), after.from) {
            (Some(next), Some(from)) if next < from => return Err(says("there is a gap")),
            (Some(next), Some(from)) if next == from => {}
            _ => return Err(says("there is an overlap")),
        }
    }
    Ok(())
}

fn limit(regime: &Regime, limit: &Limit) -> Result<(), String> {
    known_versions(regime, &limit.versions)?;
    let cases: Vec<_> = limit.cases.iter().chain(limit.lengths.keys()).chain(&limit.on_expiry_cases).collect();
    known_cases(regime, cases)?;
    if limit.starts.is_empty() {
        return Err("nothing starts it; name what does in 'starts'".to_owned());
    }
    if limit.published && (limit.length.is_some() || !limit.lengths.is_empty()) {
        return Err("it has a length and says 'published'; leave out one of the two".to_owned());
    }
    if !limit.lengths.is_empty() && limit.length.is_none() {
        lengths_for_all(regime, limit)?;
    }
    let more = limit.extensions.iter().flat_map(|extension| &extension.blocked_by);
    let more = more.chain(limit.replacement.iter().flat_map(|replacement| &replacement.needs));
    let triggers = limit.starts.iter().chain(&limit.ends).chain(&limit.voided_by).chain(&limit.second_run).chain(more);
    for trigger in triggers.chain(limit.earliest.iter().map(|earliest| &earliest.after)) {
        self::trigger(regime, limit, trigger)?;
    }
    stops(limit)?;
    extensions(regime, limit)
}

fn lengths_for_all(regime: &Regime, limit: &Limit) -> Result<(), String> {
    for version in regime.versions.iter().filter(|version| covers(&limit.versions, &version.id)) {
        let cases = version.cases.iter().filter(|case| covers(&limit.cases, &case.id));
        if let Some(case) = cases.into_iter().find(|case| !limit.lengths.contains_key(&case.id)) {
            return Err(format!("'lengths' has none for the case '{}'; add it, or give a 'length' for all", case.id));
        }
    }
    Ok(())
}

fn known_versions(regime: &Regime, versions: &[String]) -> Result<(), String> {
    let known = || regime.versions.iter().map(|version| version.id.as_str());
    match versions.iter().find(|id| !known().any(|known| known == id.as_str())) {
        Some(id) => Err(format!("there is no version '{id}'; nearest are {}", nearest(id, known()).join(", "))),
        None => Ok(()),
    }
}

fn known_cases<'a>(regime: &Regime, cases: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    let known = || regime.versions.iter().flat_map(|version| &version.cases).map(|case| case.id.as_str());
    match cases.into_iter().find(|id| !known().any(|known| known == id.as_str())) {
        Some(id) => Err(format!("there is no case '{id}'; nearest are {}", nearest(id, known()).join(", "))),
        None => Ok(()),
    }
}

fn trigger(regime: &Regime, limit: &Limit, trigger: &Trigger) -> Result<(), String> {
    match trigger {
        Trigger::Step(id) if !regime.steps.iter().any(|step| step.id == *id) => {
            let known = regime.steps.iter().map(|step| step.id.as_str());
            Err(format!("there is no step '{id}'; nearest are {}", nearest(id, known).join(", ")))
        }
        Trigger::DeadlineOf(id) if leads_to(regime, id, &limit.id, regime.limits.len()) => {
            Err(format!("it waits for the deadline of '{id}', which waits for its own; break the circle"))
        }
        Trigger::DeadlineOf(id) if !regime.limits.iter().any(|limit| limit.id == *id) => {
            let known = regime.limits.iter().map(|limit| limit.id.as_str());
            Err(format!("there is no limit '{id}'; nearest are {}", nearest(id, known).join(", ")))
        }
        _ => Ok(()),
    }
}

/// Whether the limit `from` waits for the deadline of `to`, directly or over at most `steps` others.
fn leads_to(regime: &Regime, from: &str, to: &str, steps: usize) -> bool {
    if from == to || steps == 0 {
        return true;
    }
    let starts = regime.limits.iter().filter(|limit| limit.id == from).flat_map(|limit| &limit.starts);
    let mut waits = starts.filter_map(|start| if let Trigger::DeadlineOf(id) = start { Some(id) } else { None });
    waits.any(|id| leads_to(regime, id, to, steps - 1))
}

fn stops(limit: &Limit) -> Result<(), String> {
    unique(limit.stops.iter().map(|stop| stop.ground.as_str()), "ground of a stop")?;
    match limit.stops.iter().find(|stop| stop.ground.trim().is_empty() || stop.words.trim().is_empty()) {
        Some(stop) => Err(format!("the stop under {} has no ground; give it an id and words", stop.article)),
        None => Ok(()),
    }
}

fn extensions(regime: &Regime, limit: &Limit) -> Result<(), String> {
    for extension in &limit.extensions {
        known_versions(regime, &extension.versions)?;
        known_cases(regime, extension.cases.iter().chain(extension.most_in.keys()))?;
        if extension.ground.trim().is_empty() {
            return Err(format!("the extension under {} has no ground; give it an id", extension.article));
        }
        let grounds = || limit.extensions.iter().map(|other| other.ground.as_str());
        if let Some(id) = extension.counts_with.iter().find(|id| !grounds().any(|ground| ground == id.as_str())) {
            return Err(format!("there is no ground '{id}'; nearest are {}", nearest(id, grounds()).join(", ")));
        }
    }
    for version in &regime.versions {
        for case in &version.cases {
            let known =
                limit.extensions.iter().filter(|known| covers(&known.versions, &version.id) && covers(&known.cases, &case.id));
            unique(known.map(|extension| extension.ground.as_str()), &format!("ground of an extension in case '{}'", case.id))?;
        }
    }
    Ok(())
}
