//! HAProxy's process: a master with its workers, asked over the master's socket.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::haproxy::program::executable;

/// A reload takes 0.2 s, and one that finds a port occupied tries for a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the master is asked meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

/// Ends the master when whoever started it closes this script's input, or is gone.
const SCRIPT: &str = r#"
"$0" -W -db -S "$2,mode,600,level,admin" -f "$1" </dev/null &
master=$!
cat >/dev/null
kill -TERM $master 2>/dev/null
wait $master
"#;

/// What `show proc` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes {
    /// The master's.
    pub master: u32,
    /// The worker's that serves.
    pub worker: Option<u32>,
    /// How many reloads in a row have failed.
    pub failed: u32,
}

/// A running HAProxy. Dropping it ends the master and its workers.
#[derive(Debug)]
pub struct Master {
    executable: &'static Path,
    socket: PathBuf,
    said: PathBuf,
    child: Child,
}

impl Master {
    /// Starts HAProxy with a configuration, and waits for its worker. The socket and what it says are files in `folder`.
    ///
    /// # Errors
    ///
    /// HAProxy is missing, or refuses the configuration; the text holds its lines.
    pub fn start(configuration: &Path, folder: &Path) -> io::Result<Self> {
        let executable = executable().map_err(io::Error::other)?;
        let (socket, said) = (folder.join("master.sock"), folder.join("haproxy.log"));
        let log = || -> io::Result<File> { OpenOptions::new().create(true).append(true).open(&said) };
        let mut command = Command::new("sh");
        command.arg("-c").arg(SCRIPT).arg(executable).arg(configuration).arg(&socket);
        command.stdin(Stdio::piped()).stdout(log()?).stderr(log()?);
        let child = command.spawn()?;
        let mut master = Self { executable, socket, said, child };
        let begin = Instant::now();
        while master.processes().is_none_or(|processes| processes.worker.is_none()) {
            let ended = master.has_refused();
            if ended || begin.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("HAProxy did not start; it said:\n{}", master.said_since(0))));
            }
            thread::sleep(PAUSE);
        }
        Ok(master)
    }

    /// Whether HAProxy has told that it does not start.
    fn has_refused(&mut self) -> bool {
        let said = self.said_since(0);
        said.contains("[ALERT]") && (said.contains("Exiting.") || said.contains("Fatal errors found"))
    }

    /// What `show proc` says, unless the master is busy with a reload.
    #[must_use]
    pub fn processes(&self) -> Option<Processes> {
        self.command("show proc").ok().map(|said| parse(&said)).filter(|processes| processes.master != 0)
    }

    /// Lets the master take up the configuration, and waits until it has done so or refused.
    ///
    /// # Errors
    ///
    /// The new worker does not live: HAProxy's own lines. The old one serves on.
    pub fn reload(&self) -> Result<String, String> {
        let begin = self.said().len();
        let failures = || self.processes().map(|processes| processes.failed);
        let start = Instant::now();
        while failures().is_none() {
            self.wait(start)?;
        }
        // 2.6 answers nothing and closes the connection.
        self.command("reload").map_err(|error| format!("the master does not take a reload: {error}"))?;
        let start = Instant::now();
        loop {
            let said = self.said_since(begin);
            let loaded = said.contains("Loading success.");
            let settled = (loaded || said.contains("Loading failure!")).then(failures).flatten();
            if let Some(failed) = settled {
                let own = said.lines().filter(|line| !line.contains("Reloading HAProxy"));
                let said = own.collect::<Vec<_>>().join("\n");
                return if loaded && failed == 0 { Ok(said) } else { Err(said) };
            }
            self.wait(start)?;
        }
    }

    fn wait(&self, start: Instant) -> Result<(), String> {
        if start.elapsed() > PATIENCE {
            return Err(format!("the master does not answer; it said:\n{}", self.said_since(0)));
        }
        thread::sleep(PAUSE);
        Ok(())
    }

    /// Whether HAProxy would load this file: `haproxy -c`.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn check(&self, file: &Path) -> io::Result<Output> {
        Command::new(self.executable).arg("-c").arg("-f").arg(file).output()
    }

    /// Asks the master, whose answer ends with the connection. A command for the worker begins with `@1`.
    ///
    /// # Errors
    ///
    /// The master is busy with a reload.
    pub fn command(&self, command: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{command}\n").as_bytes())?;
        stream.shutdown(Shutdown::Write)?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    fn said(&self) -> Vec<u8> {
        fs::read(&self.said).unwrap_or_default()
    }

    fn said_since(&self, begin: usize) -> String {
        String::from_utf8_lossy(self.said().get(begin..).unwrap_or_default()).into_owned()
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It fails only where the script has ended by itself.
        self.child.wait().ok();
    }
}

fn parse(said: &str) -> Processes {
    let mut processes = Processes::default();
    let mut old = false;
    for line in said.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [pid, "master", ..] => {
                processes.master = pid.parse().unwrap_or_default();
                let failed = words.iter().position(|word| *word == "[failed:").and_then(|at| words.get(at + 1));
                processes.failed = failed.and_then(|word| word.trim_end_matches(']').parse().ok()).unwrap_or_default();
            }
            ["#", "old", "workers"] => old = true,
            ["#", ..] => old = false,
            [pid, "worker", ..] if !old => processes.worker = pid.parse().ok(),
            _ => {}
        }
    }
    processes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_workers_do_not_count() {
        let said = "#<PID> <type> <reloads> <uptime> <version>\n30017  master  3 [failed: 1]   0d00h10m56s  2.6.12\n# \
                    workers\n18813  worker  0  0d00h00m00s  2.6.12\n# old workers\n18518  worker  1  0d  2.6.12\n# programs\n";
        assert_eq!(parse(said), Processes { master: 30017, worker: Some(18813), failed: 1 });
    }

    #[test]
    fn it_starts_reloads_and_ends_with_whoever_started_it() {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("haproxy.cfg");
        fs::write(&configuration, "global\n  maxconn 10\n").unwrap();
        let mut master = Master::start(&configuration, folder.path()).unwrap();
        let before = master.processes().unwrap();
        assert!(master.reload().unwrap().contains("New worker"));
        let after = master.processes().unwrap();
        assert_eq!((after.master, after.failed), (before.master, 0));
        assert_ne!(after.worker, before.worker);
        fs::write(&configuration, "global\n  nothing\n").unwrap();
        let refused = master.reload().unwrap_err();
        assert!(refused.contains("unknown keyword 'nothing'"), "{refused}");
        assert_eq!(master.processes().unwrap().worker, after.worker);
        drop(master.child.stdin.take());
        let begin = Instant::now();
        while Path::new(&format!("/proc/{}", after.worker.unwrap())).exists() {
            assert!(begin.elapsed() < PATIENCE, "its worker still runs");
            thread::sleep(PAUSE);
        }
    }

    #[test]
    fn what_does_not_start_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("haproxy.cfg");
        fs::write(&configuration, "global\n  nothing\n").unwrap();
        let error = Master::start(&configuration, folder.path()).unwrap_err().to_string();
        assert!(error.contains("unknown keyword 'nothing'"), "{error}");
    }
}
