//! The provider in process, against the labs.

mod estate;
mod lifecycle;
