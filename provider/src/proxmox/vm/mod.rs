//! Virtual machines; each device stands in a file of its own.

mod agent;
mod audio_device;
mod cdrom;
mod chipset;
mod cloud_init;
mod cpu;
mod creation;
mod deletion;
mod disk;
mod drives;
mod efi_disk;
mod hostpci;
mod images;
mod machine;
mod memory;
mod network_device;
mod operating_system;
mod options;
mod rng;
mod serial_device;
mod tpm_state;
mod update;
mod usb;
mod vga;
mod words;

pub use machine::Vm;
