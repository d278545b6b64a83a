//! The trust of a Vault in the jobs of a GitLab.

use super::client::Vault;
use super::gitlab_jobs::GitlabJobs;
use super::jwt_role::{self, RoleType};
use super::mount_table::mount_path;
use super::role::{self, role_name};
use super::token_parameters::TokenParameters;
use crate::http::Request;
use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, decode, flat};

/// Manages a role of a JWT auth method that trusts jobs of a GitLab: from a description of the jobs, the claims that
/// their ID tokens must have, and the job that logs in.
///
/// The role admits a job by its issuer, its project or group, the kind and the name of its ref, and its environment. The
/// auth method is one that verifies this GitLab's ID tokens, such as by
/// `oidc_discovery_url = "https://gitlab.example.com"`.
#[derive(Clone, Schema)]
#[tf(name = "vault_gitlab_trust", key(backend, role_name), import = "auth/{backend}/role/{role_name}")]
pub struct GitlabTrust {
    /// Path of the JWT auth method.
    #[tf(url, default = "jwt", check = mount_path)]
    backend: String,

    /// Name of the role, in lower case.
    #[tf(url, check = role_name)]
    role_name: String,

    #[tf(flatten)]
    jobs: GitlabJobs,

    /// Claim that names the user: the alias of its entity. With the project's path, each project is one client of Vault.
    #[tf(default = "project_path")]
    user_claim: String,

    /// Claims to keep as metadata of the token, by the claim, such as `{ pipeline_id = "pipeline" }`.
    claim_mappings: Option<BTreeMap<String, String>>,

    #[tf(flatten)]
    token: TokenParameters,
}

/// The change with the jobs as Vault knows them: by their claims.
fn told(mut body: Body, jobs: &GitlabJobs) -> Body {
    if body.is_empty() {
        return body;
    }
    let described = |name: &&'static str| GitlabJobs::FIELDS.iter().any(|field| field.api == *name);
    body.set.retain(|name, _| !described(name));
    body.unset.retain(|name| !described(name));
    let body = body.with("bound_claims", jobs.claims().into_value());
    let body = body.with("bound_audiences", jobs.bound_audiences.clone().into_value());
    jwt_role::complete(body, RoleType::Jwt, jobs.claims_type())
}

impl Resource for GitlabTrust {
    type Client = Vault;

    async fn create(vault: &Vault, plan: GitlabTrust) -> Result<GitlabTrust> {
        let request = Request::post(role::url(&plan.backend, &plan.role_name)).purpose("create the trust in GitLab");
        vault.write_body::<Self>(request, told(Body::create(plan.clone()), &plan.jobs)).await?;
        Ok(plan)
    }

    async fn read(vault: &Vault, key: (String, String)) -> Result<Option<GitlabTrust>> {
        let Some(mut role) = jwt_role::read(vault, &key.0, &key.1).await? else { return Ok(None) };
        let mut jobs = GitlabJobs::admitted(&role)?;
        jobs.ci_snippet = jobs.snippet(vault.namespace(), &key.0, &key.1).into();
        role.extend(flat(jobs));
        decode(&role, &Self::key_object(&key)).map(Some)
    }

    async fn update(vault: &Vault, (backend, role_name): (String, String), change: Change<Self>) -> Result<()> {
        let body = told(change.diff(), &change.plan.jobs);
        vault.change::<Self>(Request::post(role::url(&backend, &role_name)).repeatable(true), body).await
    }

    async fn delete(vault: &Vault, (backend, role_name): (String, String), _: Self) -> Result<()> {
        vault.delete(role::url(&backend, &role_name)).await
    }
}
