//! The manual in `docs` is what the tables and the examples say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tfplugin::docs::pages;

/// The folders of `docs` that hold generated pages only.
const FOLDERS: [&str; 6] =
    ["actions", "data-sources", "ephemeral-resources", "functions", "list-resources", "resources"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a folder of the repository")
}

fn generated() -> BTreeMap<PathBuf, String> {
    pages(&provider::provider(), &root().join("examples"))
}

/// The pages that there are, the index apart.
fn committed(docs: &Path) -> Vec<PathBuf> {
    let files = FOLDERS.iter().filter_map(|folder| fs::read_dir(docs.join(folder)).ok()).flatten();
    let below = |entry: fs::DirEntry| entry.path().strip_prefix(docs).expect("the entry lies there").to_owned();
    files.map(|file| below(file.expect("the folder can be listed"))).collect()
}

/// Rewrites what is stale and fails then, so that a second run passes and the change is in the diff.
#[test]
fn the_pages_are_fresh() {
    let docs = root().join("docs");
    let pages = generated();
    let mut stale = Vec::new();
    for page in committed(&docs).into_iter().filter(|page| !pages.contains_key(page)) {
        fs::remove_file(docs.join(&page)).unwrap();
        stale.push(page);
    }
    for (page, text) in pages {
        let file = docs.join(&page);
        if fs::read_to_string(&file).is_ok_and(|committed| committed == text) {
            continue;
        }
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        stale.push(page);
    }
    assert!(stale.is_empty(), "rewrote stale pages in docs; commit them: {stale:?}");
}

#[test]
fn each_resource_and_data_source_shows_an_example() {
    let pages = generated();
    let silent: Vec<_> = pages.iter().filter(|(_, text)| !text.contains("\n## Example usage\n")).collect();
    let silent: Vec<_> = silent.into_iter().map(|(page, _)| page).collect();
    assert!(silent.is_empty(), "write the examples of these pages: {silent:?}");
}

/// Links within a page lead somewhere.
#[test]
fn each_link_has_its_anchor() {
    for (page, text) in generated() {
        for link in text.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(text.contains(&format!("<a id=\"{link}\"></a>")), "{}: #{link}", page.display());
        }
    }
}
