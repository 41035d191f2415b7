//! A ladder, drawn: a rung is a row of its criteria, from the first at the bottom. What is met is full whether or not
//! the rungs below are, and a line marks the level.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::words;

/// The width of the drawing, in its own units.
const WIDTH: u32 = 232;
/// From the left edge to the first criterion: the number of the rung stands there.
const LEFT: u32 = 26;
/// How wide all criteria of a rung are together.
const RUNG_WIDTH: u32 = 164;
/// How high a rung is.
const RUNG_HEIGHT: u32 = 26;
/// From the bottom of a rung to that of the next.
const STEP: u32 = 40;
/// Between two criteria of a rung.
const GAP: u32 = 3;
/// Above the highest rung and below the lowest.
const MARGIN: u32 = 12;

/// The ladder of one pillar.
#[derive(Debug, Serialize)]
pub struct Drawing {
    width: u32,
    height: u32,
    /// Where the rails stand.
    rails: [u32; 2],
    rungs: Vec<Rung>,
    /// Where the line of the level lies.
    level_y: u32,
    level_x: u32,
}

#[derive(Debug, Serialize)]
struct Rung {
    number: u64,
    y: u32,
    text_y: u32,
    /// Whether the level is here or above.
    reached: bool,
    criteria: Vec<Block>,
}

#[derive(Debug, Serialize)]
struct Block {
    x: u32,
    width: u32,
    height: u32,
    middle: u32,
    /// `met`, `waived` or `missing`.
    outcome: String,
    sign: &'static str,
}

/// Draws the ladder of `pillar`, a `PillarLevel` of the API.
pub fn draw(pillar: &Value) -> Drawing {
    let rungs = pillar["rungs"].as_u64().unwrap_or_default().clamp(1, 12);
    let level = pillar["level"].as_u64().unwrap_or_default();
    let mut by_rung: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for criterion in pillar["criteria"].as_array().into_iter().flatten() {
        let outcome = criterion["outcome"].as_str().unwrap_or("MISSING");
        by_rung.entry(criterion["rung"].as_u64().unwrap_or_default()).or_default().push(outcome);
    }
    let count = u32::try_from(rungs).unwrap_or(1);
    let bottom = MARGIN + count * STEP;
    let y_of = |number: u64| bottom - u32::try_from(number.min(rungs)).unwrap_or(count) * STEP + (STEP - RUNG_HEIGHT) / 2;
    let rung = |number: u64| Rung {
        number,
        y: y_of(number),
        text_y: y_of(number) + RUNG_HEIGHT / 2,
        reached: number <= level,
        criteria: blocks(by_rung.get(&number).map_or(&[], Vec::as_slice)),
    };
    let level_steps = u32::try_from(level.min(rungs)).unwrap_or(count);
    Drawing {
        width: WIDTH,
        height: bottom + MARGIN,
        rails: [LEFT - 5, LEFT + RUNG_WIDTH + 5],
        rungs: (1..=rungs).map(rung).collect(),
        level_y: bottom - level_steps * STEP,
        level_x: LEFT + RUNG_WIDTH + 5,
    }
}

fn blocks(outcomes: &[&str]) -> Vec<Block> {
    let Ok(count) = u32::try_from(outcomes.len()) else { return Vec::new() };
    let width = RUNG_WIDTH.saturating_sub(GAP * count.saturating_sub(1)).checked_div(count).unwrap_or(0);
    let block = |(at, outcome): (u32, &&str)| {
        let x = LEFT + at * (width + GAP);
        let sign = match *outcome {
            "MET" => "✓",
            "WAIVED" => "w",
            _ => "",
        };
        Block { x, width, height: RUNG_HEIGHT, middle: x + width / 2, outcome: words::words(outcome), sign }
    };
    (0..count).zip(outcomes).map(block).collect()
}

/// What the drawing says, in a sentence.
pub fn sentence(pillar: &Value, is_limiting: bool, what: &str) -> String {
    let number = |name: &str| pillar[name].as_u64().unwrap_or_default();
    let name = words::sentence(&words::words(pillar["pillar"].as_str().unwrap_or_default()));
    let next = &pillar["next"];
    let towards = match (next["rung"].as_u64(), next["of"].as_u64()) {
        (Some(rung), Some(of)) => {
            let met = next["met"].as_u64().unwrap_or_default();
            format!("; {met} of {of} {} for level {rung} met or waived", if of == 1 { "criterion" } else { "criteria" })
        }
        _ => "; every rung is reached".to_owned(),
    };
    let limits = if is_limiting { format!(" It is a pillar that limits the {what}.") } else { String::new() };
    let facts = number("factCount");
    let behind = match facts {
        0 => " No fact is behind it.".to_owned(),
        1 => format!(
            " Of the one fact behind it, {} confirmed by the counterparty.",
            if number("confirmedFactCount") == 1 { "it is" } else { "none is" }
        ),
        _ => format!(" Of the {facts} facts behind it, {} confirmed by the counterparty.", are(number("confirmedFactCount"))),
    };
    format!("{name}: level {} of {}{towards}.{limits}{behind}", number("level"), number("rungs"))
}

fn are(count: u64) -> String {
    match count {
        0 => "none is".to_owned(),
        1 => "1 is".to_owned(),
        _ => format!("{count} are"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pillar() -> Value {
        json!({ "pillar": "FINANCE", "level": 1, "rungs": 3, "next": { "rung": 2, "met": 1, "of": 2 }, "factCount": 4,
            "confirmedFactCount": 1, "criteria": [
                { "rung": 1, "outcome": "MET" }, { "rung": 2, "outcome": "WAIVED" }, { "rung": 2, "outcome": "MISSING" },
                { "rung": 3, "outcome": "MET" }] })
    }

    #[test]
    fn the_first_rung_is_at_the_bottom_and_the_line_lies_on_top_of_the_level() {
        let drawing = draw(&pillar());
        let ys: Vec<_> = drawing.rungs.iter().map(|rung| rung.y).collect();
        assert!(ys.is_sorted_by(|lower, upper| lower > upper), "{ys:?}");
        assert!(drawing.level_y < drawing.rungs[0].y && drawing.level_y > drawing.rungs[1].y + RUNG_HEIGHT);
        assert_eq!(drawing.rungs.iter().map(|rung| rung.reached).collect::<Vec<_>>(), [true, false, false]);
        for rung in &drawing.rungs {
            let right = rung.criteria.iter().map(|block| block.x + block.width).max().unwrap();
            assert!(right <= LEFT + RUNG_WIDTH && rung.criteria.iter().all(|block| block.width > 40), "{rung:?}");
        }
    }

    #[test]
    fn a_ladder_is_said_in_a_sentence() {
        assert_eq!(
            sentence(&pillar(), true, "cluster"),
            "Finance: level 1 of 3; 1 of 2 criteria for level 2 met or waived. It is a pillar that limits the cluster. \
             Of the 4 facts behind it, 1 is confirmed by the counterparty."
        );
    }

    #[test]
    fn what_can_not_be_is_drawn_all_the_same() {
        for odd in [json!({}), json!({ "rungs": 900, "level": 1000 }), json!({ "rungs": 0, "criteria": [{ "rung": 7 }] })] {
            let drawing = draw(&odd);
            assert!((1..=12).contains(&drawing.rungs.len()));
        }
    }
}
