//! Changes of a container.

use super::resource::Container;
use super::volume::size_of;
use super::{disk, mount_point, options};
use crate::proxmox::client::Proxmox;
use crate::proxmox::guests::{self, Guest};
use crate::proxmox::options::Options;
use crate::proxmox::removal;
use crate::proxmox::size::Size;
use crate::proxmox::target::{Target, moves};
use tfplugin::prelude::*;

/// Brings a container to the plan: where it is, its volumes, its options, and whether it runs.
pub async fn update(proxmox: &Proxmox, id: u64, change: Change<Container>) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    let guest = Guest::container(id);
    let mut target = Target::find(proxmox, guest, options::place_of).await?;
    let mut running = guest.is_running(proxmox, &target.node).await?;
    let (was, wanted) = (stores(prior), stores(plan));
    let moved = moves(&was, &wanted).next();
    if let Some((slot, store)) = moved.filter(|_| running && plan.started && !plan.reboot_after_update) {
        let attribute = if slot == disk::OPTION { "disk" } else { "mount_point" };
        return Err(Error::new(format!("`{slot}` cannot be moved to `{store}` while the container runs"))
            .hint("Set `reboot_after_update = true`, or stop it with `started = false` first.")
            .at_attribute(attribute));
    }
    if running && (!plan.started || moved.is_some()) {
        removal::halt(proxmox, guest, &target.node, false).await?;
        running = false;
    }
    if prior.node_name != plan.node_name && target.node != plan.node_name {
        target.migrate(&plan.node_name, running).await?;
    }
    if prior.pool_id != plan.pool_id {
        guests::change_pool(proxmox, id, prior.pool_id.as_deref(), plan.pool_id.as_deref()).await?;
    }
    target.move_volumes(&was, &wanted).await?;
    let (had, wanted) = (options::wanted(prior, &target.options), options::wanted(plan, &target.options));
    unprotect(&mut target, &had, &wanted).await?;
    target.set_options(&had, &wanted, mount_point::is_slot).await?;
    target.grow(&sizes(plan), size_of).await?;
    if plan.template && !prior.template {
        target.make_template().await?;
    }
    target.run(running, plan.started && !plan.template, plan.started && plan.reboot_after_update).await
}

/// Takes the protection away before volumes change, since Proxmox VE looks at what is and not at what is to be.
async fn unprotect(target: &mut Target<'_>, had: &Options, wanted: &Options) -> Result<()> {
    let is_on = |options: &Options| options.get("protection").map(String::as_str) == Some("1");
    let is_volume = |name: &&String| name.as_str() == disk::OPTION || mount_point::is_slot(name);
    let mut volumes = had.keys().chain(wanted.keys()).filter(is_volume);
    if !is_on(had) || is_on(wanted) || volumes.all(|name| had.get(name) == wanted.get(name)) {
        return Ok(());
    }
    let option = |flag: &str| Options::from([("protection".to_owned(), flag.to_owned())]);
    target.set_options(&option("1"), &option("0"), |_| false).await
}

/// The storages of all that can be moved, by the options.
fn stores(container: &Container) -> Options {
    let disk = container.disk.iter().map(|disk| (disk::OPTION.to_owned(), disk.datastore_id.clone()));
    let points = container.mount_point.iter().flatten();
    let points = points.filter_map(|(slot, point)| Some((slot.clone(), point.datastore_id.clone()?)));
    disk.chain(points).collect()
}

fn sizes(container: &Container) -> Vec<(&str, &Size)> {
    let disk = container.disk.iter().filter_map(|disk| Some((disk::OPTION, disk.size.as_ref()?)));
    let points = container.mount_point.iter().flatten();
    disk.chain(points.filter_map(|(slot, point)| Some((slot.as_str(), point.size.as_ref()?)))).collect()
}
