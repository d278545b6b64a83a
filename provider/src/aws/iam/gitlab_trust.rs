//! Trust policies for jobs of a GitLab.
//!
//! Facts come from GitLab's manual, "Connect to cloud services", version 18: the claim `sub` is
//! `project_path:<path>:ref_type:<type>:ref:<name>`, or made of the project's `ci_id_token_sub_claim_components`. Paths and
//! refs hold no colon, so that none of them can pass for another part.

use tfplugin::prelude::*;

use super::subject_trust::{WILDCARDS, audience, document, issuer, part, provider_arn, ref_name, some};

/// Builds the trust policy of a role that jobs of a GitLab may assume, from their projects and refs. It names the issuer,
/// one audience, and the subjects of the jobs.
#[derive(Schema)]
#[tf(name = "gitlab_trust_policy")]
pub struct GitlabTrustPolicy {
    /// ARN of the OpenID Connect provider for the GitLab.
    #[tf(check = of_gitlab)]
    provider_arn: String,

    /// Audience that an ID token must have: what its job says as `aud`.
    #[tf(check = audience)]
    audience: String,

    /// Jobs that may assume the role.
    #[tf(check = some)]
    jobs: Vec<GitlabJobs>,
}

/// Which jobs may assume the role.
#[derive(Clone, Debug, Nested)]
#[tf(one_of(project, group), conflicts(branch, tag))]
struct GitlabJobs {
    /// Full path of the project whose jobs are trusted, such as `acme/web`.
    #[tf(check = project_path)]
    project: Option<String>,

    /// Full path of a group, such as `acme`: jobs of all projects in it and in all groups below it are trusted, and so is
    /// everybody who can create a project there.
    #[tf(check = full_path)]
    group: Option<String>,

    /// Branch that a job must run on; `*` stands for any text.
    #[tf(check = ref_name)]
    branch: Option<String>,

    /// Tag that a job must run on; `*` stands for any text.
    #[tf(check = ref_name)]
    tag: Option<String>,

    /// Environment that a job must deploy to; `*` stands for any text. The project's
    /// `ci_id_token_sub_claim_components` must hold `environment`.
    #[tf(check = part)]
    environment: Option<String>,

    /// Parts of the claim `sub` in their order, as in the project's `ci_id_token_sub_claim_components`; omit it for
    /// `project_path`, `ref_type` and `ref`.
    sub_components: Option<Vec<String>>,
}

impl GitlabJobs {
    fn subject(&self) -> Result<String, String> {
        let default = || ["project_path", "ref_type", "ref"].map(str::to_owned).to_vec();
        let components = self.sub_components.clone().unwrap_or_else(default);
        if components.first().is_none_or(|first| first != "project_path") {
            return Err(
                "`sub_components` begins with something else than `project_path`, so that it would admit the jobs of \
                        strangers"
                    .to_owned(),
            );
        }
        if self.environment.is_some() && !components.iter().any(|component| component == "environment") {
            return Err("`environment` is not part of `sub_components`, and so of no subject".to_owned());
        }
        let lacks = |part: &str| !components.iter().any(|component| component == part);
        if (self.branch.is_some() || self.tag.is_some()) && (lacks("ref_type") || lacks("ref")) {
            return Err(
                "`sub_components` lacks `ref_type` or `ref`: without the name any branch or tag is admitted, and \
                        without the type a tag passes for the branch of its name"
                    .to_owned(),
            );
        }
        let parts = components.iter().map(|component| Ok(format!("{component}:{}", self.part(component)?)));
        Ok(parts.collect::<Result<Vec<_>, String>>()?.join(":"))
    }

    fn part(&self, component: &str) -> Result<String, String> {
        let project = || self.project.clone().or_else(|| self.group.as_ref().map(|group| format!("{group}/*")));
        let ref_type = || self.branch.as_ref().map(|_| "branch").or_else(|| self.tag.as_ref().map(|_| "tag"));
        let (value, wanted) = match component {
            "project_path" => (project(), "`project` or `group`"),
            "ref_type" => (ref_type().map(str::to_owned), "`branch` or `tag`; `*` is any of them"),
            "ref" => (self.branch.clone().or_else(|| self.tag.clone()), "`branch` or `tag`; `*` is any of them"),
            "environment" => (self.environment.clone(), "`environment`"),
            other => return Err(format!("`{other}` cannot be told from a project, a ref and an environment")),
        };
        value.ok_or_else(|| format!("the subject needs {wanted}"))
    }
}

fn of_gitlab(arn: &str) -> Result<(), String> {
    provider_arn(arn)?;
    match issuer(arn).starts_with("token.actions.") {
        true => Err(format!("is `{arn}`, the provider for GitHub; use `github_trust_policy`")),
        false => Ok(()),
    }
}

fn full_path(path: &str) -> Result<(), String> {
    if path.contains(WILDCARDS) {
        return Err(format!(
            "is `{path}`; a wildcard in it would admit every group and project that fits, and anybody can create one: write \
             one full path"
        ));
    }
    part(path)?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(char::is_whitespace);
    match path.split('/').all(is_name) {
        true => Ok(()),
        false => Err(format!("is `{path}`, not a full path such as `acme/web`")),
    }
}

fn project_path(path: &str) -> Result<(), String> {
    full_path(path)?;
    match path.contains('/') {
        true => Ok(()),
        false => Err(format!("is `{path}`, not a path with a group and a project such as `acme/web`")),
    }
}

impl Function for GitlabTrustPolicy {
    type Output = String;

    fn call(self) -> Result<String> {
        let subjects = self.jobs.iter().map(GitlabJobs::subject).collect::<Result<Vec<_>, String>>();
        let subjects = subjects.map_err(|problem| Error::new(problem).at_attribute("jobs"))?;
        Ok(document(&self.provider_arn, &self.audience, &subjects))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(change: impl FnOnce(&mut GitlabJobs)) -> GitlabJobs {
        let (project, branch) = (Some("acme/web".to_owned()), Some("main".to_owned()));
        let mut jobs = GitlabJobs { project, group: None, branch, tag: None, environment: None, sub_components: None };
        change(&mut jobs);
        jobs
    }

    fn components(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_subject_is_made_of_its_components() {
        assert_eq!(jobs(|_| ()).subject().unwrap(), "project_path:acme/web:ref_type:branch:ref:main");
        let tagged = jobs(|jobs| (jobs.branch, jobs.tag) = (None, Some("v*".to_owned())));
        assert_eq!(tagged.subject().unwrap(), "project_path:acme/web:ref_type:tag:ref:v*");
        let group = jobs(|jobs| (jobs.project, jobs.group) = (None, Some("acme/apps".to_owned())));
        assert_eq!(group.subject().unwrap(), "project_path:acme/apps/*:ref_type:branch:ref:main");
        let live = jobs(|jobs| {
            (jobs.branch, jobs.environment) = (None, Some("production".to_owned()));
            jobs.sub_components = components(&["project_path", "environment"]);
        });
        assert_eq!(live.subject().unwrap(), "project_path:acme/web:environment:production");
    }

    #[test]
    fn what_says_too_little_or_nothing_is_refused() {
        for (jobs, said) in [
            (jobs(|jobs| jobs.branch = None), "the subject needs `branch` or `tag`; `*` is any of them"),
            (
                jobs(|jobs| jobs.environment = Some("x".to_owned())),
                "`environment` is not part of `sub_components`, and so of no subject",
            ),
            (jobs(|jobs| jobs.sub_components = components(&["ref"])), "`sub_components` begins with"),
            (jobs(|jobs| jobs.sub_components = components(&["project_path"])), "`sub_components` lacks"),
            (jobs(|jobs| jobs.sub_components = components(&["project_path", "ref_type"])), "`sub_components` lacks"),
            (jobs(|jobs| jobs.sub_components = components(&["project_path", "ref"])), "`sub_components` lacks"),
            (
                jobs(|jobs| jobs.sub_components = components(&["project_path", "ref_type", "ref", "user_login"])),
                "`user_login` cannot be told",
            ),
        ] {
            let refused = jobs.subject().unwrap_err();
            assert!(refused.starts_with(said), "{refused}");
        }
    }

    #[test]
    fn a_wildcard_that_admits_strangers_is_refused_with_the_reason() {
        for path in ["acme*", "acme/*", "*/web", "acme/we?"] {
            assert!(full_path(path).unwrap_err().contains("anybody can create one"), "{path}");
        }
        for path in ["", "/acme", "acme//web", "acme/", "a b/c", "acme:ref/x"] {
            assert!(full_path(path).is_err(), "{path}");
        }
        assert!(project_path("acme").is_err());
        assert_eq!(project_path("acme/apps/web"), Ok(()));
        assert!(of_gitlab("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com").is_err());
        assert_eq!(audience("https://gitlab.example.com:8443"), Ok(()));
        assert!(audience("https://*").is_err());
    }
}
