//! Images of first settings that are no longer needed, and those that still are.

use std::time::Duration;

use super::options::Drive;
use super::{cdrom, options};
use crate::http::Request;
use crate::proxmox::client::{Proxmox, has, object, text_of};
use crate::proxmox::guests::{Found, Guest, resources};
use crate::proxmox::options::{self as guest_options, Options};
use crate::proxmox::target::Target;
use crate::proxmox::upload;
use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::Object;

/// How long it may take to remove an image after something failed.
const RESCUE: Duration = Duration::from_secs(60);

/// What a list of snapshots calls the present.
const PRESENT: &str = "current";

/// What a drive without a medium has in it.
const NOTHING: &str = "none";

/// An image that stayed on the node that its machine left.
pub struct Left {
    slot: String,
    volume: String,
    node: String,
}

impl Left {
    /// The drive as the machine has it since.
    pub fn drive(&self) -> Drive {
        (self.slot.clone(), NOTHING.to_owned())
    }

    /// Removes the image from the node that the machine left.
    pub async fn remove(self, target: &Target<'_>) -> Result<()> {
        let removed = upload::remove(target.proxmox, &self.node, &self.volume).await;
        removed.map_err(|error| left_behind(error, &self.volume, &format!("the machine has left `{}`", self.node)))
    }
}

/// Brings a machine to another node. No machine leaves its node with a medium that only this node sees
/// (`PVE::QemuMigrate`, `scan_local_volumes`): that of the first settings stays there.
pub async fn migrate(target: &mut Target<'_>, to: &str, running: bool) -> Result<Option<Left>> {
    let left = match options::image(&target.options, target.guest.id) {
        Some((slot, volume)) if !is_shared(target.proxmox, &volume).await? => {
            Left { slot, volume, node: target.node.clone() }
        }
        _ => return target.migrate(to, running).await.map(|()| None),
    };
    swap(target, &left.slot, &left.volume, NOTHING).await?;
    match target.migrate(to, running).await {
        Ok(()) => Ok(Some(left)),
        Err(error) => match operation::afterwards(RESCUE, swap(target, &left.slot, NOTHING, &left.volume)).await {
            Ok(()) => Err(error),
            Err(_) => Err(error.and_hint(format!("`{}` is without its medium since.", left.slot))),
        },
    }
}

/// Whether all nodes see the storage of a volume, as far as the caller may know.
async fn is_shared(proxmox: &Proxmox, volume: &str) -> Result<bool> {
    let store = volume.split(':').next().unwrap_or_default();
    let list = proxmox.first_list(resources()).await?;
    Ok(list
        .iter()
        .any(|entry| has(entry, "storage", store) && entry.get("shared").is_some_and(|flag| text_of(flag) == "1")))
}

/// Puts another medium into a drive, which a machine that runs takes at once.
async fn swap(target: &mut Target<'_>, slot: &str, before: &str, after: &str) -> Result<()> {
    let drive = |medium: &str| Options::from([(slot.to_owned(), cdrom::text(medium))]);
    target.set_options(&drive(before), &drive(after), |_| false).await
}

/// Takes back an image that was uploaded for a drive that did not get it; the error of the drive says if it stays.
pub async fn take_back(target: &Target<'_>, volume: String, error: Error) -> Error {
    let stays = |why: &str| format!("The image `{volume}` was uploaded and stays, since {why}.");
    if error.is_answer_lost() {
        return error.and_hint(stays("the machine may get it still"));
    }
    let removal = async {
        let found = target.guest.find(target.proxmox).await?;
        let is_used = found.is_none_or(|found| in_drive(&found.config, target.guest).as_ref() == Some(&volume));
        if is_used { Ok(false) } else { upload::remove(target.proxmox, &target.node, &volume).await.map(|()| true) }
    };
    match operation::afterwards(RESCUE, removal).await {
        Ok(true) => error,
        Ok(false) => error.and_hint(stays("the machine may have it")),
        Err(other) => error.and_hint(stays(&format!("it could not be removed: {}", other.message()))),
    }
}

/// Removes the image that the drive had before, unless a snapshot has it.
pub async fn remove_replaced(target: &Target<'_>, volume: String) -> Result<()> {
    let kept = of_snapshots(target.proxmox, target.guest, &target.node).await?;
    if kept.contains(&volume) {
        return Ok(());
    }
    let removed = upload::remove(target.proxmox, &target.node, &volume).await;
    removed.map_err(|error| left_behind(error, &volume, "the machine has new first settings"))
}

/// The images of a machine that is about to be removed: the one in its drive, that of the state, and those of snapshots.
pub async fn of_machine(
    proxmox: &Proxmox,
    guest: Guest,
    found: &Found,
    known: Option<&String>,
) -> Result<BTreeSet<String>> {
    let mut images: BTreeSet<String> = in_drive(&found.config, guest).into_iter().chain(known.cloned()).collect();
    // What stands there is the newest snapshot.
    if found.config.contains_key("parent") || !images.is_empty() {
        images.extend(of_snapshots(proxmox, guest, &found.node).await?);
    }
    Ok(images)
}

/// Removes the images of a machine that is gone. All are tried; the error names those that stay.
pub async fn remove(proxmox: &Proxmox, node: &str, guest: Guest, images: BTreeSet<String>) -> Result<()> {
    let mut left: Vec<(String, Error)> = Vec::new();
    for volume in images {
        let removed = upload::remove(proxmox, node, &volume).await;
        left.extend(removed.err().map(|error| (volume, error)));
    }
    let names = left.iter().map(|(volume, _)| volume.as_str()).collect::<Vec<_>>().join("`, `");
    match left.into_iter().next() {
        Some((_, error)) => Err(left_behind(error, &names, &format!("the {guest} is gone"))),
        None => Ok(()),
    }
}

fn left_behind(error: Error, volumes: &str, done: &str) -> Error {
    let hint = "Remove it by hand, such as with `pvesm free`: nothing else knows of it.";
    error.context(format!("{done}, but its image `{volumes}` stays on the storage")).hint(hint)
}

/// The images in the drives of a machine's snapshots.
async fn of_snapshots(proxmox: &Proxmox, guest: Guest, node: &str) -> Result<BTreeSet<String>> {
    let list = proxmox.whole(guest.url(node).literal("snapshot")).await?;
    let names = list.iter().filter_map(|snapshot| snapshot.get("name")?.as_str());
    let mut images = BTreeSet::new();
    for name in names.filter(|name| *name != PRESENT) {
        let request = Request::get(guest.url(node).literal("config")).query("snapshot", name);
        let config = object(proxmox.get(request).await?)?;
        images.extend(in_drive(&config, guest));
    }
    Ok(images)
}

/// The image in a drive of a configuration.
fn in_drive(config: &Object, guest: Guest) -> Option<String> {
    options::image(&guest_options::of(config), guest.id).map(|(_, volume)| volume)
}
