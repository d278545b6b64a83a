//! A tree of files below one folder.

use super::change::Change;
use super::finished::Finished;
use super::header::is_owned;
use crate::problem::{Problem, shown};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};
use walkdir::{DirEntry, WalkDir};

/// What belongs below a folder.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    folder: PathBuf,
    files: BTreeMap<PathBuf, String>,
    managed: Vec<PathBuf>,
}

impl Tree {
    /// An empty tree below a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..Self::default() }
    }

    /// Adds a file.
    pub fn add(&mut self, file: Finished) {
        self.files.insert(file.path, file.text);
    }

    /// In this folder, files of the generator that are no longer rendered are removed.
    pub fn manage(&mut self, folder: impl Into<PathBuf>) {
        self.managed.push(folder.into());
    }

    /// The files with their texts, by path.
    pub fn files(&self) -> &BTreeMap<PathBuf, String> {
        &self.files
    }

    /// The folder below which the paths are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What differs from the files that are there, by path.
    ///
    /// # Errors
    /// Files that the generator does not own where it wants to write, and what cannot be read.
    pub fn changes(&self) -> Result<Vec<Change>, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut changes = Vec::new();
        for (path, text) in &self.files {
            match present(&self.folder.join(path)) {
                Ok(Some(before)) if has_lines_of(&before, text) => {}
                Ok(Some(before)) if !is_owned(&before) => problems.push(foreign(&self.folder.join(path))),
                Ok(before) => changes.push(Change { path: path.clone(), before, after: Some(text.clone()) }),
                Err(problem) => problems.push(problem),
            }
        }
        match self.orphans() {
            Ok(orphans) => changes.extend(orphans),
            Err(problem) => problems.push(problem),
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        if problems.is_empty() { Ok(changes) } else { Err(problems) }
    }

    /// Makes the changes.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn write(&self, changes: &[Change]) -> Result<(), Problem> {
        for change in changes {
            let path = self.folder.join(&change.path);
            let done = match &change.after {
                Some(text) => replace(&path, text),
                None => fs::remove_file(&path).map(|()| self.remove_empty(&path)),
            };
            done.map_err(|error| Problem::new(format!("cannot write {}: {error}", shown(&path))))?;
        }
        Ok(())
    }

    /// Files of the generator in its folders that are not in the tree.
    fn orphans(&self) -> Result<Vec<Change>, Problem> {
        let mut orphans = Vec::new();
        for folder in &self.managed {
            let folder = self.folder.join(folder);
            if !folder.is_dir() {
                continue;
            }
            let walk = WalkDir::new(&folder).sort_by_file_name().into_iter().filter_entry(|entry| !is_hidden(entry));
            for entry in walk {
                let entry =
                    entry.map_err(|error| Problem::new(format!("cannot read {}: {error}", folder.display())))?;
                let path = entry.path().strip_prefix(&self.folder).unwrap_or(entry.path());
                if !entry.file_type().is_file() || self.files.contains_key(path) {
                    continue;
                }
                // What is not text was not rendered.
                if let Some(before) = fs::read_to_string(entry.path()).ok().filter(|text| is_owned(text)) {
                    orphans.push(Change { path: path.to_owned(), before: Some(before), after: None });
                }
            }
        }
        Ok(orphans)
    }

    /// Removes the folders that an orphan leaves empty, up to the managed one.
    fn remove_empty(&self, path: &Path) {
        let mut folder = path.parent();
        while let Some(empty) = folder {
            let managed = self.managed.iter().any(|managed| empty.starts_with(self.folder.join(managed)));
            if !managed || fs::remove_dir(empty).is_err() {
                break;
            }
            folder = empty.parent();
        }
    }
}

/// Whether both have the same lines; git can give those that are there Windows' ends.
fn has_lines_of(before: &str, text: &str) -> bool {
    before == text || (before.contains("\r\n") && before.replace("\r\n", "\n") == text)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
}

/// The text of a file; `None` where there is none.
fn present(path: &Path) -> Result<Option<String>, Problem> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(metadata) if !metadata.is_file() => return Err(foreign(path)),
        _ => {}
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(foreign(path)),
        Err(error) => Err(Problem::new(format!("cannot read {}: {error}", path.display()))),
    }
}

fn foreign(path: &Path) -> Problem {
    Problem::new(format!("{} is in the way and was not generated", shown(path)))
        .hint("move or delete it; files without the generator's header are never touched")
}

/// Writes beside and renames, so that an interrupt leaves the old file or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let name = path.file_name().unwrap_or_default();
    // No name that anybody else would give a file: what lies under it is of an interrupt.
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".substrate");
    let beside = path.with_file_name(beside);
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendered::Rendered;

    fn file(path: &str, text: &str) -> Finished {
        Rendered { path: path.into(), text: text.into(), origins: Vec::new(), source: "estate.yaml".into() }.into()
    }

    fn verbs(changes: &[Change]) -> Vec<String> {
        changes.iter().map(|change| format!("{} {}", change.verb(), change.path.display())).collect()
    }

    #[test]
    fn what_is_rendered_is_written_once_and_orphans_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree::new(folder.path());
        tree.manage("roots");
        tree.add(file("roots/a/main.tf", "a = 1\n"));
        tree.add(file("roots/b/main.tf", "b = 1\n"));
        let changes = tree.changes().unwrap();
        assert_eq!(verbs(&changes), ["create roots/a/main.tf", "create roots/b/main.tf"]);
        tree.write(&changes).unwrap();
        assert_eq!(tree.changes().unwrap(), []);

        let mut later = Tree::new(folder.path());
        later.manage("roots");
        later.add(file("roots/a/main.tf", "a = 2\n"));
        fs::write(folder.path().join("roots/a/notes.txt"), "mine\n").unwrap();
        let changes = later.changes().unwrap();
        assert_eq!(verbs(&changes), ["update roots/a/main.tf", "remove roots/b/main.tf"]);
        later.write(&changes).unwrap();
        assert!(!folder.path().join("roots/b").exists(), "the empty folder is gone");
        assert_eq!(fs::read_to_string(folder.path().join("roots/a/notes.txt")).unwrap(), "mine\n");
        assert_eq!(later.changes().unwrap(), []);
    }

    #[test]
    fn a_file_that_was_not_generated_is_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("roots")).unwrap();
        fs::write(folder.path().join("roots/main.tf"), "mine = true\n").unwrap();
        let mut tree = Tree::new(folder.path());
        tree.manage("roots");
        tree.add(file("roots/main.tf", "a = 1\n"));
        let problems = tree.changes().unwrap_err();
        assert!(problems[0].text.contains("was not generated"), "{problems:?}");
        assert_eq!(fs::read_to_string(folder.path().join("roots/main.tf")).unwrap(), "mine = true\n");
    }

    #[test]
    fn line_ends_of_windows_are_no_difference_and_anything_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree::new(folder.path());
        tree.add(file("main.tf", "a = 1\n"));
        tree.write(&tree.changes().unwrap()).unwrap();
        let path = folder.path().join("main.tf");
        let ends = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
        fs::write(&path, &ends).unwrap();
        assert_eq!(tree.changes().unwrap(), []);
        fs::write(&path, ends.replace("a = 1", "a = 2")).unwrap();
        assert_eq!(verbs(&tree.changes().unwrap()), ["update main.tf"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.tf");
        fs::write(&other, "# Generated by substrate from x\n").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join("main.tf")).unwrap();
        let mut tree = Tree::new(folder.path());
        tree.add(file("main.tf", "a = 1\n"));
        assert_eq!(tree.changes().unwrap_err().len(), 1);
    }

    #[test]
    fn a_diff_names_what_comes_and_goes() {
        let changes = [
            Change { path: "a.tf".into(), before: Some("a = 1\n".into()), after: Some("a = 2\n".into()) },
            Change { path: "b.tf".into(), before: None, after: Some("b = 1\n".into()) },
        ];
        let wanted =
            "--- a/a.tf\n+++ b/a.tf\n@@ -1 +1 @@\n-a = 1\n+a = 2\n--- /dev/null\n+++ b/b.tf\n@@ -0,0 +1 @@\n+b = 1\n";
        assert_eq!(super::super::diff(&changes), wanted);
    }
}
