//! IAM: roles, their policies, and who may assume them.

mod account;
mod action;
mod document;
mod github_trust;
mod gitlab_trust;
mod meaning;
mod names;
mod openid_connect_provider;
mod policies;
mod policy;
mod propagation;
mod provider_calls;
mod provider_url;
mod role;
mod role_calls;
mod role_policy;
mod role_policy_attachment;
mod subject_trust;
mod tag_list;

pub use github_trust::GithubTrustPolicy;
pub use gitlab_trust::GitlabTrustPolicy;
pub use openid_connect_provider::OpenIdConnectProvider;
pub use policy::Policy;
pub use propagation::Recent;
pub use role::Role;
pub use role_policy::RolePolicy;
pub use role_policy_attachment::RolePolicyAttachment;
