//! The end of a machine.

use super::cloud_init;
use super::machine::Vm;
use crate::http::Request;
use crate::proxmox::client::Proxmox;
use crate::proxmox::guests;
use crate::proxmox::work::Work;
use tfplugin::prelude::*;

/// Seconds that a guest may take to shut down before it is stopped.
const SHUTDOWN: u32 = 180;

/// Removes the machine with its disks, and its first settings.
pub async fn remove(proxmox: &Proxmox, id: u64, state: &Vm) -> Result<()> {
    let Some(found) = guests::find(proxmox, id).await? else { return Ok(()) };
    if guests::is_running(proxmox, &found.node, id).await? {
        halt(proxmox, &found.node, id, state.stop_on_destroy).await?;
    }
    // What a configuration does not name may be somebody else's, so only the disks that it names go with it.
    let request =
        Request::delete(guests::url(&found.node, id)).query("purge", 1).query("destroy-unreferenced-disks", 0);
    Work::on(&found.node, id, request).done(proxmox).await?;
    proxmox.guests.gone(id);
    match state.initialization_image.get() {
        Some(Some(volume)) => cloud_init::remove(proxmox, &found.node, volume).await,
        _ => Ok(()),
    }
}

/// Stops a machine, by its guest or like by its plug.
pub async fn halt(proxmox: &Proxmox, node: &str, id: u64, at_once: bool) -> Result<()> {
    let url = guests::url(node, id);
    let request = match at_once {
        true => Request::post(url.literal("status/stop")),
        false => Request::post(url.literal("status/shutdown"))
            .form([("forceStop", "1".to_owned()), ("timeout", SHUTDOWN.to_string())]),
    };
    Work::on(node, id, request.repeatable(true)).done(proxmox).await?;
    proxmox.guests.runs(id, false);
    Ok(())
}
