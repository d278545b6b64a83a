//! Volumes: their names, how they are made, copied, grown and removed.

use serde_json::{Value, json};

use crate::proxmox::storage::{self, Storage};
use crate::proxmox::world::{World, unix_time};

/// A volume of a storage.
#[derive(Clone, Debug)]
pub struct Volume {
    /// What it is, such as `images` or `iso`.
    pub content: &'static str,
    /// Format, such as `raw` or `qcow2`.
    pub format: String,
    /// Size in bytes.
    pub size: u64,
    /// The guest that it belongs to.
    pub vmid: Option<u32>,
    /// The volume that it is a linked clone of.
    pub parent: Option<String>,
    /// When it was made, in seconds.
    pub ctime: i64,
    /// What was uploaded or downloaded.
    pub bytes: Vec<u8>,
    /// Its notes.
    pub notes: Option<String>,
}

impl Volume {
    /// A volume of a guest.
    #[must_use]
    pub fn of_guest(vmid: u32, size: u64, format: &str) -> Self {
        Self {
            content: "images",
            format: format.to_owned(),
            size,
            vmid: Some(vmid),
            parent: None,
            ctime: unix_time(),
            bytes: Vec::new(),
            notes: None,
        }
    }

    /// The volume as lists show it.
    #[must_use]
    pub fn row(&self, volid: &str) -> Value {
        let mut row = json!({
            "volid": volid, "content": self.content, "format": self.format, "size": self.size, "ctime": self.ctime,
        });
        if let Some(vmid) = self.vmid {
            row["vmid"] = json!(vmid);
            row["parent"] = json!(self.parent);
            row["used"] = json!(if self.format == "raw" { self.size } else { 331_776 });
        }
        if let Some(notes) = &self.notes {
            row["notes"] = json!(notes);
        }
        row
    }
}

/// The storage that a volume's name begins with.
#[must_use]
pub fn storage_of(volid: &str) -> &str {
    volid.split(':').next().unwrap_or_default()
}

/// A volume as a node sees it.
///
/// # Errors
///
/// It is not there.
pub fn find<'a>(world: &'a World, node: &str, volid: &str) -> Result<&'a Volume, String> {
    let storage = storage::find(world, storage_of(volid)).map_err(|refusal| refusal.reason)?;
    let found = storage.volumes.get(&(volid.to_owned(), storage.place(node)));
    found.ok_or_else(|| format!("volume '{volid}' does not exist"))
}

/// Makes a volume for a guest, and returns its name.
///
/// # Errors
///
/// The storage is not there or holds no such volumes.
pub fn allocate(
    world: &mut World,
    node: &str,
    storage: &str,
    volume: Volume,
    name: &dyn Fn(u32) -> String,
) -> Result<String, String> {
    storage::on(world, storage, node).map_err(|refusal| refusal.reason)?;
    let found = world.storages.get_mut(storage).ok_or_else(|| format!("storage '{storage}' does not exist"))?;
    if !["images", "rootdir"].iter().any(|content| found.contents().contains(content)) {
        return Err(format!("storage '{storage}' does not support content-type 'images'"));
    }
    let place = found.place(node);
    let exists = |volid: &String| found.volumes.contains_key(&(volid.clone(), place.clone()));
    let only = volid(found, storage, &volume, &name(0));
    if name(0) == name(1) && exists(&only) {
        return Err(format!("disk image '{only}' already exists"));
    }
    let full = |number: u32| volid(found, storage, &volume, &name(number));
    let free = (0..).map(full).find(|volid| !exists(volid));
    let volid = free.unwrap_or_default();
    found.volumes.insert((volid.clone(), place), volume);
    Ok(volid)
}

fn volid(storage: &Storage, storage_name: &str, volume: &Volume, name: &str) -> String {
    let owner = volume.vmid.unwrap_or_default();
    let within = |parent: &String| format!("{}/", parent.split_once(':').map_or("", |(_, name)| name));
    let parent = volume.parent.as_ref().map(within).unwrap_or_default();
    match storage.kind.files {
        true => format!("{storage_name}:{parent}{owner}/{name}.{}", volume.format),
        false => format!("{storage_name}:{parent}{name}"),
    }
}

/// The format that volumes have on a storage, unless another is wanted and the storage can have it.
///
/// # Errors
///
/// The storage cannot.
pub fn format(world: &World, storage: &str, wanted: Option<&str>) -> Result<String, String> {
    let found = storage::find(world, storage).map_err(|refusal| refusal.reason)?;
    match wanted {
        Some("raw") | None => {
            let usual = found.options.get("format").map_or("raw", String::as_str);
            Ok(wanted.unwrap_or(if found.kind.files { usual } else { "raw" }).to_owned())
        }
        Some(format) if found.kind.files => Ok(format.to_owned()),
        Some(format) => Err(format!("unsupported format '{format}'")),
    }
}

/// The format that a copy has on a storage: the one that is wanted, or the usual one where the storage has no such volumes
/// (`PVE::QemuServer::resolve_dst_disk_format`; unrecorded).
///
/// # Errors
///
/// The storage is not there.
pub fn format_or_usual(world: &World, storage: &str, wanted: Option<&str>) -> Result<String, String> {
    format(world, storage, wanted).or_else(|_| format(world, storage, None))
}

/// Removes a volume.
pub fn remove(world: &mut World, node: &str, volid: &str) {
    if let Some(storage) = world.storages.get_mut(storage_of(volid)) {
        let place = storage.place(node);
        storage.volumes.remove(&(volid.to_owned(), place));
    }
}

/// Removes all volumes of a guest that a node sees, also those that nothing refers to.
pub fn sweep(world: &mut World, node: &str, vmid: u32) {
    for storage in world.storages.values_mut() {
        let place = storage.place(node);
        storage.volumes.retain(|(_, at), volume| *at != place || volume.vmid != Some(vmid));
    }
}

/// Renames a volume.
pub fn rename(world: &mut World, node: &str, from: &str, to: &str) {
    if let Some(storage) = world.storages.get_mut(storage_of(from)) {
        let place = storage.place(node);
        if let Some(volume) = storage.volumes.remove(&(from.to_owned(), place.clone())) {
            storage.volumes.insert((to.to_owned(), place), volume);
        }
    }
}

/// Moves the volumes of a guest that only its node sees to another node.
pub fn carry(world: &mut World, from: &str, to: &str, volids: &[String]) {
    for volid in volids {
        let storage = world.storages.get_mut(storage_of(volid)).filter(|storage| !storage.is_shared());
        let Some(storage) = storage else { continue };
        if let Some(volume) = storage.volumes.remove(&(volid.clone(), from.to_owned())) {
            storage.volumes.insert((volid.clone(), to.to_owned()), volume);
        }
    }
}

/// Gives a volume another size.
pub fn resize(world: &mut World, node: &str, volid: &str, size: u64) {
    if let Some(storage) = world.storages.get_mut(storage_of(volid)) {
        let place = storage.place(node);
        if let Some(volume) = storage.volumes.get_mut(&(volid.to_owned(), place)) {
            volume.size = size;
        }
    }
}

/// A size in bytes of a text such as `10G`.
#[must_use]
pub fn bytes(size: &str) -> Option<u64> {
    let number = size.trim_end_matches(['K', 'M', 'G', 'T']);
    let unit = match size.strip_prefix(number)? {
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => 0,
    };
    let whole = number.parse::<u64>().ok().map(|number| number << unit);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a size")]
    whole.or_else(|| Some((number.parse::<f64>().ok()? * (1_u64 << unit) as f64) as u64))
}

/// The size as configurations have it: with the greatest unit that leaves a whole number (`PVE::JSONSchema::format_size`).
#[must_use]
pub fn size(bytes: u64) -> String {
    let mut number = bytes;
    for unit in ["", "K", "M", "G", "T"] {
        if number == 0 || !number.is_multiple_of(1024) || unit == "T" {
            return format!("{number}{unit}");
        }
        number /= 1024;
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_greatest_unit_that_fits() {
        for (text, printed) in [("10G", "10G"), ("1024M", "1G"), ("528K", "528K"), ("0.5G", "512M"), ("1.5T", "1536G")]
        {
            assert_eq!(size(bytes(text).unwrap()), printed);
        }
    }
}
