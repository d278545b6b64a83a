//! Addresses of network cards.

use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;

/// An address such as `BC:24:11:57:88:48`, in either case.
#[derive(Clone, Debug)]
pub struct MacAddress(String);

impl FromStr for MacAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let is_byte = |part: &&str| part.len() == 2 && part.bytes().all(|c| c.is_ascii_hexdigit());
        // The last bit of the first byte is that of groups of cards.
        let is_one_card = parts[0].chars().nth(1).is_some_and(|c| "02468aceACE".contains(c));
        match parts.len() == 6 && parts.iter().all(is_byte) && is_one_card {
            true => Ok(MacAddress(text.to_owned())),
            false => Err(format!("`{text}` is no address of one card, such as `BC:24:11:57:88:48`")),
        }
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for MacAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Semantic for MacAddress {}
