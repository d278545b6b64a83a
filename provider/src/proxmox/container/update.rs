//! Changes of a container.

use super::resource::Container;
use super::volume::size_of;
use super::{disk, mount_point, options};
use crate::proxmox::client::Proxmox;
use crate::proxmox::guests::{self, Guest};
use crate::proxmox::removal;
use crate::proxmox::size::Size;
use crate::proxmox::target::{Place, Places, Target, moves};
use tfplugin::prelude::*;

/// Brings a container to the plan: where it is, its volumes, its options, and whether it runs. What it was stopped for
/// alone is no reason to leave it so when a step fails.
pub async fn update(proxmox: &Proxmox, id: u64, change: Change<Container>) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    let guest = Guest::container(id);
    let mut target = Target::find(proxmox, guest, options::place_of).await?;
    let mut running = guest.is_running(proxmox, &target.node).await?;
    let (was, wanted) = (volumes(prior), volumes(plan));
    let moved = moves(&was, &wanted).next();
    if let Some((slot, place)) = moved.filter(|_| running && plan.started && !plan.reboot_after_update) {
        let attribute = if slot == disk::OPTION { "disk" } else { "mount_point" };
        return Err(Error::new(format!("`{slot}` cannot be moved to `{}` while the container runs", place.store))
            .hint("Set `reboot_after_update = true`, or stop it with `started = false` first.")
            .at_attribute(attribute));
    }
    let becomes_template = plan.template && !prior.template;
    let halts = running && (!plan.started || moved.is_some() || becomes_template);
    if halts {
        removal::halt(proxmox, guest, &target.node, false).await?;
        running = false;
    }
    match steps(&mut target, &change, running).await {
        Err(error) if halts && plan.started => Err(target.started_again(error).await),
        done => done,
    }
}

async fn steps(target: &mut Target<'_>, change: &Change<Container>, running: bool) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    if prior.node_name != plan.node_name && target.node != plan.node_name {
        target.migrate(&plan.node_name, running).await?;
    }
    if prior.pool_id != plan.pool_id {
        let (from, to) = (prior.pool_id.as_deref(), plan.pool_id.as_deref());
        guests::change_pool(target.proxmox, target.guest.id, from, to).await?;
    }
    target.move_volumes(&volumes(prior), &volumes(plan), |_| None).await?;
    let (had, wanted) = (options::wanted(prior, &target.options), options::wanted(plan, &target.options));
    target.unprotect(&had, &wanted, is_volume).await?;
    target.set_options(&had, &wanted, mount_point::is_slot).await?;
    target.grow(&sizes(plan), size_of).await?;
    if plan.template && !prior.template {
        target.make_template().await?;
    }
    target.run(running, plan.started && !plan.template, plan.started && plan.reboot_after_update).await
}

fn is_volume(option: &str) -> bool {
    option == disk::OPTION || mount_point::is_slot(option)
}

/// Where all that can be moved is, by the options.
fn volumes(container: &Container) -> Places {
    let on = |store: &String| Place { store: store.clone(), format: None };
    let disk = container.disk.iter().map(|disk| (disk::OPTION.to_owned(), on(&disk.datastore_id)));
    let points = container.mount_point.iter().flatten();
    let points = points.filter_map(|(slot, point)| Some((slot.clone(), on(point.datastore_id.as_ref()?))));
    disk.chain(points).collect()
}

/// The sizes that volumes are to have, by their slots.
pub fn sizes(container: &Container) -> Vec<(&str, &Size)> {
    let disk = container.disk.iter().filter_map(|disk| Some((disk::OPTION, disk.size.as_ref()?)));
    let points = container.mount_point.iter().flatten();
    disk.chain(points.filter_map(|(slot, point)| Some((slot.as_str(), point.size.as_ref()?)))).collect()
}
