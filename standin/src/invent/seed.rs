//! The hash from which all that is invented comes.

use std::fmt;

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// FNV-1a of 128 bits: the standard library's hash may differ from one release to the next, and states may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seed(u128);

impl Seed {
    /// The hash of a text.
    pub(super) fn new(text: &str) -> Self {
        Seed(OFFSET).then(text)
    }

    /// The hash of what came before and one more text.
    pub(super) fn then(self, text: &str) -> Self {
        // A byte that no text has keeps `a`, `bc` and `ab`, `c` apart.
        let bytes = text.bytes().chain([0xff]);
        Seed(bytes.fold(self.0, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME)))
    }

    /// The first `count` letters of the hash, from this alphabet; at most 25 letters of 32 are independent.
    pub(super) fn letters(self, alphabet: &str, count: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let base = letters.len() as u128;
        let mut rest = self.0;
        let mut text = String::with_capacity(count);
        for _ in 0..count {
            if rest < base {
                rest = Seed(rest).then(&text).0;
            }
            text.push(letters[usize::try_from(rest % base).unwrap_or_default()]);
            rest /= base;
        }
        text
    }

    /// The 16 bytes of the hash.
    pub(super) fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

/// The hash as a version 4 UUID.
impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_on_every_machine() {
        assert_eq!(Seed::new("aws_vpc").then("id").letters("0123456789abcdef", 17), "74b0488160f6684a1");
        assert_ne!(Seed::new("a").then("bc"), Seed::new("ab").then("c"));
        assert_eq!(Seed::new("x").letters("0123456789", 60).len(), 60);
        assert_eq!(Seed::new("x").to_string().len(), 36);
    }
}
