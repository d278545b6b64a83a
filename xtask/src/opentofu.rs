//! OpenTofu for the tests, built as an ordinary Go module into a cache outside `target`.

use crate::progress::alive;
use acceptance_tests::environment::{on_path, repository};
use acceptance_tests::tool::{TOFU_VERSION, cached_tofu};
use anyhow::{Context as _, Result, anyhow, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Returns the built OpenTofu, after building it where it is missing.
pub fn ensure() -> Result<PathBuf> {
    let binary = cached_tofu().ok_or_else(|| anyhow!("neither XDG_CACHE_HOME nor HOME is set"))?;
    if binary.is_file() {
        return Ok(binary);
    }
    let go = on_path("go").ok_or_else(|| anyhow!("go is not on the PATH, and OpenTofu is built with it"))?;
    let folder = binary.parent().context("the cache has a folder for each version")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // The rename at the end is what makes the cache valid: an interrupted build leaves nothing that looks finished.
    let staged = tempfile::Builder::new().prefix("build-").tempdir_in(folder)?;
    let output = staged.path().join("tofu");
    let mut build = Command::new(go);
    build.current_dir(repository().join("acceptance-tests/tofu"));
    build.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
    build.args(["-ldflags", "-s -w -X github.com/opentofu/opentofu/version.dev=no"]);
    build.arg("-o").arg(&output).arg("github.com/opentofu/opentofu/cmd/tofu");
    let what = format!("building OpenTofu {TOFU_VERSION}, once, some 3 minutes");
    let result = alive(&what, || build.output()).context("go does not start")?;
    if !result.status.success() {
        bail!("OpenTofu does not build:\n{}", last_lines(&String::from_utf8_lossy(&result.stderr), 20));
    }
    fs::rename(&output, &binary).with_context(|| format!("cannot move OpenTofu to {}", binary.display()))?;
    Ok(binary)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_names_the_version_that_the_tests_expect() {
        let module = fs::read_to_string(repository().join("acceptance-tests/tofu/go.mod")).unwrap();
        assert!(module.contains(&format!("github.com/opentofu/opentofu v{TOFU_VERSION}")), "{module}");
    }
}
