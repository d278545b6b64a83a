//! A guest that is to change, and the steps of a change.

use super::client::Proxmox;
use super::guests::{Guest, Kind};
use super::options::{self, Options, PlaceOf, places};
use super::size::Size;
use super::work::{self, Work};
use crate::http::{ApiPath, Request};
use tfplugin::prelude::*;

/// A guest that is to change.
pub struct Target<'a> {
    /// The connection.
    pub proxmox: &'a Proxmox,
    /// The guest.
    pub guest: Guest,
    /// Where it is.
    pub node: String,
    /// Its options, as they are after the last step.
    pub options: Options,
    place_of: PlaceOf,
}

impl Target<'_> {
    /// The guest, wherever it is.
    pub async fn find(proxmox: &Proxmox, guest: Guest, place_of: PlaceOf) -> Result<Target<'_>> {
        let Some(found) = guest.find(proxmox).await? else {
            return Err(Error::not_found(format!("no node has the {guest}")));
        };
        Ok(Target { proxmox, guest, node: found.node, options: options::of(&found.config), place_of })
    }

    async fn look_again(&mut self) -> Result<()> {
        let found = Target::find(self.proxmox, self.guest, self.place_of).await?;
        (self.node, self.options) = (found.node, found.options);
        Ok(())
    }

    /// Where it is.
    pub fn url(&self) -> ApiPath {
        self.guest.url(&self.node)
    }

    async fn work(&self, request: Request) -> Result<()> {
        Work::on(&self.node, self.guest.id, request).done(self.proxmox).await
    }

    /// Does what needs nothing to be said, and is as good when it is done twice.
    async fn act(&self, what: &'static str) -> Result<()> {
        self.work(Request::post(self.url().literal(what)).repeatable(true)).await
    }

    /// Starts it.
    async fn start(&self) -> Result<()> {
        let started = self.act("status/start").await;
        self.guest.brought(self.proxmox, &self.node, true, started).await
    }

    /// Starts it if it is to run and does not, and restarts it where a change waits for that and it may be.
    pub async fn run(&self, runs: bool, is_to_run: bool, may_restart: bool) -> Result<()> {
        match runs {
            false if is_to_run => self.start().await,
            true if may_restart && self.is_pending().await? => self.act("status/reboot").await,
            _ => Ok(()),
        }
    }

    /// Makes a template of it. A container's node does not tell of the task.
    pub async fn make_template(&self) -> Result<()> {
        self.act("template").await?;
        if self.guest.kind == Kind::Machine {
            return Ok(());
        }
        match work::running(self.proxmox, &self.node, self.guest.id).await? {
            Some(task) => task.follow(self.proxmox).await,
            None => Ok(()),
        }
    }

    /// Brings it to another node, running if it is to run: a machine goes on, a container is started anew.
    pub async fn migrate(&mut self, to: &str, running: bool) -> Result<()> {
        let mut form = vec![("target", to)];
        match (running, self.guest.kind) {
            (false, _) => {}
            (true, Kind::Machine) => form.extend([("online", "1"), ("with-local-disks", "1")]),
            (true, Kind::Container) => form.push(("restart", "1")),
        }
        let request = Request::post(self.url().literal("migrate")).form(form).purpose(format!("migrate to `{to}`"));
        self.work(request).await.map_err(|error| error.at_attribute("node_name"))?;
        self.proxmox.guests.placed(self.guest.id, to);
        self.look_again().await
    }

    /// Moves what is in slots from the storages where it was to those where it is to be.
    pub async fn move_volumes(&mut self, was: &Options, wanted: &Options) -> Result<()> {
        let (what, slot_name) = match self.guest.kind {
            Kind::Machine => ("move_disk", "disk"),
            Kind::Container => ("move_volume", "volume"),
        };
        let moves: Vec<_> = moves(was, wanted).filter(|(slot, _)| self.options.contains_key(*slot)).collect();
        for (slot, store) in &moves {
            let form = [(slot_name, slot.as_str()), ("storage", store), ("delete", "1")];
            let request = Request::post(self.url().literal(what)).form(form).purpose(format!("move `{slot}`"));
            self.work(request.places(places(self.place_of, [slot.as_str()]))).await?;
        }
        if moves.is_empty() { Ok(()) } else { self.look_again().await }
    }

    /// Sets what differs and clears what is gone, by one call, if nobody else changed the guest meanwhile. Options that
    /// are there but not in `had` are left alone; `is_slot` tells those that must not be overwritten.
    pub async fn set_options(&mut self, had: &Options, wanted: &Options, is_slot: fn(&str) -> bool) -> Result<()> {
        let differs = |(name, text): &(&String, &String)| had.get(*name) != Some(*text);
        let set: Options = wanted.iter().filter(differs).map(|(name, text)| (name.clone(), text.clone())).collect();
        let is_gone = |name: &&String| !wanted.contains_key(*name) && self.options.contains_key(*name);
        let gone: Vec<&str> = had.keys().filter(is_gone).map(String::as_str).collect();
        let is_taken = |name: &&String| is_slot(name) && self.options.contains_key(*name) && !had.contains_key(*name);
        if let Some(slot) = set.keys().find(is_taken) {
            let error = Error::conflict(format!("`{slot}` has a device by now that the plan does not know"));
            let attribute = (self.place_of)(slot).map_or("disk", |(attribute, _)| attribute);
            return Err(error.hint("Plan again.").at_attribute(attribute));
        }
        if set.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let request = match self.guest.kind {
            Kind::Machine => Request::post(self.url().literal("config")),
            // A container changes before the answer.
            Kind::Container => Request::put(self.url().literal("config")),
        };
        let places = places(self.place_of, set.keys().map(String::as_str));
        let mut form: Vec<(String, String)> = set.into_iter().collect();
        form.extend((!gone.is_empty()).then(|| ("delete".to_owned(), gone.join(","))));
        let request = |digest: Option<&String>| {
            let digest = digest.map(|digest| ("digest".to_owned(), digest.clone()));
            request.clone().form(form.iter().cloned().chain(digest)).places(places.clone())
        };
        let seen = self.options.clone();
        let sent = self.work(request(seen.get("digest"))).await;
        if let Err(error) = sent {
            if !error.is_conflict() {
                return Err(error);
            }
            // A lock is an option, too: one that has ended since is no change of somebody else.
            self.look_again().await?;
            if !options::differ_by_lock(&seen, &self.options) {
                return Err(error);
            }
            self.work(request(self.options.get("digest"))).await?;
        }
        self.look_again().await
    }

    /// Lets what is in slots grow to these sizes. `size_of` reads the size of an option.
    pub async fn grow(&mut self, sizes: &[(&str, &Size)], size_of: fn(&str) -> Option<Size>) -> Result<()> {
        let mut grown = false;
        for (slot, wanted) in sizes {
            let current = self.options.get(*slot).and_then(|text| size_of(text));
            if current.is_none_or(|current| current.bytes() >= wanted.bytes()) {
                continue;
            }
            let form = [("disk", (*slot).to_owned()), ("size", wanted.kibibytes())];
            let request = Request::put(self.url().literal("resize")).form(form);
            self.work(request.places(places(self.place_of, [*slot]))).await?;
            grown = true;
        }
        if grown { self.look_again().await } else { Ok(()) }
    }

    /// Whether a change waits for the next start.
    async fn is_pending(&self) -> Result<bool> {
        let options = self.proxmox.get(Request::get(self.url().literal("pending"))).await?;
        let mut options = options.as_array().into_iter().flatten();
        Ok(options.any(|option| !option["pending"].is_null() || !option["delete"].is_null()))
    }
}

/// What is in a slot that is to be on another storage than it was.
pub fn moves<'o>(was: &'o Options, wanted: &'o Options) -> impl Iterator<Item = (&'o String, &'o String)> {
    wanted.iter().filter(|(slot, store)| was.get(*slot).is_some_and(|was| was != *store))
}
