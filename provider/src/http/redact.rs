//! Redaction: the one place where secrets are taken out of foreign text.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const REDACTED: &str = "(redacted)";

/// Shorter secrets occur in ordinary words, so only a whole word is taken for one.
const SHORTEST_FRAGMENT: usize = 4;

/// A line of this length within a secret of several lines, such as a key, is a secret by itself.
const SHORTEST_LINE: usize = 16;

/// Characters that some encoders leave alone and others do not; each choice is a form of its own.
const ALL: &AsciiSet = NON_ALPHANUMERIC;
const COMPONENT: &AsciiSet = &ALL
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
const UNRESERVED: &AsciiSet = &ALL.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const FORM: &AsciiSet = &ALL.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');

/// Takes known secrets out of text, also where they are escaped or encoded.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that no secret hides a longer one that contains it.
    fragments: Vec<String>,
    words: Vec<String>,
    members: &'static [&'static str],
}

impl Redactor {
    /// A redactor of these secrets.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Redactor::default().with(secrets)
    }

    /// This redactor with more secrets.
    #[must_use]
    pub fn with<S: AsRef<str>>(mut self, secrets: impl IntoIterator<Item = S>) -> Self {
        for secret in secrets {
            let secret = secret.as_ref();
            let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != secret);
            for form in forms(secret).into_iter().chain(lines.flat_map(forms)) {
                match form.chars().count() {
                    0 => {}
                    count if count < SHORTEST_FRAGMENT => self.words.push(form),
                    _ => self.fragments.push(form),
                }
            }
        }
        for list in [&mut self.fragments, &mut self.words] {
            list.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            list.dedup();
        }
        self
    }

    /// This redactor for an API that answers with secrets which nobody sent, as the texts of these members of JSON.
    #[must_use]
    pub fn hiding(mut self, members: &'static [&'static str]) -> Self {
        self.members = members;
        self
    }

    /// The text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        let mut text = self.members.iter().fold(text.to_owned(), |text, member| hide_member(&text, member));
        for fragment in &self.fragments {
            if text.contains(fragment.as_str()) {
                text = text.replace(fragment.as_str(), REDACTED);
            }
        }
        for word in &self.words {
            text = replace_word(&text, word);
        }
        self.redact_cut_end(text)
    }

    /// The start of the text without the secrets, on one line.
    pub fn excerpt(&self, text: &str) -> String {
        const LENGTH: usize = 200;
        let text = self.redact(text).split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(LENGTH) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// A truncated answer may end in the middle of a secret.
    fn redact_cut_end(&self, mut text: String) -> String {
        let cut = self.fragments.iter().filter_map(|fragment| {
            let prefixes = fragment.char_indices().map(|(end, _)| &fragment[..end]).skip(SHORTEST_FRAGMENT);
            prefixes.filter(|prefix| text.ends_with(prefix)).map(str::len).max()
        });
        if let Some(length) = cut.max() {
            text.truncate(text.len() - length);
            text.push_str(REDACTED);
        }
        text
    }
}

/// Works on text that is no JSON as a whole, such as an answer that was cut.
fn hide_member(text: &str, member: &str) -> String {
    let name = format!("\"{member}\"");
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&name) {
        let after = &rest[at + name.len()..];
        let value = after.trim_start().strip_prefix(':').and_then(|after| after.trim_start().strip_prefix('"'));
        let Some(value) = value else {
            hidden.push_str(&rest[..rest.len() - after.len()]);
            rest = after;
            continue;
        };
        hidden.push_str(&rest[..rest.len() - value.len()]);
        hidden.push_str(REDACTED);
        rest = &value[string_length(value)..];
    }
    hidden + rest
}

/// How long the rest of a string of JSON is, up to its closing quote.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// How a secret may be written in a URL, a form, JSON or a header.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let mut forms = vec![
        secret.to_owned(),
        json.replace('/', "\\/"),
        html_safe(&json),
        ascii(&html_safe(&json)),
        ascii(&json),
        json,
    ];
    for set in [ALL, COMPONENT, UNRESERVED, FORM] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        forms.push(lower_hex(&encoded));
        forms.push(encoded.replace(' ', "+"));
    }
    forms.extend(base64_forms(secret));
    forms
}

/// Go and Rails write these three characters of a JSON string as escapes.
fn html_safe(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Python writes JSON in ASCII.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            text.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

fn lower_hex(encoded: &str) -> String {
    let mut hex = 0;
    let lower = |character: char| {
        hex = if character == '%' { 2 } else { i32::max(hex - 1, -1) };
        if hex >= 0 { character.to_ascii_lowercase() } else { character }
    };
    encoded.replace(' ', "+").chars().map(lower).collect()
}

/// The secret in base64, also inside of longer text such as `user:secret`, where it begins at one of three offsets.
fn base64_forms(secret: &str) -> Vec<String> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;

    let mut forms = vec![engine.encode(secret)];
    for offset in 0..3 {
        let shifted = [&[0; 2][..offset], secret.as_bytes()].concat();
        let bits = shifted.len() * 8;
        // Only characters that hold no bit of the neighbours are the same in every context.
        let inner = engine.encode(&shifted).get((offset * 8).div_ceil(6)..bits / 6).unwrap_or_default().to_owned();
        if inner.len() >= 2 * SHORTEST_FRAGMENT {
            forms.push(inner);
        }
    }
    let url_safe: Vec<_> = forms.iter().map(|form| form.replace('+', "-").replace('/', "_")).collect();
    forms.extend(url_safe);
    forms
}

fn replace_word(text: &str, word: &str) -> String {
    let inside = |character: char| character.is_alphanumeric() || character == '_';
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(word) {
        let end = start + word.len();
        let before = rest[..start].chars().next_back().or_else(|| result.chars().next_back());
        let whole = !before.is_some_and(inside) && !rest[end..].chars().next().is_some_and(inside);
        result.push_str(&rest[..start]);
        result.push_str(if whole { REDACTED } else { word });
        rest = &rest[end..];
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const SECRET: &str = "p@ss \"w<rd>/ä&x\n2";

    #[test]
    fn a_secret_member_is_hidden_also_where_the_text_is_no_json() {
        let redactor = Redactor::default().hiding(&["value"]);
        for (text, shown) in [
            (r#"{"key":"A","value":"s\"ecret","x":1}"#, r#"{"key":"A","value":"(redacted)","x":1}"#),
            (
                r#"[{"value" : "one"},{"value":null},{"value":["too long"]}]"#,
                "[{\"value\" : \"(redacted)\"},{\"value\":null},{\"value\":[\"too long\"]}]",
            ),
            (r#"{"value":"cut of"#, r#"{"value":"(redacted)"#),
            (r#"{"key":"value"}"#, r#"{"key":"value"}"#),
        ] {
            assert_eq!(redactor.redact(text), shown);
        }
    }

    #[test]
    fn every_form_of_a_secret_is_found() {
        let redactor = Redactor::new([SECRET]);
        let json = serde_json::json!({ "value": SECRET }).to_string();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let texts = [
            SECRET.to_owned(),
            json.clone(),
            json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
            json.replace('ä', "\\u00e4"),
            json.replace('/', "\\/"),
            form.append_pair("value", SECRET).finish(),
            crate::path!("a" / SECRET).as_str().to_owned(),
            crate::path!("a" / SECRET).as_str().to_ascii_lowercase(),
            STANDARD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(SECRET),
        ];
        for text in texts {
            let text = format!("got {text} here");
            let redacted = redactor.redact(&text);
            assert!(redacted.contains(REDACTED), "{text}");
            assert!(!redacted.contains("w<rd") && !redacted.contains("rd%3"), "{redacted}");
            assert!(redacted.starts_with("got ") && redacted.ends_with(" here"), "{redacted}");
        }
    }

    #[test]
    fn base64_of_longer_text_is_found() {
        let redactor = Redactor::new(["correct-horse"]);
        for user in ["a", "ab", "abc", "root@pam!"] {
            let redacted = redactor.redact(&STANDARD.encode(format!("{user}:correct-horse:x")));
            assert!(redacted.contains(REDACTED), "{redacted}");
        }
    }

    #[test]
    fn a_short_secret_is_a_whole_word() {
        let redactor = Redactor::new(["abc", ""]);
        assert_eq!(
            redactor.redact(r#"{"pin":"abc","abc":"xabc abcd abc_ abc"}"#),
            r#"{"pin":"(redacted)","(redacted)":"xabc abcd abc_ (redacted)"}"#
        );
    }

    #[test]
    fn a_cut_secret_at_the_end_is_taken_out() {
        let redactor = Redactor::new(["glpat-0123456789"]);
        assert_eq!(redactor.redact(r#"{"token":"glpat-01234"#), r#"{"token":"(redacted)"#);
        assert_eq!(redactor.redact("no glp"), "no glp");
    }

    #[test]
    fn a_line_of_a_key_is_a_secret() {
        let redactor = Redactor::new(["-----BEGIN KEY-----\nMIIEvgIBADANBgkqhkiG\n-----END KEY-----\n"]);
        assert_eq!(redactor.redact("bad line MIIEvgIBADANBgkqhkiG"), "bad line (redacted)");
    }

    #[test]
    fn an_excerpt_is_redacted_before_it_is_cut() {
        let secret = "s".repeat(50);
        let text = format!("{}\n{secret}", "x".repeat(180));
        let excerpt = Redactor::new([&secret]).excerpt(&text);
        assert_eq!(excerpt, format!("{} (redacted)", "x".repeat(180)));
        assert_eq!(Redactor::default().excerpt(&"y".repeat(201)).chars().count(), 201);
    }
}
