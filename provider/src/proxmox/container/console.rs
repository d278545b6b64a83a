//! The console of a container.

use tfplugin::prelude::*;

/// The console; what is omitted is Proxmox VE's default.
#[derive(Clone, Nested)]
pub struct Console {
    /// Whether there is a device `/dev/console`.
    #[tf(api = "console")]
    pub enabled: Option<bool>,

    /// Terminals.
    #[tf(api = "tty", check = between(0..=6))]
    pub tty_count: Option<u64>,

    /// What is opened.
    #[tf(api = "cmode")]
    pub r#type: Option<ConsoleType>,
}

/// What a console opens.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ConsoleType {
    /// One of the terminals.
    Tty,
    /// The device `/dev/console`.
    Console,
    /// A shell, without a login.
    Shell,
}
