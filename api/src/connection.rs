//! Relay connections: pages of things in a stated order, with cursors that are of use to one viewer only.

use access::seal::Purpose;
use chrono::Datelike;
use gate::gated;
use graphql::{Code, GraphqlError};
use juniper::GraphQLInputObject;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Context;

/// The most bytes of a value that decide on its order; equal beginnings are told apart by the id.
const KEY_BYTES_MAX: usize = 240;

/// By what something is put in order. What is not known comes last, whichever the direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SortKey(Vec<u8>);

impl SortKey {
    /// By a text, without regard to capitals.
    pub fn text(text: &str) -> Self {
        let mut bytes = text.to_lowercase().into_bytes();
        bytes.truncate(KEY_BYTES_MAX);
        Self(bytes)
    }

    /// By a number or a date.
    pub fn number(number: i64) -> Self {
        Self((number ^ i64::MIN).to_be_bytes().to_vec())
    }

    /// By a date, at the day that it stands for.
    pub fn date(date: schema::Date) -> Self {
        Self::number(i64::from(date.first().num_days_from_ce()))
    }
}

/// In which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, juniper::GraphQLEnum)]
pub enum OrderDirection {
    /// The least first.
    Asc,
    /// The greatest first.
    Desc,
}

/// Which page of a list.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// How many from the start.
    pub first: Option<i32>,
    /// After which cursor.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i32>,
    /// Before which cursor.
    pub before: Option<String>,
}

/// Where a page lies in its list.
#[gated]
#[derive(Debug, Clone)]
#[graphql(context = Context)]
pub struct PageInfo {
    /// Whether there is more after this page.
    pub has_next_page: bool,
    /// Whether there is more before this page.
    pub has_previous_page: bool,
    /// The cursor of the first item.
    pub start_cursor: Option<String>,
    /// The cursor of the last item.
    pub end_cursor: Option<String>,
}

/// A page of a list.
pub struct Page<T> {
    /// The items, each with its cursor.
    pub items: Vec<(String, T)>,
    /// Where it lies.
    pub info: PageInfo,
    /// How many items the list has.
    pub total: i32,
}

impl<T> Page<T> {
    /// The same page of what `change` makes of the items.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(|(cursor, item)| (cursor, change(item))).collect();
        Page { items, info: self.info, total: self.total }
    }
}

/// An item of a list, with what it is put in order by.
pub struct Item<T> {
    /// By what; `None` when that is not known.
    pub key: Option<SortKey>,
    /// Which thing, to tell apart what is otherwise equal.
    pub id: Uuid,
    /// The item.
    pub value: T,
}

type Place = (bool, Option<SortKey>, Uuid);

/// What a cursor holds: where, and of which list.
#[derive(Serialize, Deserialize)]
struct Cursor {
    list: String,
    key: Option<SortKey>,
    id: Uuid,
}

/// The page that `paging` asks for. `list` names the list and its order, so that a cursor of another is refused.
///
/// # Errors
///
/// When the size is missing or out of range, or a cursor is not of this list.
pub fn page<T>(
    context: &Context,
    list: &str,
    direction: OrderDirection,
    mut items: Vec<Item<T>>,
    paging: &Paging,
) -> Result<Page<T>, GraphqlError> {
    context.asker.check()?;
    let size = size(paging)?;
    let descending = direction == OrderDirection::Desc;
    let compare = |a: &Place, b: &Place| {
        let by_key = if descending { b.1.cmp(&a.1) } else { a.1.cmp(&b.1) };
        a.0.cmp(&b.0).then(by_key).then(a.2.cmp(&b.2))
    };
    let place = |item: &Item<T>| (item.key.is_none(), item.key.clone(), item.id);
    items.sort_by(|a, b| {
        let by_key = if descending { b.key.cmp(&a.key) } else { a.key.cmp(&b.key) };
        a.key.is_none().cmp(&b.key.is_none()).then(by_key).then(a.id.cmp(&b.id))
    });
    let total = items.len();
    let list = format!("{list} {direction:?}");
    let mut start = 0;
    let mut end = total;
    if let Some(after) = &paging.after {
        let after = open(context, &list, after)?;
        start = items.partition_point(|item| compare(&place(item), &after).is_le());
    }
    if let Some(before) = &paging.before {
        let before = open(context, &list, before)?;
        end = items.partition_point(|item| compare(&place(item), &before).is_lt()).max(start);
    }
    if paging.first.is_some() {
        end = end.min(start + size);
    } else {
        start = start.max(end.saturating_sub(size));
    }
    let mut taken = Vec::with_capacity(end - start);
    for item in items.drain(start..end) {
        let cursor = Cursor { list: list.clone(), key: item.key, id: item.id };
        taken.push((context.seal(Purpose::Cursor, &cursor)?, item.value));
    }
    let info = PageInfo {
        has_next_page: end < total,
        has_previous_page: start > 0,
        start_cursor: taken.first().map(|(cursor, _)| cursor.clone()),
        end_cursor: taken.last().map(|(cursor, _)| cursor.clone()),
    };
    Ok(Page { items: taken, info, total: i32::try_from(total).unwrap_or(i32::MAX) })
}

fn size(paging: &Paging) -> Result<usize, GraphqlError> {
    let size = paging.first.xor(paging.last).and_then(|size| usize::try_from(size).ok()).filter(|size| (1..=100).contains(size));
    size.ok_or_else(|| GraphqlError::new(Code::PageSizeInvalid, "ask for 'first' or 'last', between 1 and 100"))
}

fn open(context: &Context, list: &str, cursor: &str) -> Result<Place, GraphqlError> {
    let cursor: Cursor = context.open(Purpose::Cursor, cursor)?;
    if cursor.list != list {
        return Err(GraphqlError::new(Code::InvalidInput, "the cursor is of another list or order"));
    }
    Ok((cursor.key.is_none(), cursor.key, cursor.id))
}

/// What was known when: an instant, and by what it is meant.
#[derive(Debug, Clone, GraphQLInputObject)]
pub struct KnownAt {
    /// The instant.
    pub at: chrono::DateTime<chrono::Utc>,
    /// By recording here, as if left out, or by publication in a register.
    pub by: Option<super::scalars::KnownBy>,
}

/// Declares the connection and the edge of a type.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $name:literal, $edge_name:literal) => {
        /// A page of a list.
        pub struct $connection(pub $crate::connection::Page<$node>);

        /// A page of a list.
        #[gate::gated]
        #[juniper::graphql_object(name = $name, context = $crate::Context)]
        impl $connection {
            /// The items, each with its cursor.
            fn edges(&self) -> Vec<$edge> {
                self.0.items.iter().map(|(cursor, node)| $edge { cursor: cursor.clone(), node: node.clone() }).collect()
            }

            /// The items.
            fn nodes(&self) -> Vec<$node> {
                self.0.items.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where the page lies in the list.
            fn page_info(&self) -> $crate::connection::PageInfo {
                self.0.info.clone()
            }

            /// How many items the whole list has.
            fn total_count(&self) -> i32 {
                self.0.total
            }
        }

        /// An item of a list, and its place there.
        #[derive(Clone)]
        pub struct $edge {
            cursor: String,
            node: $node,
        }

        /// An item of a list, and its place there.
        #[gate::gated]
        #[juniper::graphql_object(name = $edge_name, context = $crate::Context)]
        impl $edge {
            /// The place of the item in its list, for `after` and `before`.
            fn cursor(&self) -> &str {
                &self.cursor
            }

            /// The item.
            fn node(&self) -> &$node {
                &self.node
            }
        }
    };
}

pub(super) use connection;
