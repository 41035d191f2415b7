//! The organisations that a row names.

use std::collections::{BTreeMap, HashMap};

use schema::{
    Country, Kind, Line, OrganisationId, ThingId,
    organisation::{OrganisationFact, OrganisationKind, OrganisationRegistered},
};

use super::{
    claims::{AnyFact, Claim, DatedBy},
    document::{Node, not_one_of},
    edition::Edition,
    fold,
    rejects::RejectReason,
    row::RowReader,
    source::{Context, Source, Words},
};

/// An organisation that rows name, such as who applies or who decides.
#[derive(Debug)]
pub(super) struct OrganisationRule {
    /// What it is to the row, as the mapping calls it.
    pub(super) field: Line,
    kind: OrganisationKind,
    kind_word: String,
    name: Source,
    country: Option<Country>,
}

/// For one rule, the spelling to use of each name, by the folded name.
pub(super) type Spellings = HashMap<String, String>;

impl OrganisationRule {
    pub(super) fn read_rule(field: &str, node: &Node<'_>, context: &Context) -> Option<Self> {
        let section = node.table()?;
        section.only(&["kind", "name", "country"]);
        let country = section.get("country").and_then(|node| node.parsed(str::parse));
        let name = section.need("name").and_then(|node| context.source(&node, Words::Any, false));
        let words = super::events::words_of(&schemars::schema_for!(OrganisationKind).to_value());
        let kind = section.need("kind").and_then(|node| {
            let known: Vec<&str> = words.iter().map(String::as_str).collect();
            node.parsed(|word| {
                let kind = serde_json::from_value(word.into());
                kind.map(|kind: OrganisationKind| (kind, word.to_owned()))
                    .map_err(|_| not_one_of("a kind of organisation", word, &known))
            })
        });
        let (kind, kind_word) = kind?;
        Some(Self { field: node.take(Line::try_new(field))?, kind, kind_word, name: name?, country })
    }

    /// The spelling of each name that most rows use; of those used as often, the first in the alphabet.
    pub(super) fn spellings(&self, edition: &Edition<'_>) -> Spellings {
        let mut spellings: HashMap<String, BTreeMap<String, usize>> = HashMap::new();
        for row in &edition.register.rows {
            if let Ok(Some(name)) = self.name.read(&mut RowReader::new(edition, row)) {
                *spellings.entry(fold(&name)).or_default().entry(name).or_default() += 1;
            }
        }
        let most = |names: BTreeMap<String, usize>| names.into_iter().rev().max_by_key(|(_, rows)| *rows).map(|(name, _)| name);
        spellings.into_iter().filter_map(|(folded, names)| Some((folded, most(names)?))).collect()
    }

    /// The organisation that the row names, and the claim that it exists.
    pub(super) fn read(
        &self,
        spellings: &Spellings,
        row: &mut RowReader<'_>,
    ) -> Result<Option<(OrganisationId, Claim)>, RejectReason> {
        let Some(name) = self.name.read(row)? else { return Ok(None) };
        let folded = fold(&name);
        let Some(line) = row.line(self.name.columns.first().copied(), spellings.get(&folded).unwrap_or(&name)) else {
            return Ok(None);
        };
        let register = row.edition.mapping.about.name.as_str();
        let thing = ThingId::from_register(Kind::Organisation, register, &[&self.kind_word, &folded]);
        let fact = OrganisationRegistered { name: line, kind: self.kind, country: self.country, lei: None, identifiers: vec![] };
        let claim = Claim {
            thing,
            field: self.field.clone(),
            occurred_on: schema::Date::day(row.edition.published_on()),
            dated_by: DatedBy::Edition,
            fact: AnyFact::Organisation(OrganisationFact::OrganisationRegistered(fact)),
            open: Vec::new(),
        };
        Ok(OrganisationId::try_from(thing).ok().map(|id| (id, claim)))
    }
}
