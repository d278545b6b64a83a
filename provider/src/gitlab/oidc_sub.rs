//! The `sub` claim of GitLab's ID tokens, for trust policies of Vault and AWS.

use super::words::starts_with_project;
use tfplugin::prelude::*;

/// Builds the `sub` claim of the ID token that a CI job of a project gets, such as
/// `project_path:infra/network:ref_type:branch:ref:main`.
#[derive(Schema)]
#[tf(name = "gitlab_oidc_sub")]
pub struct OidcSub {
    /// Path of the project with its groups, such as `infra/network`.
    #[tf(check = full_path)]
    project_path: String,

    /// Kind of ref that the job runs on.
    ref_type: RefType,

    /// Name of the branch or tag.
    r#ref: String,

    /// Parts of the claim in their order, as in the project's `ci_id_token_sub_claim_components`; null for GitLab's default.
    #[tf(check = starts_with_project)]
    components: Option<Vec<String>>,
}

/// What a pipeline runs on.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
enum RefType {
    Branch,
    Tag,
}

fn full_path(path: &str) -> Result<(), String> {
    match path.split('/').count() > 1 && path.split('/').all(|part| !part.is_empty()) {
        true => Ok(()),
        false => Err(format!("is `{path}`, not a path with a group and a project such as `infra/network`")),
    }
}

impl Function for OidcSub {
    type Output = String;

    fn call(self) -> Result<String> {
        let default = || ["project_path", "ref_type", "ref"].map(str::to_owned).to_vec();
        let parts = self.components.unwrap_or_else(default).into_iter().map(|component| {
            let value = match component.as_str() {
                "project_path" => &self.project_path,
                "ref_type" => self.ref_type.word(),
                "ref" => &self.r#ref,
                // GitLab can put any claim of the token there; the others are known to the job alone.
                _ => {
                    let text = format!("`{component}` cannot be told from a project and a ref");
                    return Err(Error::new(text).at_attribute("components"));
                }
            };
            Ok(format!("{component}:{value}"))
        });
        Ok(parts.collect::<Result<Vec<_>>>()?.join(":"))
    }
}
