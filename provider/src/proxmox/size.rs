//! Sizes of disks.

use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;
use tfplugin::value::Object;

use super::client::text_of;

/// A size such as `20G`, `2252M` or `1T`; a number alone counts GiB.
#[derive(Clone, Debug)]
pub struct Size {
    text: String,
    bytes: u64,
}

/// The size in an answer, as a configuration says it: a number alone counts bytes there, where they are no multiple of
/// 1 KiB (`PVE::JSONSchema::format_size`), and what is over is left out. A volume of a container without a limit, or what
/// is mounted from the node, may have `0T`, which is none.
pub fn told(text: &str) -> Option<String> {
    let size = text.parse().map_or_else(|_| text.to_owned(), |bytes: u64| format!("{}K", bytes / 1024));
    size.parse::<Size>().is_ok().then_some(size)
}

/// Puts the size in the properties of an answer as a configuration says it.
pub fn tell(properties: &mut Object) {
    if let Some(size) = properties.remove(SIZE) {
        properties.extend(told(&text_of(&size)).map(|size| (SIZE.to_owned(), size.into())));
    }
}

/// The property of a volume.
const SIZE: &str = "size";

const UNITS: [(char, u32); 4] = [('K', 10), ('M', 20), ('G', 30), ('T', 40)];

impl Size {
    /// Bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// As a new disk's text has it: GiB, with a fraction where it must be.
    pub fn gibibytes(&self) -> String {
        let (whole, rest) = (self.bytes >> 30, self.bytes % (1 << 30));
        match rest {
            0 => whole.to_string(),
            // A size is a multiple of 1 KiB, so that twenty digits would say it exactly; nine do for every disk.
            rest => format!("{whole}.{:09}", (u128::from(rest) * 1_000_000_000).div_ceil(1 << 30))
                .trim_end_matches('0')
                .to_owned(),
        }
    }

    /// As a resize has it.
    pub fn kibibytes(&self) -> String {
        format!("{}K", self.bytes.div_ceil(1024))
    }
}

/// Refuses to make what is in a slot smaller: Proxmox VE cannot, and a new volume would lose what it holds.
pub fn only_grows(slot: &str, before: Option<&Size>, planned: Option<&Size>) -> Result<(), String> {
    match (before, planned) {
        (Some(before), Some(size)) if size.bytes < before.bytes => {
            Err(format!("makes `{slot}` smaller, from {before} to {size}: it can only grow"))
        }
        _ => Ok(()),
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no size such as `20G`, `2252M` or `1T`");
        let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
        let (number, shift) = match unit {
            Some((_, shift)) => (&text[..text.len() - 1], *shift),
            None => (text, 30),
        };
        let number: u64 = number.parse().map_err(|_| refused())?;
        match number.checked_mul(1 << shift) {
            Some(bytes @ 1..) => Ok(Size { text: text.to_owned(), bytes }),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Size {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Semantic for Size {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_unit_in_an_answer_counts_bytes() {
        assert_eq!(told("32G").as_deref(), Some("32G"));
        assert_eq!(told("2147484160").as_deref(), Some("2097152K"), "512 bytes more than 2 GiB");
        assert_eq!((told("0T"), told("0"), told("512")), (None, None, None));
    }

    #[test]
    fn sizes_mean_the_same_in_every_unit() {
        let size = |text: &str| text.parse::<Size>().unwrap();
        assert_eq!(size("20"), size("20G"));
        assert_eq!(size("1T"), size("1024G"));
        assert_eq!(size("2252M").gibibytes(), "2.19921875");
        assert_eq!((size("3G").gibibytes().as_str(), size("3G").kibibytes().as_str()), ("3", "3145728K"));
        for wrong in ["", "0", "G", "1.5G", "20GB", "-1"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
