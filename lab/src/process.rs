//! A server in a process of its own, which ends with whoever started it.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

/// The slowest is a Ceph cluster: eight seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a process may take to clean up behind itself.
const FAREWELL: Duration = Duration::from_secs(10);

/// The running process. Dropping it ends it; so does the end of this process, which breaks its standard input.
#[derive(Debug)]
pub struct Process<R> {
    /// What it said about itself.
    pub ready: R,
    child: Child,
}

impl<R: Default + DeserializeOwned> Process<R> {
    /// Starts a server and waits for the line of JSON that it prints when it serves.
    ///
    /// # Errors
    ///
    /// It does not start, or says something else; the text begins with the title.
    pub fn start(title: &str, mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // From here on the process ends with this value, whatever happens.
        let mut process = Self { ready: R::default(), child: command.spawn()? };
        let Some(output) = process.child.stdout.take() else { return Err(io::Error::other("its output is not piped")) };
        let (said, line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // Whoever waited may have given up.
            said.send(BufReader::new(output).read_line(&mut line).map(|_| line)).ok();
        });
        let silent = |_| io::Error::other(format!("{title} does not say that it serves"));
        let line = line.recv_timeout(PATIENCE).map_err(silent)??;
        process.ready = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("{title} did not start ({error}); it said: {line:?}")))?;
        Ok(process)
    }

    /// Asks it to end, by the end of its input, and waits a while; what does not end is killed when this is dropped.
    pub fn close(&mut self) {
        drop(self.child.stdin.take());
        let begin = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
impl<R> Process<R> {
    /// Breaks the standard input, as the end of this process does, and waits for its end.
    pub fn orphan(&mut self) {
        let child = &mut self.child;
        assert!(child.try_wait().unwrap().is_none(), "it runs");
        drop(child.stdin.take());
        let begin = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < PATIENCE, "it still runs");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl<R> Drop for Process<R> {
    fn drop(&mut self) {
        // Both fail where it has ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
