//! Mistakes of users: each is told when the configuration is looked at, with its path, before anything is asked.

use std::collections::BTreeSet;

use lab::Proxmox;
use tfplugin::harness::resources;

use crate::estate::{document, host};
use crate::proxmox_container::TEMPLATE;

/// What is configured wrongly: the resource, its attributes, where the mistake is and what is said about it.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("vm", "node_name = \"pve_1\"", "node_name", "is no name of a node"),
    ("vm", "node_name = \"pve1\"\n  vm_id = 99", "vm_id", "is 99; 100 to 999999999 are allowed"),
    ("vm", "node_name = \"pve1\"\n  name = \"web_1\"", "name", "is no host name"),
    ("vm", "node_name = \"pve1\"\n  tags = [\"Prod\"]", "tags", "has `Prod`: a tag has small letters"),
    ("vm", "node_name = \"pve1\"\n  description = \"\"", "description", "has 0 characters"),
    ("vm", "node_name = \"pve1\"\n  pool_id = \"my pool\"", "pool_id", "is no name of a pool"),
    ("vm", "node_name = \"pve1\"\n  bios = \"uefi\"", "bios", "`uefi` is not one of `seabios`, `ovmf`"),
    ("vm", "node_name = \"pve1\"\n  machine = \"q36\"", "machine", "is no chipset"),
    (
        "vm",
        "node_name = \"pve1\"\n  boot_order = [\"disk\"]",
        "boot_order",
        "has `disk`, which is no device to boot from",
    ),
    ("vm", "node_name = \"pve1\"\n  boot_order = []", "boot_order", "has no devices"),
    ("vm", "node_name = \"pve1\"\n  boot_order = [\"net0\", \"net0\"]", "boot_order", "has `net0` twice"),
    ("vm", "node_name = \"pve1\"\n  keyboard_layout = \"german\"", "keyboard_layout", "which is none of `de`"),
    ("vm", "node_name = \"pve1\"\n  cpu = { sockets = 5 }", "cpu.sockets", "is 5; 1 to 4 are allowed"),
    ("vm", "node_name = \"pve1\"\n  cpu = { limit = 200 }", "cpu.limit", "is 200; 0 to 128 are allowed"),
    ("vm", "node_name = \"pve1\"\n  cpu = { affinity = \"all\" }", "cpu.affinity", "is no list of numbers and ranges"),
    ("vm", "node_name = \"pve1\"\n  memory = { dedicated = 8 }", "memory.dedicated", "is 8"),
    (
        "vm",
        "node_name = \"pve1\"\n  disk = { scsi31 = { datastore_id = \"local-lvm\", size = \"8G\" } }",
        "disk",
        "has `scsi31`, which is none of",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  disk = { scsi0 = { datastore_id = \"local-lvm\", size = \"8GB\" } }",
        "disk[\"scsi0\"].size",
        "`8GB` is no size such as",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  disk = { scsi0 = { datastore_id = \"local:8\" } }",
        "disk[\"scsi0\"].datastore_id",
        "is no name of a storage",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  disk = { scsi0 = { datastore_id = \"local\", import_from = \"debian.qcow2\" } }",
        "disk[\"scsi0\"].import_from",
        "is no volume",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  cdrom = { ide0 = { file_id = \"debian.iso\" } }",
        "cdrom[\"ide0\"].file_id",
        "is no volume",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  network_device = { eth0 = { bridge = \"vmbr0\" } }",
        "network_device",
        "has `eth0`, which is none of `net0` to `net31`",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  network_device = { net0 = { bridge = \"vmbr 0\" } }",
        "network_device[\"net0\"].bridge",
        "is no name of a bridge",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  network_device = { net0 = { vlan_id = 5000 } }",
        "network_device[\"net0\"].vlan_id",
        "is 5000; 1 to 4094 are allowed",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  network_device = { net0 = { mac_address = \"01:23:45:67:89:ab\" } }",
        "network_device[\"net0\"].mac_address",
        "is no address of one card",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  hostpci = { hostpci0 = {} }",
        "hostpci[\"hostpci0\"]",
        "one of `id`, `mapping` must be set",
    ),
    (
        "vm",
        "node_name = \"pve1\"\n  usb = { usb0 = { host = \"1234\" } }",
        "usb[\"usb0\"].host",
        "is neither a device such as `1234:5678`",
    ),
    ("vm", "node_name = \"pve1\"\n  rng = { source = \"/dev/null\" }", "rng.source", "none of `/dev/urandom`"),
    (
        "vm",
        "node_name = \"pve1\"\n  audio_device = { device = \"ac97\" }",
        "audio_device.device",
        "none of `ich9-intel-hda`",
    ),
    ("vm", "node_name = \"pve1\"\n  vga = { type = \"vnc\" }", "vga.type", "none of `std`"),
    (
        "vm",
        "node_name = \"pve1\"\n  serial_device = { serial0 = { device = \"COM1\" } }",
        "serial_device[\"serial0\"].device",
        "is neither `socket`",
    ),
    ("vm", "node_name = \"pve1\"\n  clone = { vm_id = 9 }", "clone.vm_id", "is 9; 100 to"),
    (
        "vm",
        "node_name = \"pve1\"\n  user_data_wo = \"x\"\n  user_data_wo_version = 1",
        "user_data_wo",
        "needs `initialization`",
    ),
    ("vm", "node_name = \"pve1\"\n  timeouts = { create = \"soon\" }", "timeouts.create", "is not a duration"),
    ("container", "node_name = \"pve1\"\n  hostname = \"web_1\"", "hostname", "is no host name"),
    ("container", "node_name = \"pve1\"\n  template_file_id = \"debian-12\"", "template_file_id", "is no volume"),
    (
        "container",
        "node_name = \"pve1\"\n  mount_point = { mp0 = { datastore_id = \"ceph\", path = \"/srv\" } }",
        "mount_point[\"mp0\"].datastore_id",
        "`datastore_id` needs `size`",
    ),
    (
        "container",
        "node_name = \"pve1\"\n  mount_point = { mp0 = { volume = \"/srv\", path = \"srv\" } }",
        "mount_point[\"mp0\"].path",
        "is no path in the container",
    ),
    (
        "container",
        "node_name = \"pve1\"\n  network_interface = { net0 = { name = \"eth0\", ipv4_address = \"10.0.0.5\" } }",
        "network_interface[\"net0\"].ipv4_address",
        "is no IPv4 address with a prefix",
    ),
    ("container", "node_name = \"pve1\"\n  features = { mount = [] }", "features.mount", "has no elements"),
    ("container", "node_name = \"pve1\"\n  dns = { servers = [\"dns\"] }", "dns.servers", "which is no address"),
    ("pool", "pool_id = \"ci pool\"", "pool_id", "may have letters"),
    (
        "role",
        "role_id = \"PVEWatcher\"\n  privileges = [\"VM.Audit\"]",
        "role_id",
        "is the name of a role of Proxmox VE",
    ),
    ("role", "role_id = \"Watcher\"\n  privileges = [\"audit\"]", "privileges", "has `audit`, which is no privilege"),
    ("acl", "path = \"vms/100\"\n  role_id = \"PVEAuditor\"\n  user_id = \"ci@pve\"", "path", "must begin with `/`"),
    ("acl", "path = \"/\"\n  role_id = \"PVEAuditor\"\n  user_id = \"ci\"", "user_id", "is no user with a realm"),
    ("acl", "path = \"/\"\n  role_id = \"PVEAuditor\"\n  token_id = \"ci@pve\"", "token_id", "is no token such as"),
    (
        "acl",
        "path = \"/\"\n  role_id = \"PVEAuditor\"",
        "user_id",
        "one of `user_id`, `group_id`, `token_id` must be set",
    ),
    ("user", "user_id = \"ci\"", "user_id", "is no user with a realm"),
    ("user", "user_id = \"ci@pve\"\n  email = \"nobody\"", "email", "is no mail address"),
    ("user", "user_id = \"ci@pve\"\n  groups = [\"my group\"]", "groups", "which is no name of a group"),
    ("user", "user_id = \"ci@pve\"\n  expiration_date = \"tomorrow\"", "expiration_date", "is no moment such as"),
    (
        "user",
        "user_id = \"ci@pve\"\n  password_wo = \"short\"\n  password_wo_version = 1",
        "password_wo",
        "has 5 characters",
    ),
    ("user", "user_id = \"ci@pve\"\n  password_wo = \"long-enough\"", "password_wo", "needs `password_wo_version`"),
    (
        "token",
        "user_id = \"ci@pve\"\n  token_name = \"1st\"\n  deliver = { vault_kv = { mount = \"kv\", name = \"ci\", key = \"k\" } }",
        "token_name",
        "must begin with a letter",
    ),
    (
        "storage",
        "id = \"1st\"\n  type = \"nfs\"\n  server = \"10.0.0.7\"\n  export = \"/srv\"",
        "id",
        "is no name of a storage",
    ),
    (
        "storage",
        "id = \"a1\"\n  type = \"nfs\"\n  server = \"nfs://10.0.0.7\"\n  export = \"/srv\"",
        "server",
        "is neither a name nor",
    ),
    ("storage", "id = \"a1\"\n  type = \"nfs\"\n  server = \"10.0.0.7\"\n  export = \"srv\"", "export", "is no path"),
    ("storage", "id = \"a1\"\n  type = \"iscsi\"\n  path = \"/srv\"", "type", "`iscsi` is not one of"),
    ("storage", "id = \"a1\"\n  type = \"dir\"\n  path = \"/srv\"\n  content = [\"isos\"]", "content", "has `isos`"),
    ("storage", "id = \"a1\"\n  type = \"dir\"\n  path = \"/srv\"\n  nodes = []", "nodes", "has no elements"),
    ("storage", "id = \"a1\"\n  type = \"rbd\"\n  pool = \"a\"\n  monhost = []", "monhost", "has no elements"),
    (
        "storage",
        "id = \"a1\"\n  type = \"dir\"\n  path = \"/srv\"\n  backups = { keep_all = true, keep_last = 3 }",
        "backups.keep_last",
        "only one of `keep_all`, `keep_last`",
    ),
    (
        "storage",
        "id = \"a1\"\n  type = \"pbs\"\n  server = \"a\"\n  datastore = \"b\"\n  fingerprint = \"ab:cd\"",
        "fingerprint",
        "is no SHA-256 fingerprint",
    ),
    (
        "download",
        "node_name = \"pve1\"\n  datastore_id = \"local\"\n  content_type = \"iso\"\n  file_name = \"debian.qcow2\"\n  url = \"https://a/b\"",
        "file_name",
        "has none of the ends of `content_type = \"iso\"`: `.iso`, `.img`",
    ),
    (
        "download",
        "node_name = \"pve1\"\n  datastore_id = \"local\"\n  content_type = \"iso\"\n  file_name = \"a.iso\"\n  url = \"ftp://a/b\"",
        "url",
        "begins with neither",
    ),
    (
        "download",
        "node_name = \"pve1\"\n  datastore_id = \"local\"\n  content_type = \"iso\"\n  file_name = \"a.iso\"\n  url = \"https://a/b\"\n  checksum = \"abc\"\n  checksum_algorithm = \"sha256\"",
        "checksum",
        "is no checksum",
    ),
];

#[tokio::test]
async fn every_mistake_is_told_with_its_path() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let mut missed = Vec::new();
    for (kind, lines, path, said) in MISTAKES {
        let made_of = format!("\n  template_file_id = \"{TEMPLATE}\"");
        let more = if *kind == "container" && !lines.contains("template_file_id") { made_of.as_str() } else { "" };
        let text = format!("resource \"substrate_proxmox_{kind}\" \"x\" {{\n  {lines}{more}\n}}\n");
        let report = host.validate(&document(&text)).await.expect("no rule is broken");
        let told = report.messages.iter().any(|message| {
            message.is_error
                && message.attribute == *path
                && message.detail.to_lowercase().contains(&said.to_lowercase())
        });
        if !told {
            missed.push(format!("{kind}: {lines}\n  at {path}: {said}\n  but: {}", report.text()));
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), MISTAKES.len(), missed.join("\n"));
    assert!(lab.requests().is_empty(), "a mistake is no question to a server");
}

#[test]
fn every_resource_has_its_mistakes() {
    let named: BTreeSet<String> = MISTAKES.iter().map(|(kind, ..)| format!("substrate_proxmox_{kind}")).collect();
    let all = resources(&provider::provider()).into_iter().map(|(name, _)| name);
    let all: BTreeSet<String> = all.filter(|name| name.starts_with("substrate_proxmox_")).collect();
    assert_eq!(named, all);
}
