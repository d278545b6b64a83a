//! The copy that a test works in.

use super::Kind;
use super::configuration::{Configuration, is_module};
use crate::problem::Problem;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;
use walkdir::{DirEntry, WalkDir};

/// What a run leaves behind; a lock file also names the real providers' hashes.
const LEFT_OUT: [&str; 4] = [".git", ".terraform", ".terraform.lock.hcl", "terraform.tfstate.d"];

/// A copied tree, with the folders beside it that its modules call.
pub(super) struct Tree {
    scratch: TempDir,
    /// Where the copy lies, without symbolic links.
    root: PathBuf,
    /// The folder above all that was copied.
    above: PathBuf,
    /// The folder that was asked for, and how the user called it.
    asked: PathBuf,
    called: PathBuf,
    /// Folders of the original that another one calls.
    pub callees: BTreeSet<PathBuf>,
}

impl Tree {
    /// Copies a folder and others, and what lies beside them as far as it is called.
    pub(super) fn copy(folder: &Path, asked: PathBuf, others: &[PathBuf], kind: Kind) -> Result<Self, Problem> {
        let (mut folders, mut callees) = called_folders(&asked, kind)?;
        for other in others {
            let (more, called) = called_folders(other, kind)?;
            folders.extend(more);
            callees.extend(called);
        }
        let above = folders.iter().fold(asked.clone(), |above, folder| common(&above, folder));
        let refused = |error: io::Error| Problem::new(format!("cannot make a scratch folder: {error}"));
        let scratch = tempfile::Builder::new().prefix("substrate-test-").tempdir().map_err(refused)?;
        let root = fs::canonicalize(scratch.path()).map_err(refused)?.join("tree");
        let tree = Tree { scratch, root, above, asked, called: folder.to_owned(), callees };
        for folder in &folders {
            copy_folder(folder, &tree.copied(folder))?;
        }
        Ok(tree)
    }

    /// The folder for what the test writes beside the copy.
    pub(super) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The folder that was asked for.
    pub(super) fn asked(&self) -> &Path {
        &self.asked
    }

    /// Where the copy of a folder lies.
    pub(super) fn copied(&self, original: &Path) -> PathBuf {
        let below = original.strip_prefix(&self.above).unwrap_or(original);
        // Without a folder below, the join would end with a slash.
        if below.as_os_str().is_empty() { self.root.clone() } else { self.root.join(below) }
    }

    /// What a path in the copy is a copy of.
    pub(super) fn original(&self, copied: &Path) -> PathBuf {
        copied.strip_prefix(&self.root).map_or_else(|_| copied.to_owned(), |below| self.above.join(below))
    }

    /// A path in the copy as the user knows it.
    pub(super) fn shown(&self, copied: &Path) -> PathBuf {
        let original = self.original(copied);
        match original.strip_prefix(&self.asked) {
            Ok(below) if below.as_os_str().is_empty() => return self.called.clone(),
            Ok(below) => return self.called.join(below),
            Err(_) => {}
        }
        // What lies beside it is named as it was; `.` says nothing of what lies beside.
        match (self.called.file_name(), self.asked.parent().map(|above| original.strip_prefix(above))) {
            (Some(_), Some(Ok(below))) => self.called.with_file_name(below),
            _ => original,
        }
    }
}

/// The folder without symbolic links.
pub(super) fn asked(folder: &Path) -> Result<PathBuf, Problem> {
    let asked =
        fs::canonicalize(folder).map_err(|error| Problem::new(format!("cannot read {}: {error}", folder.display())))?;
    if !asked.is_dir() {
        return Err(Problem::new(format!("{} is no folder", folder.display())));
    }
    Ok(asked)
}

/// The folder and those outside of it that its modules call, and all folders that are called.
fn called_folders(asked: &Path, kind: Kind) -> Result<(Vec<PathBuf>, BTreeSet<PathBuf>), Problem> {
    let mut folders = vec![asked.to_owned()];
    let mut callees = BTreeSet::new();
    let mut waiting = modules(asked, kind)?;
    while let Some(module) = waiting.pop() {
        let configuration = Configuration::read(&module, &module, kind)?;
        for call in configuration.local_calls() {
            let callee = normal(&module.join(call));
            let outside = !folders.iter().any(|folder| callee.starts_with(folder));
            callees.insert(callee.clone());
            if outside && callee.is_dir() {
                waiting.extend(modules(&callee, kind)?);
                folders.push(callee);
            }
        }
    }
    Ok((folders, callees))
}

/// All folders with configuration in a folder, with itself.
pub(super) fn modules(folder: &Path, kind: Kind) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    for entry in walk(folder) {
        let entry = entry.map_err(|error| Problem::new(format!("cannot read {}: {error}", folder.display())))?;
        if entry.file_type().is_dir() && is_module(entry.path(), kind) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Problem> {
    for entry in walk(from) {
        let entry = entry.map_err(|error| Problem::new(format!("cannot read {}: {error}", from.display())))?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        let copied = match entry.file_type() {
            kind if kind.is_dir() => fs::create_dir_all(&target),
            kind if kind.is_file() => fs::copy(entry.path(), &target).map(drop),
            // Pipes and sockets, whose reading might never end.
            _ => Ok(()),
        };
        copied.map_err(|error| Problem::new(format!("cannot copy {}: {error}", entry.path().display())))?;
    }
    Ok(())
}

fn walk(folder: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let kept = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let state = name.starts_with("terraform.tfstate") || name.ends_with(".tfstate");
        entry.depth() == 0 || !(LEFT_OUT.contains(&&*name) || state)
    };
    WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(kept)
}

/// The longest folder above both.
fn common(one: &Path, other: &Path) -> PathBuf {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).map(|(part, _)| part).collect()
}

/// The path without `.` and `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
