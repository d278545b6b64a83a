//! The end of a guest.

use super::client::{Proxmox, text_of};
use super::guests::{Found, Guest, Kind};
use super::work::{self, Work};
use crate::http::Request;
use tfplugin::prelude::*;

/// Locks of guests that are being made.
const HALF_WAY: [&str; 2] = ["clone", "create"];

/// Who may pass over locks, with a password and not by a token.
const ROOT: &str = "root@pam";

/// Seconds that a guest may take to shut down before it is stopped.
const SHUTDOWN: u32 = 180;

/// Removes a guest, as it was found, with the volumes that its configuration names. `at_once` stops it like by its plug.
pub async fn remove(proxmox: &Proxmox, guest: Guest, found: &Found, at_once: bool) -> Result<()> {
    // Proxmox VE refuses it as well, but only after the guest was stopped for nothing.
    if found.has_flag("protection") {
        return Err(Error::new(format!("the {guest} is protected")).hint("Set `protection = false` and apply first."));
    }
    let unfinished = is_unfinished(proxmox, guest, found).await?;
    if guest.is_running(proxmox, &found.node).await? {
        let halted = halt(proxmox, guest, &found.node, at_once).await;
        halted.map_err(|error| match at_once {
            true => error,
            false => error.and_hint("Set `stop_on_destroy = true` and apply first, so that it is stopped at once."),
        })?;
    }
    // What a configuration does not name may be somebody else's.
    let request = Request::delete(guest.url(&found.node)).query("purge", 1).query("destroy-unreferenced-disks", 0);
    let request = if unfinished { request.query("skiplock", 1) } else { request };
    Work::on(&found.node, guest, "destroy", request).done(proxmox).await?;
    proxmox.guests.gone(guest.id);
    Ok(())
}

/// Whether the guest is what a creation left that ended in the middle: its lock is there, and nobody at work. The lock goes
/// by hand alone, unless root himself removes a machine (`skiplock`).
async fn is_unfinished(proxmox: &Proxmox, guest: Guest, found: &Found) -> Result<bool> {
    let Some(lock) = found.config.get("lock").map(text_of).filter(|lock| HALF_WAY.contains(&lock.as_str())) else {
        return Ok(false);
    };
    if work::creates(proxmox, &found.node).await? {
        return Ok(false);
    }
    let (command, may_skip) = match guest.kind {
        Kind::Machine => ("qm", proxmox.user() == Some(ROOT)),
        Kind::Container => ("pct", false),
    };
    match may_skip {
        true => Ok(true),
        false => Err(Error::new(format!("the {guest} has the lock `{lock}` of a creation that ended half way"))
            .hint(format!("Run `{command} unlock {}` on node `{}` and apply again.", guest.id, found.node))),
    }
}

/// Stops a guest, by asking it or like by its plug.
pub async fn halt(proxmox: &Proxmox, guest: Guest, node: &str, at_once: bool) -> Result<()> {
    let method = if at_once { "status/stop" } else { "status/shutdown" };
    let request = Request::post(guest.url(node).literal(method)).repeatable(true);
    let request = match at_once {
        true => request,
        false => request.form([("forceStop", "1".to_owned()), ("timeout", SHUTDOWN.to_string())]),
    };
    let halted = guest.power(proxmox, node, false, (method, request)).await;
    halted.map_err(|error| match at_once {
        true => error,
        false => error.and_hint(format!("A {} that does not shut down is stopped after {SHUTDOWN} s.", guest.kind)),
    })
}
