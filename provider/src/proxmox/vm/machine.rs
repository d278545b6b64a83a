//! Virtual machines.

use super::agent::Agent;
use super::audio_device::AudioDevice;
use super::cdrom::Cdrom;
use super::chipset::Chipset;
use super::cloud_init::Initialization;
use super::cpu::Cpu;
use super::disk::{self, Disk, only_grows};
use super::drives::{apart, leaves_free};
use super::efi_disk::{self, EfiDisk};
use super::hostpci::HostPci;
use super::memory::Memory;
use super::network_device::NetworkDevice;
use super::operating_system::OperatingSystem;
use super::rng::Rng;
use super::serial_device::SerialDevice;
use super::tpm_state::{self, TpmState};
use super::usb::Usb;
use super::vga::Vga;
use super::words::{Bios, KEYBOARDS, ScsiHardware, boots};
use super::{creation, deletion, options, update};
use crate::proxmox::client::Proxmox;
use crate::proxmox::clone_source::CloneSource;
use crate::proxmox::formats;
use crate::proxmox::guest_words::{guest_id, host_name, no_longer_template, numbered, tag};
use crate::proxmox::guests::{Guest, Standing};
use crate::proxmox::note::Note;
use crate::proxmox::startup::Startup;
use tfplugin::prelude::*;

/// Manages a virtual machine.
///
/// It is found by its number on whatever node it is, so a migration by hand or by HA changes nothing. Devices are maps by
/// their slots. What is omitted of `cpu`, `memory`, `disk`, `cdrom`, `network_device` and the like stays as it is, or as the
/// clone's source has it; what is set is all of it, so that members and slots that it leaves out are cleared, and a map
/// without elements is none of them. A disk that leaves the configuration is detached and stays as an unused volume until the
/// machine is destroyed. A change that a running machine cannot take waits for its next start.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_vm", key(vm_id), import = "[{node_name}/]{vm_id}")]
#[tf(moved_from("proxmox_virtual_environment_vm", "proxmox_vm"))]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(requires(user_data_wo, initialization), requires(user_data_wo, user_data_wo_version))]
#[tf(fits(cdrom, disk, apart::<Cdrom, Disk>), fits(initialization, disk, leaves_free::<Disk>), fits(initialization, cdrom, leaves_free::<Cdrom>))]
#[tf(timeouts(create = "30m", update = "30m", delete = "10m"))]
pub struct Vm {
    /// Node to create the machine on. A change migrates it there; elsewhere it may be all the same.
    #[tf(check = formats::node)]
    pub node_name: String,

    /// Number of the machine; omit it for the next one that is free.
    #[tf(computed, api = "vmid", read = "vm_id", check = guest_id)]
    pub vm_id: Option<u64>,

    /// Name of the machine, which is a host name.
    #[tf(check = host_name)]
    pub name: Option<String>,

    /// Note for people, in Markdown.
    pub description: Option<Note>,

    /// Tags, in lower case.
    #[tf(check = tag)]
    pub tags: Option<BTreeSet<String>>,

    /// Machine or template to make it of.
    #[tf(local, replace)]
    pub clone: Option<CloneSource>,

    /// Whether the machine runs. One that does not shut down within 3 minutes is stopped like by its plug. A template never
    /// runs.
    #[tf(default = true, on = call)]
    pub started: bool,

    /// Whether the machine is a template; it can become one, and no machine again.
    #[tf(default = false, on = call, change = no_longer_template)]
    pub template: bool,

    /// Whether it starts with its node.
    #[tf(api = "onboot")]
    pub on_boot: Option<bool>,

    /// Whether neither it nor its disks can be removed.
    pub protection: Option<bool>,

    /// Pool that it belongs to.
    #[tf(api = "pool", read = "pool_id", check = formats::pool)]
    pub pool_id: Option<String>,

    /// Firmware; omit it for `seabios`.
    #[tf(computed)]
    pub bios: Option<Bios>,

    /// Chipset, such as `q35`.
    #[tf(computed)]
    pub machine: Option<Chipset>,

    /// SCSI controller.
    #[tf(computed, api = "scsihw")]
    pub scsi_hardware: Option<ScsiHardware>,

    /// Devices to boot from, in this order.
    #[tf(computed, api = "boot", read = "boot_order", volatile(disk, cdrom, network_device, initialization), check = boots)]
    pub boot_order: Option<Vec<String>>,

    /// Keyboard of the console, such as `de`.
    #[tf(api = "keyboard", check = formats::among(KEYBOARDS))]
    pub keyboard_layout: Option<String>,

    /// Whether there is a pointer with absolute positions.
    #[tf(api = "tablet")]
    pub tablet_device: Option<bool>,

    /// Processors.
    #[tf(computed)]
    pub cpu: Option<Cpu>,

    /// Memory.
    #[tf(computed)]
    pub memory: Option<Memory>,

    /// Operating system.
    #[tf(computed)]
    pub operating_system: Option<OperatingSystem>,

    /// Guest agent. A refresh never asks it.
    #[tf(computed)]
    pub agent: Option<Agent>,

    /// Disks by their slots, such as `scsi0`.
    #[tf(computed, check = disk::slots, change = only_grows)]
    pub disk: Option<BTreeMap<String, Disk>>,

    /// CD drives by their slots, such as `ide0`.
    #[tf(computed, volatile(initialization), check = disk::slots)]
    pub cdrom: Option<BTreeMap<String, Cdrom>>,

    /// Network cards by their slots, such as `net0`.
    #[tf(computed, check = numbered("net", 32))]
    pub network_device: Option<BTreeMap<String, NetworkDevice>>,

    /// Disk with UEFI's variables.
    #[tf(computed, api = "efidisk0", read = "efi_disk", change = efi_disk::stays)]
    pub efi_disk: Option<EfiDisk>,

    /// State of a TPM.
    #[tf(computed, api = "tpmstate0", read = "tpm_state", change = tpm_state::stays)]
    pub tpm_state: Option<TpmState>,

    /// PCI devices of the host by their slots, such as `hostpci0`.
    #[tf(check = numbered("hostpci", 16))]
    pub hostpci: Option<BTreeMap<String, HostPci>>,

    /// USB devices of the host by their slots, such as `usb0`.
    #[tf(check = numbered("usb", 14))]
    pub usb: Option<BTreeMap<String, Usb>>,

    /// Serial ports by their slots, such as `serial0`.
    #[tf(computed, check = numbered("serial", 4))]
    pub serial_device: Option<BTreeMap<String, SerialDevice>>,

    /// Graphics card.
    #[tf(computed)]
    pub vga: Option<Vga>,

    /// Source of random numbers.
    pub rng: Option<Rng>,

    /// Sound card.
    pub audio_device: Option<AudioDevice>,

    /// Order of starts.
    pub startup: Option<Startup>,

    /// Script that runs when it starts and stops, such as `local:snippets/hook.pl`; only `root@pam` may set it.
    #[tf(api = "hookscript", check = formats::volume)]
    pub hook_script_file_id: Option<String>,

    /// More arguments of its `kvm`; only `root@pam` may set them.
    #[tf(api = "args", check = length(1..=4096))]
    pub kvm_arguments: Option<String>,

    /// First settings, for cloud-init.
    pub initialization: Option<Initialization>,

    /// The file `user-data` of the first settings, in the place of that in `initialization`; it never reaches the state.
    /// Raise `user_data_wo_version` to send it again.
    pub user_data_wo: Option<WriteOnly<String>>,

    /// Number to raise when `user_data_wo` changes.
    #[tf(local)]
    pub user_data_wo_version: Option<u64>,

    /// Whether a machine that runs is started anew where a change cannot become effective otherwise. It is shut down first, and
    /// stopped like by its plug where it does not heed that within three minutes.
    #[tf(local, default = false)]
    pub reboot_after_update: bool,

    /// Whether a machine is stopped like by its plug before it is destroyed; else it is shut down first.
    #[tf(local, default = false)]
    pub stop_on_destroy: bool,

    /// Node that the machine is on.
    #[tf(volatile(node_name))]
    pub current_node: Computed<String>,

    /// Volume with the first settings.
    #[tf(volatile(initialization, user_data_wo_version))]
    pub initialization_image: Computed<Option<String>>,
}

impl Resource for Vm {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Vm) -> Result<Vm> {
        creation::create(proxmox, plan).await
    }

    fn is_copy(plan: &Vm) -> bool {
        plan.clone.is_some()
    }

    async fn read(proxmox: &Proxmox, id: u64) -> Result<Option<Vm>> {
        let found = Guest::machine(id).find(proxmox).await?;
        found.map(|found| options::read(id, &found)).transpose()
    }

    /// What the cluster lists lags ten seconds behind: where it is not what was expected, the machine is asked.
    async fn confirm(proxmox: &Proxmox, expected: Option<&Vm>, actual: Vm) -> Result<Vm> {
        let (Some(id), Some(node)) = (actual.vm_id, actual.current_node.get()) else { return Ok(actual) };
        let expected = expected.map(Vm::standing);
        let place = (node.as_str(), actual.template);
        let standing = Guest::machine(id).confirmed(proxmox, place, expected, actual.standing()).await?;
        Ok(Vm { started: standing.started, pool_id: standing.pool, ..actual })
    }

    async fn ready(proxmox: &Proxmox, id: u64, _: Vm) -> Result<()> {
        proxmox.guests.unfinished(id).map_or(Ok(()), Err)
    }

    async fn update(proxmox: &Proxmox, id: u64, change: Change<Vm>) -> Result<()> {
        update::update(proxmox, id, change).await
    }

    async fn delete(proxmox: &Proxmox, id: u64, state: Vm) -> Result<()> {
        deletion::delete(proxmox, id, &state).await
    }

    fn reconcile(prior: Option<&Vm>, actual: Vm) -> Vm {
        let Some(prior) = prior else { return actual };
        Vm {
            // Where it was wanted once; a migration by hand is nobody's mistake.
            node_name: prior.node_name.clone(),
            started: if actual.template { prior.started } else { actual.started },
            ..actual
        }
    }
}

impl Vm {
    fn standing(&self) -> Standing {
        Standing { started: self.started, pool: self.pool_id.clone() }
    }
}
