//! Work of one task that whoever waits for it may get on with: waking the task's thread would take longer than doing it.

use std::{
    future::poll_fn,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use futures::future::BoxFuture;
use tokio::runtime::Handle;

/// Work that goes on for as long as its task does, in the hands of one thread at a time.
#[derive(Default)]
pub(super) struct Work {
    /// `None` while there is no task.
    begun: Mutex<Option<Begun>>,
}

struct Begun {
    work: BoxFuture<'static, ()>,
    /// Wakes the task, whoever gets on with its work.
    waker: Waker,
    /// Where the task is.
    runtime: Handle,
}

impl Work {
    /// Does `work` until it ends, or until this is dropped, and the work with it. If it panics in the hands of somebody
    /// who helps, this ends.
    pub async fn go_on(&self, work: BoxFuture<'static, ()>) {
        let waker = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
        let begun = Begun { work, waker, runtime: Handle::current() };
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
        let _end = End(self);
        poll_fn(|context| self.poll(context)).await;
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let Ok(mut begun) = self.begun.lock() else { return Poll::Ready(()) };
        let Some(begun) = begun.as_mut() else { return Poll::Ready(()) };
        begun.waker.clone_from(context.waker());
        begun.work.as_mut().poll(context)
    }

    /// Gets on with what there is to do, unless somebody is at it. What has to be waited for, the task waits for.
    pub fn help(&self) {
        let Ok(mut begun) = self.begun.try_lock() else { return };
        let Some(begun) = begun.as_mut() else { return };
        let _runtime = begun.runtime.enter();
        let waker = WokenByPanic(begun.waker.clone());
        // That it has ended, the task finds out when it is next woken.
        let _ = begun.work.as_mut().poll(&mut Context::from_waker(&waker.0));
    }
}

/// Ends the work with its task.
struct End<'a>(&'a Work);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let begun = self.0.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(begun);
    }
}

/// Wakes the task if its work panics in the hands of another.
struct WokenByPanic(Waker);

impl Drop for WokenByPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::Arc,
    };

    use futures::FutureExt;
    use tokio::sync::mpsc;

    use super::*;

    /// Work that adds up what it is sent, and can't take 0; and what it came to.
    fn adding() -> (mpsc::UnboundedSender<u32>, Arc<Mutex<u32>>, BoxFuture<'static, ()>) {
        let (send, mut sent) = mpsc::unbounded_channel();
        let sum = Arc::new(Mutex::new(0));
        let total = Arc::clone(&sum);
        let work = async move {
            while let Some(number) = sent.recv().await {
                assert_ne!(number, 0);
                *total.lock().unwrap() += number;
            }
        };
        (send, sum, work.boxed())
    }

    #[tokio::test]
    async fn whoever_helps_does_what_there_is_to_do_and_the_task_the_rest() {
        let (send, sum, adding) = adding();
        let work = Arc::new(Work::default());
        // Nobody is at it yet.
        work.help();
        let task = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.go_on(adding).await }
        });
        tokio::task::yield_now().await;
        send.send(1).unwrap();
        send.send(2).unwrap();
        assert_eq!(*sum.lock().unwrap(), 0);
        work.help();
        assert_eq!(*sum.lock().unwrap(), 3);
        send.send(4).unwrap();
        drop(send);
        task.await.unwrap();
        assert_eq!(*sum.lock().unwrap(), 7);
        work.help();
    }

    #[tokio::test]
    async fn work_that_panics_in_the_hands_of_who_helps_ends_for_its_task() {
        let (send, _, adding) = adding();
        let work = Arc::new(Work::default());
        let task = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.go_on(adding).await }
        });
        tokio::task::yield_now().await;
        send.send(0).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| work.help())).is_err());
        task.await.unwrap();
        assert!(send.is_closed());
        work.help();
    }

    #[tokio::test]
    async fn the_work_goes_when_its_task_does() {
        let (send, _, adding) = adding();
        let work = Arc::new(Work::default());
        let task = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.go_on(adding).await }
        });
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(send.is_closed());
    }
}
