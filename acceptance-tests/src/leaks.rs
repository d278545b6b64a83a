//! A search for secrets in all that a run leaves behind: what it printed and what it wrote, as it stands and encoded.

use crate::archive;
use crate::output::Output;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

/// Shorter texts occur by chance, and a search for one would find what is no leak.
const SHORTEST: usize = 8;

/// Of a longer secret, its beginning must not be shown either: whoever shortens a text may cut it.
const LONG: usize = 32;
const BEGINNING: usize = 48;

/// How often a text may stand as JSON within JSON: a value in an object, in a line of a log, in a diagnostic of it.
const NESTING: usize = 3;

/// What must not be found, by a name that says what it is.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Each form of each secret, with the secret's name and the form's.
    forms: BTreeMap<Vec<u8>, (String, &'static str)>,
    names: BTreeSet<String>,
}

/// Everything that runs left behind, by the place where it stands.
#[derive(Clone, Debug, Default)]
pub struct Traces(BTreeMap<String, Vec<u8>>);

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// Where it stands, such as `terraform.tfstate` or `plan.bin/tfplan`.
    pub place: String,
    /// What it is.
    pub secret: String,
    /// How it is written there, such as `in base64`.
    pub form: &'static str,
    /// The first line that has it so, counted from 1.
    pub line: usize,
}

impl Secrets {
    /// No secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more.
    ///
    /// # Panics
    /// Where it is too short to be told from any other text.
    #[must_use]
    pub fn with(mut self, name: &str, secret: &str) -> Self {
        assert!(secret.len() >= SHORTEST, "{name} is shorter than {SHORTEST} bytes: a search for it means nothing");
        for (form, text) in forms(secret) {
            self.forms.entry(text).or_insert((name.to_owned(), form));
        }
        if secret.len() >= LONG {
            let end = secret.floor_char_boundary(BEGINNING.min(secret.len() / 2));
            for (_, text) in forms(&secret[..end]) {
                self.forms.entry(text).or_insert((name.to_owned(), "cut off"));
            }
        }
        self.names.insert(name.to_owned());
        self
    }

    /// What the secrets are, without saying them.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Where they stand: each secret once for each place and form.
    pub fn in_traces(&self, traces: &Traces) -> Vec<Leak> {
        let index = Index::of(self.forms.keys());
        let mut leaks = Vec::new();
        for (place, bytes) in &traces.0 {
            let mut seen = BTreeSet::new();
            for (at, text) in index.occurrences(&squeezed(bytes)) {
                let (secret, form) = &self.forms[text];
                if seen.insert((secret, form)) {
                    leaks.push(Leak { place: place.clone(), secret: secret.clone(), form, line: line(bytes, at) });
                }
            }
        }
        leaks.sort();
        leaks
    }

    /// # Panics
    /// Where one of them stands anywhere.
    #[track_caller]
    pub fn stay_out_of(&self, traces: &Traces, what: &str) {
        let leaks: Vec<String> = self.in_traces(traces).iter().map(ToString::to_string).collect();
        assert!(leaks.is_empty(), "{what}: secrets are shown:\n  {}", leaks.join("\n  "));
    }
}

impl Traces {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a run printed, each stream on its own.
    pub fn output(&mut self, output: &Output) {
        for (stream, text) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
            self.add(&format!("{stream} of `{}`", output.command), text.as_bytes());
        }
    }

    /// Adds every file below a directory but for the configuration that the user wrote; archives are unpacked.
    ///
    /// # Panics
    /// Where a file cannot be read, or an archive not be unpacked: what was not searched must not pass for clean.
    pub fn directory(&mut self, folder: &Path) {
        self.below(folder, folder);
    }

    fn below(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
            if path.is_dir() {
                self.below(root, &path);
            } else if path.extension().is_none_or(|extension| extension != "tf") {
                let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                self.file(&path.strip_prefix(root).unwrap_or(&path).display().to_string(), &bytes);
            }
        }
    }

    fn file(&mut self, place: &str, bytes: &[u8]) {
        self.add(place, bytes);
        if archive::is_archive(bytes) {
            let members = archive::members(bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
            members.iter().for_each(|member| self.add(&format!("{place}/{}", member.name), &member.content));
        }
    }

    fn add(&mut self, place: &str, bytes: &[u8]) {
        let all = self.0.entry(place.to_owned()).or_default();
        all.extend(bytes);
        // What comes after it is kept apart, so that no text arises where two meet.
        all.push(b'\n');
    }

    /// The places, to see that a search had something to search.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in line {} of {} ({})", self.secret, self.line, self.place, self.form)
    }
}

/// The bytes without white space: the tools break long lines at it.
fn squeezed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// The line, counted from 1, in which the byte stands that is the one of this number in the [`squeezed`] bytes.
fn line(bytes: &[u8], number: usize) -> usize {
    let mut visible = bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    let at = visible.nth(number).map_or(bytes.len(), |(at, _)| at);
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Texts by their first two bytes: a log of many megabytes is read once, however many texts are looked for in it.
struct Index<'a>(Vec<Vec<&'a Vec<u8>>>);

impl<'a> Index<'a> {
    fn of(texts: impl Iterator<Item = &'a Vec<u8>>) -> Self {
        let mut index = vec![Vec::new(); 1 << 16];
        texts.for_each(|text| index[Self::slot(text)].push(text));
        Self(index)
    }

    fn slot(start: &[u8]) -> usize {
        usize::from(start[0]) << 8 | usize::from(start[1])
    }

    fn occurrences(&self, bytes: &[u8]) -> impl Iterator<Item = (usize, &'a Vec<u8>)> {
        bytes.windows(2).enumerate().flat_map(move |(at, start)| {
            let texts = self.0[Self::slot(start)].iter().copied();
            texts.filter(move |text| bytes[at..].starts_with(text)).map(move |text| (at, text))
        })
    }
}

/// How a secret may be written: as it stands, as JSON writes it and as Go's encoder does, for URLs, and in base64 and
/// base16. White space is left out.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut texts = vec![("as it stands", secret.to_owned())];
    // What one program wrote as JSON may stand in what another one did.
    let mut level = BTreeSet::from([secret.to_owned()]);
    for _ in 0..NESTING {
        level = level.iter().flat_map(|text| [json(text), html_safe_json(text)]).collect();
        texts.extend(level.iter().map(|text| ("in JSON", text.clone())));
    }
    texts.push(("in a URL", url(secret, "-._~")));
    texts.push(("in a URL", url(secret, "")));
    texts.push(("in a URL", url(secret, "-._~!*'()")));
    texts.push(("in a form", url(secret, "-._* ").replace(' ', "+")));
    let in_bytes = |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    texts.push(("in base16", in_bytes(secret)));
    texts.push(("in base16", in_bytes(secret).to_uppercase()));
    for text in [secret.to_owned(), json(secret), html_safe_json(secret)] {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            texts.extend(within(&text, |bytes| engine.encode(bytes)).map(|text| ("in base64", text)));
        }
    }
    texts.into_iter().map(|(form, text)| (form, squeezed(text.as_bytes()))).collect()
}

/// The part of an encoding in groups of three bytes that is the same whatever stands before and after the text.
fn within(text: &str, encode: impl Fn(&[u8]) -> String) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let encoded = encode(&[&vec![0; before][..], text.as_bytes()].concat());
        // One character for each 6 bits; those that share bits with what is before or after are left out.
        let start = (before * 8).div_ceil(6);
        let end = (before + text.len()) * 8 / 6;
        encoded[start..end].to_owned()
    })
}

fn json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As Go's `encoding/json` writes it, and so both tools.
fn html_safe_json(text: &str) -> String {
    json(text).replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn url(text: &str, kept: &str) -> String {
    let encode = |byte: u8| match char::from(byte) {
        letter if letter.is_ascii_alphanumeric() || kept.contains(letter) => letter.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "horse \"battery\" & <staple>/+1";

    fn found(text: &str) -> Vec<&'static str> {
        let mut traces = Traces::new();
        traces.add("here", text.as_bytes());
        Secrets::new().with("it", SECRET).in_traces(&traces).into_iter().map(|leak| leak.form).collect()
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        assert_eq!(found(&format!("a{SECRET}b")), ["as it stands"]);
        assert_eq!(found(r#"{"a":"horse \"battery\" & <staple>/+1"}"#), ["in JSON"]);
        assert_eq!(found(r#"{"a":"horse \"battery\" \u0026 \u003cstaple\u003e/+1"}"#), ["in JSON"]);
        let nested = serde_json::json!({ "a": SECRET }).to_string();
        assert_eq!(found(&format!("{{\"b\":\"{}\"}}", html_safe_json(&nested))), ["in JSON"]);
        assert_eq!(found("the value horse\n\"battery\" &\n<staple>/+1 is"), ["as it stands"]);
        let log = Value::from(serde_json::json!({ "a": format!("b{SECRET}c") }).to_string());
        assert_eq!(found(&serde_json::json!({ "@message": log.to_string() }).to_string()), ["in JSON"]);
        assert_eq!(found("?a=horse%20%22battery%22%20%26%20%3Cstaple%3E%2F%2B1&b"), ["in a URL"]);
        assert_eq!(found("a=horse+%22battery%22+%26+%3Cstaple%3E%2F%2B1"), ["in a form"]);
        assert_eq!(found("686f72736520226261747465727922202620 3c"), [""; 0]);
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found(&hex), ["in base16"]);
        for before in ["", "a", "ab", "abc"] {
            for after in ["", "d", "de"] {
                let text = format!("{before}{SECRET}{after}");
                assert_eq!(found(&STANDARD_NO_PAD.encode(&text)), ["in base64"], "{text}");
                assert_eq!(found(&URL_SAFE_NO_PAD.encode(&text)), ["in base64"], "{text}");
            }
        }
        assert_eq!(found("horse battery staple"), [""; 0]);
    }

    #[test]
    fn the_beginning_of_a_long_secret_is_a_leak_and_a_word_of_a_short_one_is_not() {
        let token = "hvs.CAESIJ-0123456789abcdefghijklmnopqrstuvwxyz";
        let mut traces = Traces::new();
        traces.add("cut", &token.as_bytes()[..30]);
        traces.add("word", b"horse hvs.CAESIJ");
        let leaks = Secrets::new().with("token", token).with("it", SECRET).in_traces(&traces);
        assert_eq!(leaks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["token in line 1 of cut (cut off)"]);
    }

    #[test]
    fn files_are_searched_in_folders_and_archives_and_the_configuration_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        file("main.tf", SECRET.as_bytes());
        let mut traces = Traces::new();
        traces.directory(folder.path());
        assert_eq!(traces.places().count(), 0);
        fs::create_dir(folder.path().join("deep")).unwrap();
        file("deep/state", format!("first\n{SECRET}").as_bytes());
        traces.directory(folder.path());
        let leaks = Secrets::new().with("it", SECRET).in_traces(&traces);
        assert_eq!(
            leaks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["it in line 2 of deep/state (as it stands)"]
        );
    }

    #[test]
    #[should_panic(expected = "the archive has no directory")]
    fn an_archive_that_cannot_be_searched_is_no_clean_one() {
        Traces::new().file("plan.bin", b"PK\x03\x04");
    }

    #[test]
    #[should_panic(expected = "it is shorter than 8 bytes")]
    fn a_text_that_occurs_by_chance_is_no_secret_to_search_for() {
        drop(Secrets::new().with("it", "root"));
    }
}
