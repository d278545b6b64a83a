//! Names and paths as IAM allows them, and names that nobody else has.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use time::OffsetDateTime;

/// Characters of what makes a name unique.
const UNIQUE: usize = 26;

/// Counts the names of this process, from a number that no other one begins with.
static COUNT: LazyLock<AtomicU32> = LazyLock::new(|| {
    let start = RandomState::new().hash_one("names");
    AtomicU32::new(u32::try_from(start >> 32).unwrap_or_default())
});

/// A name that nobody else has: the prefix, the time to a tenth of a millisecond, and a number. Such names sort by time.
pub fn unique(prefix: Option<&str>) -> String {
    let (prefix, now) = (prefix.unwrap_or("terraform-"), OffsetDateTime::now_utc());
    let (date, clock) = (now.date(), now.time());
    let day = format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day());
    let time = format!("{:02}{:02}{:02}{:04}", clock.hour(), clock.minute(), clock.second(), clock.microsecond() / 100);
    format!("{prefix}{day}{time}{:08x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A name of at most so many characters.
pub fn name(most: usize) -> impl Fn(&str) -> Result<(), String> {
    move |name| {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
        match (1..=most).contains(&name.chars().count()) && name.chars().all(is_allowed) {
            true => Ok(()),
            false => Err(format!("is `{name}`; it has 1 to {most} letters, digits and characters of `_+=,.@-`")),
        }
    }
}

/// The beginning of a name of at most so many characters.
pub fn prefix(most: usize) -> impl Fn(&str) -> Result<(), String> {
    name(most - UNIQUE)
}

/// A path such as `/teams/core/`.
pub fn path(path: &str) -> Result<(), String> {
    let bounded = path == "/" || (path.starts_with('/') && path.ends_with('/') && !path.contains("//"));
    match bounded && path.len() <= 512 && path.chars().all(|letter| ('!'..='~').contains(&letter)) {
        true => Ok(()),
        false => Err(format!("is `{path}`; a path begins and ends with a slash, such as `/teams/core/`")),
    }
}

/// What a role is for: IAM knows no letters beyond Latin-1, so neither dashes nor quotes of typographers.
pub fn description(text: &str) -> Result<(), String> {
    let is_allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    match (text.chars().find(|letter| !is_allowed(*letter)), text.chars().count()) {
        (Some(letter), _) => Err(format!("holds `{}`, which IAM does not take here", letter.escape_debug())),
        (None, ..=1000) => Ok(()),
        (None, count) => Err(format!("has {count} characters; 0 to 1000 are allowed")),
    }
}

/// The name of an object in AWS, such as `arn:aws:iam::123456789012:role/web`.
pub fn arn(arn: &str) -> Result<(), String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, _, resource]
            if ![partition, service, resource].iter().any(|part| part.is_empty())
                && !arn.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(format!("is `{arn}`, not an ARN such as `arn:aws:iam::123456789012:policy/web`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_comes_twice() {
        let (one, other) = (unique(Some("web-")), unique(Some("web-")));
        assert_ne!(one, other);
        assert!(one.starts_with("web-") && one.len() == "web-".len() + UNIQUE, "{one}");
        assert!(unique(None).starts_with("terraform-20"));
        assert_eq!(name(64)(&one), Ok(()));
    }

    #[test]
    fn what_iam_refuses_is_refused() {
        for wrong in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert!(name(64)(wrong).is_err(), "{wrong}");
        }
        assert!(prefix(64)(&"x".repeat(39)).is_err());
        for (text, allowed) in
            [("/", true), ("/a/b/", true), ("a/", false), ("/a", false), ("//", false), ("/ä/", false)]
        {
            assert_eq!(path(text).is_ok(), allowed, "{text}");
        }
        assert_eq!(description("Für die Website\n(live)"), Ok(()));
        for wrong in ["web \u{2013} live", "\u{201c}web\u{201d}", "\u{1}", &"x".repeat(1001)] {
            assert!(description(wrong).is_err(), "{wrong}");
        }
        assert_eq!(arn("arn:aws:iam::aws:policy/ReadOnlyAccess"), Ok(()));
        assert_eq!(arn("arn:aws-cn:iam::123456789012:role/a/b"), Ok(()));
        for wrong in ["", "web", "arn:aws:iam", "arn::iam::1:role/a", "arn:aws:iam::1:", "arn:aws:iam::1:role/a b"] {
            assert!(arn(wrong).is_err(), "{wrong}");
        }
    }
}
