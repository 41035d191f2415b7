//! What a row says of its project and of its permit.

use std::collections::HashSet;

use schema::{Country, Currency, Jurisdiction, Line, project::CapacityUnit, project::Lever};

use super::{
    document::{Node, Section, not_one_of},
    organisations::OrganisationRule,
    source::{ColumnId, Context, Source, Words},
    values::collapse,
};

/// How an attribute is written, so that one value always reads the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AttributeKind {
    #[default]
    Text,
    Number,
    Date,
}

/// A column that is kept as it stands, under a name.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: Line,
    pub(super) source: Source,
    pub(super) kind: AttributeKind,
}

/// A column that holds what another system calls the thing.
#[derive(Debug)]
pub(super) struct Identifier {
    pub(super) scheme: Line,
    pub(super) column: ColumnId,
}

/// What a row says of its project.
#[derive(Debug)]
pub(super) struct ProjectRule {
    pub(super) field: Line,
    pub(super) since: Vec<ColumnId>,
    pub(super) title: Source,
    pub(super) cluster: Option<Source>,
    pub(super) lead: Option<Line>,
    pub(super) country: Option<Source>,
    pub(super) place: Option<Source>,
    pub(super) levers: Option<Source>,
    pub(super) technology: Option<Source>,
    pub(super) capacity: Option<(ColumnId, CapacityUnit)>,
    pub(super) abatement: Option<ColumnId>,
    pub(super) capex: Option<(ColumnId, Currency)>,
    pub(super) jobs: Option<ColumnId>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) attributes: Vec<Attribute>,
}

/// What a row says of its permit.
#[derive(Debug)]
pub(super) struct PermitRule {
    pub(super) field: Line,
    pub(super) since: Vec<ColumnId>,
    pub(super) title: Source,
    pub(super) instrument: Source,
    pub(super) authority: Option<Line>,
    pub(super) jurisdiction: Option<Source>,
    pub(super) regime: Option<Source>,
    pub(super) case: Option<Source>,
    pub(super) legal_basis: Option<Source>,
    pub(super) reference: Option<Source>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) attributes: Vec<Attribute>,
}

fn read_identifiers(section: &Section<'_>, context: &Context) -> Vec<Identifier> {
    let read = |node: &Node<'_>| {
        let section = node.table()?;
        section.only(&["scheme", "column"]);
        let scheme = section.need("scheme").and_then(|node| node.parsed(Line::try_new));
        let column = section.need("column").and_then(|node| context.column(&node));
        Some(Identifier { scheme: scheme?, column: column? })
    };
    section.get("identifiers").iter().flat_map(Node::one_or_many).filter_map(|node| read(&node)).collect()
}

fn read_attributes(section: &Section<'_>, context: &Context) -> Vec<Attribute> {
    let attributes: Vec<(Node<'_>, Attribute)> = section
        .get("attributes")
        .iter()
        .flat_map(Node::list)
        .filter_map(|node| read_attribute(&node, context).map(|attribute| (node, attribute)))
        .collect();
    let mut names = HashSet::new();
    for (node, attribute) in &attributes {
        if !names.insert(&attribute.name) {
            node.mistake(format!("there is another attribute '{}'; give this one another 'name'", attribute.name));
        }
    }
    attributes.into_iter().map(|(_, attribute)| attribute).collect()
}

fn read_attribute(node: &Node<'_>, context: &Context) -> Option<Attribute> {
    if !node.is_table() {
        let name = node.parsed(|text| Line::try_new(&collapse(text)))?;
        return Some(Attribute { name, source: context.source(node, Words::Any, false)?, kind: AttributeKind::Text });
    }
    let section = node.table()?;
    section.only(&["column", "name", "as", "vocabulary"]);
    let kinds = [("text", AttributeKind::Text), ("number", AttributeKind::Number), ("date", AttributeKind::Date)];
    let kind = section.get("as").and_then(|node| node.choice("a way to write an attribute", &kinds)).unwrap_or_default();
    let column = section.need("column");
    let name = section.get("name").or_else(|| column.clone());
    let name = name.and_then(|node| node.parsed(|text| Line::try_new(&collapse(text))));
    let plain = context.source(&column?, Words::Any, false)?;
    if kind == AttributeKind::Date {
        context.dated.borrow_mut().extend(&plain.columns);
    }
    Some(Attribute { name: name?, source: plain.with(context.vocabulary(&section)), kind })
}

/// The name of an organisation that the mapping has.
fn organisation(section: &Section<'_>, key: &str, rules: &[OrganisationRule]) -> Option<Line> {
    let known: Vec<&str> = rules.iter().map(|rule| rule.field.as_str()).collect();
    let found = |name: &str| rules.iter().find(|rule| rule.field.as_str() == name).map(|rule| rule.field.clone());
    section.get(key).and_then(|node| {
        node.parsed(|name| found(name).ok_or_else(|| not_one_of("an [organisation] of this mapping", name, &known)))
    })
}

/// Reads a column beside what its numbers are of.
fn measured<T>(node: &Node<'_>, of: &str, context: &Context, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<(ColumnId, T)> {
    let section = node.table()?;
    section.only(&["column", of]);
    let column = section.need("column").and_then(|node| context.column(&node));
    let unit = section.need(of).and_then(|node| read(&node));
    Some((column?, unit?))
}

fn capacity_unit(node: &Node<'_>) -> Option<CapacityUnit> {
    let words = super::events::words_of(&schemars::schema_for!(CapacityUnit).to_value());
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    node.parsed(|word| serde_json::from_value(word.into()).map_err(|_| not_one_of("a unit of capacity", word, &known)))
}

pub(super) fn read_project(section: &Section<'_>, organisations: &[OrganisationRule], context: &Context) -> Option<ProjectRule> {
    section.only(&[
        "since",
        "title",
        "cluster",
        "lead",
        "country",
        "place",
        "levers",
        "technology",
        "capacity",
        "abatement_t_per_year",
        "capex",
        "jobs",
        "identifiers",
        "attributes",
    ]);
    let source = |key: &str, words: Words| section.get(key).and_then(|node| context.source(&node, words, key == "levers"));
    let column = |key: &str| section.get(key).and_then(|node| context.column(&node));
    let title = section.need("title").and_then(|node| context.source(&node, Words::Any, false));
    let capex = section.get("capex").and_then(|node| measured(&node, "currency", context, |node| node.parsed(str::parse)));
    Some(ProjectRule {
        field: section.node().take(Line::try_new("project"))?,
        since: section.get("since").map(|node| context.dates(&node)).unwrap_or_default(),
        cluster: source("cluster", Words::of::<schema::ClusterId>()),
        lead: organisation(section, "lead", organisations),
        country: source("country", Words::of::<Country>()),
        place: source("place", Words::Any),
        levers: source("levers", Words::stored::<Lever>()),
        technology: source("technology", Words::Any),
        capacity: section.get("capacity").and_then(|node| measured(&node, "unit", context, capacity_unit)),
        abatement: column("abatement_t_per_year"),
        capex,
        jobs: column("jobs"),
        identifiers: read_identifiers(section, context),
        attributes: read_attributes(section, context),
        title: title?,
    })
}

pub(super) fn read_permit(section: &Section<'_>, organisations: &[OrganisationRule], context: &Context) -> Option<PermitRule> {
    section.only(&[
        "since",
        "title",
        "instrument",
        "authority",
        "jurisdiction",
        "regime",
        "case",
        "legal_basis",
        "reference",
        "identifiers",
        "attributes",
    ]);
    let source = |key: &str, words: Words| section.get(key).and_then(|node| context.source(&node, words, false));
    let needed = |key: &str| section.need(key).and_then(|node| context.source(&node, Words::Any, false));
    let (title, instrument) = (needed("title"), needed("instrument"));
    Some(PermitRule {
        field: section.node().take(Line::try_new("permit"))?,
        since: section.get("since").map(|node| context.dates(&node)).unwrap_or_default(),
        authority: organisation(section, "authority", organisations),
        jurisdiction: source("jurisdiction", Words::of::<Jurisdiction>()),
        regime: source("regime", Words::Any),
        case: source("case", Words::Any),
        legal_basis: source("legal_basis", Words::Any),
        reference: source("reference", Words::Any),
        identifiers: read_identifiers(section, context),
        attributes: read_attributes(section, context),
        title: title?,
        instrument: instrument?,
    })
}
