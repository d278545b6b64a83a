//! The end of a guest.

use super::client::{Proxmox, text_of};
use super::guests::Guest;
use super::work::Work;
use crate::http::Request;
use tfplugin::prelude::*;

/// Seconds that a guest may take to shut down before it is stopped.
const SHUTDOWN: u32 = 180;

/// Removes a guest with the volumes that its configuration names, and returns the node that it was on; none when it was
/// gone already. `at_once` stops it like by its plug.
pub async fn remove(proxmox: &Proxmox, guest: Guest, at_once: bool) -> Result<Option<String>> {
    let Some(found) = guest.find(proxmox).await? else { return Ok(None) };
    // Proxmox VE refuses it as well, but only after the guest was stopped for nothing.
    if found.config.get("protection").is_some_and(|flag| text_of(flag) == "1") {
        return Err(Error::new(format!("the {guest} is protected")).hint("Set `protection = false` and apply first."));
    }
    if guest.is_running(proxmox, &found.node).await? {
        halt(proxmox, guest, &found.node, at_once).await?;
    }
    // What a configuration does not name may be somebody else's.
    let request = Request::delete(guest.url(&found.node)).query("purge", 1).query("destroy-unreferenced-disks", 0);
    Work::on(&found.node, guest.id, request).done(proxmox).await?;
    proxmox.guests.gone(guest.id);
    Ok(Some(found.node))
}

/// Stops a guest, by asking it or like by its plug.
pub async fn halt(proxmox: &Proxmox, guest: Guest, node: &str, at_once: bool) -> Result<()> {
    let url = guest.url(node);
    let request = match at_once {
        true => Request::post(url.literal("status/stop")),
        false => Request::post(url.literal("status/shutdown"))
            .form([("forceStop", "1".to_owned()), ("timeout", SHUTDOWN.to_string())]),
    };
    let halted = Work::on(node, guest.id, request.repeatable(true)).done(proxmox).await;
    guest.brought(proxmox, node, false, halted).await
}
