//! The command: fetches both packages, reads the types in use and writes the lock.

use super::{assemble, binding, corrections, markers, print, wanted};
use crate::command::{Arguments, Command};
use crate::progress::{self, Steps};
use acceptance_tests::environment::repository;
use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// The command.
pub const COMMAND: Command = Command {
    name: "schemas",
    summary: "Writes the generator's schema lock from two npm packages",
    help: "
Writes codegen/schemas/aws.json: names, types, nesting and flags of the types that the modules use, in the form of
`terraform providers schema -json`. The types are listed in xtask/src/schemas/wanted.rs.

Options:
  --cdktf DIR   use the unpacked package @cdktf/provider-aws in DIR in place of a download
  --pulumi DIR  use the unpacked package @pulumi/aws in DIR in place of a download",
    run,
};

/// Its bindings hold the provider's names, types, nesting and flags, except those in `markers`.
const CDKTF: &str = "@cdktf/provider-aws@21.22.1";
/// The provider version that those bindings were generated from.
const VERSION: &str = "6.25.0";
const PULUMI: &str = "@pulumi/aws@7.48.0";
const ADDRESS: &str = "registry.terraform.io/hashicorp/aws";

fn run(arguments: &mut Arguments) -> Result<()> {
    let cdktf = arguments.value("--cdktf")?.map(PathBuf::from);
    let pulumi = arguments.value("--pulumi")?.map(PathBuf::from);
    arguments.finish()?;
    let folder = tempfile::tempdir()?;
    let mut steps = Steps::new(3);
    steps.next(&format!("fetching {CDKTF}"));
    let cdktf = package(cdktf, CDKTF, &folder.path().join("cdktf"))?;
    steps.next(&format!("fetching {PULUMI}"));
    let pulumi = package(pulumi, PULUMI, &folder.path().join("pulumi"))?;
    steps.next("reading the types in use");
    let lock = lock(&cdktf, &pulumi)?;
    let file = repository().join("codegen/schemas/aws.json");
    fs::write(&file, print::text(&lock)).with_context(|| format!("cannot write {}", file.display()))?;
    println!("      wrote {}", file.display());
    Ok(())
}

/// The folder of an unpacked package: the one that the user named, or a fresh download.
fn package(given: Option<PathBuf>, name: &str, folder: &Path) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given);
    }
    fs::create_dir_all(folder)?;
    let mut pack = process::Command::new("npm");
    pack.args(["pack", "--silent", name]).current_dir(folder).stdout(process::Stdio::null());
    progress::run(&format!("npm pack {name}"), &mut pack)?;
    let archive = fs::read_dir(folder)?.next().context("npm pack left no file")??.path();
    let mut unpack = process::Command::new("tar");
    unpack.arg("-xzf").arg(&archive).arg("-C").arg(folder);
    progress::run("unpacking", &mut unpack)?;
    Ok(folder.join("package"))
}

fn lock(cdktf: &Path, pulumi: &Path) -> Result<Value> {
    let marks = markers::Package::read(pulumi)?;
    let read = |folder: &str| -> Result<Value> {
        let binding = binding::read(&cdktf.join("lib").join(folder))?;
        assemble::schema(&binding).with_context(|| format!("cannot read {folder}"))
    };
    let marked = |name: &str, prefix: &str, path: &str| -> Result<(String, Value)> {
        let mut schema = read(&format!("{prefix}{}", name.trim_start_matches("aws_").replace('_', "-")))?;
        marks.mark(path, &mut schema)?;
        Ok((name.to_owned(), schema))
    };
    let all = |kinds: &[(&str, &str)], prefix: &str| -> Result<Map<String, Value>> {
        kinds.iter().map(|(name, path)| marked(name, prefix, path)).collect()
    };
    let mut config = read("provider")?;
    // Terraform's own argument of every provider block, which is in no schema.
    config["block"]["attributes"].as_object_mut().and_then(|attributes| attributes.remove("alias"));
    let mut provider = json!({
        "provider": config,
        "resource_schemas": all(wanted::RESOURCES, "")?,
        "data_source_schemas": all(wanted::DATA_SOURCES, "data-aws-")?,
    });
    corrections::apply(&mut provider)?;
    Ok(json!({
        "format_version": "1.0",
        "provider_versions": { ADDRESS: VERSION },
        "provider_schemas": { ADDRESS: provider },
    }))
}
