//! The end of a machine, and of the images that only it had.

use super::images;
use super::machine::Vm;
use crate::proxmox::client::Proxmox;
use crate::proxmox::guests::Guest;
use crate::proxmox::removal;
use tfplugin::prelude::*;

/// Deletes a machine, and then the images of its first settings and of its snapshots. Of one that is gone already, the image
/// that the state knows may still be there.
pub async fn delete(proxmox: &Proxmox, id: u64, state: &Vm) -> Result<()> {
    let guest = Guest::machine(id);
    let image = state.initialization_image.get().and_then(Option::as_ref);
    let Some(found) = guest.find(proxmox).await? else {
        let node = state.current_node.get().unwrap_or(&state.node_name);
        return images::remove(proxmox, node, guest, image.into_iter().cloned().collect()).await;
    };
    let images = images::of_machine(proxmox, guest, &found, image).await?;
    removal::remove(proxmox, guest, &found, state.stop_on_destroy).await?;
    images::remove(proxmox, &found.node, guest, images).await
}
