//! Guests under HA: a node hands on what it is asked, and HA's manager does it when its turn comes, some ten seconds later
//! (`PVE::HA::Config::vm_is_ha_managed` where `PVE::API2::Qemu` and `PVE::API2::LXC` ask it).

use std::time::Duration;

use serde_json::Value as Json;
use tfplugin::prelude::*;

use super::client::Proxmox;
use super::guests::Guest;
use super::pauses::Pauses;
use super::work::PATIENCE;
use crate::http::Request;

/// Waits between looks at a guest: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// The state in which HA leaves a guest alone until somebody disables and starts it again.
const GIVEN_UP: &str = "error";

/// States in which HA moves a guest.
const MOVING: [&str; 2] = ["migrate", "relocate"];

/// A wait for what HA was asked.
struct Wait {
    guest: Guest,
    /// What HA was asked, such as `to start it`.
    asked: String,
    pauses: Pauses,
}

/// Waits until a guest runs, or runs no longer, on whatever node HA lets it.
pub async fn powered(proxmox: &Proxmox, guest: Guest, node: &str, running: bool) -> Result<()> {
    let asked = if running { "to start it" } else { "to stop it" };
    let mut wait = Wait::new(guest, asked.to_owned());
    let mut node = node.to_owned();
    loop {
        let state = match status(proxmox, guest, &node).await? {
            Some(status) if (status["status"] == "running") == running => return Ok(()),
            Some(status) => state_of(&status),
            // HA starts it where it can.
            None => match guest.find(proxmox).await? {
                Some(found) => {
                    node = found.node;
                    proxmox.guests.placed(guest.id, &node);
                    MOVING[0].to_owned()
                }
                None => return Err(Error::not_found(format!("no node has the {guest} any more"))),
            },
        };
        wait.go_on(&state).await?;
    }
}

/// Waits until a guest has left a node for another one.
pub async fn moved(proxmox: &Proxmox, guest: Guest, (from, to): (&str, &str)) -> Result<()> {
    let mut wait = Wait::new(guest, format!("to move it to `{to}`"));
    let mut began = false;
    while let Some(status) = status(proxmox, guest, from).await? {
        let state = state_of(&status);
        let moves = MOVING.contains(&state.as_str());
        if began && !moves {
            return Err(wait.given_up(&state));
        }
        began |= moves;
        wait.go_on(&state).await?;
    }
    Ok(())
}

/// What a guest does, where it is on the node.
async fn status(proxmox: &Proxmox, guest: Guest, node: &str) -> Result<Option<Json>> {
    match proxmox.get(Request::get(guest.url(node).literal("status/current"))).await {
        Err(error) if error.is_not_found() => Ok(None),
        status => status.map(Some),
    }
}

fn state_of(status: &Json) -> String {
    status["ha"]["state"].as_str().unwrap_or("unknown").to_owned()
}

impl Wait {
    fn new(guest: Guest, asked: String) -> Wait {
        Wait { guest, asked, pauses: Pauses::new(PAUSES) }
    }

    /// Waits once more, unless HA has given up or the time is over.
    async fn go_on(&mut self, state: &str) -> Result<()> {
        if state == GIVEN_UP {
            return Err(self.given_up(state));
        }
        if !self.pauses.have_time(PATIENCE) {
            let hint = "`ha-manager status` on a node tells what HA waits for. Run again when it is done, or raise the \
                        resource's `timeouts`.";
            return Err(self.undone(state).hint(hint));
        }
        let rested = self.pauses.rest().await;
        rested.map_err(|error| error.context(format!("the end of HA's work on the {} was not seen", self.guest)))
    }

    fn given_up(&self, state: &str) -> Error {
        let hint = match state {
            GIVEN_UP => {
                "HA touches it no more until its requested state was set to `disabled` and back. The reason is in the log \
                 of the node's `pve-ha-lrm`."
            }
            _ => "The reason is in the task that HA began on the guest's node.",
        };
        self.undone(state).hint(hint)
    }

    fn undone(&self, state: &str) -> Error {
        let Wait { guest, asked, .. } = self;
        Error::new(format!(
            "the {guest} is under HA, which was asked {asked} and did not: its state there is `{state}`"
        ))
    }
}
