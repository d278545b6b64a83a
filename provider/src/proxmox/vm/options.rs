//! Between a machine's attributes and its configuration in Proxmox VE, which is a list of options.

use std::collections::BTreeMap;

use tfplugin::prelude::*;
use tfplugin::schema::{Field, decode};
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
use super::startup::Startup;
use super::usb::Usb;
use super::vga::Vga;
use super::{cdrom, efi_disk, network_device, tpm_state};
use crate::proxmox::client::text_of;
use crate::proxmox::guests::Found;
use crate::proxmox::properties;

/// Options by their names.
pub type Options = BTreeMap<String, String>;

/// An option that is a text of properties.
struct Text {
    attribute: &'static str,
    option: &'static str,
    bare: &'static str,
    fields: &'static [Field],
}

/// Attributes with one option.
const SINGLE: [Text; 5] = [
    Text { attribute: "agent", option: "agent", bare: "enabled", fields: Agent::FIELDS },
    Text { attribute: "vga", option: "vga", bare: "type", fields: Vga::FIELDS },
    Text { attribute: "rng", option: "rng0", bare: "source", fields: Rng::FIELDS },
    Text { attribute: "audio_device", option: "audio0", bare: "", fields: AudioDevice::FIELDS },
    Text { attribute: "startup", option: "startup", bare: "order", fields: Startup::FIELDS },
];

/// Attributes with an option for each slot, which is the name with a number.
const SLOTS: [Text; 3] = [
    Text { attribute: "hostpci", option: "hostpci", bare: "host", fields: HostPci::FIELDS },
    Text { attribute: "usb", option: "usb", bare: "host", fields: Usb::FIELDS },
    Text { attribute: "serial_device", option: "serial", bare: "device", fields: SerialDevice::FIELDS },
];

/// Attributes whose members are options.
const SPREAD: [(&str, &[Field]); 3] =
    [("cpu", Cpu::FIELDS), ("memory", Memory::FIELDS), ("operating_system", OperatingSystem::FIELDS)];

/// Attributes that are options as they stand.
const PLAIN: [&str; 9] = [
    "name",
    "description",
    "on_boot",
    "protection",
    "bios",
    "machine",
    "scsi_hardware",
    "keyboard_layout",
    "tablet_device",
];

/// Whether an option is `prefix` with a number.
fn is_numbered(option: &str, prefix: &str) -> bool {
    let number = option.strip_prefix(prefix).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
}

/// Where the user set an option: the attribute, and the slot if it has some.
pub fn place_of(option: &str) -> Option<(&'static str, Option<&str>)> {
    if disk::is_slot(option) {
        return Some(("disk", Some(option)));
    }
    if is_numbered(option, "net") {
        return Some(("network_device", Some(option)));
    }
    if let Some(slots) = SLOTS.iter().find(|slots| is_numbered(option, slots.option)) {
        return Some((slots.attribute, Some(option)));
    }
    if let Some(single) = SINGLE.iter().find(|single| single.option == option) {
        return Some((single.attribute, None));
    }
    let spread = SPREAD.iter().find(|(_, fields)| fields.iter().any(|field| field.api == option));
    let own = match option {
        "efidisk0" => Some("efi_disk"),
        "tpmstate0" => Some("tpm_state"),
        "boot" => Some("boot_order"),
        "cpu" => Some("cpu"),
        _ => Vm::TABLE.fields.iter().find(|field| field.api == option).map(|field| field.name),
    };
    spread.map(|(attribute, _)| *attribute).or(own).map(|attribute| (attribute, None))
}

/// A machine from what was found.
pub fn read(id: u64, found: &Found) -> Result<Vm> {
    let options: Options = found.config.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
    let mut answer = Object::new();
    let mut slot = |attribute: &str, name: &str, members: Object| {
        let entry = answer.entry(attribute.to_owned()).or_insert_with(|| Value::Map(Object::new()));
        if let Value::Map(slots) = entry {
            slots.insert(name.to_owned(), Value::Map(members));
        }
    };
    for (name, text) in &options {
        if disk::is_slot(name) && !cdrom::is_cdrom(text) {
            slot("disk", name, disk::read(text));
        } else if disk::is_slot(name) && image_of(text, id).is_none() {
            slot("cdrom", name, cdrom::read(text));
        } else if is_numbered(name, "net") {
            slot("network_device", name, network_device::read(text));
        } else if let Some(slots) = SLOTS.iter().find(|slots| is_numbered(name, slots.option)) {
            slot(slots.attribute, name, properties::parse(text, slots.bare));
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

/// What stands once in a configuration, as an answer has it.
fn singles(options: &Options, id: u64) -> Object {
    let mut answer: Object = PLAIN
        .iter()
        .filter_map(|attribute| Vm::TABLE.field(attribute))
        .filter_map(|field| Some((field.read.to_owned(), options.get(field.api)?.as_str().into())))
        .collect();
    let mut put = |name: &str, value: Option<Value>| answer.extend(value.map(|value| (name.to_owned(), value)));
    for single in &SINGLE {
        put(single.attribute, options.get(single.option).map(|text| Value::Map(properties::parse(text, single.bare))));
    }
    for (attribute, option) in [("efi_disk", "efidisk0"), ("tpm_state", "tpmstate0")] {
        put(attribute, options.get(option).map(|text| Value::Map(disk::read(text))));
    }
    for (attribute, fields) in SPREAD {
        let members: Object =
            fields.iter().filter_map(|field| Some((field.read.to_owned(), spread(options, field.api)?))).collect();
        put(attribute, (!members.is_empty()).then_some(Value::Map(members)));
    }
    let list =
        |text: &str| Value::List(text.split([';', ',']).filter(|part| !part.is_empty()).map(Value::from).collect());
    put("tags", options.get("tags").map(|tags| list(tags)));
    put("boot_order", options.get("boot").and_then(|boot| boot.strip_prefix("order=")).map(list));
    if let Some((slot, volume)) = image(options, id) {
        let store = volume.split(':').next().unwrap_or_default();
        let members = [("datastore_id", store.into()), ("interface", slot.into())];
        put("initialization", Some(Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())));
        put("initialization_image", Some(volume.into()));
    }
    answer
}

/// An option that is a member of an attribute: of `cpu` and `memory` it is the property in front.
fn spread(options: &Options, api: &str) -> Option<Value> {
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

/// The drive with the first settings, and the volume in it.
pub fn image(options: &Options, id: u64) -> Option<(&str, String)> {
    let mut drives = options.iter().filter(|(name, text)| disk::is_slot(name) && cdrom::is_cdrom(text));
    drives.find_map(|(name, text)| Some((name.as_str(), image_of(text, id)?)))
}

/// The options of a machine, whose current ones keep what the provider does not know. Its first settings are not among
/// them.
pub fn wanted(vm: &Vm, current: &Options) -> Options {
    let mut options = Options::new();
    let object = vm.clone().into_object();
    let member = |name: &str| object.get(name).filter(|value| !matches!(value, Value::Null | Value::Unknown));
    for field in PLAIN.iter().filter_map(|attribute| Vm::TABLE.field(attribute)) {
        options.extend(
            member(field.name)
                .map(|value| (field.api.to_owned(), text_of(&tfplugin::schema::to_api(&field.kind, value)))),
        );
    }
    for single in &SINGLE {
        options.extend(
            member(single.attribute)
                .map(|value| (single.option.to_owned(), merged(single, current.get(single.option), value))),
        );
    }
    for slots in &SLOTS {
        for (slot, value) in member(slots.attribute).and_then(Value::as_map).into_iter().flatten() {
            options.insert(slot.clone(), merged(slots, current.get(slot), value));
        }
    }
    for (slot, card) in member("network_device").and_then(Value::as_map).into_iter().flatten() {
        options.insert(slot.clone(), network_device::text(current.get(slot).map(String::as_str), card));
    }
    for (attribute, fields) in SPREAD {
        let members = member(attribute).map(|value| properties::of(fields, value)).unwrap_or_default();
        options.extend(members.into_iter().map(|(name, value)| gathered(current, name, text_of(&value))));
    }
    options.extend(drives(vm, current));
    let tags = vm.tags.iter().filter(|tags| !tags.is_empty());
    options.extend(tags.map(|tags| ("tags".to_owned(), tags.iter().cloned().collect::<Vec<_>>().join(";"))));
    options.extend(vm.boot_order.iter().map(|order| ("boot".to_owned(), format!("order={}", order.join(";")))));
    options
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

fn merged(text: &Text, current: Option<&String>, value: &Value) -> String {
    let current = current.map(|current| properties::parse(current, text.bare)).unwrap_or_default();
    properties::join(&properties::merged(current, text.fields, properties::of(text.fields, value)), text.bare)
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
