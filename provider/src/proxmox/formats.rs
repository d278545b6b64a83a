//! Texts as Proxmox VE takes them, by the formats that its description names: what is none is refused before it is sent.

use tfplugin::prelude::*;

/// What may stand in most names besides letters and digits.
const MARKS: &str = "-_.";

fn named(text: &str, begins: fn(&char) -> bool, ends: fn(&char) -> bool, marks: &str) -> bool {
    let valid = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    text.chars().next().is_some_and(|c| begins(&c))
        && text.chars().last().is_some_and(|c| ends(&c))
        && text.chars().all(valid)
}

fn demand(fits: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if fits { Ok(()) } else { Err(reason()) }
}

/// Refuses what is no name of a node (`pve-node`).
pub fn node(name: &str) -> Result<(), String> {
    demand(named(name, char::is_ascii_alphanumeric, char::is_ascii_alphanumeric, "-"), || {
        "is no name of a node, such as `pve1`".to_owned()
    })
}

/// Refuses a set in which something is no name of a node.
pub fn nodes(names: &BTreeSet<String>) -> Result<(), String> {
    match names.iter().find(|name| node(name).is_err()) {
        Some(name) => Err(format!("has `{name}`, which is no name of a node, such as `pve1`")),
        None => demand(!names.is_empty(), || "has no elements; omit it for all nodes".to_owned()),
    }
}

/// Refuses what is no name of a storage (`pve-storage-id`).
pub fn storage(name: &str) -> Result<(), String> {
    let fits = named(name, char::is_ascii_alphabetic, char::is_ascii_alphanumeric, MARKS);
    demand(fits && (2..=100).contains(&name.len()), || {
        "is no name of a storage: it begins with a letter, ends with a letter or a digit, and may have `-`, `_` and `.` between"
            .to_owned()
    })
}

/// Refuses what is no volume (`pve-volume-id`).
pub fn volume(text: &str) -> Result<(), String> {
    let fits = text.split_once(':').is_some_and(|(store, name)| storage(store).is_ok() && !name.is_empty());
    demand(fits, || "is no volume, such as `local:iso/debian.iso`".to_owned())
}

/// Refuses what is neither a volume nor a path of the node (`pve-volume-id-or-absolute-path`).
pub fn volume_or_path(text: &str) -> Result<(), String> {
    if text.starts_with('/') { Ok(()) } else { volume(text) }
}

/// Refuses what cannot be in a drive (`pve-volume-id-or-qm-path`).
pub fn drive_content(text: &str) -> Result<(), String> {
    if ["none", "cdrom"].contains(&text) { Ok(()) } else { volume_or_path(text) }
}

/// Refuses what is no name of a bridge (`pve-bridge-id`).
pub fn bridge(name: &str) -> Result<(), String> {
    plain(name).map_err(|_| "is no name of a bridge, such as `vmbr0`".to_owned())
}

/// Refuses what is no name of a role, a group or an interface.
pub fn plain(name: &str) -> Result<(), String> {
    let any: fn(&char) -> bool = |_| true;
    demand(named(name, any, any, MARKS), || "may have letters, digits, `-`, `_` and `.` only".to_owned())
}

/// Refuses a set in which something is no name of a group (`pve-groupid`).
pub fn groups(names: &BTreeSet<String>) -> Result<(), String> {
    match names.iter().find(|name| plain(name).is_err()) {
        Some(name) => Err(format!("has `{name}`, which is no name of a group")),
        None => Ok(()),
    }
}

/// Refuses what is no name of a pool, which may be in two others (`pve-poolid`).
pub fn pool(name: &str) -> Result<(), String> {
    let fits = name.split('/').all(|part| plain(part).is_ok()) && name.split('/').count() <= 3;
    demand(fits, || {
        "is no name of a pool: it may have letters, digits, `-`, `_` and `.`, and `/` twice between pools in each other"
            .to_owned()
    })
}

/// Refuses what is no name of a mapping or a file system (`pve-configid`).
pub fn config_id(name: &str) -> Result<(), String> {
    demand(named(name, char::is_ascii_alphabetic, |_| true, "-_") && name.len() >= 2, || {
        "begins with a letter, and may have letters, digits, `-` and `_`".to_owned()
    })
}

/// Refuses what is no path (`pve-storage-path`).
pub fn path(text: &str) -> Result<(), String> {
    demand(text.starts_with('/'), || "is no path: it must begin with `/`".to_owned())
}

/// Refuses what is neither a name nor an address of a server (`pve-storage-server`).
pub fn server(text: &str) -> Result<(), String> {
    let address = text.parse::<std::net::IpAddr>().is_ok();
    demand(address || named(text, char::is_ascii_alphanumeric, |_| true, "-."), || {
        "is neither a name nor an address of a server; a scheme, a port or a path is no part of it".to_owned()
    })
}

/// Refuses what is no SHA-256 fingerprint of a certificate.
pub fn fingerprint(text: &str) -> Result<(), String> {
    let byte = |part: &str| part.len() == 2 && part.bytes().all(|c| c.is_ascii_hexdigit());
    demand(text.split(':').count() == 32 && text.split(':').all(byte), || {
        "is no SHA-256 fingerprint: 32 pairs of hexadecimal digits with colons between them".to_owned()
    })
}

/// Refuses what is no list of numbers and ranges with `separator` between them.
pub fn ranges(separator: char) -> impl Fn(&str) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().is_ok();
    move |text| {
        let range = |part: &str| part.split_once('-').map_or(number(part), |(from, to)| number(from) && number(to));
        demand(text.split(separator).all(range), || {
            format!("is no list of numbers and ranges such as `0{separator}2-4`")
        })
    }
}

/// Allows these words alone.
pub fn among(words: &'static [&'static str]) -> impl Fn(&str) -> Result<(), String> {
    move |text| {
        demand(words.contains(&text), || {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("is `{text}`, which is none of {}", words.join(", "))
        })
    }
}

/// A number within bounds.
pub fn within(least: f64, most: f64) -> impl Fn(&f64) -> Result<(), String> {
    move |number| demand((least..=most).contains(number), || format!("is {number}; {least} to {most} are allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_what_they_are_mistaken_for() {
        type Check = fn(&str) -> Result<(), String>;
        let checks: [(Check, &str, &str); 9] = [
            (node, "pve-1", "pve_1"),
            (storage, "local-lvm", "1st"),
            (volume, "local:iso/a.iso", "debian"),
            (drive_content, "none", "nothing"),
            (bridge, "vmbr0.7", "vmbr0 "),
            (pool, "ci/web", "ci//web"),
            (config_id, "gpu_1", "1gpu"),
            (server, "fd00::1", "https://a"),
            (path, "/srv", "srv"),
        ];
        for (check, right, wrong) in checks {
            assert_eq!(
                (check(right), check(wrong).is_err(), check("").is_err()),
                (Ok(()), true, true),
                "{right} {wrong}"
            );
        }
        assert!(ranges(',')("0,5,8-11").is_ok() && ranges(',')("0;5").is_err() && ranges(';')("0-a").is_err());
        assert!(among(&["a"])("b").is_err() && within(0.0, 2.0)(&2.5).is_err() && within(0.0, 2.0)(&1.5).is_ok());
        assert!(fingerprint(&["ab"; 32].join(":")).is_ok() && fingerprint(&["ab"; 20].join(":")).is_err());
    }
}
