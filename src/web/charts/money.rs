//! Money as nested bars, each currency on a scale of its own: what is expected, awarded, obligated and paid out, one within the
//! other, and what stands above them all, a budget.

use serde::Serialize;
use serde_json::Value;

use super::{items, percent};
use crate::web::words;

/// The bars of one currency.
#[derive(Debug, Serialize)]
pub struct Stack {
    currency: String,
    bars: Vec<Bar>,
    /// The same in a sentence.
    says: String,
}

#[derive(Debug, Serialize)]
struct Bar {
    class: &'static str,
    width: String,
}

/// The bars of `figures`, each a class of the style, what it is called and what the API says of it: an amount or sums by
/// currency. None, where no amount is known.
pub fn stacks(figures: &[(&'static str, &str, &Value)]) -> Vec<Stack> {
    let mut currencies: Vec<&str> = figures.iter().flat_map(|(.., value)| sums(value)).map(|(currency, _)| currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies.into_iter().filter_map(|currency| stack(currency, figures)).collect()
}

fn stack(currency: &str, figures: &[(&'static str, &str, &Value)]) -> Option<Stack> {
    let amount =
        |value: &Value| sums(value).into_iter().find(|(known, _)| *known == currency).map(|(_, amount)| amount.to_owned());
    let known: Vec<(&'static str, &str, String)> =
        figures.iter().filter_map(|(class, name, value)| Some((*class, *name, amount(value)?))).collect();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0).unwrap_or_default();
    let most = known.iter().map(|(.., amount)| number(amount)).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let mut bars: Vec<(f64, Bar)> =
        known.iter().map(|(class, _, amount)| (number(amount), Bar { class, width: percent(number(amount) / most) })).collect();
    // The longest lies below the others; of equal ones the later.
    bars.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let said: Vec<String> =
        known.iter().map(|(_, name, amount)| format!("{name} {currency}\u{a0}{}", words::number(amount))).collect();
    Some(Stack { currency: currency.to_owned(), bars: bars.into_iter().map(|(_, bar)| bar).collect(), says: said.join(", ") })
}

/// The amounts of a value of the API by their currencies.
fn sums(value: &Value) -> Vec<(&str, &str)> {
    let one = value["currency"].as_str().zip(value["amount"].as_str());
    let several = items(&value["byCurrency"]).iter().filter_map(|sum| sum["currency"].as_str().zip(sum["amount"].as_str()));
    one.into_iter().chain(several).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_currency_has_its_own_scale_and_the_longest_bar_lies_below() {
        let awarded = json!({ "byCurrency": [{ "amount": "40", "currency": "EUR" }, { "amount": "7", "currency": "GBP" }] });
        let paid = json!({ "byCurrency": [{ "amount": "10.00", "currency": "EUR" }] });
        let stacks =
            stacks(&[("paid", "paid out", &paid), ("awarded", "awarded", &awarded), ("expected", "expected", &Value::Null)]);
        let drawn: Vec<_> = stacks.iter().map(|stack| (stack.currency.as_str(), stack.bars.len(), stack.says.as_str())).collect();
        assert_eq!(drawn, [("EUR", 2, "paid out EUR\u{a0}10, awarded EUR\u{a0}40"), ("GBP", 1, "awarded GBP\u{a0}7")]);
        assert_eq!((stacks[0].bars[0].class, stacks[0].bars[1].width.as_str()), ("awarded", "25.00%"));
    }

    #[test]
    fn what_is_not_shown_and_what_is_nothing_is_not_drawn() {
        assert!(stacks(&[("awarded", "awarded", &Value::Null)]).is_empty());
        assert!(stacks(&[("awarded", "awarded", &json!({ "byCurrency": [{ "amount": "0", "currency": "EUR" }] }))]).is_empty());
    }
}
