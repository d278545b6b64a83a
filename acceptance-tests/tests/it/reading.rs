//! Data sources and functions, which read and compute while the tool plans.

use crate::estate::workdir;
use acceptance_tests::tool::tools;
use lab::blocking::GitLab;

const LOOK_UPS: &str = r#"
data "substrate_gitlab_current_user" "me" {}

data "substrate_gitlab_group" "by_path" {
  full_path = "acme/platform"
}

data "substrate_gitlab_group" "by_id" {
  id = data.substrate_gitlab_group.by_path.id
}

data "substrate_gitlab_project" "website" {
  path_with_namespace = "acme/platform/website"
}

output "user" {
  value = data.substrate_gitlab_current_user.me.username
}

output "group" {
  value = data.substrate_gitlab_group.by_id.full_path
}

output "project" {
  value = data.substrate_gitlab_project.website.namespace_id == data.substrate_gitlab_group.by_path.id
}

output "subject" {
  value = provider::substrate::gitlab_oidc_sub(
    data.substrate_gitlab_project.website.path_with_namespace, "branch", "main", null,
  )
}
"#;

#[test]
fn what_exists_is_found_and_computed_with_while_planning() {
    for tool in tools() {
        let gitlab = GitLab::build(lab::GitLab::builder().demo()).expect("the lab starts");
        let workdir = workdir(tool, &gitlab, LOOK_UPS);
        workdir.run(&["plan", "-out=plan.bin"]).success();
        let plan = workdir.json(&["show", "-json", "plan.bin"]);
        let output = |name: &str| plan["planned_values"]["outputs"][name]["value"].clone();
        assert_eq!(output("user"), "root", "{}", tool.label());
        assert_eq!(output("group"), "acme/platform", "{}", tool.label());
        assert_eq!(output("project"), true, "{}", tool.label());
        let subject = "project_path:acme/platform/website:ref_type:branch:ref:main";
        assert_eq!(output("subject"), subject, "{}", tool.label());
        workdir.apply();
        workdir.plans_nothing();
        assert!(
            gitlab.requests().iter().all(|request| request.method == "GET"),
            "{}: something was written",
            tool.label()
        );
        assert_eq!(gitlab.violations(), Vec::<String>::new(), "calls that GitLab would not understand");
    }
}

/// Guessing what was meant would manage the wrong thing.
#[test]
fn what_does_not_exist_is_an_error_that_names_it() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let missing = "data \"substrate_gitlab_group\" \"none\" {\n  full_path = \"acme/nowhere\"\n}\n";
        let workdir = workdir(tool, &gitlab, missing);
        let errors = workdir.run(&["plan", "-json"]).errors();
        let named = errors.iter().any(|error| error.text().contains("acme/nowhere"));
        assert!(named, "{}: {errors:?}", tool.label());
    }
}

#[test]
fn a_wrong_argument_of_a_function_is_refused_by_its_name() {
    let table = [
        (r#"("website", "branch", "main", null)"#, "project_path", "website"),
        (r#"("acme/website", "commit", "main", null)"#, "ref_type", "tag"),
        (r#"("acme/website", "branch", "main", ["ref"])"#, "components", "project_path"),
    ];
    for tool in tools() {
        let gitlab = GitLab::start();
        for (arguments, parameter, word) in table {
            let call = format!("output \"sub\" {{\n  value = provider::substrate::gitlab_oidc_sub{arguments}\n}}\n");
            let errors = workdir(tool, &gitlab, &call).run(&["plan", "-json"]).errors();
            let named = errors.iter().any(|error| error.text().contains(parameter) && error.text().contains(word));
            assert!(named, "{}, {parameter}: {errors:?}", tool.label());
        }
        assert!(gitlab.requests().is_empty(), "{}: a function needs no server", tool.label());
    }
}
