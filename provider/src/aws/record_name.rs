//! Names of records: Route 53 answers them in lower case, with a dot at the end and odd characters as octal escapes.

/// A name as people write it: without the last dot, in lower case, with `*` and not `\052`.
pub fn shown(name: &str) -> String {
    let lower = unescaped(name).to_ascii_lowercase();
    match lower.strip_suffix('.') {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => lower,
    }
}

/// A name as Route 53 is asked for it.
pub fn absolute(name: &str) -> String {
    let shown = shown(name);
    if shown.ends_with('.') { shown } else { format!("{shown}.") }
}

/// Replaces escapes of printable ASCII, such as `\052`; others stay, since nobody could write them otherwise.
fn unescaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code.filter(u8::is_ascii_graphic) {
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
            ("a\\05", "a\\05"),
        ] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(absolute("*.Example.com"), "*.example.com.");
        assert_eq!(absolute("."), ".");
    }
}
