//! Where schemas come from: the lock in this binary, or a folder of files.

use crate::problem::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::env;
use std::fmt::Display;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A text in the form of `terraform providers schema -json`.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file that it was read from; a name in the repository for what is part of this binary.
    pub file: PathBuf,
    /// JSON.
    pub text: String,
}

/// The committed schemas: the types that the modules use, and those that Terraform itself provides.
pub fn lock() -> Vec<Document> {
    let document = |file: &str, text: &str| Document { file: file.into(), text: text.to_owned() };
    vec![
        document("codegen/schemas/aws.json", include_str!("../../schemas/aws.json")),
        document("codegen/schemas/terraform.json", include_str!("../../schemas/terraform.json")),
    ]
}

/// The folder that `SUBSTRATE_SCHEMAS` names; an empty variable names none.
pub fn named() -> Option<PathBuf> {
    env::var_os("SUBSTRATE_SCHEMAS").filter(|named| !named.is_empty()).map(PathBuf::from)
}

/// The schemas in the files of a folder whose names end with `.json` or `.json.xz`, in the order of their names.
///
/// Other JSON may lie beside them; only texts with `provider_schemas` are taken.
pub fn folder(path: &Path) -> Result<Vec<Document>, Problem> {
    let mut documents = Vec::new();
    for file in files(path)? {
        let Some(text) = read(&file).map_err(|error| refused(path, &format!("{}: {error}", file.display())))? else {
            continue;
        };
        if text.contains("\"provider_schemas\"") {
            documents.push(Document { file, text });
        }
    }
    if documents.is_empty() {
        return Err(refused(path, &"no file there holds provider_schemas"));
    }
    Ok(documents)
}

/// The values that attributes take, by type and attribute: `enum`, lengths `min` and `max`, `pattern`. They are in the
/// files of a folder whose names end with `-attr-constraints.json`, compressed or not; a folder need not have any.
pub fn constraints(path: &Path) -> Result<Map<String, Value>, Problem> {
    let mut constraints = Map::new();
    for file in files(path)? {
        if !file.to_string_lossy().trim_end_matches(".xz").ends_with("-attr-constraints.json") {
            continue;
        }
        let unread = |error: &dyn Display| refused(path, &format!("{}: {error}", file.display()));
        let text = read(&file).map_err(|error| unread(&error))?.unwrap_or_default();
        let of_types: Map<String, Value> = serde_json::from_str(&text).map_err(|error| unread(&error))?;
        constraints.extend(of_types);
    }
    Ok(constraints)
}

fn files(path: &Path) -> Result<BTreeSet<PathBuf>, Problem> {
    let entries = fs::read_dir(path).map_err(|error| refused(path, &error))?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>();
    files.map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &dyn Display) -> Problem {
    Problem::new(format!("cannot read the schemas in {}: {error}", path.display()))
        .hint("SUBSTRATE_SCHEMAS names a folder with files of `terraform providers schema -json`")
}

fn read(file: &Path) -> std::io::Result<Option<String>> {
    let name = file.to_string_lossy();
    if name.ends_with(".json") {
        return fs::read_to_string(file).map(Some);
    }
    if !name.ends_with(".json.xz") {
        return Ok(None);
    }
    let mut text = String::new();
    lzma_rust2::XzReader::new(fs::File::open(file)?, true).read_to_string(&mut text)?;
    Ok(Some(text))
}
