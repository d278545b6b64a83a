//! What belongs to a role and what is attached to it, and the limits on both. All texts are published.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::error::Refusal;

/// Most managed policies of a role.
const ATTACHED: usize = 10;

/// Most characters besides white space of all inline policies of a role.
const INLINE: usize = 10_240;

/// The same of a managed policy.
const MANAGED: usize = 6144;

/// Policies by role.
#[derive(Debug, Default)]
pub struct Relations {
    attached: BTreeMap<String, BTreeSet<String>>,
    inline: BTreeMap<String, BTreeMap<String, usize>>,
    /// Versions of a managed policy beside the first.
    versions: BTreeMap<String, usize>,
}

/// A call with the parameters that relate policies to roles; absent ones are empty.
#[derive(Clone, Copy, Debug)]
pub struct Relation<'a> {
    /// Name of the role.
    pub role: &'a str,
    /// ARN of a managed policy.
    pub arn: &'a str,
    /// Name of an inline policy.
    pub policy: &'a str,
    /// Document of a policy.
    pub document: &'a str,
}

impl Relations {
    /// Refuses what would break a limit or leave something without what it is attached to.
    pub fn check(&self, action: &str, call: Relation<'_>) -> Result<(), Refusal> {
        let quota = |name: &str, most: usize| {
            Err(Refusal::new(409, "LimitExceeded", format!("Cannot exceed quota for {name}: {most}")))
        };
        match action {
            "AttachRolePolicy" => {
                let attached = self.attached.get(call.role);
                let full = attached.is_some_and(|all| all.len() >= ATTACHED && !all.contains(call.arn));
                if full { quota("PoliciesPerRole", ATTACHED) } else { Ok(()) }
            }
            "CreatePolicy" | "CreatePolicyVersion" if size(call.document) > MANAGED => quota("PolicySize", MANAGED),
            "PutRolePolicy" => {
                let others = self.inline.get(call.role).into_iter().flatten();
                let used: usize = others.filter(|(name, _)| *name != call.policy).map(|(_, size)| size).sum();
                if used + size(call.document) <= INLINE {
                    return Ok(());
                }
                let said = format!("Maximum policy size of {INLINE} bytes exceeded for role {}", call.role);
                Err(Refusal::new(409, "LimitExceeded", said))
            }
            "DeletePolicy" if self.attached.values().any(|all| all.contains(call.arn)) => {
                Err(Refusal::new(409, "DeleteConflict", "Cannot delete a policy attached to entities."))
            }
            "DeletePolicy" if self.versions.get(call.arn).is_some_and(|more| *more > 0) => {
                let said = "This policy has more than one version. Before you delete a policy, you must delete the \
                            policy's versions. The default version is deleted with the policy.";
                Err(Refusal::new(409, "DeleteConflict", said))
            }
            _ => Ok(()),
        }
    }

    /// Notes what was done.
    pub fn done(&mut self, action: &str, call: Relation<'_>) {
        let role = call.role.to_owned();
        match action {
            "AttachRolePolicy" => drop(self.attached.entry(role).or_default().insert(call.arn.to_owned())),
            "DetachRolePolicy" => drop(self.attached.entry(role).or_default().remove(call.arn)),
            "PutRolePolicy" => {
                self.inline.entry(role).or_default().insert(call.policy.to_owned(), size(call.document));
            }
            "DeleteRolePolicy" => drop(self.inline.entry(role).or_default().remove(call.policy)),
            "CreatePolicyVersion" => *self.versions.entry(call.arn.to_owned()).or_default() += 1,
            "DeletePolicyVersion" => *self.versions.entry(call.arn.to_owned()).or_insert(1) -= 1,
            "DeletePolicy" => drop(self.versions.remove(call.arn)),
            _ => {}
        }
    }
}

fn size(document: &str) -> usize {
    document.chars().filter(|letter| !letter.is_whitespace()).count()
}
