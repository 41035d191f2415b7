//! Things found by their names.

use answers::search::{Found, Sought, search};
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::ID;

use crate::{
    Context,
    connection::{Item, OrderDirection, Paging, SortKey, connection, page},
    scalars::Line,
    types::recorded::ThingKind,
    view::View,
};

/// A thing that was found by its name. Ask `node` for what is known of it.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct SearchHit {
    /// The id of the thing.
    pub id: ID,
    /// What kind of thing it is.
    pub kind: ThingKind,
    /// What it is called.
    pub name: Line,
}

connection!(SearchHitConnection, SearchHitEdge, SearchHit, "SearchHitConnection", "SearchHitEdge");

/// The page of what is found for `text` among the things of `kinds`, the nearest first.
///
/// # Errors
///
/// When there is no word in the text or too much of it, or the page is not one.
pub fn found(
    context: &Context,
    view: &View,
    text: &str,
    kinds: Option<Vec<ThingKind>>,
    paging: &Paging,
) -> Result<SearchHitConnection, GraphqlError> {
    let sought = Sought::try_new(text).map_err(|error| GraphqlError::new(Code::InvalidInput, format!("text: {error}")))?;
    let kinds: Vec<_> = kinds.unwrap_or_default().into_iter().map(schema::Kind::from).collect();
    let item = |(rank, Found { thing, name, .. }): (i64, Found)| Item {
        key: Some(SortKey::number(rank)),
        id: thing.uuid(),
        value: SearchHit { id: ID::from(thing.to_string()), kind: thing.kind().into(), name: Line(name) },
    };
    let items = (0..).zip(search(view, &sought, &kinds)).map(item).collect();
    // A rank is of one text among some kinds, and so is the cursor that names it.
    let list = format!("search {kinds:?} {text}");
    page(context, &list, OrderDirection::Asc, items, paging).map(SearchHitConnection)
}
