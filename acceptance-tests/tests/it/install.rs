//! `cargo xtask install`, as a user meets it: twice.

use acceptance_tests::binary;
use acceptance_tests::environment::cargo;
use acceptance_tests::tool::tools;
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use std::fs;
use std::path::Path;

fn install(root: &Path, binary: &Path) -> String {
    let mut install = cargo();
    install.args(["run", "--quiet", "--package", "xtask", "--", "install"]);
    let output = install.arg("--root").arg(root).arg("--binary").arg(binary).output().expect("cargo starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// A lock file remembers the checksum of what was installed first. A rebuild of the same version has another one, so
/// the next init must fail, and what `install` says about it must be the cure.
#[test]
fn a_rebuild_needs_the_lock_file_deleted_and_install_says_so() {
    for tool in tools() {
        let home = tempfile::tempdir().expect("a scratch directory can be made");
        let workdir = Workdir::with_home(tool, home.path());
        workdir.file("main.tf", REQUIRED_PROVIDERS);

        let first = install(home.path(), binary::provider());
        assert!(first.contains("added") && !first.contains("lock"), "{first}");
        workdir.run(&["init"]).success();
        workdir.run(&["providers", "schema", "-json"]).success();
        let again = install(home.path(), binary::provider());
        assert!(again.contains("is already") && !again.contains("lock"), "{again}");
        workdir.run(&["init"]).success();

        // What the linker appends to a program does not run: this is another build of the same source.
        let mut rebuilt = fs::read(binary::provider()).expect("the provider can be read");
        rebuilt.extend_from_slice(b"rebuilt");
        let copy = home.path().join("rebuilt");
        fs::write(&copy, rebuilt).expect("the scratch directory takes a file");
        fs::set_permissions(&copy, fs::metadata(binary::provider()).expect("it was read").permissions())
            .expect("the copy becomes executable");
        let second = install(home.path(), &copy);
        assert!(second.contains("replaced") && second.contains("rm .terraform.lock.hcl"), "{second}");

        let refused = workdir.run(&["init"]).exits(1);
        let words = refused.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("match any of the checksums"), "{}: {words}", tool.label());
        workdir.without(".terraform.lock.hcl");
        workdir.run(&["init"]).success();
        workdir.run(&["providers", "schema", "-json"]).success();
    }
}
