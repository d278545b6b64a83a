//! Names as Route 53 keeps them, and the order of its listings.

use std::fmt::Write;

/// The name in lower case with a final dot, and with all but letters, digits and `-_.` as octal escapes: a wildcard is
/// kept and answered as `\052.example.com.`.
pub fn canonical(name: &str) -> String {
    let mut kept = String::with_capacity(name.len() + 1);
    let mut bytes = name.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            // An escape that was sent stays one.
            b'\\' if bytes.peek().is_some_and(u8::is_ascii_digit) => kept.push('\\'),
            b'-' | b'_' | b'.' => kept.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => kept.push(char::from(byte.to_ascii_lowercase())),
            _ => drop(write!(kept, "\\{byte:03o}")),
        }
    }
    if !kept.ends_with('.') {
        kept.push('.');
    }
    kept
}

/// Where it stands in a listing, by its labels from the top down: `www.example.com.` is `com.example.www.`. The dot at the
/// end counts, so that `www-2` stands before `www`, as the published sort order says.
pub fn place(name: &str) -> String {
    name.trim_end_matches('.').rsplit('.').fold(String::new(), |place, label| place + label + ".")
}

/// Whether the name is the zone's own or below it.
pub fn lies_within(name: &str, zone: &str) -> bool {
    name == zone || zone == "." || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// What is wrong with the name of a zone. Its wording is unrecorded.
pub fn flaw(name: &str) -> Option<String> {
    let labels = name.trim_end_matches('.').split('.');
    let wrong = |label: &str| label.is_empty() || label.len() > 63;
    (name.len() > 255 || labels.into_iter().any(wrong)).then(|| format!("{name} is not a valid domain name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_one_form() {
        assert_eq!(canonical("*.Example.com"), "\\052.example.com.");
        assert_eq!(canonical("\\052.example.com."), "\\052.example.com.");
        assert_eq!(canonical("_dmarc.a-b.com."), "_dmarc.a-b.com.");
    }

    #[test]
    fn a_zone_holds_what_is_below_it() {
        assert!(lies_within("a.example.com.", "example.com.") && lies_within("example.com.", "example.com."));
        assert!(!lies_within("badexample.com.", "example.com."));
        assert_eq!(place("www.example.com."), "com.example.www.");
        assert!(place("www-2.example.com.") < place("www.example.com."));
        assert_eq!((flaw("example.com."), flaw("a..com").is_some()), (None, true));
    }
}
