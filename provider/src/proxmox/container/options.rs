//! Between a container's attributes and its configuration in Proxmox VE, which is a list of options.

use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value};

use super::console::Console;
use super::cpu::Cpu;
use super::dns::Dns;
use super::features::Features;
use super::memory::Memory;
use super::network_interface::NetworkInterface;
use super::operating_system::OperatingSystem;
use super::resource::Container;
use super::{disk, mount_point};
use crate::proxmox::client::text_of;
use crate::proxmox::guests::Found;
use crate::proxmox::options::{self, Layout, Options, Text, put_slot};
use crate::proxmox::startup::Startup;

static LAYOUT: Layout = Layout {
    table: Container::TABLE,
    plain: &["hostname", "description", "unprivileged", "start_on_boot", "protection", "hook_script_file_id"],
    single: &[
        Text { attribute: "features", option: "features", bare: "", fields: Features::FIELDS },
        Text { attribute: "startup", option: "startup", bare: "order", fields: Startup::FIELDS },
    ],
    slots: &[Text { attribute: "network_interface", option: "net", bare: "", fields: NetworkInterface::FIELDS }],
    spread: &[
        ("cpu", Cpu::FIELDS),
        ("memory", Memory::FIELDS),
        ("operating_system", OperatingSystem::FIELDS),
        ("dns", Dns::FIELDS),
        ("console", Console::FIELDS),
    ],
};

/// Where the user set an option: the attribute, and the slot if it has some.
pub fn place_of(option: &str) -> Option<(&'static str, Option<&str>)> {
    match option {
        slot if mount_point::is_slot(slot) => Some(("mount_point", Some(slot))),
        "ostemplate" => Some(("template_file_id", None)),
        "password" => Some(("password_wo", None)),
        "ssh-public-keys" => Some(("ssh_public_keys", None)),
        _ => LAYOUT.place_of(option),
    }
}

/// A container from what was found.
pub fn read(id: u64, found: &Found) -> Result<Container> {
    let mut options = found.options();
    // Each line of the note comes with its end (`PVE::LXC::Config::parse_pct_config`).
    options.entry("description".to_owned()).and_modify(|note| note.truncate(note.trim_end().len()));
    options.retain(|name, text| name != "description" || !text.is_empty());
    let mut answer = LAYOUT.read(&options, member);
    for (slot, text) in options.iter().filter(|(name, _)| mount_point::is_slot(name)) {
        put_slot(&mut answer, "mount_point", slot, mount_point::read(text));
    }
    let flag = |name: &str| Value::from(options.get(name).map(String::as_str) == Some("1"));
    let facts = [
        ("vm_id", Value::from(id)),
        ("node_name", found.node.as_str().into()),
        ("current_node", found.node.as_str().into()),
        ("started", found.running.into()),
        ("template", flag("template")),
        // A privileged one does not say so.
        ("unprivileged", flag("unprivileged")),
    ];
    answer.extend(facts.map(|(name, value)| (name.to_owned(), value)));
    answer.extend(options.get(disk::OPTION).map(|text| ("disk".to_owned(), Value::Map(disk::read(text)))));
    answer.extend(options.get("tags").map(|tags| ("tags".to_owned(), options::list(tags))));
    answer.extend(found.pool.as_deref().map(|pool| ("pool_id".to_owned(), pool.into())));
    decode(&answer, &Object::new())
}

/// An option that is a member of an attribute; of several name servers each is an element.
fn member(options: &Options, api: &'static str) -> Option<Value> {
    let text = options.get(api)?;
    Some(match api {
        "nameserver" => {
            Value::List(text.split([' ', ',', ';']).filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        _ => text.as_str().into(),
    })
}

/// The options of a container, whose current ones keep what the provider does not know.
pub fn wanted(container: &Container, current: &Options) -> Options {
    let object = container.clone().into_object();
    let mut wanted = LAYOUT.wanted(&object, current, |api, value| (api, text(value)));
    let current = |name: &str| current.get(name).map(String::as_str);
    if let Some(disk) = &container.disk {
        wanted.insert(disk::OPTION.to_owned(), disk::text(current(disk::OPTION), disk));
    }
    for (slot, point) in container.mount_point.iter().flatten() {
        wanted.insert(slot.clone(), mount_point::text(current(slot), point));
    }
    wanted.extend(options::of_tags(container.tags.as_ref()));
    wanted
}

/// Several name servers have blanks between them, as Proxmox VE writes them.
fn text(value: &Value) -> String {
    match value {
        Value::List(elements) => elements.iter().map(text_of).collect::<Vec<_>>().join(" "),
        value => text_of(value),
    }
}
