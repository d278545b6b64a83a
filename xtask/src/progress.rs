//! Progress: numbered steps, and a sign of life from those that take long.

use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Counts the steps of a command.
pub struct Steps {
    total: usize,
    done: usize,
}

impl Steps {
    /// Announces nothing yet.
    pub fn new(total: usize) -> Self {
        Self { total, done: 0 }
    }

    /// Says which step begins.
    pub fn next(&mut self, what: &str) {
        self.done += 1;
        println!("\n[{}/{}] {what} …", self.done, self.total);
    }
}

/// Does the work and says every few seconds that it goes on, because one crate or one module can take minutes in which
/// the compiler prints nothing.
pub fn alive<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let start = Instant::now();
            while waiting.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("      … {what}: {} s", start.elapsed().as_secs());
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Runs a command whose output the user sees.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    let status = alive(what, || command.status()).with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{what} failed: {status}");
    }
    Ok(())
}

/// Builds the provider, with cargo's progress visible, and returns the executable.
pub fn build_provider(profile: &str) -> Result<PathBuf> {
    let mut build = match profile {
        "release" => acceptance_tests::binary::release(&[]),
        profile => acceptance_tests::binary::build(&["--profile", profile]),
    };
    alive("building the provider", || acceptance_tests::binary::built_by(&mut build)).map_err(anyhow::Error::msg)
}

/// A table with aligned columns, two spaces in.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            format!("  {}\n", cells.join("  ").trim_end())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_aligns_its_columns() {
        let rows = vec![vec!["a".to_owned(), "ß".to_owned(), "x".to_owned()], vec!["long".to_owned(), "ab".to_owned()]];
        assert_eq!(table(&rows), "  a     ß   x\n  long  ab\n");
    }
}
