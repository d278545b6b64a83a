//! The disk with the variables of UEFI.

use super::disk;
use crate::proxmox::file_format::FileFormat;
use crate::proxmox::formats;
use crate::proxmox::properties;
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;

/// The disk with the variables of UEFI.
#[derive(Clone, Nested)]
pub struct EfiDisk {
    /// Storage that holds it. A change moves it.
    #[tf(url, check = formats::storage)]
    pub datastore_id: String,

    /// Format of the volume; omit it for the storage's. A change copies it, as a move does.
    #[tf(api = "format", computed, volatile(datastore_id))]
    pub file_format: Option<FileFormat>,

    /// Size of the variables.
    #[tf(api = "efitype", default = EfiType::Small)]
    pub r#type: EfiType,

    /// Whether the keys of distributions and of Microsoft are in it, so that Secure Boot is on.
    #[tf(api = "pre-enrolled-keys", default = false)]
    pub pre_enrolled_keys: bool,
}

/// A size of UEFI's variables.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum EfiType {
    /// 2 MB, for machines that have it already.
    #[tf(word = "2m", api = "2m")]
    Small,
    /// 4 MB, as Secure Boot needs it.
    #[tf(word = "4m", api = "4m")]
    Large,
}

/// The text of one that is to be made.
pub fn new(disk: &EfiDisk) -> String {
    let mut wanted = properties::of(EfiDisk::FIELDS, &disk.clone().into_value());
    // Its size is that of the variables, whatever is asked for.
    wanted.insert(disk::BARE.to_owned(), format!("{}:1", disk.datastore_id).into());
    properties::join(&wanted, disk::BARE)
}

/// Refuses to change what is written into the variables when they are made.
pub fn stays(prior: &Option<EfiDisk>, planned: &Option<EfiDisk>) -> Result<(), String> {
    match (prior, planned) {
        (Some(prior), Some(planned))
            if prior.r#type != planned.r#type || prior.pre_enrolled_keys != planned.pre_enrolled_keys =>
        {
            Err("cannot change its type or its keys: detach it in Proxmox VE first, which keeps the volume as an unused one"
                .to_owned())
        }
        _ => Ok(()),
    }
}
