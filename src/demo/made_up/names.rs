//! Invented names. No syllable list can promise that no such place exists, so every name says that it is made up.

const FIRST: [&str; 25] = [
    "Quor", "Xan", "Zel", "Yvr", "Thrix", "Ozm", "Ixq", "Brunq", "Vaelk", "Jhor", "Krez", "Umbz", "Wyx", "Zorv", "Qualv", "Fenq",
    "Glyx", "Hovr", "Izq", "Lurz", "Myrx", "Nexv", "Rhoz", "Syxt", "Vrim",
];
const SECOND: [&str; 8] = ["a", "e", "i", "o", "u", "ae", "ia", "eo"];
const THIRD: [&str; 20] = [
    "quist", "zeth", "mourq", "dovar", "nyx", "zar", "threl", "vonk", "xim", "lorq", "bresk", "zund", "quell", "vashk", "zyr",
    "gloth", "wexel", "rundz", "pheq", "tazk",
];
const ALL: u64 = (FIRST.len() * SECOND.len() * THIRD.len()) as u64;
/// Has no factor in common with [`ALL`], so that numbers up to there have names of their own.
const STRIDE: u64 = 2_609;

/// The name of the place with this number, another one under another seed.
pub(super) fn place(seed: u64, number: u64) -> String {
    let at = number.wrapping_mul(STRIDE).wrapping_add(seed.wrapping_mul(7_919)) % ALL;
    let at = usize::try_from(at).unwrap_or_default();
    let first = FIRST[at % FIRST.len()];
    let second = SECOND[at / FIRST.len() % SECOND.len()];
    let third = THIRD[at / FIRST.len() / SECOND.len() % THIRD.len()];
    match number / ALL {
        0 => format!("{first}{second}{third}"),
        again => format!("{first}{second}{third} {}", again + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let names: BTreeSet<_> = (0..2 * ALL).map(|number| place(3, number)).collect();
        assert_eq!(names.len() as u64, 2 * ALL);
    }
}
