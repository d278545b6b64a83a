//! The version that says what changed.

use super::change::{Change, Class};
use crate::problem::Problem;

/// The version after `current` for these changes, by semantic versioning: what breaks raises the first number that is
/// not 0, an addition the second, anything else the third.
///
/// # Errors
/// A text that is no version of three numbers.
pub fn proposed(current: &str, changes: &[Change]) -> Result<String, Problem> {
    let refused =
        || Problem::new(format!("`{current}` is no version")).hint("a version has three numbers, such as 1.4.2");
    let text = current.strip_prefix('v').unwrap_or(current);
    let numbers = text.split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().map_err(|_| refused())?;
    let [major, minor, patch] = numbers.as_slice() else { return Err(refused()) };
    let class = changes.iter().map(|change| change.class).min().unwrap_or(Class::Internal);
    Ok(match (class, major) {
        (Class::Breaking, 0) => format!("0.{}.0", minor + 1),
        (Class::Breaking, _) => format!("{}.0.0", major + 1),
        (Class::Addition, 1..) => format!("{major}.{}.0", minor + 1),
        (Class::Addition | Class::Internal, _) => format!("{major}.{minor}.{}", patch + 1),
    })
}
