//! Who is worked on now: so many at once, fewer of one subject, and the subjects take turns.
//!
//! Whoever has a place keeps it until the work is over. Of those who wait, the subject whose turn was longest ago comes
//! next, so that a subject with many requests waits for its own and not others for it (fair queueing by subject, as in
//! J. Nagle, RFC 970). Who can't be served before their deadline is told so at once.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use schema::SubjectId;
use tokio::{sync::oneshot, time::timeout_at};

use super::Deadline;

/// How many may be worked on, and how many may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At once, of all.
    pub at_once: usize,
    /// At once, of one subject.
    pub per_subject: usize,
    /// Waiting, of all.
    pub waiting: usize,
    /// Waiting, of one subject.
    pub waiting_per_subject: usize,
}

impl Bounds {
    /// So many at once, half of them for one subject; for each that is worked on, 64 may wait.
    #[must_use]
    pub const fn of(at_once: usize) -> Self {
        let at_once = if at_once == 0 { 1 } else { at_once };
        let waiting = at_once.saturating_mul(WAITING_PER_PLACE);
        Self { at_once, per_subject: at_once.div_ceil(2), waiting, waiting_per_subject: waiting.div_ceil(2) }
    }
}

const WAITING_PER_PLACE: usize = 64;

/// By how much the latest piece of work moves what one is expected to take: one in so many.
const MEMORY: u32 = 8;

/// There is more to do than can be done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded;

/// Those who are worked on, and those who wait for it.
#[derive(Debug)]
pub struct Queue {
    bounds: Bounds,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    waiting: usize,
    lines: HashMap<SubjectId, Line>,
    /// The subjects of which somebody waits; the one whose turn was longest ago is first.
    round: VecDeque<SubjectId>,
    /// How long a piece of work takes of late.
    usual: Duration,
    last_ticket: u64,
}

/// What there is of one subject.
#[derive(Debug, Default)]
struct Line {
    running: usize,
    waiting: VecDeque<(u64, oneshot::Sender<Place>)>,
}

/// A place among those who are worked on. Given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    queue: Arc<Queue>,
    subject: SubjectId,
    since: Instant,
}

/// A place in the line. Left when it is dropped.
struct Waiting<'q> {
    queue: &'q Queue,
    subject: SubjectId,
    ticket: u64,
}

impl Queue {
    /// Nobody yet.
    #[must_use]
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, state: Mutex::default() })
    }

    /// A place for `subject`, once it is its turn.
    ///
    /// # Errors
    ///
    /// When it is not its turn before `deadline`, or will not be by what the work of others takes.
    pub async fn enter(self: &Arc<Self>, subject: SubjectId, deadline: Deadline) -> Result<Place, Crowded> {
        let (waiting, mut turn) = {
            let mut state = self.lock();
            if state.has_place(self.bounds, subject) {
                return Ok(self.place(&mut state, subject));
            }
            if !state.can_serve(self.bounds, subject, deadline.left()) {
                return Err(Crowded);
            }
            let (ticket, turn) = state.line_up(subject);
            (Waiting { queue: self, subject, ticket }, turn)
        };
        let place = timeout_at(deadline.instant().into(), &mut turn).await;
        drop(waiting);
        place.ok().and_then(Result::ok).ok_or(Crowded)
    }

    fn place(self: &Arc<Self>, state: &mut State, subject: SubjectId) -> Place {
        state.running += 1;
        state.lines.entry(subject).or_default().running += 1;
        Place { queue: Arc::clone(self), subject, since: Instant::now() }
    }

    fn leave(self: &Arc<Self>, subject: SubjectId, took: Duration) {
        let mut called = Vec::new();
        {
            let mut state = self.lock();
            state.end(subject, took);
            while let Some((next, turn)) = state.next(self.bounds) {
                called.push((turn, self.place(&mut state, next)));
            }
        }
        for (turn, place) in called {
            // Whoever has just gone gives the place back by dropping it.
            drop(turn.send(place));
        }
    }

    /// The state, whoever panicked while holding it: no change of it stops half way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether `subject` may be worked on at once. Nobody who might be waits then.
    fn has_place(&self, bounds: Bounds, subject: SubjectId) -> bool {
        self.running < bounds.at_once && self.lines.get(&subject).is_none_or(|line| line.running < bounds.per_subject)
    }

    /// Whether one more of `subject` may wait, and will be served within `left` if work takes what it took of late.
    fn can_serve(&self, bounds: Bounds, subject: SubjectId, left: Duration) -> bool {
        let before = self.lines.get(&subject).map_or(0, |line| line.waiting.len());
        let is_room = self.waiting < bounds.waiting && before < bounds.waiting_per_subject;
        let rounds = u32::try_from(before / bounds.per_subject).unwrap_or(u32::MAX);
        is_room && self.usual.saturating_mul(rounds) <= left
    }

    fn line_up(&mut self, subject: SubjectId) -> (u64, oneshot::Receiver<Place>) {
        let (called, turn) = oneshot::channel();
        self.last_ticket += 1;
        self.waiting += 1;
        let line = self.lines.entry(subject).or_default();
        if line.waiting.is_empty() {
            self.round.push_back(subject);
        }
        line.waiting.push_back((self.last_ticket, called));
        (self.last_ticket, turn)
    }

    /// The next who waits and may be worked on; their subject's next turn comes after the others'.
    fn next(&mut self, bounds: Bounds) -> Option<(SubjectId, oneshot::Sender<Place>)> {
        if self.running >= bounds.at_once {
            return None;
        }
        let may = |subject: &SubjectId| self.lines.get(subject).is_some_and(|line| line.running < bounds.per_subject);
        let at = self.round.iter().position(may)?;
        let subject = self.round.remove(at)?;
        let line = self.lines.get_mut(&subject)?;
        let (_, turn) = line.waiting.pop_front()?;
        self.waiting -= 1;
        if !line.waiting.is_empty() {
            self.round.push_back(subject);
        }
        Some((subject, turn))
    }

    fn end(&mut self, subject: SubjectId, took: Duration) {
        self.running -= 1;
        self.usual = (self.usual * (MEMORY - 1) + took) / MEMORY;
        if let Some(line) = self.lines.get_mut(&subject) {
            line.running -= 1;
        }
        self.forget_if_idle(subject);
    }

    fn give_up(&mut self, subject: SubjectId, ticket: u64) {
        let Some(line) = self.lines.get_mut(&subject) else { return };
        let Some(at) = line.waiting.iter().position(|(waiting, _)| *waiting == ticket) else { return };
        line.waiting.remove(at);
        self.waiting -= 1;
        if line.waiting.is_empty() {
            self.round.retain(|other| *other != subject);
        }
        self.forget_if_idle(subject);
    }

    fn forget_if_idle(&mut self, subject: SubjectId) {
        if self.lines.get(&subject).is_some_and(|line| line.running == 0 && line.waiting.is_empty()) {
            self.lines.remove(&subject);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.leave(self.subject, self.since.elapsed());
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.lock().give_up(self.subject, self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::BoxFuture};
    use uuid::Uuid;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn subject(n: u128) -> SubjectId {
        SubjectId(Uuid::from_u128(n))
    }

    /// Somebody who wants a place, and has one or waits for it.
    fn ask(queue: &Arc<Queue>, of: u128) -> BoxFuture<'static, Result<Place, Crowded>> {
        let queue = Arc::clone(queue);
        async move { queue.enter(subject(of), Deadline::after(LONG)).await }.boxed()
    }

    /// The place that is there now; `None` if it has to be waited for.
    fn now(asked: &mut BoxFuture<'static, Result<Place, Crowded>>) -> Option<Place> {
        asked.now_or_never().map(|place| place.expect("there is room to wait"))
    }

    #[tokio::test]
    async fn of_one_subject_no_more_are_worked_on_than_its_share() {
        let queue = Queue::new(Bounds::of(4));
        let mut own: Vec<_> = (0..10).map(|_| ask(&queue, 1)).collect();
        let mut places: Vec<Place> = own.iter_mut().filter_map(now).collect();
        assert_eq!(places.len(), 2);
        // Another's is worked on at once, although eight wait.
        assert!(now(&mut ask(&queue, 2)).is_some());
        // As each ends, the next of the same subject begins, in their order.
        for next in &mut own[2..] {
            assert!(now(next).is_none());
            places.remove(0);
            places.push(now(next).expect("its turn has come"));
        }
    }

    #[tokio::test]
    async fn anothers_request_begins_before_those_that_came_first_of_who_asks_most() {
        let queue = Queue::new(Bounds { at_once: 1, per_subject: 1, waiting: 100, waiting_per_subject: 50 });
        let first = now(&mut ask(&queue, 1)).expect("there is a place");
        let mut own: Vec<_> = (0..5).map(|_| ask(&queue, 1)).collect();
        assert!(own.iter_mut().all(|asked| now(asked).is_none()));
        let mut others: Vec<_> = (2..5).map(|other| ask(&queue, other)).collect();
        assert!(others.iter_mut().all(|asked| now(asked).is_none()));
        // One of its own was in line before the others came; then each of them has a turn.
        let mut place = first;
        drop(place);
        place = now(&mut own[0]).expect("first in line");
        for other in &mut others {
            assert!(now(&mut own[1]).is_none());
            drop(place);
            place = now(other).expect("its subject's turn");
        }
        drop(place);
        assert!(now(&mut own[1]).is_some());
    }

    #[tokio::test]
    async fn who_goes_away_leaves_the_line_and_who_was_called_gives_the_place_back() {
        let queue = Queue::new(Bounds::of(1));
        let place = now(&mut ask(&queue, 1)).expect("there is a place");
        let (mut gone, mut called, mut next) = (ask(&queue, 1), ask(&queue, 2), ask(&queue, 3));
        assert!([&mut gone, &mut called, &mut next].into_iter().all(|asked| now(asked).is_none()));
        drop(gone);
        drop(place);
        // It was called, and goes before it hears of that.
        drop(called);
        drop(now(&mut next).expect("nobody else is left"));
        let state = queue.lock();
        assert_eq!((state.running, state.waiting, state.lines.len(), state.round.len()), (0, 0, 0, 0));
    }

    #[tokio::test]
    async fn who_cannot_be_served_in_time_is_told_at_once() {
        let queue = Queue::new(Bounds { at_once: 1, per_subject: 1, waiting: 3, waiting_per_subject: 2 });
        let place = now(&mut ask(&queue, 1)).expect("there is a place");
        let mut waiting = [ask(&queue, 1), ask(&queue, 1), ask(&queue, 2)];
        assert!(waiting.iter_mut().all(|asked| now(asked).is_none()));
        let crowded = |of| queue.enter(subject(of), Deadline::after(LONG)).now_or_never().map(|place| place.map(|_| ()));
        assert_eq!(crowded(1), Some(Err(Crowded)), "no more of one subject wait");
        assert_eq!(crowded(3), Some(Err(Crowded)), "no more wait at all");
        drop((waiting, place));

        // Work takes a quarter of an hour of late: whoever comes second in line can't be served in a minute.
        queue.lock().usual = 15 * LONG;
        let _place = now(&mut ask(&queue, 1)).expect("there is a place");
        let mut second = ask(&queue, 1);
        assert!(now(&mut second).is_none());
        assert_eq!(crowded(1), Some(Err(Crowded)));
        assert_eq!(crowded(2), None, "another's turn comes sooner");
    }

    #[tokio::test]
    async fn nobody_waits_past_their_deadline() {
        let queue = Queue::new(Bounds::of(1));
        let _place = now(&mut ask(&queue, 1)).expect("there is a place");
        let late = queue.enter(subject(2), Deadline::after(Duration::ZERO)).await;
        assert_eq!(late.map(|_| ()), Err(Crowded));
        assert_eq!(queue.lock().waiting, 0);
    }
}
