//! Identifiers as OpenBao makes them: UUIDs, tokens and accessors.

use std::hash::{BuildHasher, RandomState};

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 36 characters such as `06c9b00f-7da2-d6a2-2d0e-300035f26e67`.
pub fn uuid() -> String {
    let (high, low) = (random(), random());
    let parts = [high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48];
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", parts[0], parts[1], parts[2], parts[3], low & 0xffff_ffff_ffff)
}

/// 24 letters and digits, the length of a token without its prefix and of its accessor.
pub fn letters() -> String {
    (0..24).map(|_| char::from(LETTERS[(random() % 62) as usize])).collect()
}

/// Accessor of a mount, such as `kv_69f1c2f1`.
pub fn mount_accessor(kind: &str) -> String {
    format!("{kind}_{:08x}", random() >> 32)
}

fn random() -> u64 {
    // Every `RandomState` has keys of its own, which the system's source of randomness seeds.
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_form_of_the_recorded_ones_and_differ() {
        let (one, other) = (uuid(), uuid());
        assert_ne!(one, other);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(letters().len(), 24);
        assert_ne!(letters(), letters());
        assert_eq!(mount_accessor("kv").len(), "kv_69f1c2f1".len());
    }
}
