//! What an operation may ask for, found out before anything of it runs.
//!
//! The shape of an operation is an upper estimate of what it shows: ten units for an object, one for a value, times the
//! sizes of the pages that it lies in. Its scans are what it looks through to find that, which the [`Scans`] know. Ten units
//! are a point. Fragments are counted wherever they are spread.

use std::collections::{HashMap, HashSet};

use juniper::{
    DefaultScalarValue, Definition, InputValue, Operation, OperationType, ParseError, SchemaType, Selection, Spanning, Variables,
    meta::MetaType, parser::parse_document_source,
};

use super::{Code, GraphqlError, request::Request};

/// The most of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Fields within fields.
    pub depth: usize,
    /// Fields within fields where only the schema is asked about: the usual tools go 15 deep.
    pub introspection_depth: usize,
    /// Fields of an operation, fragments counted wherever they are spread.
    pub fields: usize,
    /// Fields of the root.
    pub root_fields: usize,
    /// Renamed fields.
    pub aliases: usize,
    /// Directives on one field or fragment.
    pub directives: usize,
    /// Things on a page.
    pub page: i32,
    /// Points of cost.
    pub cost: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            introspection_depth: 16,
            fields: 1_000,
            root_fields: 20,
            aliases: 30,
            directives: 3,
            page: 100,
            cost: 10_000,
        }
    }
}

/// How many things a list without pages is taken to have.
const LIST_LENGTH: u64 = 10;
const UNITS_PER_OBJECT: u64 = 10;
const UNITS_PER_VALUE: u64 = 1;
/// A mutation waits for the disk.
const UNITS_PER_MUTATION: u64 = 100;
const UNITS_PER_POINT: u64 = 10;

/// What was found out about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Whether it reads or records.
    pub operation: OperationType,
    /// What it costs, in points: its shape and its scans.
    pub cost: u32,
}

/// What the service looks through to answer, whatever it shows of that.
pub trait Scans {
    /// How many units of work `field` of `type_name` is, beside what its answer holds.
    fn of_field(&self, type_name: &str, field: &str) -> u64;

    /// How many more it is where the argument `name` is given.
    fn of_argument(&self, name: &str) -> u64;
}

/// Nothing is looked through.
#[derive(Debug, Clone, Copy)]
pub struct NoScans;

impl Scans for NoScans {
    fn of_field(&self, _: &str, _: &str) -> u64 {
        0
    }

    fn of_argument(&self, _: &str) -> u64 {
        0
    }
}

/// The names of the directives on a part of a document; juniper doesn't export the type that they have.
macro_rules! directive_names {
    ($part:expr) => {
        $part.directives.iter().flatten().map(|directive| &directive.item.name)
    };
}

type Schema = SchemaType<DefaultScalarValue>;
type Selections<'a> = [Selection<'a, DefaultScalarValue>];
type Arguments<'a> = [(Spanning<&'a str>, Spanning<InputValue>)];

/// Measures the operation that `request` names, and holds every operation of its document to `limits`.
///
/// # Errors
///
/// When the document can't be parsed, has no such operation, or asks for more than `limits` allow.
pub fn measure(request: &Request, schema: &Schema, limits: &Limits, scans: &impl Scans) -> Result<Measured, GraphqlError> {
    let document = parse_document_source(&request.query, schema).map_err(|error| unparsed(&error))?;
    let mut fragments = Fragments::of(&document);
    let mut named = Vec::new();
    for definition in &document {
        if let Definition::Operation(operation) = definition {
            named.push(measure_operation(&operation.item, request, (schema, limits, scans), &mut fragments)?);
        }
    }
    fragments.refuse_unused()?;
    choose(&named, request.operation_name.as_deref())
}

/// An operation's name and what was found out about it.
type Named<'d> = (Option<&'d str>, Measured);

fn measure_operation<'d>(
    operation: &'d Operation<'d, DefaultScalarValue>,
    request: &'d Request,
    (schema, limits, scans): (&'d Schema, &'d Limits, &'d dyn Scans),
    fragments: &mut Fragments<'d>,
) -> Result<Named<'d>, GraphqlError> {
    check_directives(directive_names!(operation), limits)?;
    let definitions = operation.variables_definition.iter().flat_map(|given| &given.item.items);
    let default = |value: &'d Option<Spanning<InputValue>>| value.as_ref().map(|value| &value.item);
    let defaults = definitions.map(|(name, definition)| (name.item, default(&definition.default_value))).collect();
    let values = Values { given: &request.variables, defaults };
    let mut walk = Walk { schema, limits, scans, values, fragments, fields: 0, aliases: 0, units: 0, scanned: 0 };
    let cost = walk.operation(operation.operation_type, &operation.selection_set)?;
    let name = operation.name.as_ref().map(|name| name.item);
    Ok((name, Measured { operation: operation.operation_type, cost }))
}

/// The operation that is to be executed.
fn choose(named: &[Named<'_>], wanted: Option<&str>) -> Result<Measured, GraphqlError> {
    let refuse = |message| Err(GraphqlError::new(Code::ValidationFailed, message));
    match (named, wanted) {
        ([], _) => refuse("the document has no operation"),
        ([(_, only)], None) => Ok(*only),
        (_, None) => refuse("the document has several operations; name one by 'operationName'"),
        (several, wanted) => match several.iter().find(|(name, _)| *name == wanted) {
            Some((_, found)) => Ok(*found),
            None => refuse("the document has no operation of the name in 'operationName'"),
        },
    }
}

fn unparsed(error: &Spanning<ParseError>) -> GraphqlError {
    let code = match error.item {
        ParseError::DepthLimitExceeded(_) => Code::DepthExceeded,
        ParseError::TokenLimitExceeded(_) => Code::TokensExceeded,
        ParseError::FieldLimitExceeded(_) => Code::FieldsExceeded,
        _ => Code::ParseFailed,
    };
    let mut message = error.item.to_string();
    // A message can quote a token as long as the document.
    if let Some((end, _)) = message.char_indices().nth(200) {
        message.truncate(end);
    }
    GraphqlError::new(code, message).at(error.start().line() + 1, error.start().column() + 1)
}

fn exceeded(code: Code, what: &str, most: impl std::fmt::Display) -> GraphqlError {
    GraphqlError::new(code, format!("the operation has more than {most} {what}; ask for less at a time"))
}

/// The document's fragments: those known, those that were spread, and those being spread just now.
#[derive(Default)]
struct Fragments<'d> {
    known: HashMap<&'d str, (&'d str, &'d Selections<'d>)>,
    used: HashSet<&'d str>,
    open: Vec<&'d str>,
}

impl<'d> Fragments<'d> {
    fn of(document: &'d [Definition<'d, DefaultScalarValue>]) -> Self {
        let fragments = document.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some(&fragment.item),
            Definition::Operation(_) => None,
        });
        let known =
            fragments.map(|fragment| (fragment.name.item, (fragment.type_condition.item, fragment.selection_set.as_slice())));
        Self { known: known.collect(), ..Self::default() }
    }

    fn open(&mut self, name: &'d str) -> Result<(&'d str, &'d Selections<'d>), GraphqlError> {
        let refuse = |problem| GraphqlError::new(Code::ValidationFailed, format!("the fragment '{name}' {problem}"));
        let found = *self.known.get(name).ok_or_else(|| refuse("is not in the document"))?;
        if self.open.contains(&name) {
            return Err(refuse("spreads itself"));
        }
        self.open.push(name);
        self.used.insert(name);
        Ok(found)
    }

    /// What is never spread is never measured, so it must not be there.
    fn refuse_unused(&self) -> Result<(), GraphqlError> {
        let unused = self.known.keys().filter(|name| !self.used.contains(*name)).min();
        unused
            .map_or(Ok(()), |name| Err(GraphqlError::new(Code::ValidationFailed, format!("the fragment '{name}' is never used"))))
    }
}

/// The values that variables have.
struct Values<'d> {
    given: &'d Variables<DefaultScalarValue>,
    defaults: HashMap<&'d str, Option<&'d InputValue>>,
}

impl<'d> Values<'d> {
    /// What `value` is, a variable looked up; `None` for null and for a variable without a value.
    fn resolve(&self, value: &'d InputValue) -> Option<&'d InputValue> {
        let value = match value {
            InputValue::Variable(name) => {
                let default = || self.defaults.get(name.as_str()).copied().flatten();
                self.given.get(name).or_else(default)?
            }
            value => value,
        };
        (!value.is_null()).then_some(value)
    }
}

/// Where in an operation a selection is.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// The type that is selected from; unknown where the document doesn't fit the schema.
    of: Option<&'s MetaType<DefaultScalarValue>>,
    /// The fields around it.
    depth: usize,
    /// How often it is asked for.
    times: u64,
    /// The size of the page that it is in, directly.
    page: Option<u64>,
    /// Whether it is about the schema.
    introspection: bool,
}

struct Walk<'d, 'f> {
    schema: &'d Schema,
    limits: &'d Limits,
    scans: &'d dyn Scans,
    values: Values<'d>,
    fragments: &'f mut Fragments<'d>,
    fields: usize,
    aliases: usize,
    units: u64,
    scanned: u64,
}

impl<'d> Walk<'d, '_> {
    /// The operation's cost in points.
    fn operation(&mut self, kind: OperationType, selections: &'d Selections<'d>) -> Result<u32, GraphqlError> {
        let of = match kind {
            OperationType::Query => Some(self.schema.concrete_query_type()),
            OperationType::Mutation => self.schema.concrete_mutation_type(),
            OperationType::Subscription => self.schema.concrete_subscription_type(),
        };
        if kind == OperationType::Subscription {
            one_field(selections)?;
        }
        let root_fields = self.selections(selections, Place { of, depth: 0, times: 1, page: None, introspection: false })?;
        if root_fields > self.limits.root_fields {
            return Err(exceeded(Code::RootFieldsExceeded, "fields of the root", self.limits.root_fields));
        }
        if kind == OperationType::Mutation {
            self.add(u64::try_from(root_fields).unwrap_or(u64::MAX), UNITS_PER_MUTATION);
        }
        let shape = self.units.div_ceil(UNITS_PER_POINT);
        if shape > self.limits.cost {
            let message = format!("the operation costs {shape} points, {} are allowed; ask for smaller pages", self.limits.cost);
            return Err(GraphqlError::new(Code::CostExceeded, message));
        }
        let cost = self.units.saturating_add(self.scanned).div_ceil(UNITS_PER_POINT).max(1);
        Ok(u32::try_from(cost).unwrap_or(u32::MAX))
    }

    fn add(&mut self, times: u64, units: u64) {
        self.units = self.units.saturating_add(times.saturating_mul(units));
    }

    fn add_scans(&mut self, times: u64, of: &MetaType<DefaultScalarValue>, field: &str, arguments: &'d Arguments<'d>) {
        let given = arguments.iter().filter(|(_, value)| self.values.resolve(&value.item).is_some());
        let of_arguments: u64 = given.map(|(name, _)| self.scans.of_argument(name.item)).sum();
        let of_field = of.name().map_or(0, |name| self.scans.of_field(name.as_ref(), field));
        self.scanned = self.scanned.saturating_add(times.saturating_mul(of_field.saturating_add(of_arguments)));
    }

    /// How many fields are selected here, fragments expanded.
    fn selections(&mut self, selections: &'d Selections<'d>, place: Place<'d>) -> Result<usize, GraphqlError> {
        let mut fields = 0;
        for selection in selections {
            fields += match selection {
                Selection::Field(field) => {
                    let field = &field.item;
                    self.aliases += usize::from(field.alias.is_some());
                    check_directives(directive_names!(field), self.limits)?;
                    let arguments = field.arguments.as_ref().map_or(&[][..], |given| given.item.items.as_slice());
                    self.field(field.name.item, arguments, field.selection_set.as_deref(), place)?;
                    1
                }
                Selection::FragmentSpread(spread) => {
                    let spread = &spread.item;
                    check_directives(directive_names!(spread), self.limits)?;
                    self.spread(spread.name.item, place)?
                }
                Selection::InlineFragment(inline) => {
                    let inline = &inline.item;
                    check_directives(directive_names!(inline), self.limits)?;
                    let of = inline.type_condition.as_ref().map_or(place.of, |name| self.named(name.item));
                    self.selections(&inline.selection_set, Place { of, ..place })?
                }
            };
        }
        Ok(fields)
    }

    fn spread(&mut self, name: &'d str, place: Place<'d>) -> Result<usize, GraphqlError> {
        let (of, selections) = self.fragments.open(name)?;
        let of = self.named(of);
        let fields = self.selections(selections, Place { of, ..place })?;
        self.fragments.open.pop();
        Ok(fields)
    }

    fn named(&self, name: &str) -> Option<&'d MetaType<DefaultScalarValue>> {
        self.schema.concrete_type_by_name(name)
    }

    fn field(
        &mut self,
        name: &'d str,
        arguments: &'d Arguments<'d>,
        selections: Option<&'d Selections<'d>>,
        place: Place<'d>,
    ) -> Result<(), GraphqlError> {
        let introspection = place.introspection || name.starts_with("__");
        let depth = place.depth + 1;
        self.count(depth, introspection)?;
        let field = place.of.and_then(|of| of.field_by_name(name));
        // `Type::is_list` says no of a list that can't be null.
        let list = field.is_some_and(|field| field.field_type.to_string().starts_with('['));
        let times = if list { place.times.saturating_mul(place.page.unwrap_or(LIST_LENGTH)) } else { place.times };
        let object = selections.is_some() && !introspection;
        self.add(times, if object { UNITS_PER_OBJECT } else { UNITS_PER_VALUE });
        if let Some(of) = place.of {
            self.add_scans(place.times, of, name, arguments);
        }
        let paged = field.and_then(|field| field.arguments.as_ref());
        let paged = paged.is_some_and(|arguments| arguments.iter().any(|argument| argument.name == "first"));
        let page = if paged { Some(self.page(name, arguments)?) } else { None };
        let of = field.and_then(|field| self.named(field.field_type.innermost_name()));
        let place = Place { of, depth, times, page, introspection };
        selections.map_or(Ok(()), |selections| self.selections(selections, place).map(|_| ()))
    }

    /// Counts one more field.
    fn count(&mut self, depth: usize, introspection: bool) -> Result<(), GraphqlError> {
        self.fields += 1;
        let deepest = if introspection { self.limits.introspection_depth } else { self.limits.depth };
        if depth > deepest {
            Err(exceeded(Code::DepthExceeded, "levels", deepest))
        } else if self.fields > self.limits.fields {
            Err(exceeded(Code::FieldsExceeded, "fields", self.limits.fields))
        } else if self.aliases > self.limits.aliases {
            Err(exceeded(Code::AliasesExceeded, "aliases", self.limits.aliases))
        } else {
            Ok(())
        }
    }

    /// The size of the page that `field` is asked for.
    fn page(&self, field: &str, arguments: &'d Arguments<'d>) -> Result<u64, GraphqlError> {
        let sizes = arguments.iter().filter(|(name, _)| ["first", "last"].contains(&name.item));
        let mut sizes = sizes.filter_map(|(_, value)| self.values.resolve(&value.item));
        let size = match (sizes.next(), sizes.next()) {
            (Some(InputValue::Scalar(DefaultScalarValue::Int(size))), None) => Some(*size),
            _ => None,
        };
        let size = size.filter(|size| (1..=self.limits.page).contains(size)).and_then(|size| u64::try_from(size).ok());
        size.ok_or_else(|| {
            let message = format!("'{field}' needs either 'first' or 'last', between 1 and {}", self.limits.page);
            GraphqlError::new(Code::PageSizeInvalid, message)
        })
    }
}

/// A subscription follows one thing at a time (GraphQL, section 5.2.3.1), which it names directly.
fn one_field(selections: &Selections<'_>) -> Result<(), GraphqlError> {
    match selections {
        [Selection::Field(field)] if !field.item.name.item.starts_with("__") => Ok(()),
        _ => {
            let message = "a subscription selects one field of its root, and that not by a fragment";
            Err(GraphqlError::new(Code::ValidationFailed, message))
        }
    }
}

fn check_directives<'a>(names: impl Iterator<Item = &'a Spanning<&'a str>>, limits: &Limits) -> Result<(), GraphqlError> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.contains(&name.item) {
            let message = format!("the directive '{}' is given twice in one place", name.item);
            return Err(GraphqlError::new(Code::DirectivesExceeded, message));
        }
        seen.push(name.item);
        if seen.len() > limits.directives {
            return Err(exceeded(Code::DirectivesExceeded, "directives in one place", limits.directives));
        }
    }
    Ok(())
}
