//! Problems: what is wrong in a source, where it stands, and what would be right.

use std::fmt::{self, Display, Formatter, Write as _};
use std::path::{Path, PathBuf};

/// A position in a source file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The file, as the user named it or relative to the folder that was named.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset in a file's text.
    pub fn at_offset(file: impl Into<PathBuf>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { file: file.into(), line, column }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", shown(&self.file), self.line, self.column)
    }
}

/// A path as people write it, without `./` in front.
pub fn shown(path: &Path) -> impl Display {
    path.strip_prefix(".").unwrap_or(path).display()
}

/// One thing that is wrong, in words for whoever wrote the source.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Problem {
    /// Where it stands; `None` for what has no place, such as a missing file.
    pub place: Option<Place>,
    /// What was asked and why it cannot be.
    pub text: String,
    /// What is allowed, or the nearest right name.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn at(place: Place, text: impl Into<String>) -> Self {
        Self { place: Some(place), text: text.into(), hint: None }
    }

    /// A problem without a place.
    pub fn new(text: impl Into<String>) -> Self {
        Self { place: None, text: text.into(), hint: None }
    }

    /// The same problem with a hint.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same problem with the hint for an unknown name: the nearest allowed one, and all that are allowed.
    pub fn names<'a>(self, name: &str, allowed: impl IntoIterator<Item = &'a str>) -> Self {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        match allowed_names(name, &allowed) {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// The allowed name that is nearest to a misspelt one, if any is near.
pub fn nearest<'a>(name: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(2);
    allowed
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

fn allowed_names(name: &str, allowed: &[&str]) -> Option<String> {
    let mut hint = String::new();
    if let Some(nearest) = nearest(name, allowed.iter().copied()) {
        write!(hint, "did you mean `{nearest}`? ").ok()?;
    }
    match allowed {
        [] => hint.push_str("none is allowed here"),
        allowed => write!(hint, "allowed: {}", allowed.join(", ")).ok()?,
    }
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_becomes_line_and_column_in_characters() {
        let place = Place::at_offset("estate.yaml", "a: 1\nä: 2\n", 8);
        assert_eq!(place.to_string(), "estate.yaml:2:3");
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_and_all_that_are_allowed() {
        let place = Place { file: "estate.yaml".into(), line: 3, column: 5 };
        let problem = Problem::at(place, "there is no feature `nta`").names("nta", ["nat", "flow_logs"]);
        assert_eq!(
            problem.to_string(),
            "estate.yaml:3:5: there is no feature `nta`\n  did you mean `nat`? allowed: nat, flow_logs"
        );
    }

    #[test]
    fn a_name_that_is_far_from_all_has_no_nearest() {
        assert_eq!(nearest("kubernetes", ["nat", "cidr"]), None);
        assert_eq!(nearest("availability_zonne", ["availability_zone", "zone"]), Some("availability_zone"));
    }
}
