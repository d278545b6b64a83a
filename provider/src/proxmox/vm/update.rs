//! Changes of a machine.

use super::cloud_init::{self, Content};
use super::creation::same;
use super::machine::Vm;
use super::options::{self, Options};
use super::{cdrom, disk, removal};
use crate::http::{ApiPath, Request};
use crate::proxmox::client::{Proxmox, attribute, text_of};
use crate::proxmox::guests;
use crate::proxmox::work::Work;
use tfplugin::prelude::*;
use tfplugin::value::{Path, Step};

/// A machine that is to change.
struct Target<'a> {
    proxmox: &'a Proxmox,
    id: u64,
    node: String,
    options: Options,
}

/// Brings a machine to the plan: where it is, its options, its disks, and whether it runs.
pub async fn update(proxmox: &Proxmox, id: u64, change: Change<Vm>) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    let mut target = Target::find(proxmox, id).await?;
    let running = guests::is_running(proxmox, &target.node, id).await?;
    if running && !plan.started {
        removal::halt(proxmox, &target.node, id, false).await?;
    }
    if prior.node_name != plan.node_name && target.node != plan.node_name {
        target.migrate(&plan.node_name, running && plan.started).await?;
    }
    if prior.pool_id != plan.pool_id {
        guests::change_pool(proxmox, id, prior.pool_id.as_deref(), plan.pool_id.as_deref()).await?;
    }
    target.move_disks(prior, plan).await?;
    let renews = change.diff().set.contains_key("user_data_wo") || !same(&prior.initialization, &plan.initialization);
    let old = options::image(&target.options, id).map(|(slot, volume)| (slot.to_owned(), volume));
    let drive = if renews { target.new_image(plan).await? } else { old.clone() };
    target.set_options(prior, plan, old.as_ref(), drive.as_ref()).await?;
    if let (Some((_, old)), true) =
        (&old, old.as_ref().map(|(_, volume)| volume) != drive.as_ref().map(|(_, volume)| volume))
    {
        cloud_init::remove(proxmox, &target.node, old).await?;
    }
    target.grow_disks(plan).await?;
    if plan.template && !prior.template {
        target.act("template").await?;
    }
    if plan.started && !plan.template && !running {
        target.act("status/start").await?;
        proxmox.guests.runs(id, true);
    } else if plan.started && running && plan.reboot_after_update && target.is_pending().await? {
        target.act("status/reboot").await?;
    }
    Ok(())
}

/// Where the user set these options.
pub fn places<'a>(options: impl IntoIterator<Item = &'a str>) -> Vec<(String, Path)> {
    let places = options.into_iter().filter_map(|option| {
        let (name, slot) = options::place_of(option)?;
        let path = attribute(name);
        let path = slot.map_or(path.clone(), |slot| path.then(Step::Key(slot.to_owned())));
        Some((option.to_owned(), path))
    });
    places.collect()
}

impl Target<'_> {
    async fn find(proxmox: &Proxmox, id: u64) -> Result<Target<'_>> {
        let Some(found) = guests::find(proxmox, id).await? else {
            return Err(Error::not_found(format!("no node has the machine {id}")));
        };
        let options = found.config.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
        Ok(Target { proxmox, id, node: found.node, options })
    }

    async fn look_again(&mut self) -> Result<()> {
        let found = Target::find(self.proxmox, self.id).await?;
        (self.node, self.options) = (found.node, found.options);
        Ok(())
    }

    fn url(&self) -> ApiPath {
        guests::url(&self.node, self.id)
    }

    async fn work(&self, request: Request) -> Result<()> {
        Work::on(&self.node, self.id, request).done(self.proxmox).await
    }

    async fn act(&self, what: &'static str) -> Result<()> {
        self.work(Request::post(self.url().literal(what)).repeatable(true)).await
    }

    async fn migrate(&mut self, to: &str, online: bool) -> Result<()> {
        let form = [("target", to), ("online", if online { "1" } else { "0" }), ("with-local-disks", "1")];
        let form = form.into_iter().filter(|(name, _)| online || *name == "target");
        let request = Request::post(self.url().literal("migrate")).form(form).purpose(format!("migrate to `{to}`"));
        self.work(request).await.map_err(|error| error.at_attribute("node_name"))?;
        self.proxmox.guests.placed(self.id, to);
        self.look_again().await
    }

    /// Moves disks to other storages.
    async fn move_disks(&mut self, prior: &Vm, plan: &Vm) -> Result<()> {
        let was = stores(prior);
        let mut moved = false;
        for (slot, store) in stores(plan) {
            if was.get(&slot).is_none_or(|was| *was == store) || !self.options.contains_key(&slot) {
                continue;
            }
            let form = [("disk", slot.as_str()), ("storage", &store), ("delete", "1")];
            let request = Request::post(self.url().literal("move_disk")).form(form).purpose(format!("move `{slot}`"));
            self.work(request.places(places([slot.as_str()]))).await?;
            moved = true;
        }
        if moved { self.look_again().await } else { Ok(()) }
    }

    /// Uploads the first settings; the drive and the volume that is to be in it.
    async fn new_image(&self, plan: &Vm) -> Result<Option<(String, String)>> {
        let Some(initialization) = &plan.initialization else { return Ok(None) };
        let secret = plan.user_data_wo.as_ref().and_then(WriteOnly::expose).map(String::as_str);
        let (name, secret_version) = (plan.name.as_deref(), plan.user_data_wo_version);
        let content = Content { id: self.id, name, initialization, secret, secret_version };
        let volume = content.upload(self.proxmox, &self.node).await;
        let volume = volume.map_err(|error| error.at_attribute("initialization"))?;
        Ok(Some((initialization.interface.clone(), volume)))
    }

    /// Sets what differs and clears what is gone, by one call, if nobody else changed the machine meanwhile.
    async fn set_options(
        &mut self,
        prior: &Vm,
        plan: &Vm,
        old: Option<&(String, String)>,
        drive: Option<&(String, String)>,
    ) -> Result<()> {
        let mut had = options::wanted(prior, &self.options);
        let mut wanted = options::wanted(plan, &self.options);
        let with_drive = |options: &mut Options, drive: Option<&(String, String)>| {
            options.extend(drive.map(|(slot, volume)| (slot.clone(), cdrom::text(volume))));
        };
        with_drive(&mut had, old);
        with_drive(&mut wanted, drive);
        let set: Options = wanted.iter().filter(|(name, text)| had.get(*name) != Some(text)).map(owned).collect();
        let gone = had.keys().filter(|name| !wanted.contains_key(*name) && self.options.contains_key(*name));
        let gone: Vec<&str> = gone.map(String::as_str).collect();
        if let Some(slot) = set.keys().find(|name| self.is_taken(name, &had)) {
            return Err(Error::conflict(format!("`{slot}` has a device by now that the plan does not know"))
                .hint("Plan again.")
                .at_attribute("disk"));
        }
        if set.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let places = places(set.keys().map(String::as_str));
        let mut form: Vec<(String, String)> = set.into_iter().collect();
        form.extend((!gone.is_empty()).then(|| ("delete".to_owned(), gone.join(","))));
        form.extend(self.options.get("digest").map(|digest| ("digest".to_owned(), digest.clone())));
        self.work(Request::post(self.url().literal("config")).form(form).places(places)).await?;
        self.look_again().await
    }

    /// Whether a slot of a drive has something that was not there before.
    fn is_taken(&self, slot: &str, had: &Options) -> bool {
        disk::is_slot(slot) && self.options.contains_key(slot) && !had.contains_key(slot)
    }

    async fn grow_disks(&mut self, plan: &Vm) -> Result<()> {
        let mut grown = false;
        for (slot, disk) in plan.disk.iter().flatten() {
            let Some(wanted) = &disk.size else { continue };
            let current = self.options.get(slot).map(|text| disk::read(text));
            let current =
                current.and_then(|disk| text_of(disk.get("size")?).parse::<crate::proxmox::size::Size>().ok());
            if current.is_none_or(|current| current.bytes() >= wanted.bytes()) {
                continue;
            }
            let form = [("disk", slot.clone()), ("size", wanted.kibibytes())];
            let request = Request::put(self.url().literal("resize")).form(form).places(places([slot.as_str()]));
            self.work(request).await?;
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

fn owned((name, text): (&String, &String)) -> (String, String) {
    (name.clone(), text.clone())
}

/// The storages of all that can be moved, by the options.
fn stores(vm: &Vm) -> Options {
    let disks = vm.disk.iter().flatten().map(|(slot, disk)| (slot.clone(), disk.datastore_id.clone()));
    let efi = vm.efi_disk.iter().map(|disk| ("efidisk0".to_owned(), disk.datastore_id.clone()));
    let tpm = vm.tpm_state.iter().map(|state| ("tpmstate0".to_owned(), state.datastore_id.clone()));
    disks.chain(efi).chain(tpm).collect()
}
