//! Reads that wait for the same collection share one list call.

use crate::estate::{PROJECT, workdir};
use acceptance_tests::tool::tools;
use lab::blocking::GitLab;

/// The peers read each object on its own, and so meet GitLab's rate limit.
#[test]
fn a_hundred_labels_and_a_hundred_variables_are_two_calls() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let children = r##"
resource "substrate_gitlab_project_label" "this" {
  count = 100

  project = substrate_gitlab_project.parent.id
  name    = "label-${count.index}"
  color   = "#ff0000"
}

resource "substrate_gitlab_project_variable" "this" {
  count = 100

  project = substrate_gitlab_project.parent.id
  key     = "KEY_${count.index}"
  value   = "value ${count.index}"
}
"##;
        let workdir = workdir(tool, &gitlab, &format!("{PROJECT}{children}"));
        workdir.apply();
        gitlab.clear_log();
        workdir.plans_nothing();
        assert_eq!(gitlab.count("GET", "/projects/*/labels"), 1, "{}: list calls for labels", tool.label());
        assert_eq!(gitlab.count("GET", "/projects/*/labels/*"), 0, "{}: calls for one label", tool.label());
        assert_eq!(gitlab.count("GET", "/projects/*/variables"), 1, "{}: list calls for variables", tool.label());
        assert_eq!(gitlab.count("GET", "/projects/*/variables/*"), 0, "{}: calls for one variable", tool.label());
    }
}
