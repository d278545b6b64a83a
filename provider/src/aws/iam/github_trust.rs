//! Trust policies for jobs of GitHub Actions.
//!
//! Facts come from GitHub's manual, "OpenID Connect reference": the claim `sub` is `repo:<owner>/<name>:` and then
//! `ref:refs/heads/<branch>`, `ref:refs/tags/<tag>`, `environment:<name>` where the job has one, or `pull_request`. A colon
//! in an environment's name is written `%3A`.

use tfplugin::prelude::*;

use super::subject_trust::{WILDCARDS, audience, document, exact, issuer, provider_arn, ref_name, some};

/// Builds the trust policy of a role that jobs of GitHub Actions may assume, from their repositories and refs. It names
/// the issuer, one audience, and the subjects of the jobs.
#[derive(Schema)]
#[tf(name = "github_trust_policy")]
pub struct GithubTrustPolicy {
    /// ARN of the OpenID Connect provider for GitHub, such as
    /// `arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com`.
    #[tf(check = of_github)]
    provider_arn: String,

    /// Audience that a token must have; that of AWS's own action is `sts.amazonaws.com`.
    #[tf(check = audience)]
    audience: String,

    /// Jobs that may assume the role.
    #[tf(check = some)]
    jobs: Vec<GithubJobs>,
}

/// Which jobs may assume the role.
#[derive(Clone, Debug, Nested)]
#[tf(one_of(branch, tag, environment, pull_request))]
struct GithubJobs {
    /// Repository with its owner, such as `octo-org/web`.
    #[tf(check = repository)]
    repository: String,

    /// Branch that a job must run on, without an environment; `*` stands for any text.
    #[tf(check = ref_name)]
    branch: Option<String>,

    /// Tag that a job must run on, without an environment; `*` stands for any text.
    #[tf(check = ref_name)]
    tag: Option<String>,

    /// Environment that a job must deploy to, whatever it runs on; `*` stands for any text.
    #[tf(check = exact)]
    environment: Option<String>,

    /// Whether jobs of pull requests are trusted, which run what the pull request says.
    #[tf(check = is_true)]
    pull_request: Option<bool>,
}

impl GithubJobs {
    fn subject(&self) -> String {
        let GithubJobs { repository, branch, tag, environment, .. } = self;
        match (branch, tag, environment) {
            (Some(branch), ..) => format!("repo:{repository}:ref:refs/heads/{branch}"),
            (_, Some(tag), _) => format!("repo:{repository}:ref:refs/tags/{tag}"),
            (_, _, Some(environment)) => format!("repo:{repository}:environment:{}", environment.replace(':', "%3A")),
            _ => format!("repo:{repository}:pull_request"),
        }
    }
}

fn of_github(arn: &str) -> Result<(), String> {
    provider_arn(arn)?;
    let issuer = issuer(arn);
    match issuer.starts_with("token.actions.") || issuer.ends_with("/_services/token") {
        true => Ok(()),
        false => Err(format!(
            "is `{arn}`; the issuer of GitHub's tokens is `token.actions.githubusercontent.com`, and that of a server of \
             one's own `<host>/_services/token`"
        )),
    }
}

fn repository(name: &str) -> Result<(), String> {
    if name.contains(WILDCARDS) {
        return Err(format!(
            "is `{name}`; a wildcard in it would admit every repository that fits, and whoever may create one: list the \
             repositories"
        ));
    }
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
    };
    match name.split_once('/') {
        Some((owner, name)) if is_part(owner) && is_part(name) => Ok(()),
        _ => Err(format!("is `{name}`, not a repository with its owner such as `octo-org/web`")),
    }
}

fn is_true(flag: &bool) -> Result<(), String> {
    match flag {
        true => Ok(()),
        false => Err("is false; name a branch, a tag or an environment in its place".to_owned()),
    }
}

impl Function for GithubTrustPolicy {
    type Output = String;

    fn call(self) -> Result<String> {
        let subjects: Vec<String> = self.jobs.iter().map(GithubJobs::subject).collect();
        Ok(document(&self.provider_arn, &self.audience, &subjects))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(change: impl FnOnce(&mut GithubJobs)) -> String {
        let repository = "octo-org/web".to_owned();
        let mut jobs = GithubJobs { repository, branch: None, tag: None, environment: None, pull_request: None };
        change(&mut jobs);
        jobs.subject()
    }

    #[test]
    fn a_subject_says_the_repository_and_what_runs() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(subject(|jobs| jobs.branch = some("main")), "repo:octo-org/web:ref:refs/heads/main");
        assert_eq!(subject(|jobs| jobs.tag = some("v*")), "repo:octo-org/web:ref:refs/tags/v*");
        assert_eq!(subject(|jobs| jobs.environment = some("live: eu")), "repo:octo-org/web:environment:live%3A eu");
        assert_eq!(subject(|jobs| jobs.pull_request = Some(true)), "repo:octo-org/web:pull_request");
    }

    #[test]
    fn a_wildcard_that_admits_strangers_is_refused_with_the_reason() {
        for name in ["octo-org/*", "*/web", "octo*/web", "octo-org/we?"] {
            assert!(repository(name).unwrap_err().contains("whoever may create one"), "{name}");
        }
        for name in ["", "octo-org", "octo-org/", "a/b/c", "octo-org/web:ref", "octo org/web"] {
            assert!(repository(name).is_err(), "{name}");
        }
        assert_eq!(repository("octo-org/web.site"), Ok(()));
        let arn = |issuer: &str| format!("arn:aws:iam::123456789012:oidc-provider/{issuer}");
        assert_eq!(of_github(&arn("token.actions.githubusercontent.com")), Ok(()));
        assert_eq!(of_github(&arn("github.example.com/_services/token")), Ok(()));
        assert!(of_github(&arn("gitlab.example.com")).is_err());
    }
}
