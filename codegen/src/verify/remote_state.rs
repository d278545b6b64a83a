//! States of other roots that a tree reads by `terraform_remote_state`: who makes them, or what was given in their place.

use super::Kind;
use super::configuration::{Configuration, is_module};
use super::copy::{Tree, modules, normal};
use crate::problem::{Place, Problem};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What a backend is told: its kind, and the arguments that are written as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Backend {
    pub kind: String,
    pub arguments: BTreeMap<String, String>,
}

/// A `terraform_remote_state`.
#[derive(Clone, Debug)]
pub(super) struct RemoteState {
    pub name: String,
    pub backend: Backend,
    pub place: Place,
}

/// Outputs that stand in for a state: the name of the data source, and a file as `terraform output -json` prints it.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// The name of the `terraform_remote_state`.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

/// The arguments that tell one state of a backend from another.
const LOCATIONS: [(&str, &[&str]); 4] = [
    ("azurerm", &["storage_account_name", "container_name", "key"]),
    ("gcs", &["bucket", "prefix"]),
    ("local", &["path"]),
    ("s3", &["bucket", "key"]),
];

/// The file of a state whose backend is told nothing.
pub(super) const FILE: &str = "terraform.tfstate";

impl Backend {
    /// Where the state is, as seen from a folder; none where that is not written out.
    fn location(&self, folder: &Path) -> Option<Vec<String>> {
        let (kind, names) = LOCATIONS.iter().find(|(kind, _)| *kind == self.kind)?;
        if *kind == "local" {
            let path = self.arguments.get("path").map_or(FILE, String::as_str);
            return Some(vec![(*kind).to_owned(), normal(&folder.join(path)).to_string_lossy().into_owned()]);
        }
        let written = names.iter().map(|name| self.arguments.get(*name).cloned());
        std::iter::once(Some((*kind).to_owned())).chain(written).collect()
    }
}

/// The roots beside a folder that make what it reads, and what those read: none before those that it needs.
pub(super) fn makers(folder: &Path, kind: Kind, given: &[Outputs]) -> Result<Vec<PathBuf>, Problem> {
    let mut search = Search { asked: folder, beside: None, kind, given, seen: BTreeSet::new(), found: Vec::new() };
    search.visit(folder)?;
    search.found.pop();
    Ok(search.found)
}

struct Search<'a> {
    asked: &'a Path,
    /// The roots beside the folder, by where their states are; looked for when one is wanted.
    beside: Option<BTreeMap<Vec<String>, PathBuf>>,
    kind: Kind,
    given: &'a [Outputs],
    seen: BTreeSet<PathBuf>,
    found: Vec<PathBuf>,
}

impl Search<'_> {
    fn visit(&mut self, folder: &Path) -> Result<(), Problem> {
        if !self.seen.insert(folder.to_owned()) {
            return Ok(());
        }
        for module in modules(folder, self.kind)? {
            for read in Configuration::read(&module, &module, self.kind)?.remote_states {
                if self.given.iter().any(|given| given.name == read.name) {
                    continue;
                }
                let (asked, kind) = (self.asked, self.kind);
                let beside = self.beside.get_or_insert_with(|| beside(asked, kind));
                let maker = read.backend.location(&module).and_then(|location| beside.get(&location).cloned());
                maker.map_or(Ok(()), |maker| self.visit(&maker))?;
            }
        }
        self.found.push(folder.to_owned());
        Ok(())
    }
}

/// The folders with configuration beside this one, by where their states are; what cannot be read makes none.
fn beside(folder: &Path, kind: Kind) -> BTreeMap<Vec<String>, PathBuf> {
    let entries = folder.parent().and_then(|above| fs::read_dir(above).ok()).into_iter().flatten();
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    let mut found = BTreeMap::new();
    for other in folders.into_iter().filter(|other| other != folder && is_module(other, kind)) {
        let configuration = Configuration::read(&other, &other, kind);
        if let Some(location) = configuration.ok().and_then(|configuration| configuration.backend.location(&other)) {
            found.entry(location).or_insert(other);
        }
    }
    found
}

/// Leads each `terraform_remote_state` of a copied folder to the state that the test makes, or to the outputs that were
/// given; what has neither is a problem.
pub(super) fn redirect(
    tree: &Tree,
    folder: &Path,
    configuration: &Configuration,
    makers: &[PathBuf],
    given: &[Outputs],
    kind: Kind,
) -> Result<Vec<Problem>, Problem> {
    let mut problems = Vec::new();
    for read in &configuration.remote_states {
        let state = match given.iter().find(|given| given.name == read.name) {
            Some(given) => write_state(tree, given)?,
            None => match maker(tree, folder, read, makers, kind)? {
                Some(maker) => tree.copied(&maker).join(FILE),
                None => {
                    problems.push(unmade(read));
                    continue;
                }
            },
        };
        let name = &read.name;
        let path = folder.join(format!("substrate_remote_state_{name}_override.tf"));
        let text = format!(
            "data \"terraform_remote_state\" \"{name}\" {{\n  backend = \"local\"\n  config  = {{ path = {} }}\n}}\n",
            json!(state.to_string_lossy())
        );
        fs::write(&path, text).map_err(|error| Problem::new(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(problems)
}

fn maker(
    tree: &Tree,
    folder: &Path,
    read: &RemoteState,
    makers: &[PathBuf],
    kind: Kind,
) -> Result<Option<PathBuf>, Problem> {
    let Some(wanted) = read.backend.location(&tree.original(folder)) else { return Ok(None) };
    for maker in makers {
        if Configuration::read(maker, maker, kind)?.backend.location(maker).as_ref() == Some(&wanted) {
            return Ok(Some(maker.clone()));
        }
    }
    Ok(None)
}

fn unmade(read: &RemoteState) -> Problem {
    let name = &read.name;
    let text = format!("no folder beside this one makes the state that `data.terraform_remote_state.{name}` reads");
    Problem::at(read.place.clone(), text)
        .hint(format!("give what it holds with --outputs {name}=FILE, as `terraform output -json` prints it"))
}

/// A state with these outputs and nothing else.
fn write_state(tree: &Tree, given: &Outputs) -> Result<PathBuf, Problem> {
    let refused = |error: &dyn std::fmt::Display| Problem::new(format!("{}: {error}", given.file.display()));
    let text = fs::read_to_string(&given.file).map_err(|error| refused(&error))?;
    let outputs: BTreeMap<String, Value> = serde_json::from_str(&text).map_err(|error| refused(&error))?;
    if let Some((name, _)) = outputs.iter().find(|(_, output)| output["value"].is_null() || output["type"].is_null()) {
        return Err(refused(&format!(
            "the output `{name}` has no value and type, as `terraform output -json` prints it"
        )));
    }
    let path = tree.scratch().join(format!("{}.tfstate", given.name));
    let state = json!({
        "version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": given.name, "outputs": outputs,
        "resources": [],
    });
    fs::write(&path, state.to_string()).map_err(|error| refused(&error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(kind: &str, arguments: &[(&str, &str)]) -> Backend {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Backend { kind: kind.to_owned(), arguments }
    }

    #[test]
    fn two_say_the_same_place_in_their_own_words() {
        let writes = backend("s3", &[("bucket", "b"), ("key", "k"), ("encrypt", "true")]);
        let reads = backend("s3", &[("bucket", "b"), ("key", "k"), ("region", "eu-west-1")]);
        assert_eq!(writes.location(Path::new("/a")), reads.location(Path::new("/b")));
        assert_ne!(
            writes.location(Path::new("/a")),
            backend("s3", &[("bucket", "b"), ("key", "l")]).location(Path::new("/a"))
        );
        let reads = backend("local", &[("path", "../one/terraform.tfstate")]);
        assert_eq!(reads.location(Path::new("/x/two")), backend("local", &[]).location(Path::new("/x/one")));
    }

    #[test]
    fn what_is_not_written_out_is_no_place() {
        assert_eq!(backend("s3", &[("bucket", "b")]).location(Path::new("/a")), None);
        assert_eq!(backend("pg", &[("conn_str", "b")]).location(Path::new("/a")), None);
    }
}
