//! Names of zones and records: Route 53 answers them in lower case, with a dot at the end and odd characters as octal
//! escapes.

use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;

/// Longest name, and longest part between two dots (RFC 1035, section 2.3.4).
const LONGEST: (usize, usize) = (255, 63);

/// A name as people write it: without the last dot, in lower case, with `*` and not `\052`.
pub fn shown(name: &str) -> String {
    let lower = unescaped(name).to_ascii_lowercase();
    match lower.strip_suffix('.') {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => lower,
    }
}

/// The same as Route 53 keeps it: all but letters, digits, `-`, `_` and dots as octal escapes.
pub fn escaped(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    for byte in shown(name).bytes() {
        match byte {
            // An escape that is there already stays one.
            b'-' | b'_' | b'.' | b'\\' => kept.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => kept.push(char::from(byte)),
            _ => kept += &format!("\\{byte:03o}"),
        }
    }
    kept
}

/// A name as Route 53 is asked for it.
pub fn absolute(name: &str) -> String {
    let shown = shown(name);
    if shown.ends_with('.') { shown } else { format!("{shown}.") }
}

/// The whole name of a record, as people write it. A name that does not lie in the zone and has no dot at its end is one
/// below the zone; an empty one is the zone's own.
pub fn within(name: &str, zone: &str) -> String {
    let (own, zone) = (shown(name), shown(zone));
    let parent = own.strip_suffix(&*zone);
    match parent {
        _ if own.is_empty() => zone,
        Some(below) if below.is_empty() || below.ends_with('.') => own,
        _ if name.ends_with('.') => own,
        _ => format!("{own}.{zone}"),
    }
}

/// Replaces escapes of printable ASCII, such as `\052`; others stay, since nobody could write them otherwise, and so do
/// those of a dot and a backslash, which mean something else as they are.
pub fn unescaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        match octal(&rest.as_bytes()[at + 1..]).filter(|code| code.is_ascii_graphic() && !b".\\".contains(code)) {
            Some(code) => {
                text.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                text.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    text + rest
}

/// The byte that three octal digits at the beginning stand for.
pub fn octal(text: &[u8]) -> Option<u8> {
    let digits = text.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)))?;
    digits.iter().try_fold(0_u8, |byte, digit| byte.checked_mul(8)?.checked_add(digit - b'0'))
}

/// A name as the user spells it.
#[derive(Clone, Debug)]
pub struct RecordName(String);

impl RecordName {
    /// As it is spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecordName {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let name = shown(spelling);
        let labels_fit = || name.split('.').all(|label| !label.is_empty() && label.len() <= LONGEST.1);
        let fits = name.is_empty() || name == "." || (name.len() <= LONGEST.0 && labels_fit());
        match fits && !spelling.contains(char::is_whitespace) {
            true => Ok(RecordName(spelling.to_owned())),
            false => Err(format!("`{spelling}` is not a name such as `www` or `www.example.com`")),
        }
    }
}

/// Refuses a name that is empty, which is none of a zone.
pub fn domain(name: &RecordName) -> Result<(), String> {
    match name.0.is_empty() {
        true => Err("is empty".to_owned()),
        false => Ok(()),
    }
}

impl PartialEq for RecordName {
    fn eq(&self, other: &Self) -> bool {
        shown(&self.0) == shown(&other.0)
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for RecordName {}

/// What an alias points to. `dualstack.` before the name of a load balancer makes no difference to an alias; the console
/// writes it, and others do not.
#[derive(Clone, Debug)]
pub struct AliasName(String);

impl AliasName {
    fn meaning(&self) -> String {
        let shown = shown(&self.0);
        shown.strip_prefix("dualstack.").map(str::to_owned).unwrap_or(shown)
    }
}

impl FromStr for AliasName {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        match spelling.is_empty() {
            true => Err("is empty".to_owned()),
            false => Ok(AliasName(spelling.to_owned())),
        }
    }
}

impl PartialEq for AliasName {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for AliasName {}

/// Id of a zone, with or without the path before it that some answers have.
#[derive(Clone, Debug)]
pub struct ZoneId(String);

impl ZoneId {
    /// The id alone.
    pub fn bare(&self) -> &str {
        bare(&self.0)
    }
}

/// An id without the path before it, such as `/hostedzone/`.
pub fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

impl FromStr for ZoneId {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let id = spelling.strip_prefix("/hostedzone/").unwrap_or(spelling);
        match !id.is_empty() && id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            true => Ok(ZoneId(spelling.to_owned())),
            false => Err(format!("`{spelling}` is not the id of a zone, such as `Z0123456789ABCDEFGHIJ`")),
        }
    }
}

impl PartialEq for ZoneId {
    fn eq(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for ZoneId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_people_write_it() {
        for (name, expected) in [
            ("www.Example.com.", "www.example.com"),
            ("\\052.example.com.", "*.example.com"),
            ("a\\040b.example.com", "a\\040b.example.com"),
            ("example.com", "example.com"),
            (".", "."),
            ("a\\056b.example.com", "a\\056b.example.com"),
            ("a\\05", "a\\05"),
            ("\\+52.example.com", "\\+52.example.com"),
        ] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(absolute("*.Example.com"), "*.example.com.");
        assert_eq!(absolute("."), ".");
        assert_eq!(escaped("*.A_b/c\\040d.Example.com."), "\\052.a_b\\057c\\040d.example.com");
    }

    #[test]
    fn a_name_may_be_whole_or_below_its_zone() {
        for (name, expected) in [
            ("", "example.com"),
            ("Example.com.", "example.com"),
            ("www", "www.example.com"),
            ("a.b", "a.b.example.com"),
            ("www.example.com", "www.example.com"),
            ("badexample.com", "badexample.com.example.com"),
            ("www.example.org.", "www.example.org"),
        ] {
            assert_eq!(within(name, "example.com."), expected, "{name}");
        }
    }

    #[test]
    fn spellings_that_mean_the_same_are_equal() {
        let name = |text: &str| text.parse::<RecordName>().unwrap();
        assert_eq!(name("\\052.Example.com."), name("*.example.com"));
        assert!("a..b".parse::<RecordName>().is_err() && "a b".parse::<RecordName>().is_err());
        let alias = |text: &str| text.parse::<AliasName>().unwrap();
        assert_eq!(alias("dualstack.LB-1.elb.amazonaws.com."), alias("lb-1.elb.amazonaws.com"));
        let zone = |text: &str| text.parse::<ZoneId>().unwrap();
        assert_eq!(zone("/hostedzone/Z1"), zone("Z1"));
        assert!("Z_1".parse::<ZoneId>().is_err() && "/change/C1".parse::<ZoneId>().is_err());
    }
}
