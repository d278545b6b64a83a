//! The formats that parameters have by name, and what is said of a text that is none.
//!
//! The words are those of `PVE::JSONSchema`; the recording has those for users, privileges, guests and ids.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use crate::proxmox::privileges::PRIVILEGES;

/// Contents that a storage can have.
pub const CONTENTS: &[&str] = &["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];

/// Name, pattern of the whole text, and the complaint, with `{}` for the text.
const PATTERNS: &[(&str, &str, &str)] = &[
    ("disk-key", "ide[0-3]|sata[0-5]|scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5])|efidisk0|tpmstate0", NO_WORD),
    (
        "disk-or-unused-key",
        "ide[0-3]|sata[0-5]|scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5])|efidisk0|tpmstate0|unused([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])",
        NO_WORD,
    ),
    ("disk-size", r"\d+(\.\d+)?[KMGT]?", "value does not look like a valid disk size: {}"),
    (
        "dns-name",
        r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
        "value does not look like a valid DNS name",
    ),
    ("email-opt", r"|[\w+'~.-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*", "value does not look like a valid email address"),
    (
        "mac-addr",
        "[a-fA-F0-9][02468aceACE](:[a-fA-F0-9]{2}){5}",
        "value does not look like a valid unicast MAC address",
    ),
    ("mount-key", "rootfs|mp([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])", NO_WORD),
    ("pve-bridge-id", "[-_.A-Za-z0-9]+", "invalid bridge ID '{}'"),
    ("pve-configid", "[A-Za-z][A-Za-z0-9_-]+", "invalid configuration ID '{}'"),
    ("pve-cpuset", r"\d+(-\d+)?(,\d+(-\d+)?)*", "unable to parse cpu-set"),
    ("pve-ct-timezone", "host|[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", "invalid time zone '{}'"),
    ("pve-dir-override", "[a-z]+=[^,]+", "invalid override '{}'"),
    ("pve-groupid", "[A-Za-z0-9._-]+", "group name '{}' contains invalid characters"),
    (
        "pve-hotplug-features",
        "0|1|(network|disk|cpu|memory|usb|cloudinit)([,;](network|disk|cpu|memory|usb|cloudinit))*",
        "unable to parse hotplug option",
    ),
    ("pve-lxc-dev-string", "/dev/.+", "{} has to start with /dev/"),
    ("pve-lxc-mp-string", r"/.*|[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]:.+", "unable to parse '{}'"),
    ("pve-node", "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?", "value does not look like a valid node name"),
    ("pve-poolid", r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}", "pool name '{}' contains invalid characters"),
    ("pve-qm-bootdisk", r"(ide|sata|scsi|virtio)\d+", "invalid boot disk '{}'"),
    ("pve-realm", r"[A-Za-z][A-Za-z0-9.\-_]+", "value '{}' does not look like a valid realm"),
    ("pve-roleid", "[A-Za-z0-9._-]+", "role name '{}' contains invalid characters"),
    (
        "pve-startup-order",
        r"((order=)?\d+|(up|down)=\d+)(,(order=\d+|(up|down)=\d+))*",
        "unable to parse startup options",
    ),
    ("pve-storage-id", r"[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]", "storage ID '{}' contains illegal characters"),
    ("pve-storage-options", r"[a-zA-Z0-9\-_=.:@]+(,[a-zA-Z0-9\-_=.:@]+)*", "invalid options"),
    ("pve-storage-path", "/.*", "value '{}' does not look like a valid path"),
    (
        "pve-storage-portal-dns",
        r"(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:]+|[a-zA-Z0-9.-]+)(:\d+)?",
        "value does not look like a valid portal address",
    ),
    ("pve-storage-server", r"[0-9a-fA-F:.]+|[a-zA-Z0-9][a-zA-Z0-9.-]*", "value does not look like a valid server name"),
    ("pve-storage-vgname", "[A-Za-z0-9.+_][A-Za-z0-9.+_-]*", "lvm volume group name '{}' contains illegal characters"),
    ("pve-tag", "[A-Za-z0-9_][A-Za-z0-9_+.-]*", "invalid characters in tag"),
    ("pve-task-status-type", "unknown|ok|warning|error", "invalid status '{}'"),
    (
        "pve-tokenid",
        r"[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+",
        "value '{}' does not look like a valid token ID",
    ),
    ("pve-userid", r"[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+", "value '{}' does not look like a valid user name"),
    ("pve-vmid", "[1-9][0-9]{2,8}", "value does not look like a valid VM ID"),
    ("pve-volume-id", r"[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]:.+", "unable to parse volume ID '{}'"),
    ("pve-volume-id-or-absolute-path", r"/.+|[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]:.+", "unable to parse volume ID '{}'"),
    (
        "pve-volume-id-or-qm-path",
        r"none|cdrom|/.+|[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]:.+",
        "unable to parse volume ID '{}'",
    ),
    (
        "storage-pair",
        r"1|[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9](:[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9])?",
        "unable to parse storage map entry '{}'",
    ),
    ("urlencoded", "[-%a-zA-Z0-9_.!~*'()]*", "value is not a valid urlencoded string"),
    (
        "volume-key",
        "rootfs|mp([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])|unused([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])",
        NO_WORD,
    ),
];

const NO_WORD: &str = "value '{}' does not have a value in the enumeration";

static COMPILED: LazyLock<BTreeMap<&str, (Regex, &str)>> = LazyLock::new(|| {
    let compiled = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).expect("a pattern is valid");
    PATTERNS.iter().map(|(name, pattern, complaint)| (*name, (compiled(pattern), *complaint))).collect()
});

/// Complains of a text that does not have the format; of a list, about its first element that has not.
///
/// # Panics
///
/// There is no format of this name.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    if let Some(of) = format.strip_suffix("-list") {
        return elements(text).try_for_each(|element| check(of, element));
    }
    if let Some((pattern, complaint)) = COMPILED.get(format) {
        return demand(pattern.is_match(text), || complaint.replace("{}", text));
    }
    match format {
        "CIDR" => demand(is_network(text), || "value does not look like a valid CIDR network".to_owned()),
        "address" | "lxc-ip-with-ll-iface" => {
            let bare = text.split('%').next().unwrap_or_default();
            let named = format == "address" && check("dns-name", text).is_ok();
            let fits = bare.parse::<IpAddr>().is_ok() || text == "host" || named;
            demand(fits, || format!("value does not look like a valid IP address: {text}"))
        }
        "ipv4" => demand(text.parse::<Ipv4Addr>().is_ok(), || "value is not a valid IPv4 address".to_owned()),
        "ipv6" => demand(text.parse::<Ipv6Addr>().is_ok(), || "value is not a valid IPv6 address".to_owned()),
        "pve-ipv4-config" => {
            let fits = ["dhcp", "manual"].contains(&text) || (is_network(text) && text.contains('.'));
            demand(fits, || "value is not a valid IPv4 network configuration".to_owned())
        }
        "pve-ipv6-config" => {
            let fits = ["auto", "dhcp", "manual"].contains(&text) || (is_network(text) && text.contains(':'));
            demand(fits, || "value is not a valid IPv6 network configuration".to_owned())
        }
        "pve-priv" => demand(PRIVILEGES.contains(&text), || format!("invalid privilege '{text}'")),
        "pve-storage-content" => demand(CONTENTS.contains(&text), || format!("invalid content type '{text}'")),
        other => panic!("the table has a format `{other}` that is not known here"),
    }
}

/// The elements of a list, which commas, semicolons and blanks divide.
pub fn elements(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\0', '\n', '\t']).filter(|element| !element.is_empty())
}

fn demand(fits: bool, complaint: impl FnOnce() -> String) -> Result<(), String> {
    if fits { Ok(()) } else { Err(complaint()) }
}

fn is_network(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxmox::table::TABLE;

    #[test]
    fn every_format_of_the_table_is_known() {
        let methods = TABLE.methods().iter().flat_map(|method| &method.parameters);
        let parts = methods.clone().filter_map(|parameter| parameter.parts).flat_map(|name| TABLE.parts(name));
        for format in methods.chain(parts).filter_map(|parameter| parameter.format) {
            check(format, "a1").ok();
        }
    }

    #[test]
    fn complaints_are_those_of_the_recorded_server() {
        for (format, text, complaint) in [
            ("pve-userid", "bad user", "value 'bad user' does not look like a valid user name"),
            ("pve-priv-list", "VM.Audit,Nope", "invalid privilege 'Nope'"),
            ("pve-vmid", "5", "value does not look like a valid VM ID"),
            ("pve-configid", "x", "invalid configuration ID 'x'"),
        ] {
            assert_eq!(check(format, text), Err(complaint.to_owned()));
        }
    }

    #[test]
    fn addresses_and_lists_are_what_they_say() {
        for (format, text) in [
            ("pve-ipv4-config", "192.0.2.1/24"),
            ("pve-ipv6-config", "auto"),
            ("CIDR", "2001:db8::/64"),
            ("address-list", "192.0.2.1 2001:db8::1"),
            ("pve-tag-list", "a;b-c"),
            ("pve-startup-order", "order=2,up=30,down=60"),
        ] {
            assert_eq!(check(format, text), Ok(()), "{format} {text}");
        }
        for (format, text) in [
            ("pve-ipv4-config", "192.0.2.1"),
            ("CIDR", "192.0.2.0/33"),
            ("mac-addr", "01:00:00:00:00:00"),
            ("pve-tag-list", "a;ü"),
            ("disk-key", "scsi31"),
        ] {
            assert!(check(format, text).is_err(), "{format} {text}");
        }
    }
}
