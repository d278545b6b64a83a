//! How a colleague deletes what a resource manages: in the server itself, and without a word to Terraform.

use crate::http::call::encode;

/// Whose API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The path starts after `/api/v4`.
    GitLab,
    /// The path starts after `/v1`.
    Vault,
    /// The path starts after `/api`.
    Ceph,
}

/// What to send DELETE to, for an object of this type with these attributes.
///
/// # Panics
///
/// The type is not known here.
#[must_use]
pub fn removal(kind: &str, attribute: &dyn Fn(&str) -> String) -> (Owner, String) {
    let part = |name: &str| encode(&attribute(name));
    let scoped = |path: String| format!("{path}?filter%5Benvironment_scope%5D={}", part("environment_scope"));
    if let Some(name) = kind.strip_prefix("substrate_vault_") {
        return (Owner::Vault, in_vault(name, &|name| slashed(&attribute(name))));
    }
    if let Some(name) = kind.strip_prefix("substrate_ceph_") {
        return (Owner::Ceph, in_ceph(name, attribute));
    }
    let path = match kind {
        "substrate_gitlab_branch_protection" => {
            format!("/projects/{}/protected_branches/{}", part("project"), part("branch"))
        }
        "substrate_gitlab_group" => format!("/groups/{}", part("id")),
        "substrate_gitlab_group_label" => format!("/groups/{}/labels/{}", part("group"), part("label_id")),
        "substrate_gitlab_group_variable" => scoped(format!("/groups/{}/variables/{}", part("group"), part("key"))),
        "substrate_gitlab_project" => format!("/projects/{}", part("id")),
        "substrate_gitlab_project_access_token" => {
            format!("/projects/{}/access_tokens/{}", part("project"), part("token_id"))
        }
        "substrate_gitlab_project_label" => format!("/projects/{}/labels/{}", part("project"), part("label_id")),
        "substrate_gitlab_project_variable" => {
            scoped(format!("/projects/{}/variables/{}", part("project"), part("key")))
        }
        other => panic!("say here how a colleague would delete a {other}"),
    };
    (Owner::GitLab, path)
}

fn in_vault(name: &str, part: &dyn Fn(&str) -> String) -> String {
    match name {
        "approle_auth_backend_role" | "jwt_auth_backend_role" | "gitlab_trust" => {
            format!("/auth/{}/role/{}", part("backend"), part("role_name"))
        }
        "audit" => format!("/sys/audit/{}", part("path")),
        "auth_backend" | "jwt_auth_backend" => format!("/sys/auth/{}", part("path")),
        "kv_secret_v2" => format!("/{}/metadata/{}", part("mount"), part("name")),
        "mount" => format!("/sys/mounts/{}", part("path")),
        "policy" => format!("/sys/policies/acl/{}", part("name")),
        other => panic!("say here how a colleague would delete a substrate_vault_{other}"),
    }
}

fn in_ceph(name: &str, attribute: &dyn Fn(&str) -> String) -> String {
    let part = |name: &str| encode(&attribute(name));
    match name {
        "crush_rule" | "erasure_code_profile" | "pool" => format!("/{name}/{}", part("name")),
        "rbd_image" => format!("/block/image/{}", encode(&format!("{}/{}", attribute("pool"), attribute("name")))),
        "user" => format!("/cluster/user/{}", part("entity")),
        other => panic!("say here how a colleague would delete a substrate_ceph_{other}"),
    }
}

/// Vault's paths are paths in its URLs too: their slashes stay.
fn slashed(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_vault_keep_their_slashes_and_those_of_gitlab_do_not() {
        let attribute = |name: &str| format!("a b/{name}");
        assert_eq!(
            removal("substrate_vault_kv_secret_v2", &attribute),
            (Owner::Vault, "/a%20b/mount/metadata/a%20b/name".to_owned())
        );
        assert_eq!(removal("substrate_gitlab_group", &attribute), (Owner::GitLab, "/groups/a%20b%2Fid".to_owned()));
    }
}
