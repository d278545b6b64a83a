//! What a process says about itself.

/// The names of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// Namespace and type under which registries hold the provider, such as `example/substrate`.
    pub source: &'static str,
    /// The provider's version.
    pub version: &'static str,
    /// Crates whose log lines are written beside this framework's.
    ///
    /// It is a list to allow, not to deny: at TRACE an HTTP library writes frames, and frames hold credentials.
    pub crates: &'static [&'static str],
}

impl Plugin {
    /// The provider's type: the part after the namespace.
    pub fn name(&self) -> &'static str {
        self.source.rsplit('/').next().expect("a split has at least one part")
    }
}
