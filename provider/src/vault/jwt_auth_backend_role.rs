//! Roles of the JWT auth method.

use super::client::Vault;
use super::jwt_role::{self, ClaimsType, RoleType};
use super::mount_table::mount_path;
use super::role::{self, role_name};
use super::token_parameters::TokenParameters;
use crate::http::Request;
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages a role of a JWT auth method: which JWTs it admits, and what their tokens may.
///
/// For the jobs of a GitLab, `vault_gitlab_trust` makes such a role from the project and the branch.
#[derive(Clone, Schema)]
#[tf(
    name = "vault_jwt_auth_backend_role",
    key(backend, role_name),
    import = "auth/{backend}/role/{role_name}",
    moved_from("vault_jwt_auth_backend_role")
)]
pub struct JwtAuthBackendRole {
    /// Path of the auth method.
    #[tf(url, default = "jwt", check = mount_path)]
    backend: String,

    /// Name of the role, in lower case.
    #[tf(url, check = role_name)]
    role_name: String,

    /// Claim that names the user: the alias of its entity.
    user_claim: String,

    /// Type of the role. One of type `oidc` needs `allowed_redirect_uris`; one of type `jwt` needs at least one of
    /// `bound_audiences`, `bound_subject`, `bound_claims` and `token_bound_cidrs`.
    #[tf(default = RoleType::Oidc)]
    role_type: RoleType,

    /// Audiences of which a JWT must have one. A JWT with an audience is refused where this is omitted.
    bound_audiences: Option<BTreeSet<String>>,

    /// Whether `user_claim` is a JSON pointer.
    #[tf(default = false)]
    user_claim_json_pointer: bool,

    /// Subject that a JWT must have.
    bound_subject: Option<String>,

    /// Claims that a JWT must have, each with one of these texts; a name that begins with `/` is a JSON pointer.
    bound_claims: Option<BTreeMap<String, BTreeSet<String>>>,

    /// How the texts of `bound_claims` are compared: `glob` takes a `*` for any text, with slashes in it too.
    #[tf(default = ClaimsType::String)]
    bound_claims_type: ClaimsType,

    /// Claims to keep as metadata of the token, by the claim, such as `{ project_path = "project" }`.
    claim_mappings: Option<BTreeMap<String, String>>,

    /// Claim with the names of the user's groups.
    groups_claim: Option<String>,

    /// Scopes to ask the provider for, beside `openid`.
    oidc_scopes: Option<BTreeSet<String>>,

    /// Where the provider may send the user back to.
    allowed_redirect_uris: Option<BTreeSet<String>>,

    /// Seconds by which clocks may differ; 0 for 60, and -1 for none.
    #[tf(default = 0, check = leeway)]
    clock_skew_leeway: i64,

    /// Seconds that a JWT without the claim `exp` lasts after it was issued; 0 for 150, and -1 for none.
    #[tf(default = 0, check = leeway)]
    expiration_leeway: i64,

    /// Seconds by which a JWT without the claim `nbf` may come before it was issued; 0 for 150, and -1 for none.
    #[tf(default = 0, check = leeway)]
    not_before_leeway: i64,

    /// Whether the answers of the provider are logged, with what is private in them.
    #[tf(default = false)]
    verbose_oidc_logging: bool,

    /// Seconds since the user proved who it is; 0 for any number.
    #[tf(default = 0)]
    max_age: u64,

    #[tf(flatten)]
    token: TokenParameters,
}

fn leeway(seconds: &i64) -> Result<(), String> {
    match *seconds >= -1 {
        true => Ok(()),
        false => Err(format!("is {seconds}; -1 is for none")),
    }
}

impl Resource for JwtAuthBackendRole {
    type Client = Vault;

    async fn create(vault: &Vault, plan: JwtAuthBackendRole) -> Result<JwtAuthBackendRole> {
        vault.create(Request::post(role::url(&plan.backend, &plan.role_name)), plan).await
    }

    async fn read(vault: &Vault, key: (String, String)) -> Result<Option<JwtAuthBackendRole>> {
        let role = jwt_role::read(vault, &key.0, &key.1).await?;
        role.map(|role| decode(&role, &Self::key_object(&key))).transpose()
    }

    async fn update(vault: &Vault, (backend, role_name): (String, String), change: Change<Self>) -> Result<()> {
        let body = jwt_role::complete(change.diff(), change.plan.role_type, change.plan.bound_claims_type);
        vault.change::<Self>(Request::post(role::url(&backend, &role_name)).repeatable(true), body).await
    }

    async fn delete(vault: &Vault, (backend, role_name): (String, String), _: Self) -> Result<()> {
        vault.delete(role::url(&backend, &role_name)).await
    }
}
