//! The command `substrate`, from files to files, and its parts against real terraform and real schemas.

mod check;
mod diff;
mod estate;
mod format;
mod lock;
mod render;
mod scratch;
