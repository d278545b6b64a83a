//! CI variables of a project.

use super::client::{GitLab, found, has};
use super::listing::Listing;
use super::variable::{in_scope, scope_name, variable_name};
use super::words::VariableType;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;

/// Manages a CI variable of a project.
///
/// A value that anyone may see goes into `value`. A secret goes into `value_wo`, which never reaches the state.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_project_variable", key(project, key, environment_scope), moved_from("gitlab_project_variable"))]
#[tf(one_of(value, value_wo), implies(hidden, masked), requires(value_wo, value_wo_version))]
#[tf(when_true(masked, value_wo))]
pub struct ProjectVariable {
    /// Path or number of the project.
    #[tf(url)]
    project: String,

    /// Name of the variable.
    #[tf(check = variable_name)]
    key: String,

    /// Environments that see the variable, such as `production` or `review/*`.
    #[tf(default = "*", check = scope_name)]
    environment_scope: String,

    /// Value that anyone may see; it is kept in the state.
    value: Option<String>,

    /// Value that nobody may see; it never reaches the state. Raise `value_wo_version` to send it again.
    #[tf(api = "value")]
    value_wo: Option<WriteOnly<String>>,

    /// Number to raise when `value_wo` changes.
    #[tf(local)]
    value_wo_version: Option<u64>,

    /// Whether job logs show `[MASKED]` for the value. GitLab then wants at least 8 characters of its alphabet in one line.
    #[tf(default = false)]
    masked: bool,

    /// Whether nobody can see the value again in the interface. It cannot be undone.
    #[tf(default = false, api = "masked_and_hidden", read = "hidden", on = create, replace)]
    hidden: bool,

    /// Whether only protected branches and tags see the variable.
    #[tf(default = false)]
    protected: bool,

    /// Whether `$` in the value is left alone.
    #[tf(default = false)]
    raw: bool,

    /// What a job sees.
    #[tf(default = VariableType::EnvVar)]
    variable_type: VariableType,

    /// Note for people.
    #[tf(check = length(0..=255))]
    description: Option<String>,
}

type Key = <ProjectVariable as Schema>::Key;

fn variables(project: &str) -> Listing {
    Listing::of(path!("projects" / project / "variables"))
}

fn url((project, key, _): &Key) -> ApiPath {
    path!("projects" / project / "variables" / key)
}

impl Resource for ProjectVariable {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Self) -> Result<Self> {
        gitlab.post(variables(&plan.project).path, plan).await
    }

    async fn read(gitlab: &GitLab, key: Key) -> Result<Option<Self>> {
        let (list, one, wanted) = (variables(&key.0), in_scope(Request::get(url(&key)), &key.2), key.clone());
        let is_it = |one: &_| has(one, "key", wanted.1.as_str()) && has(one, "environment_scope", wanted.2.as_str());
        found(gitlab.find_among(list, one, is_it).await?, &Self::key_object(&key))
    }

    async fn update(gitlab: &GitLab, key: Key, change: Change<Self>) -> Result<()> {
        gitlab.change::<Self>(in_scope(Request::put(url(&key)), &key.2), change.diff()).await
    }

    async fn delete(gitlab: &GitLab, key: Key, _: Self) -> Result<()> {
        gitlab.write(in_scope(Request::delete(url(&key)), &key.2)).await.map(drop)
    }

    /// The value of a secret is shown by the API; it goes no further.
    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        let is_secret = prior.is_some_and(|prior| prior.value_wo_version.is_some());
        if is_secret || actual.masked || actual.hidden {
            actual.value = None;
        }
        actual
    }
}
