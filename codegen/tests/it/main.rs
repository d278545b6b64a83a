//! The command `substrate`, from files to files.

mod estate;
mod format;
mod render;
mod scratch;
