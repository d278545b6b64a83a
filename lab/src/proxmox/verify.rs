//! Whether parameters are what their table says, and the words of `PVE::JSONSchema` where they are not.

use std::collections::BTreeMap;

use crate::proxmox::formats;
use crate::proxmox::parts;
use crate::proxmox::table::{Kind, Parameter};

/// What is said of a parameter that is not in the table.
pub const UNKNOWN: &str = "property is not defined in schema and the schema does not allow additional properties";

/// What is wrong with these values, by name. Truth becomes `0` or `1`, however it was written.
pub fn complaints(known: &[Parameter], values: &mut BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut complaints = BTreeMap::new();
    for (name, value) in values.iter_mut() {
        match known.iter().find(|parameter| parameter.alias.is_none() && parameter.is(name)) {
            None => drop(complaints.insert(name.clone(), UNKNOWN.to_owned())),
            Some(parameter) => {
                if parameter.kind == Kind::Boolean {
                    *value = truth(value).map_or_else(|| value.clone(), |truth| u8::from(truth).to_string());
                }
                if let Err(complaint) = check(parameter, name, value) {
                    complaints.insert(name.clone(), complaint);
                }
            }
        }
    }
    for parameter in known.iter().filter(|parameter| parameter.required && !values.contains_key(parameter.name)) {
        complaints.insert(parameter.name.to_owned(), "property is missing and it is not optional".to_owned());
    }
    let present = known.iter().filter(|parameter| values.contains_key(parameter.name));
    for (parameter, needed) in present.filter_map(|parameter| Some((parameter, parameter.needs?))) {
        if !values.contains_key(needed) {
            let complaint = format!("missing property - '{}' requires this property", parameter.name);
            complaints.insert(needed.to_owned(), complaint);
        }
    }
    complaints
}

fn check(parameter: &Parameter, name: &str, value: &str) -> Result<(), String> {
    kind(parameter.kind, value)?;
    if let Some(parts) = parameter.parts {
        parts::parse(parts, value).map_err(|complaints| {
            let each = complaints.iter().map(|(part, complaint)| format!("{name}.{part}: {complaint}\n"));
            format!("invalid format - format error\n{}", each.collect::<String>())
        })?;
    }
    if let Some(format) = parameter.format {
        formats::check(format, value).map_err(|complaint| format!("invalid format - {complaint}\n"))?;
    }
    if !parameter.words.is_empty() && !parameter.words.contains(&value) {
        let words = parameter.words.join(", ");
        return Err(format!("value '{value}' does not have a value in the enumeration '{words}'"));
    }
    if parameter.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(value)) {
        return Err("value does not match the regex pattern".to_owned());
    }
    limits(parameter, value)
}

fn kind(kind: Kind, value: &str) -> Result<(), String> {
    let (fits, name) = match kind {
        Kind::Text => (true, "string"),
        Kind::Integer => (value.parse::<i64>().is_ok(), "integer"),
        Kind::Number => (value.parse::<f64>().is_ok_and(f64::is_finite), "number"),
        Kind::Boolean => (truth(value).is_some(), "boolean"),
    };
    if fits { Ok(()) } else { Err(format!("type check ('{name}') failed - got '{value}'")) }
}

fn limits(parameter: &Parameter, value: &str) -> Result<(), String> {
    let number = value.parse::<f64>().unwrap_or_default();
    let length = value.chars().count();
    match (parameter.range, parameter.length) {
        ((Some(least), _), _) if number < least => Err(format!("value must have a minimum value of {least}")),
        ((_, Some(most)), _) if number > most => Err(format!("value must have a maximum value of {most}")),
        (_, (Some(least), _)) if length < least => Err(format!("value must be at least {least} characters long")),
        (_, (_, Some(most))) if length > most => Err(format!("value may only be {most} characters long")),
        _ => Ok(()),
    }
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxmox::table::TABLE;

    fn of(verb: &str, path: &str, values: &[(&str, &str)]) -> BTreeMap<String, String> {
        let (method, captured) = TABLE.find(verb, &crate::http::call::segments(path)).unwrap();
        let mut values: BTreeMap<String, String> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        values.extend(captured.into_iter().map(|(name, value)| (name.to_owned(), value)));
        complaints(&method.parameters, &mut values)
    }

    #[test]
    fn complaints_are_those_of_the_recorded_server() {
        let wrong = of("POST", "/pools", &[("bogus", "1"), ("poolid", "pq")]);
        assert_eq!(wrong, BTreeMap::from([("bogus".to_owned(), UNKNOWN.to_owned())]));
        let wrong = of("POST", "/nodes/pve1/qemu", &[("vmid", "5")]);
        assert_eq!(wrong["vmid"], "invalid format - value does not look like a valid VM ID\n");
    }

    #[test]
    fn every_limit_is_checked() {
        for (name, value) in [
            ("cores", "0"),
            ("cores", "two"),
            ("cpulimit", "129"),
            ("onboot", "maybe"),
            ("bios", "efi"),
            ("serial0", "tty"),
            ("ciuser\u{0}", "x"),
            ("scsi31", "local:1"),
            ("scsi0", "local:1,cache=none,tag=3"),
            ("name", "under_score"),
            ("agent", "type=isa"),
            ("machine", "pc-9"),
        ] {
            assert!(of("POST", "/nodes/pve1/qemu", &[("vmid", "100"), (name, value)]).contains_key(name), "{name}");
        }
        assert!(of("POST", "/nodes/pve1/qemu", &[("vmid", "100"), ("onboot", "yes"), ("agent", "1")]).is_empty());
        assert!(of("POST", "/nodes/pve1/qemu", &[]).contains_key("vmid"));
        let short = of("POST", "/access/users", &[("userid", "a@pve"), ("password", "short")]);
        assert_eq!(short["password"], "value must be at least 8 characters long");
        let alone = of("PUT", "/access/roles/r", &[("append", "1")]);
        assert_eq!(alone["privs"], "missing property - 'append' requires this property");
    }
}
