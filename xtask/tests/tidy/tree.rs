//! The repository as tidy sees it: its own files, without what is built or fetched.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing written by hand.
const SKIPPED: &[&str] = &[".git", ".terraform", "target"];

/// One file of the repository.
pub struct File {
    /// The path from the root, with `/` between its parts.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl File {
    /// The file's name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folder and the rest of a path such as `provider/src/gitlab/group.rs` after `provider/src/`.
    pub fn under(&self, folder: &str) -> Option<(&str, &str)> {
        self.path.strip_prefix(folder)?.split_once('/')
    }
}

/// Every text file with this extension, in the order of their paths.
pub fn files(extension: &str) -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &mut |path| {
        if path.extension().is_some_and(|found| found == extension) {
            let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let relative = path.strip_prefix(&root).expect("the walk starts at the root");
            found.push(File { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    });
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "the repository has no *.{extension}");
    found
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository").to_owned()
}

/// Fails with every finding, one a line.
#[track_caller]
pub fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}

fn collect(folder: &Path, visit: &mut impl FnMut(&Path)) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                collect(&path, visit);
            }
        } else {
            visit(&path);
        }
    }
}
