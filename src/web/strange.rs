//! What an address asks for that its page does not know: it is said on the page, so that nobody takes an answer for another.

use super::visit::Visit;

/// The parameters that speak of the moment and of the page, which every list has.
const EVERYWHERE: [&str; 5] = ["after", "format", "asKnownAt", "by", "effectiveOn"];

/// A sentence for each parameter of the address that is none of those that are `known`.
pub fn parameters(visit: &Visit, known: &[&str]) -> Vec<String> {
    let is_strange = |name: &str| !known.contains(&name) && !EVERYWHERE.contains(&name);
    let strange = visit.parameters().into_iter().filter(|(name, _)| is_strange(name));
    let said = strange.map(|(name, _)| {
        let name: String = name.chars().take(40).collect();
        format!("The address asks for '{name}', by which this page can't be narrowed: it is shown without that.")
    });
    said.collect()
}
