//! Changes of a machine.

use super::cloud_init::Content;
use super::creation::same;
use super::drives::{refuse_doubles, refuse_unsized};
use super::images::Left;
use super::machine::Vm;
use super::options::Drive;
use super::{cdrom, disk, images, options};
use crate::proxmox::client::{Proxmox, text_of};
use crate::proxmox::file_format::FileFormat;
use crate::proxmox::guests::{self, Guest};
use crate::proxmox::options::Options;
use crate::proxmox::removal;
use crate::proxmox::size::Size;
use crate::proxmox::target::{Place, Places, Target, moves};
use tfplugin::prelude::*;

/// The option of a TPM's state.
const TPM: &str = "tpmstate0";

/// Brings a machine to the plan: where it is, its options, its disks, and whether it runs. What it was stopped for alone is
/// no reason to leave it so when a step fails.
pub async fn update(proxmox: &Proxmox, id: u64, change: Change<Vm>) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    refuse_doubles(plan)?;
    let guest = Guest::machine(id);
    let mut target = Target::find(proxmox, guest, options::place_of).await?;
    let mut running = guest.is_running(proxmox, &target.node).await?;
    let moves_tpm = moves(&volumes(prior), &volumes(plan)).any(|(slot, _)| slot == TPM);
    if moves_tpm && running && plan.started && !plan.reboot_after_update {
        return Err(Error::new("the state of a TPM cannot be moved while the machine runs")
            .hint("Set `reboot_after_update = true`, or stop it with `started = false` first.")
            .at_attribute("tpm_state"));
    }
    let becomes_template = plan.template && !prior.template;
    let halts = running && (!plan.started || moves_tpm || becomes_template);
    if halts {
        removal::halt(proxmox, guest, &target.node, false).await?;
        running = false;
    }
    match Box::pin(steps(&mut target, &change, running)).await {
        Err(error) if halts && plan.started => Err(target.started_again(error).await),
        done => done,
    }
}

async fn steps(target: &mut Target<'_>, change: &Change<Vm>, running: bool) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    refuse_unsized(plan, &target.options)?;
    // What is refused at once comes before what takes its time.
    if prior.pool_id != plan.pool_id {
        let (from, to) = (prior.pool_id.as_deref(), plan.pool_id.as_deref());
        guests::change_pool(target.proxmox, target.guest.id, from, to).await?;
    }
    let left = match prior.node_name != plan.node_name && target.node != plan.node_name {
        true => images::migrate(target, &plan.node_name, running).await?,
        false => None,
    };
    target.move_volumes(&volumes(prior), &volumes(plan), disk::format_of).await?;
    let replaced = change_options(target, change, left.as_ref()).await?;
    target.grow(&sizes(plan), size_of).await?;
    if plan.template && !prior.template {
        target.make_template().await?;
    }
    target.run(running, plan.started && !plan.template, plan.started && plan.reboot_after_update).await?;
    match (left, replaced) {
        (Some(left), _) => left.remove(target).await,
        (None, Some(image)) => images::remove_replaced(target, image).await,
        (None, None) => Ok(()),
    }
}

/// Sets the options, with new first settings where they changed, or where the old ones were `left` behind; returns the
/// image that the drive had before.
async fn change_options(target: &mut Target<'_>, change: &Change<Vm>, left: Option<&Left>) -> Result<Option<String>> {
    let (prior, plan) = (&change.prior, &change.plan);
    let is_changed =
        change.diff().set.contains_key("user_data_wo") || !same(&prior.initialization, &plan.initialization);
    let renews = is_changed || left.is_some();
    let old = options::image(&target.options, target.guest.id).or_else(|| left.map(Left::drive));
    let drive = if renews { new_image(target, plan).await? } else { old.clone() };
    let image = |drive: &Option<Drive>| drive.as_ref().map(|(_, volume)| volume.clone());
    let (before, now) = (image(&old), image(&drive));
    let is_other = before != now;
    match (set_options(target, change, [old.as_ref(), drive.as_ref()]).await, now) {
        (Err(error), Some(image)) if is_other => Err(Box::pin(images::take_back(target, image, error)).await),
        (Err(error), _) => Err(error),
        (Ok(()), _) => Ok(before.filter(|_| is_other)),
    }
}

/// Uploads the first settings; the drive and the volume that is to be in it.
async fn new_image(target: &Target<'_>, plan: &Vm) -> Result<Option<Drive>> {
    let Some(initialization) = &plan.initialization else { return Ok(None) };
    let secret = plan.user_data_wo.as_ref().and_then(WriteOnly::expose).map(String::as_str);
    let (name, secret_version) = (plan.name.as_deref(), plan.user_data_wo_version);
    let content = Content { id: target.guest.id, name, initialization, secret, secret_version };
    let volume = content.upload(target.proxmox, &target.node).await;
    let volume = volume.map_err(|error| error.at_attribute("initialization"))?;
    Ok(Some((initialization.interface.clone(), volume)))
}

/// Sets what differs, with the drive of the first settings as it was and as it is to be. What the plan leaves to Proxmox VE,
/// since its neighbours change, is no reason to take it away.
async fn set_options(target: &mut Target<'_>, change: &Change<Vm>, [old, drive]: [Option<&Drive>; 2]) -> Result<()> {
    let with_drive = |vm: &Vm, drive: Option<&Drive>| {
        let mut options = options::wanted(vm, &target.options);
        options.extend(drive.map(|(slot, volume)| (slot.clone(), cdrom::text(volume))));
        options
    };
    let is_open = |api: &str| !change.diff().unset.contains(&api);
    let (mut prior, mut plan) = (change.prior.clone(), change.plan.clone());
    if plan.boot_order.is_none() && is_open("boot") {
        prior.boot_order = None;
    }
    if plan.cdrom.is_none() && is_open("cdrom") {
        plan.cdrom.clone_from(&prior.cdrom);
    }
    let (had, wanted) = (with_drive(&prior, old), with_drive(&plan, drive));
    target.unprotect(&had, &wanted, is_volume).await?;
    target.set_options(&had, &wanted, disk::is_slot).await?;
    keep_boot_order(target, &wanted).await
}

/// Says the boot order again where the devices changed it: a CD drive that is set goes to its end, and a disk that is
/// deleted leaves it (`PVE::API2::Qemu`, `update_vm_api`, which takes options in no order).
async fn keep_boot_order(target: &mut Target<'_>, wanted: &Options) -> Result<()> {
    let Some(order) = wanted.get("boot") else { return Ok(()) };
    let devices = order.strip_prefix("order=").into_iter().flat_map(|order| order.split(';'));
    if !devices.into_iter().all(|device| target.options.contains_key(device)) {
        // An order that nobody asked for, of a clone's source with other devices.
        return Ok(());
    }
    let boot = |order: Option<&String>| order.map(|order| ("boot".to_owned(), order.clone())).into_iter().collect();
    let current: Options = boot(target.options.get("boot"));
    target.set_options(&current, &boot(Some(order)), disk::is_slot).await
}

fn is_volume(option: &str) -> bool {
    disk::is_slot(option) || ["efidisk0", TPM].contains(&option)
}

/// The sizes that disks are to have, by their slots.
pub fn sizes(vm: &Vm) -> Vec<(&str, &Size)> {
    vm.disk.iter().flatten().filter_map(|(slot, disk)| Some((slot.as_str(), disk.size.as_ref()?))).collect()
}

/// The size in a disk's text.
pub fn size_of(text: &str) -> Option<Size> {
    text_of(disk::read(text).get("size")?).parse().ok()
}

/// Where all that can be moved is, by the options.
fn volumes(vm: &Vm) -> Places {
    let on = |store: &String, format: Option<FileFormat>| Place { store: store.clone(), format };
    let disks = vm.disk.iter().flatten();
    let disks = disks.map(|(slot, disk)| (slot.clone(), on(&disk.datastore_id, disk.file_format)));
    let efi = vm.efi_disk.iter().map(|disk| ("efidisk0".to_owned(), on(&disk.datastore_id, disk.file_format)));
    let tpm = vm.tpm_state.iter().map(|state| (TPM.to_owned(), on(&state.datastore_id, None)));
    disks.chain(efi).chain(tpm).collect()
}
