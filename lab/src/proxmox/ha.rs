//! Guests under HA: a call only leaves a request, which the manager of HA carries out a while later; unrecorded.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::proxmox::migrate;
use crate::proxmox::reply::Outcome;
use crate::proxmox::world::{Asked, World};

/// What HA knows of a guest.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Its state (`PVE::HA::Manager`).
    pub state: &'static str,
    /// How long HA takes for a request.
    pub time: Duration,
    /// Whether HA fails at what it is asked.
    pub fails: bool,
}

/// What HA was asked.
#[derive(Clone, Debug)]
pub enum Request {
    /// To start the guest.
    Start,
    /// To stop it.
    Stop,
    /// To bring it to a node.
    Move(String),
}

/// A request that waits for the manager.
#[derive(Debug)]
pub struct Pending {
    due: Instant,
    vmid: u32,
    request: Request,
}

impl Managed {
    /// A guest that HA has as it is.
    #[must_use]
    pub fn new(running: bool, time: Duration) -> Self {
        Self { state: if running { "started" } else { "stopped" }, time, fails: false }
    }

    /// What the status of a guest says of HA (`PVE::HA::Config::get_service_status`).
    #[must_use]
    pub fn shown(managed: Option<&Self>) -> Value {
        managed.map_or_else(|| json!({ "managed": 0 }), |ha| json!({ "managed": 1, "group": null, "state": ha.state }))
    }
}

impl Request {
    /// The task that hands it on.
    fn task(&self) -> &'static str {
        match self {
            Self::Start => "hastart",
            Self::Stop => "hastop",
            Self::Move(_) => "hamigrate",
        }
    }

    fn state(&self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "request_stop",
            Self::Move(_) => "migrate",
        }
    }
}

/// Hands a request on to HA, in a task that ends at once, where HA has the guest.
pub fn ask(world: &mut World, asked: &Asked, request: Request) -> Option<Outcome> {
    let vmid = asked.vmid();
    world.guests.get(&vmid)?.ha.as_ref()?;
    let task = request.task();
    let work = move |world: &mut World| {
        let ha = world.guests.get_mut(&vmid).and_then(|guest| guest.ha.as_mut()).ok_or("HA does not have it")?;
        // What failed stays so until somebody disables it.
        if ha.state != "error" {
            ha.state = request.state();
            let due = Instant::now() + ha.time;
            world.requests_to_ha.push(Pending { due, vmid, request });
        }
        Ok(vec![format!("Requesting HA for {vmid}")])
    };
    Some(world.order(task, asked, &[], Box::new(work)))
}

/// Lets the manager carry out what is due; whether there was something.
pub fn carry_out(world: &mut World, now: Instant) -> bool {
    let (due, rest) = std::mem::take(&mut world.requests_to_ha).into_iter().partition(|pending| pending.due <= now);
    world.requests_to_ha = rest;
    let due: Vec<Pending> = due;
    let any = !due.is_empty();
    due.into_iter().for_each(|pending| fulfil(world, pending));
    any
}

fn fulfil(world: &mut World, Pending { due, vmid, request }: Pending) {
    let pid = 26_000 + world.next();
    let Some(guest) = world.guests.get_mut(&vmid) else { return };
    let running = guest.running.is_some();
    let Some(ha) = guest.ha.as_mut() else { return };
    let state = |running: bool| if running { "started" } else { "stopped" };
    match request {
        Request::Move(_) if ha.fails => ha.state = state(running),
        _ if ha.fails => ha.state = "error",
        Request::Move(node) => {
            ha.state = state(running);
            migrate::relocate(world, vmid, &node);
        }
        Request::Start => {
            ha.state = state(true);
            guest.apply_pending();
            guest.running = Some((due, pid));
        }
        Request::Stop => {
            ha.state = state(false);
            guest.running = None;
        }
    }
}
