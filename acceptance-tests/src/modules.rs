//! The generated modules as others use them: copied, tagged in a git repository of their own, and called by examples.

use crate::environment::{isolate, repository};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The names of the modules below `modules`.
pub fn names() -> Vec<String> {
    let mut names = folders(&repository().join("modules"));
    names.sort();
    names
}

/// The names of a module's examples in the order of its description; the first sets no feature's inputs.
pub fn examples(module: &str) -> Vec<String> {
    let path = repository().join("codegen/modules").join(module).join("module.hcl");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let labels = text.lines().filter_map(|line| line.strip_prefix("example \"")?.split('"').next());
    labels.map(str::to_owned).collect()
}

/// Copies an example to a folder in which the module comes from another source, such as `source = "./x"`.
pub fn example(module: &str, name: &str, source: &str, to: &Path) {
    copy(&repository().join("modules").join(module).join("examples").join(name), to);
    let path = to.join("main.tf");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let own = "source = \"../..\"";
    assert_eq!(text.matches(own).count(), 1, "{} calls its module", path.display());
    write(&path, &text.replace(own, source));
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|error| panic!("cannot make {}: {error}", to.display()));
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap_or_else(|error| panic!("cannot copy {}: {error}", path.display()));
        }
    }
}

/// A git repository with the modules.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// Makes one that holds the modules as they are, and no commit.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        copy(&repository().join("modules"), &folder.path().join("modules"));
        let made = Self { folder };
        made.git(&["init", "--quiet"]);
        made
    }

    /// Writes a file.
    pub fn file(&self, path: &str, text: &str) {
        write(&self.folder.path().join(path), text);
    }

    /// Commits everything, under a tag.
    pub fn tag(&self, name: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", name]);
        self.git(&["tag", name]);
    }

    /// All that stands under a tag, as a compressed tarball.
    pub fn archive(&self, tag: &str) -> Vec<u8> {
        self.git(&["archive", "--format=tar.gz", tag])
    }

    /// Where git finds it.
    pub fn url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new("git");
        isolate(&mut command);
        // Nothing of the user's: neither hooks nor signatures.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.args(["-c", "user.name=Tests", "-c", "user.email=tests@example.com"]);
        let output = command.args(arguments).current_dir(self.folder.path()).output();
        let output = output.unwrap_or_else(|error| panic!("git does not start: {error}"));
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

fn folders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let entries = entries.map(|entry| entry.expect("the folder can be read"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("the folder can be made");
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
