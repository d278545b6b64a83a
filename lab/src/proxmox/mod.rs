//! A cluster of Proxmox VE 8.4: its REST API with all of its parameters, its tasks, its locks and its delays.
//!
//! What it answers is what a real server was recorded to answer, which a test replays; what was not recorded follows the
//! server's description of itself and its published source, and is marked `unrecorded`: the status and the log of tasks,
//! uploads, downloads, migrations, HA, agents that answer, and containers but for their create, their configuration, their
//! state and their end.

mod access;
mod agent;
mod by_hand;
mod clone;
mod cluster;
mod colleague;
mod content;
mod create;
mod description;
mod disks;
mod drives;
mod formats;
mod guest;
mod guests;
mod ha;
mod migrate;
mod multipart;
mod parts;
mod pools;
mod power;
mod privileges;
mod reply;
mod server;
mod service;
mod snapshots;
mod storage;
mod storage_types;
mod table;
mod tasks;
mod update;
mod users;
mod verify;
mod volumes;
mod world;

pub use by_hand::Disk;
pub use description::valid;
pub use guest::Agent;
pub use server::{Builder, Proxmox};
