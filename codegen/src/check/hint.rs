//! Hints for names that are not there.

use crate::problem::{Problem, nearest};

/// More names than these are a manual and no hint.
const FEW: usize = 12;

/// Adds the nearest of the names that are there, or all of them where they are few.
pub(super) fn spelling<'n>(problem: Problem, name: &str, there: impl IntoIterator<Item = &'n str>) -> Problem {
    let there: Vec<&str> = there.into_iter().collect();
    match nearest(name, there.iter().copied()) {
        Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
        None if there.len() <= FEW => problem.names(name, there),
        None => problem,
    }
}
