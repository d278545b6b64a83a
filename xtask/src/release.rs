//! `release`: the archive, the manifest and the checksums that a registry expects.

use crate::command::{Arguments, Command};
use crate::progress::{Steps, alive};
use acceptance_tests::binary;
use acceptance_tests::environment::repository;
use acceptance_tests::mirror::{VERSION, platform};
use anyhow::{Context as _, Result, anyhow, bail};
use lab::machine::on_path;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// The command.
pub const COMMAND: Command = Command {
    name: "release",
    summary: "Packs the provider for a registry into target/release-assets",
    help: "
Builds the provider with the release profile (statically against musl on Linux, so that it runs in the Alpine images
of terraform and tofu), packs it into a zip archive, and writes the manifest and SHA256SUMS beside it.
The signature is yours to make; the command is printed.

Options:
  --gnu  link against the system's C library in place of musl",
    run,
};

fn run(arguments: &mut Arguments) -> Result<()> {
    let gnu = arguments.flag("--gnu");
    arguments.finish()?;
    let target = if cfg!(target_os = "linux") && !gnu { Some(musl()?) } else { None };
    let mut steps = Steps::new(3);

    steps.next("building the provider with the release profile");
    let options: Vec<_> = target.iter().flat_map(|target| ["--target", target.as_str()]).collect();
    let mut build = binary::release(&options);
    let built = alive("building the provider", || binary::built_by(&mut build)).map_err(anyhow::Error::msg)?;

    let assets = repository().join("target/release-assets");
    let stem = format!("{}_{VERSION}", binary::NAME);
    let archive = format!("{stem}_{}.zip", platform());
    let manifest = format!("{stem}_manifest.json");
    steps.next(&format!("packing {archive}"));
    fs::create_dir_all(&assets).with_context(|| format!("cannot make {}", assets.display()))?;
    pack(&built, &assets, &archive)?;
    fs::copy(repository().join("registry-manifest.json"), assets.join(&manifest))
        .context("cannot copy registry-manifest.json")?;

    let sums = format!("{stem}_SHA256SUMS");
    steps.next(&format!("writing {sums}"));
    checksums(&assets, &[&archive, &manifest], &sums)?;

    println!("\nIn {}:\n  {archive}\n  {manifest}\n  {sums}", assets.display());
    println!(
        "\nSign the checksums with the key that the registry knows, then attach all four files to the tag v{VERSION}:"
    );
    println!("\n  gpg --detach-sign --local-user KEY {}", assets.join(&sums).display());
    Ok(())
}

/// The musl target of this machine, if the toolchain has it.
fn musl() -> Result<String> {
    let target = format!("{}-unknown-linux-musl", env::consts::ARCH);
    let mut rustc = process::Command::new("rustc");
    let printed = rustc.current_dir(repository()).args(["--print", "target-libdir", "--target", &target]).output()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
    if !folder.is_dir() {
        bail!("the toolchain has no {target}; `rustup target add {target}` installs it, or pass --gnu");
    }
    Ok(target)
}

/// Packs the binary under the name that the registry protocol wants, with the time of the last commit, so that the same
/// source gives the same archive.
fn pack(built: &Path, assets: &Path, archive: &str) -> Result<()> {
    let zip = on_path("zip").ok_or_else(|| anyhow!("zip is not on the PATH; install it to pack a release"))?;
    let folder = tempfile::tempdir().context("cannot make a scratch directory")?;
    let name = format!("{}_v{VERSION}{}", binary::NAME, env::consts::EXE_SUFFIX);
    fs::copy(built, folder.path().join(&name)).with_context(|| format!("cannot copy {}", built.display()))?;
    if let Some(time) = commit_time() {
        fs::File::options().write(true).open(folder.path().join(&name))?.set_modified(time)?;
    }
    let target = assets.join(archive);
    // `zip` adds to an archive that is there already.
    if target.exists() {
        fs::remove_file(&target).with_context(|| format!("cannot replace {}", target.display()))?;
    }
    let status = process::Command::new(zip)
        .env("TZ", "UTC")
        .current_dir(folder.path())
        .args(["-9", "--quiet", "-X"])
        .arg(&target)
        .arg(&name)
        .status()?;
    if !status.success() {
        bail!("zip ended with {status}");
    }
    Ok(())
}

fn commit_time() -> Option<std::time::SystemTime> {
    let mut git = process::Command::new("git");
    let printed = git.current_dir(repository()).args(["log", "-1", "--format=%ct"]).output().ok()?;
    let seconds = String::from_utf8(printed.stdout).ok()?.trim().parse().ok()?;
    Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

fn checksums(assets: &Path, files: &[&str], name: &str) -> Result<()> {
    let mut lines = String::new();
    for file in files {
        let content = fs::read(assets.join(file)).with_context(|| format!("cannot read {file}"))?;
        lines += &format!("{}  {file}\n", sha256(&content));
    }
    fs::write(assets.join(name), lines).with_context(|| format!("cannot write {name}"))
}

fn sha256(content: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_what_sha256sum_prints() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
