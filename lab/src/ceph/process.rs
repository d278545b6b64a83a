//! A cluster in processes of its own, which end with whoever started them.

use std::io;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use crate::ceph::{chroot, packages};
use crate::process::Process;

/// Which Ceph is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// The machine's own.
    #[default]
    Installed,
    /// 18.2 of Debian 13.
    Reef,
}

/// The line that the program prints when the cluster serves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// File that leads Ceph's programs to the cluster.
    pub configuration: String,
    /// Id of the cluster.
    pub fsid: String,
    /// The managers, the active one first.
    pub managers: Vec<Manager>,
}

/// A manager, which serves the dashboard while it is active.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// Host and port of its dashboard.
    pub address: String,
    /// Its process.
    pub process: u32,
}

/// Starts a cluster with three OSDs and waits until it serves and is clean, some 7 s on an idle machine.
pub fn start(release: Release, managers: &[&str]) -> io::Result<Process<Ready>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ceph");
    // A manager that is busy and alone is not to be given up.
    let beacon_grace = if managers.len() > 1 { 6 } else { 60 };
    let wanted = json!({ "osds": 3, "managers": managers, "beacon_grace": beacon_grace });
    let mut command = match release {
        Release::Installed => {
            packages::ensure().map_err(io::Error::other)?;
            // The libraries of Ceph are made for the system's Python.
            let mut command = Command::new("/usr/bin/python3");
            command.arg(folder.join("serve.py"));
            command
        }
        Release::Reef => {
            let mut command = chroot::enter(chroot::ensure().map_err(io::Error::other)?, &folder);
            command.args(["/usr/bin/python3", "/opt/lab/serve.py"]);
            command
        }
    };
    command.arg(wanted.to_string());
    Process::start("Ceph", command)
}
