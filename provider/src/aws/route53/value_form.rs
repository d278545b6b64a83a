//! What the values of a type look like, as far as everybody agrees on it; Route 53 judges the rest.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::record_set::RecordType;
use super::record_value::RecordValue;

/// A part of a value between two spaces.
#[derive(Clone, Copy)]
enum Part {
    Byte,
    Number,
    Name,
    /// Letters and digits.
    Word,
    /// All that follows.
    Rest,
}

/// Refuses values that no record of the type can have.
pub fn values_fit(values: &BTreeSet<RecordValue>, kind: &RecordType) -> Result<(), String> {
    let kind = kind.as_str();
    if ["CNAME", "SOA"].contains(&kind) && values.len() > 1 {
        return Err(format!("has {} values; {kind} has one", values.len()));
    }
    let wrong = values.iter().map(ToString::to_string).find(|value| !fits(value, kind));
    wrong.map_or(Ok(()), |value| Err(format!("holds `{value}`, which is not {}", form(kind))))
}

fn fits(value: &str, kind: &str) -> bool {
    match kind {
        "A" => value.parse::<Ipv4Addr>().is_ok(),
        "AAAA" => value.parse::<Ipv6Addr>().is_ok(),
        "CNAME" | "NS" | "PTR" => has(value, &[Part::Name]),
        "MX" => has(value, &[Part::Number, Part::Name]),
        "SRV" => has(value, &[Part::Number, Part::Number, Part::Number, Part::Name]),
        "CAA" => has(value, &[Part::Byte, Part::Word, Part::Rest]),
        _ => true,
    }
}

fn form(kind: &str) -> &'static str {
    match kind {
        "A" => "an IPv4 address such as `192.0.2.1`",
        "AAAA" => "an IPv6 address such as `2001:db8::1`",
        "MX" => "a priority and a name such as `10 mail.example.com`",
        "SRV" => "a priority, a weight, a port and a name such as `1 10 5269 chat.example.com`",
        "CAA" => "a flag, a tag and a value such as `0 issue \"ca.example.com\"`",
        _ => "a name such as `www.example.com`",
    }
}

fn has(value: &str, parts: &[Part]) -> bool {
    let mut rest = value.trim();
    for part in parts {
        let (word, after) = match part {
            Part::Rest => (rest, ""),
            _ => rest.split_once([' ', '\t']).unwrap_or((rest, "")),
        };
        let right = match part {
            Part::Byte => is_number(word) && word.parse::<u8>().is_ok(),
            Part::Number => is_number(word) && word.parse::<u16>().is_ok(),
            Part::Name | Part::Rest => !word.is_empty(),
            Part::Word => !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        };
        if !right {
            return false;
        }
        rest = after.trim_start();
    }
    rest.is_empty()
}

/// Rust would also take a plus sign.
fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: &str, values: &[&str]) -> Result<(), String> {
        let values = values.iter().map(|value| value.parse().unwrap()).collect();
        values_fit(&values, &kind.parse().unwrap())
    }

    #[test]
    fn what_a_record_can_have_is_taken() {
        for (kind, values) in [
            ("A", &["192.0.2.1", "192.0.2.2"] as &[_]),
            ("AAAA", &["2001:DB8:0::1", "::ffff:192.0.2.1"]),
            ("CNAME", &["_x.acm-validations.aws."]),
            ("MX", &["10 mail.example.com.", "0 ."]),
            ("SRV", &["1 10 5269 chat.example.com", "0  0\t0 ."]),
            ("CAA", &["0 issue \"ca.example.com; policy=ev\"", "0 issuewild \";\""]),
            ("TXT", &["what \"ever\"", "192.0.2.1"]),
            ("SOA", &["ns.example.com. admin.example.com. 1 7200 900 1209600 86400"]),
        ] {
            assert_eq!(judged(kind, values), Ok(()), "{kind}");
        }
    }

    #[test]
    fn what_no_record_can_have_is_refused_with_an_example() {
        for (kind, value) in [
            ("A", "192.0.2.256"),
            ("A", "www.example.com"),
            ("AAAA", "192.0.2.1"),
            ("CNAME", "www.example.com other"),
            ("NS", "10 ns.example.com"),
            ("MX", "mail.example.com"),
            ("MX", "65536 mail.example.com"),
            ("MX", "+10 mail.example.com"),
            ("MX", "10 mail.example.com 20"),
            ("SRV", "10 5269 chat.example.com"),
            ("CAA", "256 issue \"ca.example.com\""),
            ("CAA", "0 issue"),
        ] {
            let refused = judged(kind, &[value]).unwrap_err();
            assert!(refused.starts_with(&format!("holds `{value}`, which is not ")), "{kind}: {refused}");
        }
        let two = judged("CNAME", &["a.example.com", "b.example.com"]);
        assert_eq!(two.unwrap_err(), "has 2 values; CNAME has one");
    }
}
