//! Rights to a protected branch: GitLab keeps each right's role and its others in one list, and changes it by number.

use super::words::Role;
use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, element_changes, to_api};
use tfplugin::value::{Object, Value};

/// Somebody who is allowed something; exactly one of these is set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Allowed {
    /// Number of a user.
    user_id: Option<u64>,

    /// Number of a group.
    group_id: Option<u64>,

    /// Number of a deploy key; only for pushing.
    deploy_key_id: Option<u64>,
}

/// The names of a right: its role, its others, and both together in answers.
pub const RIGHTS: [(&str, &str, &str); 3] = [
    ("push_access_level", "allowed_to_push", "push_access_levels"),
    ("merge_access_level", "allowed_to_merge", "merge_access_levels"),
    ("unprotect_access_level", "allowed_to_unprotect", "unprotect_access_levels"),
];

fn is_role(rule: &Value) -> bool {
    let holders = ["user_id", "group_id", "deploy_key_id"];
    rule.as_map().is_some_and(|rule| holders.iter().all(|holder| rule.get(*holder).is_none_or(Value::is_null)))
}

/// GitLab keeps the role and the others of a right in one list.
pub fn split_rights(mut answer: Object) -> Object {
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
pub struct Wanted {
    /// The lowest role.
    pub role: Option<Role>,
    /// Whoever else.
    pub others: Option<BTreeSet<Allowed>>,
}

impl Wanted {
    /// The elements to send so that the right's rules become these. The role is compared with roles alone: a rule for
    /// a user, a group or a key shows a level, too.
    pub fn changes(self, current: &[Value]) -> Vec<Value> {
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
pub fn is_community(answer: &Object) -> bool {
    !answer.contains_key("unprotect_access_levels")
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
