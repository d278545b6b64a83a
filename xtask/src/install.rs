//! `install`: puts the provider where a plain `terraform init` or `tofu init` finds it.

use crate::command::{Arguments, Command};
use crate::progress::{Steps, build_provider};
use acceptance_tests::environment::repository;
use acceptance_tests::mirror::{self, Change, VERSION};
use acceptance_tests::tool::Kind;
use anyhow::{Context as _, Result, anyhow};
use lab::machine::home;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The command.
pub const COMMAND: Command = Command {
    name: "install",
    summary: "Installs the provider for use in any directory",
    help: "
Builds the provider with the release profile and copies it into the plugin folder in the home directory,
which terraform and tofu search before any registry (their implied local mirror).
Afterwards `source = \"substrate/substrate\"` is enough in any configuration.

Options:
  --root DIR     use DIR in place of the home directory
  --binary FILE  install FILE in place of a fresh build",
    run,
};

fn run(arguments: &mut Arguments) -> Result<()> {
    let root = arguments.value("--root")?.map(PathBuf::from);
    let binary = arguments.value("--binary")?.map(PathBuf::from);
    arguments.finish()?;
    let given_root = root.is_some();
    let root = root.or_else(home).ok_or_else(|| anyhow!("no home directory is set; name one with --root"))?;
    let plugins = plugin_folder(&root, given_root);

    let mut steps = Steps::new(2);
    let binary = match binary {
        Some(binary) => {
            steps.next(&format!("taking {}", binary.display()));
            binary
        }
        None => {
            steps.next("building the provider with the release profile, some minutes the first time");
            build_provider("release")?
        }
    };
    steps.next(&format!("copying it to {}", plugins.display()));
    fs::create_dir_all(&plugins).with_context(|| format!("cannot make {}", plugins.display()))?;
    let mut replaced = false;
    for kind in [Kind::Terraform, Kind::Tofu] {
        let change = mirror::place(&binary, &plugins, kind)
            .with_context(|| format!("cannot copy {} to {}", binary.display(), plugins.display()))?;
        replaced |= change == Change::Replaced;
        let verb = match change {
            Change::Added => "added",
            Change::Replaced => "replaced",
            Change::Kept => "is already",
        };
        println!("      {verb} {}", mirror::location(&plugins, kind).display());
    }
    say_what_next(replaced, &root);
    Ok(())
}

/// The plugin folder that both tools search.
///
/// It is `~/.terraform.d/plugins`. But OpenTofu reads its credentials from `$XDG_CONFIG_HOME/opentofu` only while there
/// is no `~/.terraform.d`, so for its users on Linux the provider goes to the data folder, which both tools search too.
fn plugin_folder(root: &Path, given_root: bool) -> PathBuf {
    if cfg!(windows) {
        return root.join("AppData/Roaming/terraform.d/plugins");
    }
    let classic = root.join(".terraform.d");
    let xdg_user = cfg!(target_os = "linux") && !given_root && env::var_os("XDG_CONFIG_HOME").is_some();
    if classic.exists() || !xdg_user {
        return classic.join("plugins");
    }
    let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    data.unwrap_or_else(|| root.join(".local/share")).join("terraform/plugins")
}

fn say_what_next(replaced: bool, root: &Path) {
    if replaced {
        println!(
            "\nVersion {VERSION} was installed before with other content.
In each directory that used it, delete the lock file and initialize again:

  rm .terraform.lock.hcl && terraform init    (or: tofu init)

The lock file holds the checksum of the old content, and init refuses the new one
(\"doesn't match any of the checksums\") until the file is gone."
        );
    } else {
        println!(
            "\nIn any directory:

  terraform {{
    required_providers {{
      substrate = {{
        source = \"substrate/substrate\"
      }}
    }}
  }}

then `terraform init` or `tofu init`. {} is a configuration to copy.",
            repository().join("examples/quickstart").display()
        );
    }
    for file in configurations(root) {
        if fs::read_to_string(&file).is_ok_and(|text| text.contains("provider_installation")) {
            println!(
                "\nNote: {} has a `provider_installation` block, which switches the plugin folder off;
add a `filesystem_mirror` with that folder to the block.",
                file.display()
            );
        }
    }
}

/// The files from which the tools may take their command line configuration.
fn configurations(root: &Path) -> Vec<PathBuf> {
    let named = env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from);
    named.into_iter().chain([root.join(".terraformrc"), root.join(".tofurc")]).filter(|file| file.is_file()).collect()
}
