//! A list that grows at its end, of which a copy costs little: all but the last entries are shared between copies.

use std::{
    fmt::{self, Debug, Formatter},
    ops::{Index, Range},
    sync::Arc,
};

use serde::{Serialize, Serializer};

/// How many entries are shared as one.
const CHUNK: usize = 32;

type Chunks<T> = Arc<Vec<Arc<[T]>>>;

/// A list in which what is not at the end is shared by its copies.
pub struct Series<T> {
    /// Whole chunks; none while there is no more than the end.
    chunks: Option<Chunks<T>>,
    end: Vec<T>,
}

impl<T> Series<T> {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared() + self.end.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_none() && self.end.is_empty()
    }

    /// The entry at `at`.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        match &self.chunks {
            None => self.end.get(at),
            Some(chunks) => match chunks.get(at / CHUNK) {
                Some(chunk) => chunk.get(at % CHUNK),
                None => self.end.get(at - chunks.len() * CHUNK),
            },
        }
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Each entry, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { series: self, range: 0..self.len() }
    }

    /// Each entry from `start` on, in order.
    #[must_use]
    pub fn iter_from(&self, start: usize) -> Iter<'_, T> {
        Iter { series: self, range: start.min(self.len())..self.len() }
    }

    /// How many entries at the start fulfil `is_before`, where none after one that does not does either.
    #[must_use]
    pub fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(&is_before) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn shared(&self) -> usize {
        self.chunks.as_ref().map_or(0, |chunks| chunks.len() * CHUNK)
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, entry: T) {
        self.end.push(entry);
        if self.end.len() == CHUNK {
            let chunk = std::mem::take(&mut self.end).into();
            Arc::make_mut(self.chunks.get_or_insert_default()).push(chunk);
        }
    }
}

impl<T: Clone> Series<T> {
    /// Takes all entries from `length` on away.
    pub(crate) fn truncate(&mut self, length: usize) {
        let shared = self.shared();
        if length >= shared {
            return self.end.truncate(length - shared);
        }
        let Some(chunks) = self.chunks.as_mut().map(Arc::make_mut) else { return };
        self.end = chunks[length / CHUNK][..length % CHUNK].to_vec();
        chunks.truncate(length / CHUNK);
        if chunks.is_empty() {
            self.chunks = None;
        }
    }

    /// The entry at `at`, to be changed.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let shared = self.shared();
        if at >= shared {
            return self.end.get_mut(at - shared);
        }
        let chunk = Arc::make_mut(self.chunks.as_mut()?).get_mut(at / CHUNK)?;
        Arc::make_mut(chunk).get_mut(at % CHUNK)
    }
}

/// With room for one entry more, for which most copies are made.
impl<T: Clone> Clone for Series<T> {
    fn clone(&self) -> Self {
        let mut end = Vec::new();
        if !self.end.is_empty() {
            end.reserve_exact(self.end.len() + 1);
            end.extend_from_slice(&self.end);
        }
        Self { chunks: self.chunks.clone(), end }
    }
}

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self { chunks: None, end: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Series<T> {
    fn from(mut entries: Vec<T>) -> Self {
        if entries.len() < CHUNK {
            return Self { chunks: None, end: entries };
        }
        let end = entries.split_off(entries.len() / CHUNK * CHUNK);
        let mut entries = entries.into_iter();
        let chunks = (0..entries.len() / CHUNK).map(|_| entries.by_ref().take(CHUNK).collect()).collect();
        Self { chunks: Some(Arc::new(chunks)), end }
    }
}

impl<T> FromIterator<T> for Series<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self::from(entries.into_iter().collect::<Vec<_>>())
    }
}

impl<T> Index<usize> for Series<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        match &self.chunks {
            Some(chunks) if at / CHUNK < chunks.len() => &chunks[at / CHUNK][at % CHUNK],
            _ => &self.end[at - self.shared()],
        }
    }
}

impl<'a, T> IntoIterator for &'a Series<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Series<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<T: Debug> Debug for Series<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self).finish()
    }
}

impl<T: Serialize> Serialize for Series<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

/// The entries of a [`Series`], in order.
pub struct Iter<'a, T> {
    series: &'a Series<T>,
    range: Range<usize>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { series: self.series, range: self.range.clone() }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.series.get(self.range.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<&'a T> {
        self.series.get(self.range.nth(n)?)
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.series.get(self.range.next_back()?)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_grew_it_holds_the_same_and_a_copy_does_not_change_with_it() {
        let mut grown = Series::default();
        for length in 0..3 * CHUNK + 2 {
            let entries: Vec<usize> = (0..length).collect();
            let copy = grown.clone();
            assert_eq!((&grown, grown.len()), (&Series::from(entries.clone()), length));
            assert_eq!(grown.iter().rev().copied().collect::<Vec<_>>(), entries.iter().rev().copied().collect::<Vec<_>>());
            assert_eq!((grown.first(), grown.last(), grown.get(length)), (entries.first(), entries.last(), None));
            assert_eq!(serde_json::to_string(&grown).unwrap(), serde_json::to_string(&entries).unwrap());
            for at in 0..=length {
                assert_eq!(grown.partition_point(|entry| *entry < at), at);
                assert!(grown.iter_from(at).eq(&entries[at..]));
            }
            for kept in 0..=length {
                let mut cut = grown.clone();
                cut.truncate(kept);
                assert_eq!(cut, Series::from(entries[..kept].to_vec()));
                assert_eq!(cut.is_empty(), kept == 0);
            }
            if let Some(entry) = grown.get_mut(length / 2) {
                *entry = 1000;
                assert_eq!((grown[length / 2], copy[length / 2]), (1000, length / 2));
            }
            grown = copy;
            grown.push(length);
        }
    }
}
