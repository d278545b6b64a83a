//! Public keys in PEM.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;

/// A key in PEM as the user spells it. Vault takes the space around it away.
#[derive(Clone, Debug)]
pub struct Pem(String);

impl FromStr for Pem {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (begin, end) = ("-----BEGIN ", "-----END ");
        match text.trim_start().starts_with(begin) && text.contains(end) {
            true => Ok(Pem(text.to_owned())),
            false => Err(format!("the key is not in PEM: it has no `{begin}…` and `{end}…`")),
        }
    }
}

impl PartialEq for Pem {
    fn eq(&self, other: &Self) -> bool {
        self.0.trim() == other.0.trim()
    }
}

impl Eq for Pem {}

impl PartialOrd for Pem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pem {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.trim().cmp(other.0.trim())
    }
}

impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for Pem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_at_the_end_makes_no_difference() {
        let key = |end: &str| format!("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----{end}").parse::<Pem>();
        assert_eq!(key(""), key("\n"));
        assert!("MFkw".parse::<Pem>().is_err());
        assert!("".parse::<Pem>().is_err());
    }
}
