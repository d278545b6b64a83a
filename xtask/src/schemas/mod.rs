//! `schemas`: the schema lock of the generator, written from two npm packages.

mod assemble;
mod binding;
mod command;
mod corrections;
mod markers;
mod print;
mod wanted;

pub use command::COMMAND;
