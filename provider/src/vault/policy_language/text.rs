//! A policy's text as an attribute: read before it is sent, and compared by what it means.

use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;

use super::reading::{Reading, read};

/// An ACL policy in HCL or JSON, as the user or the server spells it.
///
/// A text is refused in a configuration if neither Vault nor OpenBao would take it; an error begins with line and
/// column, such as `3:20: `. A text that a server has is never refused: one that cannot be read is equal to itself.
#[derive(Clone, Debug)]
pub(in crate::vault) struct PolicyText {
    text: String,
    reading: Option<Reading>,
}

impl FromStr for PolicyText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let reading = read(text).map_err(|fault| fault.to_string())?;
        Ok(PolicyText { text: text.to_owned(), reading: Some(reading) })
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        match (&self.reading, &other.reading) {
            (Some(one), Some(other)) => one.meaning == other.meaning,
            _ => self.text == other.text,
        }
    }
}

impl fmt::Display for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Semantic for PolicyText {
    /// What stands at a server was taken by it, whatever this reading says.
    fn read(text: String) -> tfplugin::Result<Self> {
        let reading = read(&text).ok();
        Ok(PolicyText { text, reading })
    }

    /// Words that one of the servers does not know, and paths that do not mean what they seem to.
    fn warnings(&self) -> Vec<String> {
        self.reading.iter().flat_map(|reading| &reading.warnings).map(ToString::to_string).collect()
    }
}
