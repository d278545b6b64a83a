//! Two versions of a module: what changed for its callers and for what they have, and the version that says so.

mod change;
mod compare;
mod inputs;
mod keys;
mod objects;
mod outputs;
mod surface;
mod version;

pub use change::{Change, Class, Kind};
pub use compare::compare;
pub use surface::Surface;
pub use version::proposed;
