//! What values an argument takes: enumerations, lengths and patterns, as an API's description has them.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

/// The constraints of a provider's attributes, by type and attribute.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Constraints(BTreeMap<String, BTreeMap<String, Constraint>>);

/// The constraint of one attribute.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Constraint {
    r#enum: Vec<String>,
    /// Lengths in characters.
    min: Option<usize>,
    max: Option<usize>,
    /// The pattern of the whole text. One that this program's dialect does not have holds nobody up.
    pattern: Option<String>,
}

impl Constraints {
    /// The attributes of a type that have a constraint.
    pub(crate) fn of(&self, type_name: &str) -> impl Iterator<Item = (&str, &Constraint)> {
        self.0.get(type_name).into_iter().flatten().map(|(name, constraint)| (name.as_str(), constraint))
    }
}

impl Constraint {
    /// Why the text is refused.
    pub(crate) fn refusal(&self, text: &str) -> Option<String> {
        if !self.r#enum.is_empty() && !self.r#enum.iter().any(|word| word == text) {
            return Some(format!("{text:?} is none of {}", self.r#enum.join(", ")));
        }
        let length = text.chars().count();
        if let Some(min) = self.min.filter(|min| length < *min) {
            return Some(format!("it has {length} characters and needs at least {min}"));
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            return Some(format!("it has {length} characters and may have {max}"));
        }
        let pattern = self.pattern.as_ref()?;
        let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
        if whole.is_match(text) { None } else { Some(format!("{text:?} does not match {pattern}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_constraint_refuses_and_accepts() {
        let constraints: Constraints = serde_json::from_str(
            r#"{"aws_x": {"a": {"enum": ["ONE", "TWO"]}, "b": {"min": 2, "max": 3}, "c": {"pattern": "[a-z]+"}, "d": {"pattern": "("}}}"#,
        )
        .unwrap();
        let of_type: BTreeMap<&str, &Constraint> = constraints.of("aws_x").collect();
        for (name, right, wrong) in [("a", "TWO", "two"), ("b", "abc", "a"), ("b", "äöü", "abcd"), ("c", "abc", "abc1")]
        {
            assert_eq!(of_type[name].refusal(right), None, "{name}");
            assert!(of_type[name].refusal(wrong).is_some(), "{name}");
        }
        assert_eq!(of_type["d"].refusal("anything"), None);
        assert_eq!(constraints.of("aws_y").count(), 0);
    }
}
