//! The state of a Trusted Platform Module.

use super::disk;
use crate::proxmox::formats;
use crate::proxmox::properties;
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;
use tfplugin::value::Object;

/// The state of a Trusted Platform Module.
#[derive(Clone, Nested)]
pub struct TpmState {
    /// Storage that holds it. A change moves it.
    #[tf(url, check = formats::storage)]
    pub datastore_id: String,

    /// Version of the module.
    #[tf(default = TpmVersion::Two)]
    pub version: TpmVersion,
}

/// A version of the module.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum TpmVersion {
    /// 1.2.
    #[tf(word = "v1.2", api = "v1.2")]
    One,
    /// 2.0.
    #[tf(word = "v2.0", api = "v2.0")]
    Two,
}

/// What an answer's text says; one without a version is of the first.
pub fn read(text: &str) -> Object {
    let mut state = disk::read(text);
    state.entry("version".to_owned()).or_insert_with(|| "v1.2".into());
    state
}

/// The text of one that is to be made.
pub fn new(state: &TpmState) -> String {
    let mut wanted = properties::of(TpmState::FIELDS, &state.clone().into_value());
    wanted.insert(disk::BARE.to_owned(), format!("{}:1", state.datastore_id).into());
    properties::join(&wanted, disk::BARE)
}

/// Refuses another version: what the old one sealed would be lost.
pub fn stays(prior: &Option<TpmState>, planned: &Option<TpmState>) -> Result<(), String> {
    match (prior, planned) {
        (Some(prior), Some(planned)) if prior.version != planned.version => {
            Err("cannot change its version: detach it in Proxmox VE first, which keeps the volume as an unused one"
                .to_owned())
        }
        _ => Ok(()),
    }
}
