//! Containers; each device stands in a file of its own.

mod console;
mod cpu;
mod creation;
mod disk;
mod dns;
mod features;
mod memory;
mod mount_point;
mod network_interface;
mod operating_system;
mod options;
mod resource;
mod update;
mod volume;

pub use resource::Container;
