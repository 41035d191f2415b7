//! The signals by which the process is told to stop, heard from the very start.

use std::time::Duration;

use tokio::{runtime::Handle, sync::watch, task::spawn_blocking, time::timeout};

use self::signals::Signals;
use super::Failure;

/// How long work that was told to stop is waited for, so that it can close what it has opened.
const LEAVING_WAIT: Duration = Duration::from_millis(700);

/// Whether the process was told to stop: by SIGTERM, by Ctrl-C, or because its terminal was closed.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens from now on. To be called on the runtime.
    ///
    /// # Errors
    ///
    /// When the system gives no signals.
    pub fn listen() -> Result<Self, Failure> {
        let signals = Signals::new().map_err(|error| Failure::Refused(format!("the system gives no signals: {error}")))?;
        let (sender, told) = watch::channel(false);
        tokio::spawn(async move {
            let signal = signals.next().await;
            tracing::info!(signal, "told to stop");
            // Nobody listens any more once the work is done.
            let _ = sender.send(true);
        });
        Ok(Self(told))
    }

    /// Waits until the process is told to stop.
    pub async fn told(&mut self) {
        if self.0.wait_for(|told| *told).await.is_err() {
            // Whoever listened is gone; then nobody can tell.
            std::future::pending::<()>().await;
        }
    }

    /// What `work` comes to, unless the process is told to stop before. Then it is left after a moment, wherever it is:
    /// what was acknowledged by then is on the disk. It has a thread of its own, and may block it.
    pub async fn unless_told<T, W>(&mut self, work: impl FnOnce() -> W + Send + 'static) -> Option<Result<T, Failure>>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Failure>>,
    {
        let runtime = Handle::current();
        let mut working = spawn_blocking(move || runtime.block_on(work()));
        let ended = tokio::select! {
            ended = &mut working => Some(ended),
            () = self.told() => timeout(LEAVING_WAIT, working).await.ok(),
        };
        ended.map(|ended| ended.unwrap_or_else(|error| Err(Failure::Fault(format!("the work has stopped: {error}")))))
    }
}

#[cfg(unix)]
mod signals {
    use std::{fs, io};

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signals that are heard.
    pub(super) struct Signals {
        terminate: Signal,
        interrupt: Signal,
        hangup: Option<Signal>,
    }

    impl Signals {
        pub fn new() -> io::Result<Self> {
            // Whoever starts the process with hangups ignored (nohup) wants it to outlive the terminal.
            let hangup = if hangups_are_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
            let [terminate, interrupt] = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
            Ok(Self { terminate: terminate?, interrupt: interrupt?, hangup })
        }

        /// The name of the next.
        pub async fn next(self) -> &'static str {
            let Self { mut terminate, mut interrupt, hangup } = self;
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = received(hangup) => "SIGHUP",
            }
        }
    }

    async fn received(signal: Option<Signal>) {
        match signal {
            Some(mut signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    /// Whether the process was started with hangups ignored, where the system says so.
    fn hangups_are_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // The first signal has the lowest bit.
        ignored.is_some_and(|mask| mask & 1 == 1)
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// The signals that are heard.
    pub(super) struct Signals;

    impl Signals {
        pub const fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// The name of the next.
        pub async fn next(self) -> &'static str {
            // Without the signal there is nothing to wait for, and the process is ended from outside.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            "Ctrl-C"
        }
    }
}
