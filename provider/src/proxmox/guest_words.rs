//! Words of attributes that machines and containers share.

use tfplugin::prelude::*;

/// Refuses what is no number of a guest (`pve-vmid`).
pub fn guest_id(id: &u64) -> Result<(), String> {
    between(100..=999_999_999)(id)
}

/// Refuses what is no host name (`dns-name`).
pub fn host_name(name: &str) -> Result<(), String> {
    let label = |label: &str| {
        let valid = label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        (1..=63).contains(&label.len()) && valid && !label.starts_with('-') && !label.ends_with('-')
    };
    match name.split('.').all(label) {
        true => Ok(()),
        false => Err("is no host name: letters, digits and `-` in parts with dots between them".to_owned()),
    }
}

/// Refuses what is no tag, or what Proxmox VE would write another way (`pve-tag`).
pub fn tag(tags: &BTreeSet<String>) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+.".contains(c);
    let begins = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match tags.iter().find(|tag| !tag.starts_with(begins) || !tag.chars().all(valid)) {
        Some(tag) => Err(format!("has `{tag}`: a tag has small letters, digits, `_`, `-`, `+` and `.`")),
        None => Ok(()),
    }
}

/// Refuses slots that are not the name with a number below this one.
pub fn numbered<T>(prefix: &'static str, count: u32) -> impl Fn(&BTreeMap<String, T>) -> Result<(), String> {
    move |slots| {
        let is_slot = |slot: &&String| (0..count).any(|number| **slot == format!("{prefix}{number}"));
        match slots.keys().find(|slot| !is_slot(slot)) {
            Some(slot) => Err(format!("has `{slot}`, which is none of `{prefix}0` to `{prefix}{}`", count - 1)),
            None => Ok(()),
        }
    }
}

/// Refuses to make a guest of a template.
pub fn no_longer_template(prior: &bool, planned: &bool) -> Result<(), String> {
    match *prior && !*planned {
        true => Err("cannot be undone: a template stays one; clone it".to_owned()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_hosts() {
        assert!(host_name("web-1.example.com").is_ok());
        for wrong in ["", "-a", "a_b", "a..b"] {
            assert!(host_name(wrong).is_err(), "{wrong}");
        }
    }
}
