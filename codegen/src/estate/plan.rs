//! An estate as data, checked.

use super::{Reference, Value};
use crate::module::{Description, Library};
use crate::problem::Place;
use std::path::PathBuf;

/// What an estate file says.
#[derive(Clone, Debug)]
pub struct Estate {
    /// The name.
    pub name: String,
    /// The file as headers name it.
    pub file: PathBuf,
    /// Tags of everything, by name.
    pub tags: Vec<(String, String)>,
    /// Where the roots keep their state.
    pub state: State,
    /// The roots by name.
    pub roots: Vec<Root>,
    /// The modules that its roots can use: its own descriptions over those that come with the generator.
    pub library: Library,
}

/// Where states are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// In a bucket, with the bucket's own locking.
    S3 {
        /// The bucket.
        bucket: String,
        /// The bucket's region.
        region: String,
        /// What the keys begin with, such as `production/`.
        prefix: String,
        /// The key that encrypts it, by ARN, id or alias; what the bucket does by itself without.
        kms_key_id: Option<String>,
        /// The role that reads and writes states, where it is not the identity that Terraform begins with.
        role: Option<String>,
        /// The root that makes the bucket, and so goes before all others.
        root: Option<String>,
    },
    /// In a file beside the root.
    Local,
}

/// An account that roots stand in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// The estate's name for it.
    pub name: String,
    /// The twelve digits.
    pub id: String,
    /// The role that Terraform takes on there.
    pub role: Option<String>,
}

/// A root: what one `terraform apply` changes.
#[derive(Clone, Debug)]
pub struct Root {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// The account.
    pub account: Account,
    /// The region.
    pub region: String,
    /// Its tags, the estate's included, by name.
    pub tags: Vec<(String, String)>,
    /// Where it keeps its state.
    pub state: State,
    /// The calls of modules by name.
    pub calls: Vec<Call>,
}

/// A module at work in a root.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name, as in `module "main"`.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// The module with the call's features only.
    pub description: Description,
    /// The features that are on, in the order of the description.
    pub features: Vec<String>,
    /// The inputs in the order of the file.
    pub inputs: Vec<Argument>,
}

/// An input that a call sets.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The input's name.
    pub name: String,
    /// Where it is set.
    pub place: Place,
    /// Its value.
    pub value: Value,
}

impl Estate {
    /// The root with this name.
    pub fn root(&self, name: &str) -> Option<&Root> {
        self.roots.iter().find(|root| root.name == name)
    }

    /// The root that makes the bucket for the others' states.
    pub fn state_root(&self) -> Option<&Root> {
        match &self.state {
            State::S3 { root: Some(name), .. } => self.root(name),
            _ => None,
        }
    }
}

impl Call {
    /// Every reference in the inputs, with the input's name.
    pub fn references(&self) -> impl Iterator<Item = (&str, &Reference)> {
        self.inputs.iter().flat_map(|argument| {
            argument.value.references().into_iter().map(|reference| (argument.name.as_str(), reference))
        })
    }
}

impl Root {
    /// The call with this name.
    pub fn call(&self, name: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.name == name)
    }
}
