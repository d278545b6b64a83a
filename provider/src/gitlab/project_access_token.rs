//! Access tokens of a project: each signs in a bot user of its own.

use std::time::SystemTime;

use super::client::{GitLab, found, has};
use super::day::Day;
use super::listing::Listing;
use super::token_rights::{TokenRole, TokenScope, opens_something};
use super::token_rotation::{RotationConfiguration, due, future, rotation};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::Object;

/// Manages an access token of a project.
///
/// The token itself goes to the place that `deliver` names, and is in neither the state nor a plan. GitLab cannot change
/// a token, so each change issues a successor, delivers it, and only then revokes every other active token of the
/// project with this name: the name belongs to the resource alone. Destroying the resource revokes the token.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_project_access_token", key(project, token_id), also(project, name))]
#[tf(conflicts(expires_at, rotation_configuration))]
pub struct ProjectAccessToken {
    /// Path or number of the project.
    #[tf(url)]
    project: String,

    /// Name of the token and of its bot user; no other active token of the project may have it.
    #[tf(check = length(1..=255))]
    name: String,

    /// Note for people.
    description: Option<String>,

    /// What the token opens.
    #[tf(check = opens_something)]
    scopes: BTreeSet<TokenScope>,

    /// Role of the bot user in the project; at most that of whoever applies.
    #[tf(default = TokenRole::Maintainer)]
    access_level: TokenRole,

    /// Day at whose start, in UTC, the token ends, such as `2027-01-31`. GitLab chooses it if nobody does: a year from now.
    #[tf(computed)]
    expires_at: Option<Day>,

    /// When the token is succeeded by itself. A change counts for the next successor, and issues none unless one is due.
    #[tf(local, check = rotation)]
    rotation_configuration: Option<RotationConfiguration>,

    /// Number of the token; each successor has another one.
    #[tf(read = "id")]
    token_id: Computed<u64>,

    /// Number of the bot user.
    user_id: Computed<u64>,

    /// When the token was issued.
    created_at: Computed<String>,

    /// Day from which on an apply issues a successor; null without `rotation_configuration`.
    #[tf(volatile(rotation_configuration))]
    rotate_at: Computed<Option<Day>>,
}

fn tokens(project: &str) -> Listing {
    Listing::of(path!("projects" / project / "access_tokens")).with("state", "active")
}

fn url((project, id): &<ProjectAccessToken as Schema>::Key) -> ApiPath {
    path!("projects" / project / "access_tokens" / id)
}

/// GitLab keeps tokens that were revoked or have expired for a while.
fn is_active(token: &Object) -> bool {
    has(token, "active", true)
}

impl Generated for ProjectAccessToken {
    type Client = GitLab;

    fn check(plan: &Self, now: SystemTime) -> Result<()> {
        plan.expires_at.map_or(Ok(()), |expiry| future(expiry, Day::of(now)))
    }

    async fn issue(gitlab: &GitLab, mut plan: Self) -> Result<Issued<Self>> {
        if let Some(rotation) = plan.rotation_configuration {
            plan.expires_at = Some(rotation.expiry(Day::today()));
        }
        let known = plan.clone().into_object();
        gitlab.issue(tokens(&plan.project).path, Body::create(plan), &known).await
    }

    async fn read(gitlab: &GitLab, key: Self::Key) -> Result<Option<Self>> {
        let (list, id) = (tokens(&key.0), key.1);
        let token = gitlab.find_among(list, Request::get(url(&key)), |token| has(token, "id", id)).await?;
        found(token.filter(is_active), &Self::key_object(&key))
    }

    async fn live(gitlab: &GitLab, (project, name): Self::Natural) -> Result<Vec<Self>> {
        let all = gitlab.all(tokens(&project)).await?;
        let ours = all.iter().filter(|token| is_active(token) && has(token, "name", name.as_str()));
        let known = Known::from([("project".to_owned(), project.into())]);
        ours.map(|token| decode(token, &known)).collect()
    }

    async fn revoke(gitlab: &GitLab, key: Self::Key) -> Result<()> {
        gitlab.delete(url(&key)).await
    }

    fn is_due(token: &Self, now: SystemTime) -> bool {
        due(token.rotation_configuration, token.expires_at).is_some_and(|day| day <= Day::of(now))
    }

    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let rotation = prior.and_then(|prior| prior.rotation_configuration);
        ProjectAccessToken { rotate_at: due(rotation, actual.expires_at).into(), ..actual }
    }
}
