//! Rules for names and paths.

use crate::gitlab::errors::Problems;

/// Words that are routes of the whole site: no top-level group can have them (`lib/gitlab/path_regex.rb`,
/// `TOP_LEVEL_ROUTES`; the list in `doc/user/reserved_names.md` is the same).
const TOP_LEVEL: &[&str] = &[
    "-",
    ".well-known",
    "404.html",
    "422.html",
    "500.html",
    "502.html",
    "503.html",
    "admin",
    "api",
    "apple-touch-icon.png",
    "assets",
    "dashboard",
    "deploy.html",
    "explore",
    "favicon.ico",
    "favicon.png",
    "files",
    "groups",
    "health_check",
    "help",
    "import",
    "jwt",
    "login",
    "oauth",
    "profile",
    "projects",
    "public",
    "robots.txt",
    "s",
    "search",
    "sitemap",
    "sitemap.xml",
    "sitemap.xml.gz",
    "slash-command-logo.png",
    "snippets",
    "unsubscribes",
    "uploads",
    "users",
    "v2",
];

/// Words that are routes of a project: neither a project nor a subgroup can have them (`PROJECT_WILDCARD_ROUTES`).
const INNER: &[&str] = &[
    "-",
    "badges",
    "blame",
    "blob",
    "builds",
    "commits",
    "create",
    "create_dir",
    "edit",
    "files",
    "find_file",
    "new",
    "preview",
    "raw",
    "refs",
    "tree",
    "update",
    "wikis",
];

/// Checks the path of a group; `top` if it has no parent.
pub fn check_group_path(path: &str, top: bool, problems: &mut Problems) {
    if !path_characters(path) || path.ends_with('.') {
        problems.add(
            "path",
            "can contain only letters, digits, '_', '-' and '.'. \
             Cannot start with '-' or end in '.', '.git' or '.atom'.",
        );
    } else {
        check_slug(path, if top { TOP_LEVEL } else { INNER }, problems);
    }
}

/// Checks the path of a project.
pub fn check_project_path(path: &str, problems: &mut Problems) {
    if path_characters(path) {
        check_slug(path, INNER, problems);
    } else {
        problems.add(
            "path",
            "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'",
        );
    }
}

/// Checks the name of a group (`group_name_regex` in `lib/gitlab/regex.rb`).
pub fn check_group_name(name: &str, problems: &mut Problems) {
    check_name(
        name,
        "()",
        "can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. \
         It must start with letter, digit, emoji or '_'.",
        problems,
    );
}

/// Checks the name of a project (`project_name_regex` in `lib/gitlab/regex.rb`).
pub fn check_project_name(name: &str, problems: &mut Problems) {
    check_name(
        name,
        "+",
        "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. \
         It must start with a letter, digit, emoji, or '_'.",
        problems,
    );
}

/// The path that a project gets from its name, where it is given none (`Project#set_path` through `parameterize`).
pub fn project_path_of(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

fn path_characters(path: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    !path.is_empty()
        && path.chars().all(allowed)
        && !path.starts_with('-')
        && !path.ends_with(".git")
        && !path.ends_with(".atom")
}

/// Special characters at an end or in a row are refused (`oci_repository_path_regex`; `doc/user/reserved_names.md`).
fn check_slug(path: &str, reserved: &[&str], problems: &mut Problems) {
    let special = |c: char| "_-.".contains(c);
    let in_a_row = path.chars().zip(path.chars().skip(1)).any(|(a, b)| special(a) && special(b));
    if reserved.contains(&path.to_ascii_lowercase().as_str()) {
        problems.add("path", format!("{path} is a reserved name"));
    } else if in_a_row || path.starts_with(special) || path.ends_with(special) {
        problems.add(
            "path",
            "must not start or end with a special character and must not contain consecutive special characters.",
        );
    }
    if path.len() > 255 {
        problems.add("path", "is too long (maximum is 255 characters)");
    }
}

fn check_name(name: &str, more: &str, reason: &str, problems: &mut Problems) {
    let word = |c: char| c.is_alphanumeric() || c == '_' || ('\u{a9}'..='\u{1f9ff}').contains(&c);
    if name.is_empty() {
        problems.add("name", "can't be blank");
    }
    if !name.starts_with(word) || !name.chars().all(|c| word(c) || "-. ".contains(c) || more.contains(c)) {
        problems.add("name", reason);
    }
    if name.chars().count() > 255 {
        problems.add("name", "is too long (maximum is 255 characters)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(check: impl Fn(&mut Problems)) -> bool {
        let mut problems = Problems::default();
        check(&mut problems);
        problems.check().is_err()
    }

    #[test]
    fn paths() {
        for good in ["a", "a-b", "a.b", "A_1", "1", "nightly.build"] {
            assert!(!refused(|problems| check_group_path(good, true, problems)), "{good}");
            assert!(!refused(|problems| check_project_path(good, problems)), "{good}");
        }
        for bad in ["", "-a", "a.git", "a.atom", "a b", "a/b", "é", "a.", "a--b", "_a", ".a", &"a".repeat(256)] {
            assert!(refused(|problems| check_group_path(bad, true, problems)), "{bad}");
            assert!(refused(|problems| check_project_path(bad, problems)), "{bad}");
        }
        assert!(refused(|problems| check_group_path("API", true, problems)));
        assert!(!refused(|problems| check_group_path("api", false, problems)));
        assert!(refused(|problems| check_group_path("tree", false, problems)));
        assert!(refused(|problems| check_project_path("wikis", problems)));
    }

    #[test]
    fn names() {
        for good in ["Platform", "a b-c.d_e", "Über 🚀", "_x"] {
            assert!(!refused(|problems| check_group_name(good, problems)), "{good}");
            assert!(!refused(|problems| check_project_name(good, problems)), "{good}");
        }
        assert!(!refused(|problems| check_group_name("a (b)", problems)));
        assert!(refused(|problems| check_project_name("a (b)", problems)));
        assert!(!refused(|problems| check_project_name("c++", problems)));
        for bad in ["", "-a", "a/b", "foo&bar", "(a)", &"x".repeat(256)] {
            assert!(refused(|problems| check_group_name(bad, problems)), "{bad}");
        }
    }

    #[test]
    fn a_project_takes_its_path_from_its_name() {
        assert_eq!(project_path_of("My Great Project"), "my-great-project");
    }
}
