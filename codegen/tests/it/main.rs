//! The generator against real terraform and against real schemas.

mod format;
mod lock;
