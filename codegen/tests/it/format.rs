//! The formatter by itself; acceptance-tests hold it against the real tools.

use codegen::hcl::format;
use std::fs;
use std::path::{Path, PathBuf};

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("the corpus can be listed").path())
        .collect();
    files.sort();
    let name = |file: &PathBuf| file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read_to_string(file).expect("the corpus is text"))).collect()
}

#[test]
fn what_is_formatted_stays() {
    for (name, text) in corpus() {
        let once = format(&text);
        assert_eq!(format(&once), once, "{name}");
    }
}

#[test]
fn a_source_that_is_no_hcl_ends_and_loses_nothing_but_spaces() {
    for text in ["a = \"${", "<<EOT\n", "}}}", "a {", "\u{1f600} = }", "~}", "/* open", "x = <<-E\n ${ \"", "= {[("] {
        let squeezed = |text: &str| text.replace([' ', '\t'], "");
        assert_eq!(squeezed(&format(text)), squeezed(text));
    }
}
