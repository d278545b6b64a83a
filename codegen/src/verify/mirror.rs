//! A filesystem mirror in which every provider is the stand-in.

use super::engine::Engine;
use super::needs::Needs;
use super::served::Catalog;
use crate::problem::Problem;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The program that plays providers.
const STANDIN: &str = "terraform-provider-standin";

/// The file beside the program that says whom it plays.
const SCHEMA: &str = "schema.json";

/// The stand-in beside this program, else the one on the PATH.
pub(super) fn standin() -> Result<PathBuf, Problem> {
    let name = format!("{STANDIN}{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(env::split_paths(&path));
    let found = folders.map(|folder| folder.join(&name)).find(|program| program.is_file());
    found.ok_or_else(|| {
        Problem::new(format!("there is no `{name}` beside this program, nor on the PATH"))
            .hint("`cargo install --path standin` in a clone of the repository makes it; both belong into one folder")
    })
}

/// Puts a stand-in for each provider into `root`, and writes the command line configuration that names it.
pub(super) fn build(
    root: &Path,
    standin: &Path,
    engine: &Engine,
    needs: &Needs,
    catalog: &Catalog,
) -> Result<PathBuf, Problem> {
    let refused = |error: io::Error| Problem::new(format!("cannot write a mirror in {}: {error}", root.display()));
    let mirror = root.join("mirror");
    fs::create_dir_all(&mirror).map_err(refused)?;
    for (address, need) in &needs.0 {
        // Constraints without a version were reported before.
        let Some(version) = need.version(catalog, address) else { continue };
        for host in address.hosts() {
            let provider = mirror.join(host).join(&address.namespace).join(&address.name);
            let folder = provider.join(version.to_string()).join(&engine.platform);
            fs::create_dir_all(&folder).map_err(refused)?;
            let name = format!("terraform-provider-{}_v{version}{}", address.name, env::consts::EXE_SUFFIX);
            place(standin, &folder.join(name)).map_err(refused)?;
            let served = catalog.serving(host, address, need).to_string();
            fs::write(folder.join(SCHEMA), served).map_err(refused)?;
        }
    }
    let cli = root.join("cli.tfrc");
    // A JSON string is one in HCL, but for `${` and `%{`, which no scratch path has.
    let path = serde_json::Value::from(mirror.to_string_lossy()).to_string();
    let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n");
    fs::write(&cli, text).map_err(refused)?;
    Ok(cli)
}

/// A link where the folder is on the same disk, else a copy.
fn place(standin: &Path, target: &Path) -> io::Result<()> {
    fs::hard_link(standin, target).or_else(|_| fs::copy(standin, target).map(drop))
}
