//! Images of first settings that are no longer needed, and those that still are.

use std::time::Duration;

use super::options;
use crate::http::Request;
use crate::proxmox::client::{Proxmox, object};
use crate::proxmox::guests::{Found, Guest};
use crate::proxmox::options as guest_options;
use crate::proxmox::target::Target;
use crate::proxmox::upload;
use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::Object;

/// How long it may take to remove an image after something failed.
const RESCUE: Duration = Duration::from_secs(60);

/// What a list of snapshots calls the present.
const PRESENT: &str = "current";

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
