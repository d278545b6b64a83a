//! A plugin that serves the schema of any provider and answers as if its objects existed.

mod configured;
mod constraints;
mod data;
mod describe;
mod document;
mod invent;
mod mark;
mod plan;
mod replacement;
mod schema;
mod service;
mod standin;
mod start;
mod validate;

use std::process::ExitCode;

fn main() -> ExitCode {
    start::start()
}
