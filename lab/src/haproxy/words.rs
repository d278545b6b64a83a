//! The words of a line of HAProxy's configuration.

use std::fmt::Write;

/// A line split at blanks outside of quotes. Quotes and backslashes stay, as the API shows them; a comment at the end is
/// no part of it.
#[must_use]
pub fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => {
                word.push(character);
                word.extend(characters.next());
                continue;
            }
            ('#', None) => break,
            (' ' | '\t', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            ('"' | '\'', None) => quote = Some(character),
            (end, Some(open)) if end == open => quote = None,
            _ => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A time as HAProxy writes it, in milliseconds: `10s`, `500ms`, or a bare number of milliseconds.
#[must_use]
pub fn millis(text: &str) -> Option<i64> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok()?;
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "us" => return Some(number / 1_000),
        _ => return None,
    };
    Some(number * factor)
}

/// Writes one word after another with blanks between them.
#[derive(Debug, Default)]
pub struct Writer(String);

impl Writer {
    /// Starts with these words.
    #[must_use]
    pub fn of(start: &str) -> Self {
        Self(start.to_owned())
    }

    /// Adds a word, unless it is empty.
    pub fn word(&mut self, word: &str) -> &mut Self {
        if !word.is_empty() {
            if !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push_str(word);
        }
        self
    }

    /// Adds a keyword and its value, where there is one.
    pub fn pair(&mut self, keyword: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            write!(self.0, " {keyword} {value}").expect("a text takes everything");
        }
        self
    }

    /// The line.
    #[must_use]
    pub fn line(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_blanks_and_comments_end_a_line() {
        assert_eq!(
            split(r#"  return string "a # b" x\ y 'c d' # e"#),
            ["return", "string", r#""a # b""#, r"x\ y", "'c d'"]
        );
        assert_eq!(split("use_backend %[req.hdr(host),lower,map(/m,be)]  if { ssl_fc }").len(), 6);
        assert_eq!(split("  # all of it"), [""; 0]);
    }

    #[test]
    fn times_have_units() {
        assert_eq!(
            ["2s", "500ms", "10", "1m", "x"].map(millis),
            [Some(2_000), Some(500), Some(10), Some(60_000), None]
        );
    }
}
