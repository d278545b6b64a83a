//! A guest that is to change, and the steps of a change.

use std::time::Duration;

use super::client::Proxmox;
use super::file_format::FileFormat;
use super::guests::{Guest, Kind};
use super::ha;
use super::options::{self, Options, PlaceOf, places};
use super::removal;
use super::size::{self, Size};
use super::work::{self, Work};
use crate::http::{ApiPath, Request};
use tfplugin::operation;
use tfplugin::prelude::*;

/// How long it may take to start again what was stopped for a change.
const RESCUE: Duration = Duration::from_secs(60);

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

/// Where a volume is or is to be.
#[derive(Clone)]
pub struct Place {
    /// Its storage.
    pub store: String,
    /// Its format, where it matters.
    pub format: Option<FileFormat>,
}

/// Where volumes are, by their slots.
pub type Places = BTreeMap<String, Place>;

impl Place {
    fn differs(&self, was: &Place) -> bool {
        self.store != was.store || (self.format.is_some() && self.format != was.format)
    }
}

impl Target<'_> {
    /// The guest, wherever it is.
    pub async fn find(proxmox: &Proxmox, guest: Guest, place_of: PlaceOf) -> Result<Target<'_>> {
        let Some(found) = guest.find(proxmox).await? else {
            return Err(Error::not_found(format!("no node has the {guest}")));
        };
        let options = found.options();
        Ok(Target { proxmox, guest, node: found.node, options, place_of })
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

    fn work(&self, method: &str, request: Request) -> Work {
        Work::on(&self.node, self.guest, method, request)
    }

    /// A request that needs nothing to be said, and is as good when it is done twice.
    fn act(&self, method: &'static str) -> Request {
        Request::post(self.url().literal(method)).repeatable(true)
    }

    /// Starts it.
    async fn start(&self) -> Result<()> {
        let request = ("status/start", self.act("status/start"));
        self.guest.power(self.proxmox, &self.node, true, request).await
    }

    /// The error of a change that it was stopped for, after it was started again: what ran before is to run on.
    pub async fn started_again(&self, error: Error) -> Error {
        match operation::afterwards(RESCUE, self.start()).await {
            Ok(()) => error.and_hint("It was stopped for the change, and was started again."),
            Err(other) => error.and_hint(format!(
                "It was stopped for the change, and could not be started again: {}.",
                other.message()
            )),
        }
    }

    /// Starts it if it is to run and does not, and restarts it where a change waits for that and it may be.
    pub async fn run(&self, runs: bool, is_to_run: bool, may_restart: bool) -> Result<()> {
        match runs {
            false if is_to_run => self.start().await,
            true if may_restart && self.is_pending().await? => self.restart().await,
            _ => Ok(()),
        }
    }

    /// Stops it, at last like by its plug, and starts it: a reboot would fail where the guest does not heed it.
    async fn restart(&self) -> Result<()> {
        Box::pin(removal::halt(self.proxmox, self.guest, &self.node, false)).await?;
        let started = Box::pin(self.start()).await;
        started.map_err(|error| error.context("it was stopped for the change, and could not be started again"))
    }

    /// Makes a template of it. A container's node does not tell of the task.
    pub async fn make_template(&self) -> Result<()> {
        self.work("template", self.act("template")).done(self.proxmox).await?;
        if self.guest.kind == Kind::Machine {
            return Ok(());
        }
        let types = self.guest.tasks("template");
        for task in work::of_caller(self.proxmox, &self.node, self.guest, types).await? {
            task.follow(self.proxmox).await?;
        }
        Ok(())
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
        let migrated = match self.work("migrate", request).followed(self.proxmox).await {
            Ok(Some(task)) if task.asks_ha() => self.follow_ha(to, running).await,
            done => done.map(drop).map_err(Error::from),
        };
        migrated.map_err(|error| error.at_attribute("node_name"))?;
        self.proxmox.guests.placed(self.guest.id, to);
        self.look_again().await
    }

    /// Waits until HA has brought it to a node, where it goes on if it ran.
    async fn follow_ha(&self, to: &str, running: bool) -> Result<()> {
        ha::moved(self.proxmox, self.guest, (&self.node, to)).await?;
        if running { ha::powered(self.proxmox, self.guest, to, true).await } else { Ok(()) }
    }

    /// Moves what is in slots to where it is to be, and brings it into the format that it is to have. `format_of` reads the
    /// format of an option.
    pub async fn move_volumes(
        &mut self,
        was: &Places,
        wanted: &Places,
        format_of: fn(&str) -> Option<FileFormat>,
    ) -> Result<()> {
        let (method, slot_name) = match self.guest.kind {
            Kind::Machine => ("move_disk", "disk"),
            Kind::Container => ("move_volume", "volume"),
        };
        let moves: Vec<_> = moves(was, wanted).filter(|(slot, _)| self.options.contains_key(*slot)).collect();
        for (slot, place) in &moves {
            let mut form =
                vec![(slot_name, (*slot).clone()), ("storage", place.store.clone()), ("delete", "1".to_owned())];
            form.extend(place.format.map(|format| ("format", format.word().to_owned())));
            let request = Request::post(self.url().literal(method)).form(form).purpose(format!("move `{slot}`"));
            let request = request.places(places(self.place_of, [slot.as_str()]));
            self.work(method, request).done(self.proxmox).await?;
        }
        if !moves.is_empty() {
            self.look_again().await?;
        }
        moves.iter().try_for_each(|(slot, place)| self.check_format(slot, place, format_of))
    }

    /// Refuses to go on where a storage has no volumes of a format, and made one of another (`PVE::QemuServer`,
    /// `resolve_dst_disk_format`).
    fn check_format(&self, slot: &str, place: &Place, format_of: fn(&str) -> Option<FileFormat>) -> Result<()> {
        let actual = self.options.get(slot).and_then(|text| format_of(text));
        let (Some(wanted), Some(actual)) = (place.format, actual) else { return Ok(()) };
        if wanted == actual {
            return Ok(());
        }
        let (store, attribute) = (&place.store, (self.place_of)(slot).map_or("disk", |(attribute, _)| attribute));
        Err(Error::new(format!("`{slot}` is on `{store}` now, as `{}` and not as `{}`", actual.word(), wanted.word()))
            .hint(format!("`{store}` has no volumes of that format: leave `file_format` out."))
            .at_attribute(attribute))
    }

    /// Takes the protection away before volumes change, since Proxmox VE looks at what is and not at what is to be.
    /// `is_volume` tells the options that are volumes.
    pub async fn unprotect(&mut self, had: &Options, wanted: &Options, is_volume: fn(&str) -> bool) -> Result<()> {
        let is_on = |options: &Options| options.get("protection").map(String::as_str) == Some("1");
        let mut volumes = had.keys().chain(wanted.keys()).filter(|name| is_volume(name));
        if !is_on(had) || is_on(wanted) || volumes.all(|name| had.get(name) == wanted.get(name)) {
            return Ok(());
        }
        let option = |flag: &str| Options::from([("protection".to_owned(), flag.to_owned())]);
        self.set_options(&option("1"), &option("0"), |_| false).await
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
        let sent = self.work("config", request(seen.get("digest"))).done(self.proxmox).await;
        if let Err(error) = sent {
            if !error.is_conflict() {
                return Err(error);
            }
            // A lock is an option, too: one that has ended since is no change of somebody else.
            self.look_again().await?;
            if !options::differ_by_lock(&seen, &self.options) {
                return Err(error);
            }
            self.work("config", request(self.options.get("digest"))).done(self.proxmox).await?;
        }
        self.look_again().await
    }

    /// Lets what is in slots grow to these sizes. `size_of` reads the size of an option.
    pub async fn grow(&mut self, sizes: &[(&str, &Size)], size_of: fn(&str) -> Option<Size>) -> Result<()> {
        refuse_smaller(self.place_of, &self.options, sizes, size_of)?;
        let mut grown = false;
        for (slot, wanted) in sizes {
            let current = self.options.get(*slot).and_then(|text| size_of(text));
            if current.is_none_or(|current| current.bytes() >= wanted.bytes()) {
                continue;
            }
            let form = [("disk", (*slot).to_owned()), ("size", wanted.kibibytes())];
            let request = Request::put(self.url().literal("resize")).form(form);
            let request = request.places(places(self.place_of, [*slot]));
            self.work("resize", request).done(self.proxmox).await?;
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

/// Refuses sizes below those that volumes have: they can only grow. `size_of` reads the size of an option.
pub fn refuse_smaller(
    place_of: PlaceOf,
    options: &Options,
    sizes: &[(&str, &Size)],
    size_of: fn(&str) -> Option<Size>,
) -> Result<()> {
    sizes.iter().try_for_each(|(slot, wanted)| {
        let has = options.get(*slot).and_then(|text| size_of(text));
        size::only_grows(slot, has.as_ref(), Some(wanted)).map_err(|reason| {
            let error = Error::new(format!("the plan {reason}")).hint("Ask for at least the size that it has.");
            options::placed(place_of, slot, error)
        })
    })
}

/// What is in a slot that is to be elsewhere than it was, or in another format.
pub fn moves<'p>(was: &'p Places, wanted: &'p Places) -> impl Iterator<Item = (&'p String, &'p Place)> {
    wanted.iter().filter(|(slot, place)| was.get(*slot).is_some_and(|was| place.differs(was)))
}
