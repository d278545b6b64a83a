//! Two versions of a module: what changed for its callers and for what they have, and the version that says so.

mod change;
mod inputs;
mod objects;
mod outputs;
mod surface;
mod version;

pub use change::{Change, Class, Kind};
pub use surface::Surface;
pub use version::proposed;

/// Everything that differs between two versions of a module, what breaks first.
pub fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let mut changes = inputs::compare(old, new);
    changes.extend(outputs::compare(old, new));
    changes.extend(objects::compare(old, new));
    changes.sort();
    changes
}
