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
    /// The list that has the variable, and the variable itself.
    fn places(&self) -> Result<(ApiPath, ApiPath)> {
        let key = &self.key;
        match (&self.project, &self.group) {
            (Some(project), _) => {
                Ok((path!("projects" / project / "variables"), path!("projects" / project / "variables" / key)))
            }
            (None, Some(group)) => {
                Ok((path!("groups" / group / "variables"), path!("groups" / group / "variables" / key)))
            }
            (None, None) => Err(Error::new("`gitlab_variable` names neither a project nor a group")),
        }
    }

    /// The request with the value and all that the target says of the variable.
    fn filled(&self, request: Request, secret: &Secret<String>) -> Request {
        let mut body = json!({
            "key": self.key,
            "environment_scope": self.environment_scope,
            "value": secret.expose(),
            "masked": self.masked,
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

    async fn deliver(gitlab: &GitLab, target: Target, secret: &Secret<String>) -> Result<()> {
        let (list, one) = target.places()?;
        let change = in_scope(target.filled(Request::put(one), secret), &target.environment_scope);
        match gitlab.write(change).await {
            Err(error) if error.is_not_found() => {
                gitlab.write(target.filled(Request::post(list), secret).purpose("create the variable")).await.map(drop)
            }
            changed => changed.map(drop),
        }
    }
}
