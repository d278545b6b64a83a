//! Values of input variables: which are given, and which are missing.

use super::configuration::Configuration;
use crate::problem::Problem;
use hcl_edit::structure::Body;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

/// The variables without a default and without a value.
pub(super) fn missing(
    configuration: &Configuration,
    folder: &Path,
    file: Option<&Path>,
) -> Result<Vec<Problem>, Problem> {
    let given = given(folder, file)?;
    let without = configuration.variables.iter().filter(|one| !one.has_default && !given.contains(&one.name));
    let problem = |name: &str| format!("the variable `{name}` has no default, and nothing gives it a value");
    Ok(without
        .map(|one| {
            Problem::at(one.place.clone(), problem(&one.name))
                .hint("give it in a file with --var-file, in `terraform.tfvars`, or in an example")
        })
        .collect())
}

/// The names in the named file, in the files that engines read by themselves, and in the environment.
fn given(folder: &Path, file: Option<&Path>) -> Result<BTreeSet<String>, Problem> {
    let variables = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let mut given: BTreeSet<String> =
        variables.filter_map(|name| Some(name.strip_prefix("TF_VAR_")?.to_owned())).collect();
    let refused = |error| Problem::new(format!("cannot read {}: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read_by_itself = ["terraform.tfvars", "terraform.tfvars.json"].contains(&name.as_str())
            || name.ends_with(".auto.tfvars")
            || name.ends_with(".auto.tfvars.json");
        if read_by_itself {
            given.extend(names(&path)?);
        }
    }
    if let Some(file) = file {
        given.extend(names(file)?);
    }
    Ok(given)
}

/// The names to which a file gives values.
fn names(file: &Path) -> Result<Vec<String>, Problem> {
    let refused = |reason: &dyn std::fmt::Display| Problem::new(format!("cannot read {}: {reason}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| refused(&error))?;
    if file.extension().is_some_and(|extension| extension == "json") {
        let values: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|error| refused(&error))?;
        return Ok(values.into_iter().map(|(name, _)| name).collect());
    }
    let body: Body = text.parse().map_err(|error: hcl_edit::parser::Error| refused(&error.message()))?;
    Ok(body.attributes().map(|attribute| attribute.key.as_str().to_owned()).collect())
}
