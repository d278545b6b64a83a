//! A token that GitLab generates goes to its variable, and to nothing else that the tools write or print.

use crate::estate::{PROJECT, look, workdir};
use acceptance_tests::tool::tools;
use lab::blocking::GitLab;

const AT: &str = "substrate_gitlab_project_access_token.ci";

fn token() -> String {
    format!(
        r#"{PROJECT}
resource "substrate_gitlab_project_access_token" "ci" {{
  project = substrate_gitlab_project.parent.id
  name    = "ci"
  scopes  = ["api"]

  rotation_configuration = {{
    expiration_days    = 30
    rotate_before_days = 10
  }}

  deliver = {{
    gitlab_variable = {{
      group = substrate_gitlab_group.parent.id
      key   = "CI_TOKEN"
    }}
  }}
}}
"#
    )
}

/// The token that GitLab has in the variable.
#[track_caller]
fn delivered(gitlab: &GitLab) -> String {
    look(gitlab, "/groups/infra/variables/CI_TOKEN")["value"].as_str().expect("a value").to_owned()
}

#[track_caller]
fn active(gitlab: &GitLab) -> usize {
    let tokens = look(gitlab, "/projects/infra%2Fweb/access_tokens?state=active");
    tokens.as_array().expect("a list").len()
}

#[test]
fn a_generated_token_is_in_neither_plan_nor_state_nor_log() {
    for tool in tools() {
        let gitlab = GitLab::start();
        let workdir = workdir(tool, &gitlab, &token()).env("TF_LOG", "TRACE");
        let mut texts = Vec::new();
        for _ in 0..3 {
            texts.push(workdir.run(&["plan", "-out=plan.bin"]).success());
        }
        texts.push(workdir.run(&["show", "-json", "plan.bin"]).success());
        assert_eq!(gitlab.count("POST", "/projects/*/access_tokens"), 0, "{}: a plan issues nothing", tool.label());
        texts.push(workdir.apply());
        texts.push(workdir.plans_nothing());
        let first = delivered(&gitlab);
        assert_eq!((gitlab.count("POST", "/projects/*/access_tokens"), active(&gitlab)), (1, 1), "{}", tool.label());
        let mut states = workdir.state_text();

        gitlab.age_access_tokens(25);
        assert_eq!(workdir.planned().get(AT), Some(&vec!["update".to_owned()]), "{}: it is due", tool.label());
        texts.push(workdir.run(&["show", "-json", "plan.bin"]).success());
        texts.push(workdir.apply());
        let second = delivered(&gitlab);
        assert_eq!((gitlab.count("POST", "/projects/*/access_tokens"), active(&gitlab)), (2, 1), "{}", tool.label());
        states += &workdir.state_text();
        texts.push(workdir.destroy());

        assert!(first != second && states.contains("CI_TOKEN"), "{}", tool.label());
        texts.iter().for_each(|output| {
            let what = format!("{}: `{}`", tool.label(), output.command);
            assert!(!output.text().contains(&first) && !output.text().contains(&second), "{what} shows a token");
        });
        assert!(!states.contains(&first) && !states.contains(&second), "{}: the state holds a token", tool.label());
        assert_eq!(gitlab.violations(), Vec::<String>::new(), "calls that GitLab would not understand");
    }
}
