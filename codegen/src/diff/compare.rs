//! Inputs, outputs and objects of two versions, compared.

use super::{Change, Surface, inputs, objects, outputs};

/// Everything that differs between two versions of a module, what breaks first.
pub fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let mut changes = inputs::compare(old, new);
    changes.extend(outputs::compare(old, new));
    changes.extend(objects::compare(old, new));
    changes.sort();
    changes
}
