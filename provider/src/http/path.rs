//! Paths below a backend's address, where every value from outside is percent-encoded.

use std::fmt::{Display, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tfplugin::{Error, Result};

/// What RFC 3986 calls unreserved stays as it is; everything else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path below a backend's address, written with [`path!`](crate::path).
///
/// URL parsers resolve `.` and `..` even when they are percent-encoded, so a path with such a segment, or with an empty
/// one, is refused when it is sent: it would address another object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiPath {
    text: String,
    refused: Option<String>,
}

impl ApiPath {
    /// Appends fixed text, which may have several segments.
    #[must_use]
    pub fn literal(mut self, text: &'static str) -> Self {
        self.separate();
        self.text.push_str(text);
        self
    }

    /// Appends one segment; a `/` in it is encoded.
    #[must_use]
    pub fn segment(mut self, value: impl Display) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            self.refused.get_or_insert_with(|| format!("`{value}` cannot be part of the path below `{}`", self.text));
        }
        self.separate();
        write!(self.text, "{}", utf8_percent_encode(&value, ENCODED)).expect("a String takes all text");
        self
    }

    /// Appends each segment of a path that the user wrote, such as the mount `auth/jwt`.
    #[must_use]
    pub fn segments(self, value: impl Display) -> Self {
        value.to_string().split('/').fold(self, |path, segment| path.segment(segment))
    }

    /// The encoded text, without a leading slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn check(&self) -> Result<()> {
        match &self.refused {
            Some(reason) => Err(Error::new(reason.clone())),
            None => Ok(()),
        }
    }

    fn separate(&mut self) {
        if !self.text.is_empty() {
            self.text.push('/');
        }
    }
}

/// An [`ApiPath`] from literals, taken as they are, and values, each one encoded segment:
/// `path!("projects" / id / "labels" / label.name)`.
#[macro_export]
macro_rules! path {
    (@parts $path:expr;) => { $path };
    (@parts $path:expr; $literal:literal) => { $path.literal($literal) };
    (@parts $path:expr; $literal:literal / $($rest:tt)+) => { $crate::path!(@parts $path.literal($literal); $($rest)+) };
    (@parts $path:expr; $($rest:tt)+) => { $crate::path!(@value $path; []; $($rest)+) };
    (@value $path:expr; [$($value:tt)+];) => { $path.segment(&($($value)+)) };
    (@value $path:expr; [$($value:tt)+]; / $($rest:tt)+) => {
        $crate::path!(@parts $path.segment(&($($value)+)); $($rest)+)
    };
    (@value $path:expr; [$($value:tt)*]; $token:tt $($rest:tt)*) => {
        $crate::path!(@value $path; [$($value)* $token]; $($rest)*)
    };
    ($($parts:tt)*) => { $crate::path!(@parts $crate::http::ApiPath::default(); $($parts)*) };
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Label {
        name: &'static str,
    }

    #[test]
    fn values_become_one_encoded_segment() {
        let label = Label { name: "ready for review?" };
        let id = 7;
        let path = crate::path!("projects" / id / "labels" / label.name);
        assert_eq!(path.as_str(), "projects/7/labels/ready%20for%20review%3F");
        assert_eq!(crate::path!("groups" / "acme/web".to_owned()).as_str(), "groups/acme%2Fweb");
        assert_eq!(crate::path!("admin/ci" / "variables").as_str(), "admin/ci/variables");
        assert_eq!(crate::path!("x" / "ä%2e#".trim() / "y").as_str(), "x/%C3%A4%252e%23/y");
        assert_eq!(crate::path!("x" / id + 1).as_str(), "x/8");
    }

    #[test]
    fn a_mount_keeps_its_slashes() {
        let path = ApiPath::default().literal("auth").segments("team a/jwt").literal("config");
        assert_eq!(path.as_str(), "auth/team%20a/jwt/config");
        assert!(path.check().is_ok());
        assert!(ApiPath::default().segments("a//b").check().is_err());
        assert!(ApiPath::default().segments("a/../b").check().is_err());
    }

    #[test]
    fn segments_that_address_another_object_are_refused() {
        for value in ["", ".", ".."] {
            let error = crate::path!("groups" / value / "projects").check().unwrap_err();
            assert_eq!(error.message(), format!("`{value}` cannot be part of the path below `groups`"));
        }
        assert!(crate::path!("groups" / "...".trim()).check().is_ok());
    }
}
