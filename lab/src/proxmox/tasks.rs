//! Tasks: what a worker does after the call was answered, with its status, its log and the locks that it holds. Names,
//! the list and the locks were recorded; the status and the log of one task are unrecorded.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::world::{World, unix_time};

/// What a worker does when its time has come: lines of its log, or why it failed.
pub type Work = Box<dyn FnOnce(&mut World) -> Result<Vec<String>, String> + Send>;

/// All tasks of a cluster.
#[derive(Debug, Default)]
pub struct Tasks {
    tasks: Vec<Task>,
    locks: Vec<FileLock>,
    /// How the next tasks of a type end, whatever they do.
    fates: Vec<(String, String)>,
    /// How long tasks take, by their types; the rest take [`Tasks::usual`].
    pub durations: BTreeMap<String, Duration>,
    /// How long a task takes.
    pub usual: Duration,
}

/// A task that is about to be made.
pub struct Order {
    /// Node that runs it.
    pub node: String,
    /// Type, such as `qmcreate`.
    pub kind: &'static str,
    /// What it is about, such as a guest's number.
    pub id: String,
    /// Who asked for it.
    pub user: String,
    /// Guests whose files it locks, and whether others may read them meanwhile.
    pub locks: Vec<(u32, Mode)>,
    /// What it does in the end.
    pub work: Work,
}

/// A task, also one that is over.
struct Task {
    upid: String,
    node: String,
    kind: &'static str,
    id: String,
    user: String,
    pid: u32,
    pstart: u64,
    begun: Instant,
    begun_at: i64,
    ends: Instant,
    ended_at: i64,
    work: Option<Work>,
    exit: Option<String>,
    warnings: Option<String>,
    log: Vec<String>,
}

/// How a file is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Others may share the lock.
    Shared,
    /// Nobody else has it.
    Exclusive,
}

#[derive(Debug)]
struct FileLock {
    vmid: u32,
    mode: Mode,
    until: Instant,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.upid, self.exit)
    }
}

impl Tasks {
    /// No tasks yet; each will take this long.
    #[must_use]
    pub fn lasting(usual: Duration) -> Self {
        Self { usual, ..Self::default() }
    }

    /// Makes a task and returns its name. It waits for its locks, and fails if it waits longer than `patience`.
    pub fn order(&mut self, order: Order, serial: u32, now: Instant, patience: Duration) -> String {
        let free = order.locks.iter().filter_map(|(vmid, mode)| self.locked_until(*vmid, *mode, now)).max();
        let starts = free.unwrap_or(now).min(now + patience);
        let ends = starts + self.durations.get(order.kind).copied().unwrap_or(self.usual);
        let (pid, pstart, begun_at) = (26_000 + serial, 486_000 + u64::from(serial) * 13, unix_time());
        let Order { node, kind, id, user, locks, work } = order;
        let upid = format!("UPID:{node}:{pid:08X}:{pstart:08X}:{begun_at:08X}:{kind}:{id}:{user}:");
        let timed_out = free.is_some_and(|free| free > now + patience);
        let fate = self.fates.iter().position(|(doomed, _)| doomed == kind).map(|place| self.fates.remove(place).1);
        let warnings = fate.clone().filter(|exit| exit.starts_with("WARNINGS"));
        let work: Work = if let Some(error) = fate.filter(|_| warnings.is_none()) {
            Box::new(move |_| Err(error))
        } else if timed_out {
            let file = id.parse().map(|vmid| lock_file(kind, vmid)).unwrap_or_default();
            Box::new(move |_| Err(format!("can't lock file '{file}' - got timeout")))
        } else {
            self.locks.extend(locks.iter().map(|(vmid, mode)| FileLock { vmid: *vmid, mode: *mode, until: ends }));
            work
        };
        let (work, exit, log) = (Some(work), None, Vec::new());
        let (begun, ended_at) = (now, begun_at);
        let task = Task {
            upid: upid.clone(),
            node,
            kind,
            id,
            user,
            pid,
            pstart,
            begun,
            begun_at,
            ends,
            ended_at,
            work,
            exit,
            warnings,
            log,
        };
        self.tasks.push(task);
        upid
    }

    /// The time at which a file is no longer locked against this mode, where it is.
    pub fn locked_until(&self, vmid: u32, mode: Mode, now: Instant) -> Option<Instant> {
        let against = |lock: &&FileLock| mode == Mode::Exclusive || lock.mode == Mode::Exclusive;
        let locks = self.locks.iter().filter(|lock| lock.vmid == vmid && lock.until > now);
        locks.filter(against).map(|lock| lock.until).max()
    }

    /// Locks a file as somebody else would.
    pub fn hold(&mut self, vmid: u32, until: Instant) {
        self.locks.push(FileLock { vmid, mode: Mode::Exclusive, until });
    }

    /// Takes the work that is due first.
    pub fn take_due(&mut self, now: Instant) -> Option<(usize, Work)> {
        self.locks.retain(|lock| lock.until > now);
        let due = |task: &&(usize, &mut Task)| task.1.ends <= now && task.1.work.is_some();
        let (place, task) =
            self.tasks.iter_mut().enumerate().filter(|task| due(&task)).min_by_key(|task| task.1.ends)?;
        Some((place, task.work.take()?))
    }

    /// Notes how a task ended.
    pub fn end(&mut self, place: usize, result: Result<Vec<String>, String>) {
        let task = &mut self.tasks[place];
        task.ended_at = unix_time();
        let (log, exit) = match result {
            Ok(log) => (log, task.warnings.clone().unwrap_or_else(|| "OK".to_owned())),
            Err(error) => (vec![format!("TASK ERROR: {error}")], error),
        };
        task.log.extend(log);
        if exit == "OK" {
            task.log.push("TASK OK".to_owned());
        }
        task.exit = Some(exit);
    }

    /// The next task of a type ends with these words: after its work where they are warnings, and without it where they
    /// are an error.
    pub fn doom(&mut self, kind: &str, exit: &str) {
        self.fates.push((kind.to_owned(), exit.to_owned()));
    }

    /// All that runs ends now.
    pub fn hurry(&mut self, now: Instant) {
        self.tasks.iter_mut().filter(|task| task.work.is_some()).for_each(|task| task.ends = now);
        self.locks.clear();
    }

    /// From when to when each task of a node ran, or will run.
    pub fn spans(&self, node: &str) -> Vec<(Instant, Instant)> {
        self.tasks.iter().filter(|task| task.node == node).map(|task| (task.begun, task.ends)).collect()
    }

    /// The list of a node's tasks, the newest first; of somebody alone, or of all.
    pub fn list(&self, node: Option<&str>, whose: Option<&str>, wanted: &dyn Fn(&str) -> Option<String>) -> Outcome {
        let number = |name: &str, usual: usize| wanted(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let source = wanted("source").unwrap_or_else(|| "archive".to_owned());
        let limit = |name: &str| wanted(name).and_then(|text| text.parse::<i64>().ok());
        let (since, until) = (limit("since").unwrap_or(i64::MIN), limit("until").unwrap_or(i64::MAX));
        let is = |name: &str, value: &str| wanted(name).is_none_or(|wanted| wanted == value);
        let here = self.tasks.iter().rev().filter(|task| {
            let from = match source.as_str() {
                "active" => task.exit.is_none(),
                "archive" => task.exit.is_some(),
                _ => true,
            };
            from && node.is_none_or(|node| task.node == node)
                && whose.is_none_or(|who| task.user == who)
                && (since..=until).contains(&task.begun_at)
                && is("typefilter", task.kind)
                && is("vmid", &task.id)
                && is("userfilter", &task.user)
                && !(wanted("errors").as_deref() == Some("1") && task.exit.as_deref() == Some("OK"))
        });
        let rows: Vec<Value> = here.map(Task::row).collect();
        let total = rows.len();
        let page = rows.into_iter().skip(number("start", 0)).take(number("limit", 50)).collect();
        Ok(Reply::Page(Value::Array(page), total))
    }

    /// What a task does now.
    pub fn status(&self, node: &str, upid: &str) -> Outcome {
        let task = self.find(node, upid)?;
        let mut status = task.row();
        status["id"] = json!(task.id);
        status["status"] = json!(if task.exit.is_some() { "stopped" } else { "running" });
        let members = status.as_object_mut().map(|members| members.remove("endtime"));
        drop(members);
        if let Some(exit) = &task.exit {
            status["exitstatus"] = json!(exit);
        }
        Ok(Reply::Data(status))
    }

    /// What a task said.
    pub fn log(&self, node: &str, upid: &str, start: usize, limit: usize) -> Outcome {
        let task = self.find(node, upid)?;
        // An empty log has one line that says so.
        let silent = ["no content".to_owned()];
        let lines: &[String] = if task.log.is_empty() { &silent } else { &task.log };
        let page = lines.iter().enumerate().skip(start).take(if limit == 0 { usize::MAX } else { limit });
        let page = page.map(|(place, text)| json!({ "n": place + 1, "t": text })).collect();
        Ok(Reply::Page(Value::Array(page), lines.len()))
    }

    /// Stops a task.
    pub fn stop(&mut self, node: &str, upid: &str, now: Instant) -> Outcome {
        self.find(node, upid)?;
        for task in self.tasks.iter_mut().filter(|task| task.upid == upid && task.exit.is_none()) {
            task.work = None;
            task.ends = now;
            task.ended_at = unix_time();
            task.exit = Some("interrupted by signal".to_owned());
            task.log.push("TASK ERROR: interrupted by signal".to_owned());
        }
        Ok(Reply::done())
    }

    fn find(&self, node: &str, upid: &str) -> Result<&Task, Refusal> {
        let well_formed = upid.starts_with("UPID:") && upid.ends_with(':') && upid.matches(':').count() == 8;
        if !well_formed {
            return Err(Refusal::failed(format!("unable to parse worker upid '{upid}'")));
        }
        let found = self.tasks.iter().find(|task| task.upid == upid && task.node == node);
        found.ok_or_else(|| Refusal::failed("no such task"))
    }
}

fn lock_file(kind: &str, vmid: u32) -> String {
    use crate::proxmox::guest::Kind;
    let kind = if kind.starts_with("vz") { Kind::Lxc } else { Kind::Qemu };
    kind.lock_file(vmid)
}

impl Task {
    fn row(&self) -> Value {
        let mut row = json!({
            "upid": self.upid, "node": self.node, "pid": self.pid, "pstart": self.pstart, "starttime": self.begun_at,
            "type": self.kind, "id": self.id, "user": self.user,
        });
        if let Some(exit) = &self.exit {
            row["endtime"] = json!(self.ended_at);
            row["status"] = json!(exit);
        }
        row
    }
}
