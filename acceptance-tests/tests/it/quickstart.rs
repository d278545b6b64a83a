//! `cargo xtask quickstart`, the first thing that a new user runs.

use acceptance_tests::environment::cargo;
use acceptance_tests::tool::tools;

/// The README promises a plan, an apply, a look at what was made, and an empty second plan.
#[test]
fn quickstart_applies_the_example_and_plans_nothing_afterwards() {
    for tool in tools() {
        let mut quickstart = cargo();
        quickstart.args(["run", "--quiet", "--package", "xtask", "--", "quickstart"]);
        let output = quickstart.arg("--with").arg(&tool.path).output().expect("cargo starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}:\n{text}{}", tool.label(), String::from_utf8_lossy(&output.stderr));
        for promised in ["northwind/platform/gateway", "REGISTRY_PASSWORD", "priority::high", "No changes.", "Done in"]
        {
            assert!(text.contains(promised), "{}: no `{promised}` in\n{text}", tool.label());
        }
        assert!(!text.contains("quickstart-only-registry-password"), "{}: the secret is shown", tool.label());
    }
}
