//! What a folder of configuration needs: providers, types, values, modules.

use super::address::Address;
use super::remote_state::{Backend, RemoteState};
use super::{Kind, json, native};
use crate::problem::{Place, Problem};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One folder of configuration, as far as a test has to know it.
#[derive(Clone, Debug, Default)]
pub(super) struct Configuration {
    /// `required_providers`, by local name.
    pub required: BTreeMap<String, Requirement>,
    /// Resources, data sources and ephemeral resources.
    pub uses: Vec<Use>,
    /// Local names with a `provider` block.
    pub configured: Vec<(String, Place)>,
    /// Input variables.
    pub variables: Vec<Variable>,
    /// The sources of module calls.
    pub calls: Vec<String>,
    /// Whether state lies elsewhere, by a `backend` or a `cloud` block.
    pub has_backend: bool,
    /// Where its state is.
    pub backend: Backend,
    /// States of other roots that it reads.
    pub remote_states: Vec<RemoteState>,
    /// Whether its callers must pass provider configurations.
    pub has_aliases: bool,
    /// Resources that refuse to be destroyed.
    pub protected: Vec<(String, String)>,
    /// Files that could not be read; what they need is not known.
    pub unread: Vec<Problem>,
}

/// What one `required_providers` entry says.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub address: Address,
    pub version: Option<String>,
    pub place: Place,
}

/// One block with a type.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// `resource`, `data` or `ephemeral`.
    pub keyword: &'static str,
    pub type_name: String,
    /// The local name of its provider.
    pub provider: String,
    pub place: Place,
}

/// One input variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub name: String,
    pub has_default: bool,
    pub place: Place,
}

/// The data source that reads states.
pub(super) const REMOTE_STATE: &str = "terraform_remote_state";

/// The keywords of blocks with a type.
pub(super) const TYPED: [&str; 3] = ["resource", "data", "ephemeral"];

impl Configuration {
    /// Reads the folder's files as the engine would; `shown` is the folder's name in problems.
    pub(super) fn read(folder: &Path, shown: &Path, kind: Kind) -> Result<Self, Problem> {
        let backend = Backend { kind: "local".to_owned(), ..Backend::default() };
        let mut configuration = Configuration { backend, ..Configuration::default() };
        for name in files(folder, kind)? {
            let path = folder.join(&name);
            let text = fs::read_to_string(&path)
                .map_err(|error| Problem::new(format!("cannot read {}: {error}", path.display())))?;
            let shown = shown.join(&name);
            let read = match name.ends_with(".json") {
                true => json::read(&text, &shown, &mut configuration),
                false => native::read(&text, &shown, &mut configuration),
            };
            configuration.unread.extend(read.err());
        }
        Ok(configuration)
    }

    /// The provider behind a local name.
    pub(super) fn provider(&self, local_name: &str) -> Address {
        let declared = self.required.get(local_name).map(|requirement| requirement.address.clone());
        declared.unwrap_or_else(|| Address::implied(local_name))
    }

    /// The folders of its module calls that lie beside it, as paths from it.
    pub(super) fn local_calls(&self) -> impl Iterator<Item = PathBuf> {
        let local = |source: &&String| source.starts_with("./") || source.starts_with("../") || *source == "..";
        self.calls.iter().filter(local).map(PathBuf::from)
    }
}

/// The local name of the provider that a type's name implies.
pub(super) fn implied_provider(type_name: &str) -> &str {
    type_name.split('_').next().unwrap_or(type_name)
}

/// Whether a folder holds configuration.
pub(super) fn is_module(folder: &Path, kind: Kind) -> bool {
    files(folder, kind).is_ok_and(|files| !files.is_empty())
}

/// The names of the configuration files, without those that the engine passes over.
fn files(folder: &Path, kind: Kind) -> Result<Vec<String>, Problem> {
    let refused = |error| Problem::new(format!("cannot read the folder {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let name = entry.map_err(refused)?.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
        if !hidden && kind.extensions().iter().any(|extension| name.ends_with(extension)) {
            names.push(name);
        }
    }
    // tofu takes `x.tofu` in the place of `x.tf`.
    let of_tofu: Vec<String> = names.iter().filter_map(|name| Some(name.strip_suffix(".tofu")?.to_owned())).collect();
    names.retain(|name| name.strip_suffix(".tf").is_none_or(|stem| !of_tofu.iter().any(|other| other == stem)));
    names.sort();
    Ok(names)
}
