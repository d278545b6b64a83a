//! Branch protections: who can push to, merge into and unprotect a branch.

use super::client::{GitLab, found, has};
use super::listing::Listing;
use super::words::Role;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, element_changes, to_api};
use tfplugin::value::{Object, Value};

/// Manages the protection of a branch, or of all branches that match a pattern.
///
/// GitLab protects the default branch of a new project by itself: set `adopt_existing` for that one.
/// GitLab CE cannot change who may push or merge: there the branch is unprotected and protected anew at once.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_branch_protection", key(project, branch), moved_from("gitlab_branch_protection"))]
pub struct BranchProtection {
    /// Path or number of the project.
    #[tf(url)]
    project: String,

    /// Name of the branch, or a pattern such as `release/*`.
    #[tf(api = "name", check = length(1..=255))]
    branch: String,

    /// Lowest role that can push.
    #[tf(computed, on = create)]
    push_access_level: Option<Role>,

    /// Lowest role that can merge.
    #[tf(computed, on = create)]
    merge_access_level: Option<Role>,

    /// Lowest role that can remove the protection.
    #[tf(computed, on = create)]
    unprotect_access_level: Option<Role>,

    /// Users, groups and deploy keys that can push besides.
    #[tf(on = create)]
    allowed_to_push: Option<BTreeSet<Allowed>>,

    /// Users and groups that can merge besides.
    #[tf(on = create)]
    allowed_to_merge: Option<BTreeSet<Allowed>>,

    /// Users and groups that can remove the protection besides.
    #[tf(on = create)]
    allowed_to_unprotect: Option<BTreeSet<Allowed>>,

    /// Whether those who can push can force a push.
    #[tf(computed)]
    allow_force_push: Option<bool>,

    /// Whether changes to files with code owners need their approval.
    #[tf(computed)]
    code_owner_approval_required: Option<bool>,

    /// Whether to take over a protection that exists already, such as that of the default branch.
    #[tf(local, default = false, adopts)]
    adopt_existing: bool,

    /// Number of the protection.
    #[tf(read = "id")]
    branch_protection_id: Computed<u64>,
}

/// Somebody who is allowed something; exactly one of these is set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
struct Allowed {
    /// Number of a user.
    user_id: Option<u64>,

    /// Number of a group.
    group_id: Option<u64>,

    /// Number of a deploy key; only for pushing.
    deploy_key_id: Option<u64>,
}

type Key = <BranchProtection as Schema>::Key;

/// The names of a right: its role, its others, and both together in answers.
const RIGHTS: [(&str, &str, &str); 3] = [
    ("push_access_level", "allowed_to_push", "push_access_levels"),
    ("merge_access_level", "allowed_to_merge", "merge_access_levels"),
    ("unprotect_access_level", "allowed_to_unprotect", "unprotect_access_levels"),
];

fn protections(project: &str) -> Listing {
    Listing::of(path!("projects" / project / "protected_branches"))
}

fn url((project, branch): &Key) -> ApiPath {
    path!("projects" / project / "protected_branches" / branch)
}

fn is_role(rule: &Value) -> bool {
    let holders = ["user_id", "group_id", "deploy_key_id"];
    rule.as_map().is_some_and(|rule| holders.iter().all(|holder| rule.get(*holder).is_none_or(Value::is_null)))
}

/// GitLab keeps the role and the others of a right in one list.
fn split_rights(mut answer: Object) -> Object {
    for (level, others, together) in RIGHTS {
        let rules = answer.get(together).and_then(Value::as_list).unwrap_or_default().to_vec();
        let (roles, rest): (Vec<_>, Vec<_>) = rules.into_iter().partition(is_role);
        let role = roles.first().and_then(|role| role.as_map()?.get("access_level").cloned()).unwrap_or_default();
        answer.insert(level.to_owned(), role);
        answer.insert(others.to_owned(), Value::List(rest));
    }
    answer
}

/// What a right is to be.
struct Wanted {
    role: Option<Role>,
    others: Option<BTreeSet<Allowed>>,
}

impl Wanted {
    /// The elements to send so that the right's rules become these. The role is compared with roles alone: a rule for
    /// a user, a group or a key shows a level, too.
    fn changes(self, current: &[Value]) -> Vec<Value> {
        let (roles, rest): (Vec<_>, Vec<_>) = current.iter().cloned().partition(is_role);
        let role = self.role.map(|role| {
            let level = to_api(&Role::KIND, &role.into_value());
            Value::Map(Object::from([("access_level".to_owned(), level)]))
        });
        let others = self.others.unwrap_or_default().into_iter().map(|one| to_api(&Allowed::KIND, &one.into_value()));
        let mut changes = element_changes(&roles, &Vec::from_iter(role), "id");
        changes.extend(element_changes(&rest, &Vec::from_iter(others), "id"));
        changes
    }
}

/// GitLab CE has no rights to unprotect. It also changes no right of a protection that is there
/// (`optional_params_ce` in `lib/api/helpers/protected_branches_helpers.rb`).
fn is_community(answer: &Object) -> bool {
    !answer.contains_key("unprotect_access_levels")
}

impl Resource for BranchProtection {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Self) -> Result<Self> {
        gitlab.post_as(protections(&plan.project).path, plan, split_rights).await
    }

    async fn read(gitlab: &GitLab, key: Key) -> Result<Option<Self>> {
        let (list, one, branch) = (protections(&key.0), Request::get(url(&key)), key.1.clone());
        let answer = gitlab
            .find_among(list, one, |one| has(one, "name", branch.as_str()) && !has(one, "inherited", true))
            .await?;
        found(answer.map(split_rights), &Self::key_object(&key))
    }

    async fn update(gitlab: &GitLab, key: Key, change: Change<Self>) -> Result<()> {
        let mut body = change.diff();
        let plan = change.plan.clone();
        let rights = [
            Wanted { role: plan.push_access_level, others: plan.allowed_to_push },
            Wanted { role: plan.merge_access_level, others: plan.allowed_to_merge },
            Wanted { role: plan.unprotect_access_level, others: plan.allowed_to_unprotect },
        ];
        // The rules are changed by their numbers, which only a fresh answer holds.
        let current = gitlab.look_up(Request::get(url(&key))).await?.unwrap_or_default();
        for ((_, others, together), wanted) in RIGHTS.into_iter().zip(rights) {
            let Some(current) = current.get(together).and_then(Value::as_list) else { continue };
            let changes = wanted.changes(current);
            if !changes.is_empty() {
                body = body.with(others, Value::List(changes));
            }
        }
        if is_community(&current) && RIGHTS.iter().any(|(_, others, _)| body.set.contains_key(others)) {
            gitlab.delete(url(&key)).await?;
            let again = gitlab.post_as(protections(&key.0).path, change.plan, split_rights).await.map(drop);
            return again.map_err(|error| error.context("the branch is not protected any more"));
        }
        gitlab.change::<Self>(Request::patch(url(&key)), body).await
    }

    async fn delete(gitlab: &GitLab, key: Key, _: Self) -> Result<()> {
        gitlab.delete(url(&key)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::value::from_plain_json;

    fn list(json: serde_json::Value) -> Vec<Value> {
        from_plain_json(json).as_list().expect("the test writes a list").to_vec()
    }

    #[test]
    fn a_role_is_not_taken_for_the_level_of_a_user() {
        let current = list(serde_json::json!([{ "id": 1, "access_level": 40, "user_id": 7, "group_id": null }]));
        let wanted = Wanted { role: Some(Role::Maintainer), others: None };
        let changes = list(serde_json::json!([{ "access_level": 40 }, { "id": 1, "_destroy": true }]));
        assert_eq!(wanted.changes(&current), changes);
    }

    #[test]
    fn rules_that_are_as_wanted_stay() {
        let current = list(serde_json::json!([
            { "id": 1, "access_level": 0, "user_id": null, "group_id": null },
            { "id": 2, "access_level": 40, "deploy_key_id": 9 },
        ]));
        let key = Allowed { user_id: None, group_id: None, deploy_key_id: Some(9) };
        let wanted = Wanted { role: Some(Role::NoOne), others: Some(BTreeSet::from([key])) };
        assert_eq!(wanted.changes(&current), Vec::new());
    }
}
