//! Somebody else's repository uses the modules: by git source at a tag, and by version constraint from a registry.

use acceptance_tests::environment::repository;
use acceptance_tests::modules::{self, Repository};
use acceptance_tests::tool::tools;
use acceptance_tests::workdir::Workdir;
use lab::blocking::Registry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The registry's name, which no resolver knows.
const HOST: &str = "modules.example.com";

/// The versions that are tagged and released.
const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "2.0.0"];

/// The modules as they are in each version; who installs the last one has nothing that can be read.
fn releases() -> Repository {
    let releases = Repository::new();
    for version in VERSIONS {
        for module in modules::names() {
            let folder = format!("modules/{module}");
            releases.file(&format!("{folder}/VERSION"), version);
            if version == VERSIONS[2] {
                releases.file(&format!("{folder}/main.tf"), "of another time");
            }
        }
        releases.tag(&format!("v{version}"));
    }
    releases
}

/// A registry with the modules of all versions.
fn registry(releases: &Repository) -> Registry {
    let mut builder = lab::Registry::builder();
    for version in VERSIONS {
        let package = format!("{version}.tar.gz");
        builder = builder.package(&package, releases.archive(&format!("v{version}")));
        for module in modules::names() {
            let address = format!("platform/{module}/aws");
            builder = builder.release(&address, version, &package, &format!("modules/{module}"));
        }
    }
    Registry::build(builder).expect("a port is free")
}

/// A root that calls the first example of each module twice: from git, and from the registry.
fn consumer(workdir: &Workdir, releases: &Repository, registry: &Registry) {
    workdir.cli(&format!("host \"{HOST}\" {{\n  services = {{ \"modules.v1\" = \"{}\" }}\n}}\n", registry.service()));
    let mut root = String::new();
    for module in modules::names() {
        let git = format!("source = \"git::{}//modules/{module}?ref=v1.0.0\"", releases.url());
        let released = format!("source  = \"{HOST}/platform/{module}/aws\"\n  version = \"~> 1.0\"");
        for (way, source) in [("git", git), ("registry", released)] {
            let folder = format!("{way}_{module}");
            modules::example(&module, &modules::examples(&module)[0], &source, &workdir.path().join(&folder));
            root += &format!("module \"{folder}\" {{\n  source = \"./{folder}\"\n}}\n\n");
        }
    }
    workdir.file("main.tf", &root);
}

/// What the host installed for each call: the version, and the folder.
fn installed(workdir: &Workdir) -> BTreeMap<String, (Value, String)> {
    let text = fs::read_to_string(workdir.path().join(".terraform/modules/modules.json")).expect("modules are listed");
    let list: Value = serde_json::from_str(&text).expect("the list is JSON");
    let entries = list["Modules"].as_array().expect("the list has modules");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.iter().map(|entry| (text(&entry["Key"]), (entry["Version"].clone(), text(&entry["Dir"])))).collect()
}

/// The resources of one call in the state, without the call's own name.
fn resources(listed: &str, call: &str) -> BTreeSet<String> {
    let prefix = format!("module.{call}.module.");
    listed.lines().filter_map(|address| address.strip_prefix(&prefix)).map(str::to_owned).collect()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_module_is_used_by_git_source_and_by_version_constraint() {
    let releases = releases();
    for tool in tools() {
        let registry = registry(&releases);
        let workdir = Workdir::with_locked_standins(tool);
        consumer(&workdir, &releases, &registry);
        workdir.run(&["init"]).success();
        let planned = workdir.planned();
        let foreign: Vec<_> =
            planned.iter().filter(|(_, actions)| !["create", "read"].contains(&actions[0].as_str())).collect();
        assert!(foreign.is_empty(), "{}: {foreign:?}", tool.label());
        workdir.apply();
        workdir.plans_nothing();

        let listed = workdir.run(&["state", "list"]).success().stdout;
        let calls = installed(&workdir);
        for module in modules::names() {
            let label = calls.keys().find_map(|key| key.strip_prefix(&format!("git_{module}.")));
            let label = label.unwrap_or_else(|| panic!("{module} is installed: {calls:?}")).to_owned();
            for (way, version) in [("git", "1.0.0"), ("registry", "1.1.0")] {
                let (of_registry, folder) = &calls[&format!("{way}_{module}.{label}")];
                let folder = workdir.path().join(folder);
                assert_eq!(text(&folder.join("VERSION")), version, "{}: {way}: {module}", tool.label());
                let ours = text(&repository().join("modules").join(&module).join("main.tf"));
                assert_eq!(text(&folder.join("main.tf")), ours, "{}: {way}: {module}", tool.label());
                assert_eq!(of_registry.as_str().unwrap_or_default(), if way == "git" { "" } else { version });
                assert_eq!(registry.count("GET", &format!("/v1/modules/platform/{module}/aws/2.0.0/download")), 0);
            }
            let (git, released) =
                (resources(&listed, &format!("git_{module}")), resources(&listed, &format!("registry_{module}")));
            assert!(!git.is_empty() && git == released, "{}: {module}: {git:?} {released:?}", tool.label());
        }
        assert_eq!(registry.count("GET", "/packages/2.0.0.tar.gz"), 0);
    }
}
