//! Notes of guests, which Proxmox VE keeps as lines of a comment.

use std::fmt;
use std::str::FromStr;

use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// A note for people. Line breaks at its end come and go with Proxmox VE, and mean nothing.
#[derive(Clone, Debug)]
pub struct Note(String);

impl FromStr for Note {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        length(1..=8192)(text).map(|()| Note(text.to_owned()))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Note {
    fn eq(&self, other: &Self) -> bool {
        self.0.trim_end() == other.0.trim_end()
    }
}

impl Semantic for Note {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_at_the_end_mean_nothing() {
        let note = |text: &str| text.parse::<Note>().unwrap();
        assert_eq!(note("Serves.\n"), note("Serves."));
        assert_ne!(note("Serves.\nWell."), note("Serves."));
        assert!("".parse::<Note>().is_err());
    }
}
