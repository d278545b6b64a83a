//! The chipset of a machine.

use std::fmt;
use std::str::FromStr;

use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// A chipset such as `q35` (`qemu-machine`), with properties such as `viommu=intel`.
///
/// Proxmox VE gives a new machine with Windows the version of the day, such as `pc-q35-9.2+pve1`
/// (`PVE::QemuServer::Machine`), and that is the chipset without a version which was asked for.
#[derive(Clone, Debug)]
pub struct Chipset(String);

impl Chipset {
    /// The family, the version, and the properties.
    fn parts(&self) -> (&str, Option<&str>, &str) {
        let (kind, properties) = self.0.split_once(',').unwrap_or((&self.0, ""));
        let versions = [("pc-q35-", "q35"), ("pc-i440fx-", "pc")];
        let versioned = versions.iter().find_map(|(prefix, family)| Some((*family, kind.strip_prefix(*prefix)?)));
        versioned.map_or((kind, None, properties), |(family, version)| (family, Some(version), properties))
    }
}

impl FromStr for Chipset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kind = text.split(',').next().unwrap_or_default();
        match ["pc", "q35", "virt"].iter().any(|known| kind == *known || kind.starts_with(&format!("{known}-"))) {
            true => Ok(Chipset(text.to_owned())),
            false => Err(format!("`{text}` is no chipset such as `q35` or `pc-i440fx-9.2+pve1`")),
        }
    }
}

impl fmt::Display for Chipset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Chipset {
    fn eq(&self, other: &Self) -> bool {
        let ((family, version, properties), other) = (self.parts(), other.parts());
        let same_version = version == other.1 || version.is_none() || other.1.is_none();
        family == other.0 && properties == other.2 && same_version
    }
}

impl Semantic for Chipset {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_version_is_that_of_the_day() {
        let chipset = |text: &str| text.parse::<Chipset>().unwrap();
        assert_eq!(chipset("q35"), chipset("pc-q35-9.2+pve1"));
        assert_eq!(chipset("pc"), chipset("pc-i440fx-8.1"));
        assert_eq!(chipset("q35,viommu=intel"), chipset("pc-q35-9.0,viommu=intel"));
        assert_ne!(chipset("pc-q35-8.1"), chipset("pc-q35-9.0"));
        assert_ne!(chipset("q35"), chipset("pc-i440fx-8.1"));
        assert_ne!(chipset("q35"), chipset("q35,viommu=intel"));
        assert!("q36".parse::<Chipset>().is_err() && "".parse::<Chipset>().is_err());
    }
}
