//! Between a machine's attributes and its configuration in Proxmox VE, which is a list of options.

use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value};

use super::agent::Agent;
use super::audio_device::AudioDevice;
use super::cloud_init::is_image;
use super::cpu::Cpu;
use super::disk::{self, Disk};
use super::hostpci::HostPci;
use super::machine::Vm;
use super::memory::Memory;
use super::operating_system::OperatingSystem;
use super::rng::Rng;
use super::serial_device::SerialDevice;
use super::usb::Usb;
use super::vga::Vga;
use super::{cdrom, efi_disk, network_device, tpm_state};
use crate::proxmox::client::text_of;
use crate::proxmox::guests::Found;
use crate::proxmox::options::{self, Layout, Options, Text, is_numbered, put_slot};
use crate::proxmox::properties;
use crate::proxmox::startup::Startup;

static LAYOUT: Layout = Layout {
    table: Vm::TABLE,
    plain: &[
        "name",
        "description",
        "on_boot",
        "protection",
        "bios",
        "machine",
        "scsi_hardware",
        "keyboard_layout",
        "tablet_device",
        "hook_script_file_id",
        "kvm_arguments",
    ],
    single: &[
        Text { attribute: "agent", option: "agent", bare: "enabled", fields: Agent::FIELDS },
        Text { attribute: "vga", option: "vga", bare: "type", fields: Vga::FIELDS },
        Text { attribute: "rng", option: "rng0", bare: "source", fields: Rng::FIELDS },
        Text { attribute: "audio_device", option: "audio0", bare: "", fields: AudioDevice::FIELDS },
        Text { attribute: "startup", option: "startup", bare: "order", fields: Startup::FIELDS },
    ],
    slots: &[
        Text { attribute: "hostpci", option: "hostpci", bare: "host", fields: HostPci::FIELDS },
        Text { attribute: "usb", option: "usb", bare: "host", fields: Usb::FIELDS },
        Text { attribute: "serial_device", option: "serial", bare: "device", fields: SerialDevice::FIELDS },
    ],
    spread: &[("cpu", Cpu::FIELDS), ("memory", Memory::FIELDS), ("operating_system", OperatingSystem::FIELDS)],
};

/// Where the user set an option: the attribute, and the slot if it has some.
pub fn place_of(option: &str) -> Option<(&'static str, Option<&str>)> {
    match option {
        slot if disk::is_slot(slot) => Some(("disk", Some(slot))),
        slot if is_numbered(slot, "net") => Some(("network_device", Some(slot))),
        "efidisk0" => Some(("efi_disk", None)),
        "tpmstate0" => Some(("tpm_state", None)),
        "boot" => Some(("boot_order", None)),
        "cpu" => Some(("cpu", None)),
        _ => LAYOUT.place_of(option),
    }
}

/// A machine from what was found.
pub fn read(id: u64, found: &Found) -> Result<Vm> {
    let options = found.options();
    let mut answer = LAYOUT.read(&options, spread);
    for (name, text) in &options {
        if disk::is_slot(name) && !cdrom::is_cdrom(text) {
            put_slot(&mut answer, "disk", name, disk::read(text));
        } else if disk::is_slot(name) && image_of(text, id).is_none() {
            put_slot(&mut answer, "cdrom", name, cdrom::read(text));
        } else if is_numbered(name, "net") {
            put_slot(&mut answer, "network_device", name, network_device::read(text));
        }
    }
    answer.extend(singles(&options, id));
    let places = [("vm_id", Value::from(id)), ("current_node", found.node.as_str().into())];
    answer.extend(places.map(|(name, value)| (name.to_owned(), value)));
    answer.insert("node_name".to_owned(), found.node.as_str().into());
    answer.insert("started".to_owned(), found.running.into());
    answer.insert("template".to_owned(), (options.get("template").map(String::as_str) == Some("1")).into());
    answer.extend(found.pool.as_deref().map(|pool| ("pool_id".to_owned(), pool.into())));
    decode(&answer, &Object::new())
}

/// What stands once in a configuration of a machine alone, as an answer has it.
fn singles(current: &Options, id: u64) -> Object {
    let mut answer = Object::new();
    let mut put = |name: &str, value: Option<Value>| answer.extend(value.map(|value| (name.to_owned(), value)));
    put("efi_disk", current.get("efidisk0").map(|text| Value::Map(disk::read(text))));
    put("tpm_state", current.get("tpmstate0").map(|text| Value::Map(tpm_state::read(text))));
    put("tags", current.get("tags").map(|tags| options::list(tags)));
    put("boot_order", current.get("boot").and_then(|boot| boot.strip_prefix("order=")).map(options::list));
    if let Some((slot, volume)) = image(current, id) {
        let store = volume.split(':').next().unwrap_or_default();
        let members = [("datastore_id", store.into()), ("interface", slot.into())];
        put("initialization", Some(Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())));
        put("initialization_image", Some(volume.into()));
    }
    answer
}

/// An option that is a member of an attribute: of `cpu` and `memory` it is the property in front.
fn spread(options: &Options, api: &'static str) -> Option<Value> {
    match api {
        "cputype" => properties::parse(options.get("cpu")?, api).remove(api),
        "memory" => properties::parse(options.get("memory")?, "current").remove("current"),
        _ => options.get(api).map(|text| text.as_str().into()),
    }
}

/// The image of the first settings in a drive's text.
fn image_of(text: &str, id: u64) -> Option<String> {
    let volume = text_of(&cdrom::read(text).remove(disk::BARE)?);
    is_image(&volume, id).then_some(volume)
}

/// A drive, and the volume in it.
pub type Drive = (String, String);

/// The drive with the first settings.
pub fn image(options: &Options, id: u64) -> Option<Drive> {
    let mut drives = options.iter().filter(|(name, text)| disk::is_slot(name) && cdrom::is_cdrom(text));
    drives.find_map(|(name, text)| Some((name.clone(), image_of(text, id)?)))
}

/// The options of a machine, whose current ones keep what the provider does not know. Its first settings are not among
/// them.
pub fn wanted(vm: &Vm, current: &Options) -> Options {
    let object = vm.clone().into_object();
    let mut wanted = LAYOUT.wanted(&object, current, |api, value| gathered(current, api, text_of(value)));
    for (slot, card) in object.get("network_device").and_then(Value::as_map).into_iter().flatten() {
        wanted.insert(slot.clone(), network_device::text(current.get(slot).map(String::as_str), card));
    }
    wanted.extend(drives(vm, current));
    wanted.extend(options::of_tags(vm.tags.as_ref()));
    wanted.extend(vm.boot_order.iter().map(|order| ("boot".to_owned(), format!("order={}", order.join(";")))));
    wanted
}

/// An option of a spread attribute.
fn gathered(current: &Options, api: String, text: String) -> (String, String) {
    if api != "cputype" {
        return (api, text);
    }
    let mut cpu = current.get("cpu").map(|cpu| properties::parse(cpu, &api)).unwrap_or_default();
    cpu.insert(api.clone(), text.into());
    ("cpu".to_owned(), properties::join(&cpu, &api))
}

fn drives(vm: &Vm, current: &Options) -> Options {
    let mut options = Options::new();
    for (slot, disk) in vm.disk.iter().flatten() {
        options.insert(slot.clone(), text_of_disk(disk, current.get(slot)));
    }
    for (slot, drive) in vm.cdrom.iter().flatten() {
        options.insert(slot.clone(), cdrom::text(&drive.file_id));
    }
    let efi = vm.efi_disk.as_ref().map(|disk| ("efidisk0", efi_disk::new(disk)));
    let tpm = vm.tpm_state.as_ref().map(|state| ("tpmstate0", tpm_state::new(state)));
    for (option, new) in [efi, tpm].into_iter().flatten() {
        options.insert(option.to_owned(), current.get(option).cloned().unwrap_or(new));
    }
    options
}

fn text_of_disk(disk: &Disk, current: Option<&String>) -> String {
    match current.filter(|current| !cdrom::is_cdrom(current)) {
        Some(current) => disk::changed(current, disk),
        None => disk::new(disk),
    }
}
