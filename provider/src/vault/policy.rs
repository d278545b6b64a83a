//! ACL policies.

use super::client::Vault;
use super::policies;
use super::policy_language::PolicyText;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::decode;

/// Manages an ACL policy.
#[derive(Clone, Schema)]
#[tf(name = "vault_policy", key(name), moved_from("vault_policy"))]
pub struct Policy {
    /// Name of the policy, in lower case.
    #[tf(url, check = policy_name)]
    name: String,

    /// Rules of the policy, in HCL or JSON, compared by what they mean.
    policy: PolicyText,
}

/// Refuses a name that no policy can have: Vault 1.21 lower-cases it, and says so in a warning that nobody reads.
pub fn policy_name(name: &str) -> Result<(), String> {
    let lower = name.to_lowercase();
    match (name == lower, name) {
        (true, "root") => Err("is `root`, which Vault keeps for itself".to_owned()),
        (true, _) => Ok(()),
        (false, _) => Err(format!("is `{name}`; Vault would keep it as `{lower}`")),
    }
}

fn url(name: &str) -> ApiPath {
    path!("sys/policies/acl" / name)
}

impl Resource for Policy {
    type Client = Vault;

    async fn create(vault: &Vault, plan: Policy) -> Result<Policy> {
        vault.create(Request::put(url(&plan.name)), plan).await
    }

    async fn read(vault: &Vault, name: String) -> Result<Option<Policy>> {
        let policy = policies::find(vault, &name).await?;
        policy.map(|policy| decode(&policy, &Self::key_object(&name))).transpose()
    }

    async fn update(vault: &Vault, name: String, change: Change<Policy>) -> Result<()> {
        vault.change::<Policy>(Request::put(url(&name)), change.diff()).await
    }

    async fn delete(vault: &Vault, name: String, _: Policy) -> Result<()> {
        vault.delete(url(&name)).await
    }
}
