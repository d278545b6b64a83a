//! Filesystem mirrors: the folders from which `init` installs a provider without any registry.

use crate::binary::NAME;
use crate::tool::Kind;
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The provider's version, which is that of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The platform as the tools spell it, such as `linux_amd64`.
pub fn platform() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{machine}")
}

/// What a copy changed in the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was no such version before.
    Added,
    /// The same version lay there with other content, so that lock files which recorded it no longer match.
    Replaced,
    /// The same content lay there already.
    Kept,
}

/// Where a mirror rooted at `root` keeps this version of the provider for a tool.
pub fn location(root: &Path, kind: Kind) -> PathBuf {
    root.join(kind.registry())
        .join("substrate/substrate")
        .join(VERSION)
        .join(platform())
        .join(format!("{NAME}_v{VERSION}{}", env::consts::EXE_SUFFIX))
}

/// Places a stand-in where the tool looks for a provider, with the schema that it serves.
///
/// `source` is namespace and type, and `schema` is one provider's value in the output of `providers schema -json`.
pub fn place_standin(
    binary: &Path,
    root: &Path,
    kind: Kind,
    source: &str,
    version: &str,
    schema: &Value,
) -> io::Result<()> {
    let address = format!("{}/{source}", kind.registry());
    let folder = root.join(&address).join(version).join(platform());
    fs::create_dir_all(&folder)?;
    let name = source.rsplit('/').next().unwrap_or(source);
    fs::copy(binary, folder.join(format!("terraform-provider-{name}_v{version}{}", env::consts::EXE_SUFFIX)))?;
    fs::write(folder.join("schema.json"), json!({ "provider_schemas": { address: schema } }).to_string())
}

/// Copies the binary to where the tool looks for it.
pub fn place(binary: &Path, root: &Path, kind: Kind) -> io::Result<Change> {
    let target = location(root, kind);
    let content = fs::read(binary)?;
    let change = match fs::read(&target) {
        Ok(present) if present == content => return Ok(Change::Kept),
        Ok(_) => Change::Replaced,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Added,
        Err(error) => return Err(error),
    };
    let folder = target.parent().expect("the location has folders above the file");
    fs::create_dir_all(folder)?;
    // A rename leaves a provider that runs at this moment its old file; the tool never sees half a file. The copy waits
    // beside the version's folder, because the tools read every file in it as part of the package.
    let staged = tempfile::Builder::new().prefix(".staged").tempdir_in(root)?;
    let copy = staged.path().join(NAME);
    fs::copy(binary, &copy)?;
    fs::rename(&copy, &target)?;
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_whether_lock_files_still_match() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("built");
        let root = folder.path().join("plugins");
        fs::create_dir(&root).unwrap();
        fs::write(&binary, "one").unwrap();
        assert_eq!(place(&binary, &root, Kind::Tofu).unwrap(), Change::Added);
        assert_eq!(place(&binary, &root, Kind::Tofu).unwrap(), Change::Kept);
        fs::write(&binary, "two").unwrap();
        assert_eq!(place(&binary, &root, Kind::Tofu).unwrap(), Change::Replaced);
        assert_eq!(fs::read(location(&root, Kind::Tofu)).unwrap(), b"two");
        assert_eq!(place(&binary, &root, Kind::Terraform).unwrap(), Change::Added);
    }

    #[test]
    fn nothing_but_the_provider_lies_in_the_mirror_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("built");
        let root = folder.path().join("plugins");
        fs::create_dir(&root).unwrap();
        fs::write(&binary, "one").unwrap();
        place(&binary, &root, Kind::Terraform).unwrap();
        let entries: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(entries, ["registry.terraform.io"]);
    }
}
