//! What the API remembers, and how a change becomes HAProxy's configuration.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::haproxy::file::File;
use crate::haproxy::master::Master;
use crate::haproxy::personality::Personality;
use crate::haproxy::refusal::Refusal;
use crate::haproxy::reloads::Reloads;
use crate::haproxy::transactions::{Status, Transaction};

/// Where the files are.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The configuration that HAProxy runs with.
    pub configuration: PathBuf,
    /// Map files.
    pub maps: PathBuf,
    /// Certificates with their keys.
    pub certificates: PathBuf,
    /// Configurations of transactions.
    pub transactions: PathBuf,
    /// Sockets and what HAProxy says.
    pub run: PathBuf,
}

/// When HAProxy takes up a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Together with what else changes within the delay.
    Queue,
    /// Before the answer.
    Force,
    /// Not by a reload.
    Nothing,
}

/// The API's memory, with the HAProxy that it drives.
#[derive(Debug)]
pub struct State {
    /// Where the files are.
    pub paths: Paths,
    /// As which HAProxy it behaves.
    pub personality: Personality,
    /// HAProxy.
    pub master: Master,
    /// Version that a change must name.
    pub version: i64,
    /// The configuration as the API has it in memory.
    pub file: File,
    /// Transactions that are not committed.
    pub transactions: BTreeMap<String, Transaction>,
    /// Reloads.
    pub reloads: Reloads,
}

impl Paths {
    /// Makes the folders.
    ///
    /// # Errors
    ///
    /// They cannot be made.
    pub fn make(folder: &Path) -> io::Result<Self> {
        let make = |name: &str| {
            let path = folder.join(name);
            fs::create_dir_all(&path).map(|()| path)
        };
        Ok(Self {
            configuration: folder.join("haproxy.cfg"),
            maps: make("maps")?,
            certificates: make("ssl")?,
            transactions: make("tx")?,
            run: make("run")?,
        })
    }
}

impl State {
    /// Starts HAProxy with the configuration that stands in its file.
    ///
    /// # Errors
    ///
    /// HAProxy does not start with it.
    pub fn start(paths: Paths, personality: Personality) -> io::Result<Self> {
        let (mut file, version) = File::parse(&fs::read_to_string(&paths.configuration)?);
        file.resolve_defaults();
        let master = Master::start(&paths.configuration, &paths.run)?;
        let (transactions, reloads) = (BTreeMap::new(), Reloads::default());
        Ok(Self { paths, personality, master, version: version.unwrap_or(1), file, transactions, reloads })
    }

    /// Takes up a configuration that somebody wrote past the API, as a start would.
    ///
    /// # Errors
    ///
    /// HAProxy refuses it.
    pub fn take_over(&mut self, text: &str) -> Result<(), String> {
        fs::write(&self.paths.configuration, text).map_err(|error| error.to_string())?;
        let (mut file, version) = File::parse(text);
        file.resolve_defaults();
        self.file = file;
        self.version = version.unwrap_or(self.version);
        self.outdate();
        self.reload()
    }

    /// The configuration file.
    #[must_use]
    pub fn text(&self) -> String {
        fs::read_to_string(&self.paths.configuration).unwrap_or_default()
    }

    /// Writes a configuration that HAProxy accepts, and lets HAProxy take it up.
    ///
    /// Returns the id of the reload that will do so.
    ///
    /// # Errors
    ///
    /// HAProxy refuses the configuration, and nothing is written; or a forced reload fails, and the file is what it was.
    pub fn commit(&mut self, id: &str, mut file: File, after: After) -> Result<Option<String>, Refusal> {
        file.managed = true;
        file.sort();
        let text = file.render(self.version + 1);
        self.validate_transaction(id, &text)?;
        self.install(file, self.version + 1, &text, after)
    }

    /// Writes a configuration whatever HAProxy thinks of it.
    ///
    /// # Errors
    ///
    /// A forced reload fails.
    pub fn install(&mut self, file: File, version: i64, text: &str, after: After) -> Result<Option<String>, Refusal> {
        let before = self.text();
        self.write(text)?;
        (self.file, self.version) = (file, version);
        self.outdate();
        match after {
            After::Queue => Ok(Some(self.reloads.queue())),
            After::Nothing => Ok(None),
            After::Force => match self.reload() {
                Ok(()) => Ok(None),
                Err(said) => {
                    // The counter and what is in memory have moved on: only the file is restored.
                    self.write(&before)?;
                    Err(Refusal::new(400, format!("Reload failed: failed to reload configuration, {said}")))
                }
            },
        }
    }

    /// Asks HAProxy whether it would load the configuration of a transaction.
    ///
    /// # Errors
    ///
    /// It would not: its own lines.
    pub fn validate_transaction(&self, id: &str, text: &str) -> Result<(), Refusal> {
        let path = self.paths.transactions.join(format!("haproxy.cfg.{id}"));
        self.validate(&path, text, &format!("err transactionId={id} \n"))
    }

    /// Asks HAProxy whether it would load a text, which lies at this path meanwhile.
    ///
    /// # Errors
    ///
    /// It would not: its own lines after this start.
    pub fn validate(&self, path: &Path, text: &str, start: &str) -> Result<(), Refusal> {
        let failed = |error: io::Error| Refusal::new(500, error.to_string());
        fs::write(path, text).map_err(failed)?;
        let output = self.master.check(path).map_err(failed);
        fs::remove_file(path).map_err(failed)?;
        let output = output?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<String> = self.personality.alerts(&said).map(|line| format!("msg=\"{line}\"")).collect();
        Err(Refusal::new(400, format!("validation error: exit status 1: {start}{}", lines.join("\n"))))
    }

    /// Reloads HAProxy now. Reloads that wait are done with it.
    ///
    /// # Errors
    ///
    /// The new worker does not live, and the API tells.
    pub fn reload(&mut self) -> Result<(), String> {
        let result = self.master.reload();
        let told = self.personality.told(result);
        self.reloads.finish(&told);
        told.map(drop)
    }

    /// Reloads if this reload still waits.
    pub fn reload_queued(&mut self, id: &str) {
        if self.reloads.pending() == Some(id) {
            // It is told in the list of reloads, if at all.
            self.reload().ok();
        }
    }

    /// What a request with these words in its query asks for.
    #[must_use]
    pub fn after(force: bool, skip: bool) -> After {
        match (force, skip) {
            (true, _) => After::Force,
            (_, true) => After::Nothing,
            _ => After::Queue,
        }
    }

    fn write(&self, text: &str) -> Result<(), Refusal> {
        let staged = self.paths.configuration.with_extension("new");
        let written = fs::write(&staged, text).and_then(|()| fs::rename(&staged, &self.paths.configuration));
        written.map_err(|error| Refusal::new(500, error.to_string()))
    }

    fn outdate(&mut self) {
        let version = self.version;
        let open = self.transactions.values_mut().filter(|transaction| transaction.status == Status::InProgress);
        open.filter(|transaction| transaction.version < version).for_each(|transaction| {
            transaction.status = Status::Outdated;
        });
    }
}
