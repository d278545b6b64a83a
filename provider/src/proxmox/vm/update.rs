//! Changes of a machine.

use super::cloud_init::{self, Content};
use super::creation::same;
use super::drives::refuse_doubles;
use super::machine::Vm;
use super::{cdrom, disk, options};
use crate::proxmox::client::{Proxmox, text_of};
use crate::proxmox::guests::{self, Guest};
use crate::proxmox::options::Options;
use crate::proxmox::removal;
use crate::proxmox::size::Size;
use crate::proxmox::target::Target;
use tfplugin::prelude::*;

/// The drive with the first settings, and the volume in it.
type Drive = (String, String);

/// Brings a machine to the plan: where it is, its options, its disks, and whether it runs.
pub async fn update(proxmox: &Proxmox, id: u64, change: Change<Vm>) -> Result<()> {
    let (prior, plan) = (&change.prior, &change.plan);
    refuse_doubles(Some(prior), plan)?;
    let guest = Guest::machine(id);
    let mut target = Target::find(proxmox, guest, options::place_of).await?;
    let running = guest.is_running(proxmox, &target.node).await?;
    if running && !plan.started {
        removal::halt(proxmox, guest, &target.node, false).await?;
    }
    if prior.node_name != plan.node_name && target.node != plan.node_name {
        target.migrate(&plan.node_name, running && plan.started).await?;
    }
    if prior.pool_id != plan.pool_id {
        guests::change_pool(proxmox, id, prior.pool_id.as_deref(), plan.pool_id.as_deref()).await?;
    }
    target.move_volumes(&stores(prior), &stores(plan)).await?;
    let renews = change.diff().set.contains_key("user_data_wo") || !same(&prior.initialization, &plan.initialization);
    let old = options::image(&target.options, id).map(|(slot, volume)| (slot.to_owned(), volume));
    let drive = if renews { new_image(&target, plan).await? } else { old.clone() };
    set_options(&mut target, &change, [old.as_ref(), drive.as_ref()]).await?;
    if let (Some((_, old)), true) =
        (&old, old.as_ref().map(|(_, volume)| volume) != drive.as_ref().map(|(_, volume)| volume))
    {
        cloud_init::remove(proxmox, &target.node, old).await?;
    }
    target.grow(&sizes(plan), size_of).await?;
    if plan.template && !prior.template {
        target.make_template().await?;
    }
    target.run(running, plan.started && !plan.template, plan.started && plan.reboot_after_update).await
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

/// Sets what differs, with the drive of the first settings as it was and as it is to be.
async fn set_options(target: &mut Target<'_>, change: &Change<Vm>, [old, drive]: [Option<&Drive>; 2]) -> Result<()> {
    let with_drive = |vm: &Vm, drive: Option<&Drive>| {
        let mut options = options::wanted(vm, &target.options);
        options.extend(drive.map(|(slot, volume)| (slot.clone(), cdrom::text(volume))));
        options
    };
    let (had, wanted) = (with_drive(&change.prior, old), with_drive(&change.plan, drive));
    target.set_options(&had, &wanted, disk::is_slot).await?;
    keep_boot_order(target, &wanted).await
}

/// Says the boot order again where the devices changed it: a CD drive that is set goes to its end, and a disk that is
/// deleted leaves it (`PVE::API2::Qemu`, `update_vm_api`, which takes options in no order).
async fn keep_boot_order(target: &mut Target<'_>, wanted: &Options) -> Result<()> {
    let Some(order) = wanted.get("boot") else { return Ok(()) };
    let boot = |order: Option<&String>| order.map(|order| ("boot".to_owned(), order.clone())).into_iter().collect();
    let current: Options = boot(target.options.get("boot"));
    target.set_options(&current, &boot(Some(order)), disk::is_slot).await
}

fn sizes(vm: &Vm) -> Vec<(&str, &Size)> {
    vm.disk.iter().flatten().filter_map(|(slot, disk)| Some((slot.as_str(), disk.size.as_ref()?))).collect()
}

fn size_of(text: &str) -> Option<Size> {
    text_of(disk::read(text).get("size")?).parse().ok()
}

/// The storages of all that can be moved, by the options.
fn stores(vm: &Vm) -> Options {
    let disks = vm.disk.iter().flatten().map(|(slot, disk)| (slot.clone(), disk.datastore_id.clone()));
    let efi = vm.efi_disk.iter().map(|disk| ("efidisk0".to_owned(), disk.datastore_id.clone()));
    let tpm = vm.tpm_state.iter().map(|state| ("tpmstate0".to_owned(), state.datastore_id.clone()));
    disks.chain(efi).chain(tpm).collect()
}
