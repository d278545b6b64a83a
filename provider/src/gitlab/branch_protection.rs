//! Branch protections: who can push to, merge into and unprotect a branch.

use super::client::{GitLab, Listing, found, has};
use super::words::Role;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, element_changes, to_api};
use tfplugin::value::{Object, Value};

/// Manages the protection of a branch, or of all branches that match a pattern.
///
/// GitLab protects the default branch of a new project by itself: set `adopt_existing` for that one.
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

/// A user, group or key has a level, too (the column's default), and must not pass for that role.
fn without_idle_level(mut rule: Value) -> Value {
    if let (false, Value::Map(rule)) = (is_role(&rule), &mut rule) {
        rule.remove("access_level");
    }
    rule
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

/// What a right is to be, in the API's form.
fn wanted(role: Option<Role>, others: Option<BTreeSet<Allowed>>) -> Vec<Value> {
    let role = role.map(|role| {
        let level = to_api(&Role::KIND, &role.into_value());
        Value::Map(Object::from([("access_level".to_owned(), level)]))
    });
    let others = others.unwrap_or_default().into_iter().map(|one| to_api(&Allowed::KIND, &one.into_value()));
    role.into_iter().chain(others).collect()
}

impl Resource for BranchProtection {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Self) -> Result<Self> {
        gitlab.post_as(protections(&plan.project).path, plan, split_rights).await
    }

    async fn read(gitlab: &GitLab, key: Key) -> Result<Option<Self>> {
        let (list, one, branch) = (protections(&key.0), Request::get(url(&key)), key.1.clone());
        let answer = gitlab.find_among(list, one, |one| has(one, "name", branch.as_str())).await?;
        found(answer.map(split_rights), &Self::key_object(&key))
    }

    async fn update(gitlab: &GitLab, key: Key, change: Change<Self>) -> Result<()> {
        let mut body = change.diff();
        let plan = change.plan;
        let rights = [
            wanted(plan.push_access_level, plan.allowed_to_push),
            wanted(plan.merge_access_level, plan.allowed_to_merge),
            wanted(plan.unprotect_access_level, plan.allowed_to_unprotect),
        ];
        // The rules are changed by their numbers, which only a fresh answer holds.
        let current = gitlab.look_up(Request::get(url(&key))).await?.unwrap_or_default();
        for ((_, others, together), wanted) in RIGHTS.into_iter().zip(rights) {
            let current = current.get(together).and_then(Value::as_list).unwrap_or_default();
            let current: Vec<_> = current.iter().cloned().map(without_idle_level).collect();
            let changes = element_changes(&current, &wanted, "id");
            if !changes.is_empty() {
                body = body.with(others, Value::List(changes));
            }
        }
        gitlab.change::<Self>(Request::patch(url(&key)), body).await
    }

    async fn delete(gitlab: &GitLab, key: Key, _: Self) -> Result<()> {
        gitlab.delete(url(&key)).await
    }
}
