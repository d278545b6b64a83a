//! The syntax of values, for the types where it is most often wrong.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What is wrong with a value of this type, as Route 53 words it.
///
/// Texts about addresses and character strings are published; those about the number of fields are unrecorded.
pub fn flaw(kind: &str, value: &str) -> Option<String> {
    let problem = match kind {
        "A" if value.parse::<Ipv4Addr>().is_err() => "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
        "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
            "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
        }
        "TXT" | "SPF" => character_strings(value)?,
        "MX" if !has_fields(value, 2) => "MXRRDATANotTwoFields (MX record doesn't have 2 fields)",
        "SRV" if !has_fields(value, 4) => "SRVRRDATANotFourFields (SRV record doesn't have 4 fields)",
        "CAA" if value.split_whitespace().count() < 3 => "CAARRDATANotThreeFields (CAA record doesn't have 3 fields)",
        "CNAME" | "NS" | "PTR" if !has_fields(value, 1) => "DomainNameEmpty (Value is not a domain name)",
        _ => return None,
    };
    Some(format!("Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"))
}

fn has_fields(value: &str, count: usize) -> bool {
    value.split_whitespace().count() == count
}

/// Strings of up to 255 characters, each in quotation marks; a backslash takes the meaning of what follows.
fn character_strings(value: &str) -> Option<&'static str> {
    const UNQUOTED: &str = "InvalidCharacterString (Value should be enclosed in quotation marks)";
    let (mut quoted, mut length, mut strings) = (false, 0, 0);
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                quoted = !quoted;
                strings += usize::from(quoted);
                length = 0;
            }
            _ if !quoted && !letter.is_whitespace() => return Some(UNQUOTED),
            '\\' => {
                letters.next();
                length += 1;
            }
            _ => length += 1,
        }
        if length > 255 {
            return Some("CharacterStringTooLong (Value is too long)");
        }
    }
    (quoted || strings == 0).then_some(UNQUOTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_by_type() {
        let long = format!("\"{}\"", "x".repeat(256));
        for (kind, value, problem) in [
            ("A", "1.2.3.4", None),
            ("A", "1.2.3", Some("ARRDATAIllegalIPv4Address")),
            ("AAAA", "1.2.3.4", Some("AAAARRDATAIllegalIPv6Address")),
            ("TXT", "\"v=spf1 -all\" \"a\\\"b\"", None),
            ("TXT", "v=spf1 -all", Some("InvalidCharacterString")),
            ("TXT", "\"open", Some("InvalidCharacterString")),
            ("TXT", &long, Some("CharacterStringTooLong")),
            ("MX", "10 mail.example.com", None),
            ("MX", "mail.example.com", Some("MXRRDATANotTwoFields")),
            ("SRV", "1 2 3", Some("SRVRRDATANotFourFields")),
            ("CNAME", "a.example.com", None),
        ] {
            match (flaw(kind, value), problem) {
                (None, None) => {}
                (Some(found), Some(problem)) => assert!(found.contains(problem), "{found}"),
                other => panic!("{kind} {value}: {other:?}"),
            }
        }
    }
}
