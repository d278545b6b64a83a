//! Values of records: what the user writes, what Route 53 takes, and when two mean the same.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use tfplugin::schema::Semantic;

use super::record_name::octal;

/// Longest of a text's strings, in bytes (RFC 1035, section 3.3).
const LONGEST_STRING: usize = 255;

/// A value as the user spells it.
///
/// - Of a text (TXT, SPF) the quotation marks can be left out; strings count as one text, however it is split.
/// - Addresses can be spelled in any way.
/// - Names at the end, such as in an MX, differ neither by case nor by a dot at their end.
///
/// The value does not know its record's type, so a text without quotation marks that is nothing but a name with a dot is
/// compared as a name; what Route 53 answers has its quotation marks.
#[derive(Clone, Debug)]
pub struct RecordValue(String);

impl RecordValue {
    /// As Route 53 takes it in a record of this type.
    pub fn sent(&self, kind: &str) -> String {
        if !["TXT", "SPF"].contains(&kind) {
            return self.0.clone();
        }
        let quoted = if self.is_quoted() { self.0.clone() } else { format!("\"{}\"", self.0) };
        match strings(&quoted) {
            Some(strings) if quoted.is_ascii() && strings.iter().all(|one| one.len() <= LONGEST_STRING) => quoted,
            _ => quote(&self.text()),
        }
    }

    fn is_quoted(&self) -> bool {
        self.0.len() > 1 && self.0.starts_with('"') && self.0.ends_with('"')
    }

    /// All strings as one.
    fn text(&self) -> Vec<u8> {
        let quoted = if self.is_quoted() { self.0.clone() } else { format!("\"{}\"", self.0) };
        strings(&quoted).map_or_else(|| self.0.as_bytes().to_vec(), |strings| strings.concat())
    }

    /// What is not a text, in one spelling.
    fn plain(&self) -> String {
        if let Ok(address) = self.0.parse::<IpAddr>() {
            return address.to_string();
        }
        let (numbers, name) = self.0.rsplit_once(' ').unwrap_or(("", &self.0));
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*\\".contains(&byte);
        let is_name = name.contains('.') && name.bytes().all(of_name);
        match is_name && numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') {
            true => format!("{numbers} {}", super::record_name::shown(name)),
            false => self.0.clone(),
        }
    }
}

/// The strings of a text, each in quotation marks; `\` stands before a character or its octal number.
fn strings(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (*byte, open) {
            (b'"', _) => {
                open = !open;
                if open {
                    strings.push(Vec::new());
                }
            }
            (b' ' | b'\t', false) => {}
            (_, false) => return None,
            (b'\\', true) => {
                let (byte, length) = match octal(rest) {
                    Some(byte) => (byte, 3),
                    None => (*rest.first()?, 1),
                };
                strings.last_mut()?.push(byte);
                rest = &rest[length..];
            }
            (byte, true) => strings.last_mut()?.push(byte),
        }
    }
    (!open && !strings.is_empty()).then_some(strings)
}

fn quote(text: &[u8]) -> String {
    let quoted = text.chunks(LONGEST_STRING).map(|string| {
        let escaped: String = string.iter().map(|byte| escaped(*byte)).collect();
        format!("\"{escaped}\"")
    });
    let quoted: Vec<String> = quoted.collect();
    if quoted.is_empty() { "\"\"".to_owned() } else { quoted.join(" ") }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    }
}

impl FromStr for RecordValue {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        match spelling.is_empty() {
            true => Err("is empty".to_owned()),
            false => Ok(RecordValue(spelling.to_owned())),
        }
    }
}

impl PartialEq for RecordValue {
    fn eq(&self, other: &Self) -> bool {
        match self.is_quoted() || other.is_quoted() {
            true => self.text() == other.text(),
            false => self.plain() == other.plain(),
        }
    }
}

impl Eq for RecordValue {}

impl PartialOrd for RecordValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RecordValue {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Display for RecordValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for RecordValue {}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> RecordValue {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_that_mean_the_same_are_equal() {
        for (one, other) in [
            ("v=spf1 -all", "\"v=spf1 -all\""),
            ("aaa\"\"bbb", "\"aaa\" \"bbb\""),
            ("\"aaabbb\"", "\"aaa\" \"bbb\""),
            ("say \\\"hi\\\"", "\"say \\\"hi\\\"\""),
            ("grün", "\"gr\\303\\274n\""),
            ("Example.com", "\"Example.com\""),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("www.Example.com.", "www.example.com"),
            ("10 Mail.example.com", "10 mail.example.com."),
            ("1 2 443 a.example.com", "1 2 443 a.example.com."),
        ] {
            assert_eq!(value(one), value(other));
        }
    }

    #[test]
    fn what_differs_is_not_equal() {
        for (one, other) in [
            ("ABC", "abc"),
            ("ABC", "\"abc\""),
            ("\"a b\"", "\"ab\""),
            ("192.0.2.1", "192.0.2.2"),
            ("10 mail.example.com", "20 mail.example.com"),
            ("0 issue \"ca.example.com\"", "0 issue \"CA.example.com\""),
        ] {
            assert_ne!(value(one), value(other));
        }
    }

    #[test]
    fn a_text_is_sent_in_strings_that_fit() {
        assert_eq!(value("v=spf1 -all").sent("TXT"), "\"v=spf1 -all\"");
        assert_eq!(value("\"a\" \"b\"").sent("TXT"), "\"a\" \"b\"");
        assert_eq!(value("aaa\"\"bbb").sent("TXT"), "\"aaa\"\"bbb\"");
        assert_eq!(value("say \"hi").sent("TXT"), "\"say \\\"hi\"");
        assert_eq!(value("grün").sent("TXT"), "\"gr\\303\\274n\"");
        let long = "x".repeat(300);
        assert_eq!(value(&long).sent("TXT"), format!("\"{}\" \"{}\"", "x".repeat(255), "x".repeat(45)));
        assert_eq!(value("10 mail.example.com").sent("MX"), "10 mail.example.com");
    }
}
