//! Where in a list what goes by a key is, so that no list has to be looked through for each fact.

/// The places of entries, in the order of their keys, which stand in the entries themselves.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Places(Vec<u32>);

impl Places {
    /// The places of the first `count` entries.
    pub(super) fn of<K: Ord>(count: usize, key_of: impl Fn(usize) -> K) -> Self {
        let mut places: Vec<_> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        places.sort_by_key(|place| key_of(*place as usize));
        Self(places)
    }

    /// The place of the first entry that has `key`; `key_of` says which key is at a place.
    pub(super) fn find<K: Ord>(&self, key: K, key_of: impl Fn(usize) -> K) -> Option<usize> {
        let at = self.0.partition_point(|place| key_of(*place as usize) < key);
        self.0.get(at).map(|place| *place as usize).filter(|place| key_of(*place) == key)
    }

    /// Adds a place, after those that have the same key.
    pub(super) fn add<K: Ord>(&mut self, place: usize, key_of: impl Fn(usize) -> K) {
        let key = key_of(place);
        let at = self.0.partition_point(|other| key_of(*other as usize) <= key);
        self.0.insert(at, u32::try_from(place).unwrap_or(u32::MAX));
    }

    /// Takes out the first place that has `key`, and gives it.
    pub(super) fn take<K: Ord>(&mut self, key: K, key_of: impl Fn(usize) -> K) -> Option<usize> {
        let at = self.0.partition_point(|place| key_of(*place as usize) < key);
        let found = self.0.get(at).is_some_and(|place| key_of(*place as usize) == key);
        found.then(|| self.0.remove(at) as usize)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
