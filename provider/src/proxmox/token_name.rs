//! Names of tokens: what the user says, and the number of the issue.

use std::time::{SystemTime, UNIX_EPOCH};

/// Digits of the number of an issue: milliseconds since 1970, from 2001 to 2286.
const DIGITS: usize = 13;

/// Refuses what cannot begin a token's name (`pve-tokenid`).
pub fn beginning(name: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(valid) && name.len() <= 40 {
        true => Ok(()),
        false => Err("must begin with a letter, and may have 40 letters, digits, `-`, `_` and `.`".to_owned()),
    }
}

/// The name of a token that is issued now; of those of one user it is the first with this number.
pub fn numbered(name: &str, now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    format!("{name}-{since}")
}

/// What a numbered name begins with.
pub fn unnumbered(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((name, number)) if number.len() == DIGITS && number.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_issue_is_no_part_of_the_name() {
        let name = numbered("deploy-2", UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_000));
        assert_eq!((name.as_str(), unnumbered(&name)), ("deploy-2-1700000000000", "deploy-2"));
        assert_eq!((unnumbered("deploy"), unnumbered("deploy-2")), ("deploy", "deploy-2"));
    }
}
