//! The user whose token the provider uses.

use super::client::GitLab;
use crate::http::path;
use tfplugin::prelude::*;

/// Shows whose token the provider uses.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_current_user")]
pub struct CurrentUser {
    /// Number of the user.
    id: Computed<u64>,

    /// Name to sign in with.
    username: Computed<String>,

    /// Name shown in the interface.
    name: Computed<String>,

    /// Primary address; null for users whose token may not see it.
    email: Computed<Option<String>>,

    /// Address that everybody sees.
    public_email: Computed<Option<String>>,

    /// State of the account, such as `active`.
    state: Computed<String>,

    /// Whether the user belongs to a project or group access token.
    bot: Computed<Option<bool>>,

    /// Whether the user is external to the organization.
    external: Computed<Option<bool>>,

    /// Whether the user is an administrator; null where the token may not tell.
    is_admin: Computed<Option<bool>>,

    /// Number of the user's own namespace.
    namespace_id: Computed<Option<u64>>,

    /// Page of the user.
    web_url: Computed<String>,
}

impl DataSource for CurrentUser {
    type Client = GitLab;

    async fn read(gitlab: &GitLab, _: CurrentUser) -> Result<CurrentUser> {
        gitlab.get(path!("user")).await
    }
}
