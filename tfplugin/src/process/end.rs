//! The ways to end: the host's request, a signal, or the death of the host.

use std::io;
#[cfg(unix)]
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Who decides that the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The host that started it. Ctrl-C reaches the whole process group, and the host then says what to do.
    Host,
    /// A person, with Ctrl-C; hosts come and go.
    Person,
}

/// How often to look whether the host is still there.
#[cfg(unix)]
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The signals that matter, caught from when this value exists.
#[derive(Debug)]
pub(super) struct Signals {
    owner: Owner,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    parent: u32,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    /// Catches signals from now on.
    pub(super) fn catch(owner: Owner) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let parent = std::os::unix::process::parent_id();
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Signals { owner, interrupt, terminate, parent })
    }

    /// Returns when the process has to end.
    pub(super) async fn end(mut self, shutdown: CancellationToken) {
        let by_host = self.owner == Owner::Host;
        // A process that lost its parent gets another one.
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = shutdown.cancelled(), if by_host => return,
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => if !by_host { return },
                _ = look.tick(), if by_host => if std::os::unix::process::parent_id() != self.parent { return },
            }
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// Catches signals from now on.
    pub(super) fn catch(owner: Owner) -> io::Result<Self> {
        Ok(Signals { owner, interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// Returns when the process has to end.
    pub(super) async fn end(mut self, shutdown: CancellationToken) {
        let by_host = self.owner == Owner::Host;
        loop {
            tokio::select! {
                () = shutdown.cancelled(), if by_host => return,
                _ = self.interrupt.recv() => if !by_host { return },
            }
        }
    }
}
