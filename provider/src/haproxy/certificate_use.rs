//! Which section of the configuration loads a certificate's file, by itself or with its directory.

use std::path::Path;

use tfplugin::prelude::*;
use tfplugin::value::Object;

use super::client::{Api, text};

/// Refuses to have a file removed without which HAProxy could not load its configuration; `files` are all that the API
/// keeps.
pub async fn refuse_while_used(api: &Api, file: &str, files: &[Object]) -> Result<()> {
    let configured = api.configuration().await?.text();
    let file = Path::new(file);
    if let Some(section) = section_that_loads(&configured, |words| names(words, file)) {
        return Err(Error::new(format!("`{}` is used by the section `{section}`", file.display()))
            .hint("Take it out there first: HAProxy could not load the configuration without it."));
    }
    let Some(directory) = file.parent().filter(|directory| is_last(file, directory, files)) else { return Ok(()) };
    match section_that_loads(&configured, |words| loads_directory(words, directory)) {
        Some(section) => Err(Error::new(format!(
            "`{}` is the last certificate in `{}`, which the section `{section}` loads",
            file.display(),
            directory.display()
        ))
        .hint("Take the directory out there first: HAProxy does not load an empty one.")),
        None => Ok(()),
    }
}

/// Whether no other file is kept in the directory.
fn is_last(file: &Path, directory: &Path, files: &[Object]) -> bool {
    let others = files.iter().filter_map(|other| text(other, "file"));
    !others.map(|other| Path::new(&other).to_owned()).any(|other| other != file && other.parent() == Some(directory))
}

/// The first section one of whose lines does so; its settings may be secret, so they are not told.
fn section_that_loads(configured: &str, loads: impl Fn(&[&str]) -> bool) -> Option<String> {
    let mut section = "";
    for line in configured.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
        if !line.starts_with([' ', '\t']) && !line.is_empty() {
            section = line;
        } else if loads(&words) {
            return Some(section.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        }
    }
    None
}

/// Whether a word is the file's path, or the end of it, as behind `crt-base`.
fn names(words: &[&str], file: &Path) -> bool {
    words.iter().any(|word| !word.is_empty() && file.ends_with(word))
}

/// Whether a `crt` has the directory, which alone may be one.
fn loads_directory(words: &[&str], directory: &Path) -> bool {
    words.windows(2).any(|pair| pair[0] == "crt" && !pair[1].is_empty() && directory.ends_with(pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "/etc/haproxy/ssl/www.pem";

    fn user(line: &str) -> Option<String> {
        section_that_loads(&format!("global\n  daemon\n\nfrontend edge\n  {line}\n"), |words| {
            names(words, Path::new(FILE))
        })
    }

    #[test]
    fn a_file_is_named_by_its_path_or_the_end_of_it() {
        for line in [
            "bind :443 ssl crt /etc/haproxy/ssl/www.pem",
            "bind :443 ssl crt \"www.pem\"",
            "bind :443 ssl crt ssl/www.pem alpn h2",
        ] {
            assert_eq!(user(line).as_deref(), Some("frontend edge"), "{line}");
        }
        for line in [
            "bind :443 ssl crt ww.pem",
            "# bind :443 ssl crt www.pem",
            "log-format \"%ci \"",
            "http-request deny if { path -m str \"\" }",
        ] {
            assert_eq!(user(line), None, "{line}");
        }
    }

    #[test]
    fn a_directory_is_loaded_by_crt_alone() {
        let directory = Path::new("/etc/haproxy/ssl");
        let loads = |line: &str| loads_directory(&line.split_whitespace().collect::<Vec<_>>(), directory);
        assert!(loads("bind :443 ssl crt /etc/haproxy/ssl/") && loads("bind :443 ssl crt ssl"));
        assert!(!loads("crt-base /etc/haproxy/ssl") && !loads("bind :443 ssl crt /etc/haproxy/ssl/www.pem"));
    }

    #[test]
    fn the_last_file_of_a_directory_has_no_other_beside_it() {
        let object = |file: &str| Object::from([("file".to_owned(), file.into())]);
        let (file, directory) = (Path::new(FILE), Path::new("/etc/haproxy/ssl"));
        assert!(is_last(file, directory, &[object(FILE), object("/etc/haproxy/other/a.pem")]));
        assert!(!is_last(file, directory, &[object(FILE), object("/etc/haproxy/ssl/b.pem")]));
    }
}
