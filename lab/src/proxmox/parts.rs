//! Texts made of parts, such as `virtio=BC:24:11:00:00:01,bridge=vmbr0`.

use std::collections::BTreeMap;

use crate::proxmox::table::{Parameter, TABLE};
use crate::proxmox::verify;

/// Parts by name.
pub type Parts = BTreeMap<String, String>;

/// Takes a text apart, and complains as `PVE::JSONSchema::parse_property_string` does.
pub fn parse(name: &str, text: &str) -> Result<Parts, Vec<(String, String)>> {
    let known = TABLE.parts(name);
    let mut parts = Parts::new();
    let mut complaints = Vec::new();
    for piece in text.split(',').filter(|piece| !piece.trim().is_empty()) {
        if let Err(complaint) = place(known, piece.trim(), &mut parts) {
            complaints.push(complaint);
        }
    }
    if complaints.is_empty() {
        complaints = verify::complaints(known, &mut parts).into_iter().collect();
    }
    if complaints.is_empty() { Ok(parts) } else { Err(complaints) }
}

/// The parts of a text that was checked before.
///
/// # Panics
///
/// The text does not have these parts.
pub fn known(name: &str, text: &str) -> Parts {
    parse(name, text).unwrap_or_else(|complaints| panic!("{name} `{text}`: {complaints:?}"))
}

fn place(known: &[Parameter], piece: &str, parts: &mut Parts) -> Result<(), (String, String)> {
    let first = || known.iter().find(|part| part.first).map(|part| part.name);
    let (name, value) = match piece.split_once('=') {
        Some((name, value)) if known.iter().any(|part| part.name == name) => (name, value),
        Some((name, _)) if !name.contains([':', '/']) => return Err((name.to_owned(), verify::UNKNOWN.to_owned())),
        _ => match first() {
            Some(name) => (name, piece),
            None => {
                let complaint = "value without key, but schema does not define a default key";
                return Err((piece.to_owned(), complaint.to_owned()));
            }
        },
    };
    let part = known.iter().find(|part| part.name == name);
    let aliased = part.and_then(|part| part.alias).unwrap_or(name);
    if let Some(named) = part.and_then(|part| part.names) {
        put(parts, named, name)?;
    }
    put(parts, aliased, value)
}

fn put(parts: &mut Parts, name: &str, value: &str) -> Result<(), (String, String)> {
    match parts.insert(name.to_owned(), value.to_owned()) {
        None => Ok(()),
        Some(_) => Err((name.to_owned(), format!("duplicate key in comma-separated list property: {name}"))),
    }
}

/// Puts parts together: the one that needs no name first, the others by name.
pub fn print(name: &str, parts: &Parts) -> String {
    let first = TABLE.parts(name).iter().find(|part| part.first).map(|part| part.name);
    let mut pieces: Vec<String> = Vec::new();
    match (first, parts.get("model"), parts.get("macaddr")) {
        (Some("model"), Some(model), Some(address)) => pieces.push(format!("{model}={address}")),
        (Some(first), ..) => pieces.extend(parts.get(first).cloned()),
        // What a container's network is called stands first, though it has its name.
        (None, ..) if name == "lxc-net" => pieces.extend(parts.get("name").map(|value| format!("name={value}"))),
        (None, ..) => {}
    }
    let stands_first = |part: &str| {
        Some(part) == first || (first == Some("model") && part == "macaddr") || (name == "lxc-net" && part == "name")
    };
    let rest = parts.iter().filter(|(part, _)| !stands_first(part));
    pieces.extend(rest.map(|(part, value)| format!("{part}={value}")));
    pieces.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_device_is_printed_as_it_was_recorded() {
        let mut parts = parse("net", "virtio,bridge=vmbr0").unwrap();
        parts.insert("macaddr".to_owned(), "BC:24:11:57:88:48".to_owned());
        assert_eq!(print("net", &parts), "virtio=BC:24:11:57:88:48,bridge=vmbr0");
        assert_eq!(parse("net", "virtio=BC:24:11:57:88:48,bridge=vmbr0"), Ok(parts));
        let parts = parse("lxc-net", "name=eth0,type=veth,bridge=vmbr0,hwaddr=BC:24:11:8F:70:BE,ip=dhcp").unwrap();
        assert_eq!(print("lxc-net", &parts), "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:8F:70:BE,ip=dhcp,type=veth");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let complaint = |name, text| parse(name, text).unwrap_err().remove(0);
        assert_eq!(complaint("net", "bridge=vmbr0").0, "model");
        assert_eq!(complaint("net", "virtio,nope=1"), ("nope".to_owned(), verify::UNKNOWN.to_owned()));
        assert_eq!(complaint("net", "virtio,tag=5000").0, "tag");
        assert_eq!(complaint("scsi", "local:1,local:2").0, "file");
        assert_eq!(complaint("ipconfig", "gw=192.0.2.1").0, "ip");
    }
}
