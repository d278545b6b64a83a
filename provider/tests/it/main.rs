//! The provider in process, against the labs.

mod estate;
mod faults;
mod lifecycle;
mod refresh;
mod surprises;
