//! CI variables of projects and groups as places for generated secrets.

use super::client::GitLab;
use super::variable::{in_scope, scope_name, variable_name};
use crate::http::{ApiPath, Request, path};
use serde_json::json;
use tfplugin::prelude::*;

/// CI variables, for `deliver`.
pub struct VariableSink;

/// The variable that takes the secret.
#[derive(Nested)]
#[tf(one_of(project, group))]
pub struct Target {
    /// Path or number of the project that has the variable.
    project: Option<String>,

    /// Path or number of the group that has the variable.
    group: Option<String>,

    /// Name of the variable.
    #[tf(check = variable_name)]
    key: String,

    /// Environments that see the variable, such as `production` or `review/*`.
    #[tf(default = "*", check = scope_name)]
    environment_scope: String,

    /// Whether job logs show `[MASKED]` for the secret.
    #[tf(default = true)]
    masked: bool,

    /// Whether only protected branches and tags see the variable.
    #[tf(default = false)]
    protected: bool,

    /// Note for people; without it, a variable that is there keeps its own.
    #[tf(check = length(0..=255))]
    description: Option<String>,
}

impl Target {
    /// What has the variable, and its path or number.
    fn owner(&self) -> (&'static str, &str) {
        match (&self.project, &self.group) {
            (Some(project), _) => ("project", project),
            (None, group) => ("group", group.as_deref().unwrap_or_default()),
        }
    }

    fn owner_url(&self) -> ApiPath {
        match self.owner() {
            ("project", project) => path!("projects" / project),
            (_, group) => path!("groups" / group),
        }
    }

    /// The list that has the variable, and the variable itself.
    fn places(&self) -> (ApiPath, ApiPath) {
        let list = self.owner_url().literal("variables");
        (list.clone(), list.segment(&self.key))
    }

    /// The request with the value and all that the target says of the variable.
    fn filled(&self, request: Request, secret: &Secret<String>) -> Request {
        let mut body = json!({
            "key": self.key,
            "environment_scope": self.environment_scope,
            "value": secret.expose(),
            "masked": self.masked,
            // A secret means what it is: `$` in it names no other variable, and any letter can be masked.
            "raw": true,
            "protected": self.protected,
        });
        if let Some(description) = &self.description {
            body["description"] = description.as_str().into();
        }
        request.secret(secret.expose()).json(body)
    }
}

impl Sink for VariableSink {
    type Client = GitLab;
    type Target = Target;

    const NAME: &'static str = "gitlab_variable";
    const DOC: &'static str = "CI variable of a GitLab project or group; it is made where there is none.";

    fn place(target: &Target) -> String {
        // GitLab finds a project and a group by a path in any case.
        let ((kind, owner), scope) = (target.owner(), &target.environment_scope);
        format!("variable `{}` of the {kind} `{}` in the scope `{scope}`", target.key, owner.to_lowercase())
    }

    async fn probe(gitlab: &GitLab, target: Target) -> Result<()> {
        let (_, variable) = target.places();
        if gitlab.look_up(in_scope(Request::get(variable), &target.environment_scope)).await?.is_some() {
            return Ok(());
        }
        let (kind, owner) = target.owner();
        match gitlab.look_up(Request::get(target.owner_url())).await? {
            Some(_) => Ok(()),
            None => Err(Error::not_found(format!("there is no {kind} `{owner}`, or the token may not see it"))
                .hint(format!("Correct `{kind}`, refer to the resource that makes it, or let the token's user in."))),
        }
    }

    async fn deliver(gitlab: &GitLab, target: Target, secret: &Secret<String>) -> Result<()> {
        let (list, one) = target.places();
        let change = in_scope(target.filled(Request::put(one), secret), &target.environment_scope);
        match gitlab.write(change).await {
            Err(error) if error.is_not_found() => {
                gitlab.write(target.filled(Request::post(list), secret).purpose("create the variable")).await.map(drop)
            }
            changed => changed.map(drop),
        }
    }
}
