//! The generator against real terraform.

mod format;
