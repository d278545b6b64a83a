//! Sizes: bytes, and spellings with binary units that mean the same.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use tfplugin::prelude::*;
use tfplugin::schema::Semantic;
use tfplugin::value::Value;

/// A number of bytes as the user spells it, such as `10 GiB`, `512MiB` or `10737418240`.
#[derive(Clone, Debug)]
pub struct Size {
    spelling: String,
    /// What it means.
    pub bytes: u64,
}

/// Units with the power of two that they stand for.
const UNITS: [(&str, u32); 7] = [("", 0), ("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50)];

impl FromStr for Size {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let refused = || {
            format!("`{spelling}` is not a size such as `10 GiB` or `10737418240`; units are KiB, MiB, GiB, TiB, PiB")
        };
        let digits = spelling.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(spelling.len());
        let (number, unit) = spelling.split_at(digits);
        let unit = unit.strip_prefix(' ').unwrap_or(unit);
        let (_, power) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << power));
        let bytes = bytes.ok_or_else(refused)?;
        Ok(Size { spelling: spelling.to_owned(), bytes })
    }
}

impl PartialEq for Size {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl PartialOrd for Size {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.bytes.partial_cmp(&other.bytes)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl Semantic for Size {}

/// Refuses nothing at all, where zero would be taken for unlimited or unset.
pub fn some_bytes(size: &Size) -> Result<(), String> {
    match size.bytes {
        0 => Err("is 0; omit it instead".to_owned()),
        _ => Ok(()),
    }
}

/// The body with these sizes as numbers of bytes, as the API takes them.
pub fn in_bytes(mut body: Body, names: &[&'static str]) -> Body {
    for name in names {
        if let Some(value) = body.set.get_mut(name)
            && let Some(size) = value.as_str().and_then(|text| text.parse::<Size>().ok())
        {
            *value = Value::from(size.bytes);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_size_are_equal() {
        let size = |text: &str| text.parse::<Size>();
        for (one, other) in [("10 GiB", "10737418240"), ("1GiB", "1024 MiB"), ("0", "0 B"), ("2 PiB", "2048 TiB")] {
            assert_eq!(size(one).unwrap(), size(other).unwrap(), "{one} and {other}");
        }
        assert!(size("9 GiB").unwrap() < size("10 GiB").unwrap());
    }

    #[test]
    fn what_means_no_number_of_bytes_is_refused() {
        for wrong in ["", "GiB", "10 GB", "10  GiB", "-1", "1.5 GiB", "10 gib", "20000 PiB", " 1"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
