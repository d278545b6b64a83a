//! Version constraints, and the version that a mirror offers for them.

use std::fmt::{self, Display, Formatter};

/// Major, minor and patch; a part that is not written is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version([u64; 3]);

/// One comparison, such as `>= 6.25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    /// How many parts were written; `~>` lets the last one grow.
    parts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    AtLeast,
    Less,
    AtMost,
    Compatible,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("~>", Operator::Compatible),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("!=", Operator::NotEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
];

impl Version {
    /// A version in one to three parts. What follows `-` or `+` is passed over: no mirror of ours offers it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        parse(text).map(|(version, _)| version)
    }

    fn next_patch(self) -> Self {
        let Version([major, minor, patch]) = self;
        Version([major, minor, patch + 1])
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Version([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// A version that all constraints allow: the wanted one if it is allowed, else the highest that a constraint names.
/// None where there is none, or where a text is no constraint.
pub(super) fn choose<'a>(wanted: Option<Version>, constraints: impl IntoIterator<Item = &'a str>) -> Option<Version> {
    let comparisons: Vec<Comparison> =
        constraints.into_iter().flat_map(|text| text.split(',')).map(comparison).collect::<Option<_>>()?;
    let allowed = |version: &Version| comparisons.iter().all(|comparison| comparison.allows(*version));
    if let Some(wanted) = wanted.filter(|version| allowed(version)) {
        return Some(wanted);
    }
    let named = comparisons.iter().flat_map(|one| [one.version, one.version.next_patch()]);
    named.chain([Version([1, 0, 0]), Version([0, 0, 1])]).filter(allowed).max()
}

impl Comparison {
    fn allows(self, version: Version) -> bool {
        match self.operator {
            Operator::Equal => version == self.version,
            Operator::NotEqual => version != self.version,
            Operator::Greater => version > self.version,
            Operator::AtLeast => version >= self.version,
            Operator::Less => version < self.version,
            Operator::AtMost => version <= self.version,
            Operator::Compatible => {
                let fixed = self.parts.saturating_sub(1);
                version >= self.version && version.0[..fixed] == self.version.0[..fixed]
            }
        }
    }
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim();
    let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    let (operator, rest) = found.unwrap_or((Operator::Equal, text));
    let (version, parts) = parse(rest.trim())?;
    Some(Comparison { operator, version, parts })
}

fn parse(text: &str) -> Option<(Version, usize)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let release = text.split(['-', '+']).next()?;
    let mut version = [0; 3];
    let mut parts = 0;
    for part in release.split('.') {
        *version.get_mut(parts)? = part.parse().ok()?;
        parts += 1;
    }
    Some((Version(version), parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: Option<&str>, constraints: &[&str]) -> Option<String> {
        choose(wanted.and_then(Version::parse), constraints.iter().copied()).map(|version| version.to_string())
    }

    #[test]
    fn the_wanted_version_is_taken_where_it_is_allowed() {
        assert_eq!(chosen(Some("6.25.0"), &[">= 6.25, < 7.0", "~> 6.0"]).as_deref(), Some("6.25.0"));
        assert_eq!(chosen(Some("6.25.0"), &["~> 5.31"]).as_deref(), Some("5.31.1"));
        assert_eq!(chosen(Some("6.25.0"), &[]).as_deref(), Some("6.25.0"));
    }

    #[test]
    fn some_version_is_found_for_any_constraints_that_allow_one() {
        for (constraints, version) in [
            (&[][..], "1.0.0"),
            (&["> 2.1"], "2.1.1"),
            (&["= 3.4.5"], "3.4.5"),
            (&["1.2.3"], "1.2.3"),
            (&["~> 4.0.1"], "4.0.2"),
            (&["< 0.5"], "0.0.1"),
            (&[">= 3.0", "< 4", ">= 3.2"], "3.2.1"),
            (&[">= 3.63.0, != 3.63.1"], "3.63.2"),
        ] {
            assert_eq!(chosen(None, constraints).as_deref(), Some(version), "{constraints:?}");
        }
    }

    #[test]
    fn no_version_fits_what_excludes_itself() {
        assert_eq!(chosen(None, &[">= 3", "< 2"]), None);
        assert_eq!(chosen(None, &["latest"]), None);
    }
}
