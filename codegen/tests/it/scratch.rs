//! A folder for one test, and the command at work in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the repository")
}

/// A folder that goes when the test ends.
pub struct Scratch(TempDir);

/// What the command did.
pub struct Run {
    /// Whether it exited with 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for a scratch folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
        self
    }

    /// Copies the files of a folder of the repository.
    pub fn copy(&self, from: &str, to: &str) -> &Self {
        let mut files = Vec::new();
        let folder = repository().join(from);
        collect(&folder, &folder, &mut files);
        for (path, text) in files {
            self.write(&format!("{to}/{path}"), &text);
        }
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    /// Runs `substrate` in the folder, with the committed schemas whatever the caller's environment names.
    pub fn substrate(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_substrate"));
        command.env_remove("SUBSTRATE_SCHEMAS");
        Run::of(command.args(arguments).current_dir(self.path()).output().expect("substrate starts"))
    }

    /// Every file below the folder with its text, in order.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        collect(self.path(), self.path(), &mut found);
        found.sort();
        found
    }
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is text");
        Self { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The output of a run that must have succeeded.
    #[track_caller]
    pub fn done(self) -> String {
        assert!(self.success, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The errors of a run that must have failed.
    #[track_caller]
    pub fn failed(self) -> String {
        assert!(!self.success, "{}{}", self.stdout, self.stderr);
        self.stderr
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("the file is below").to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).expect("the file is text")));
        }
    }
}
