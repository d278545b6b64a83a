//! The order of a batch's changes, which Route 53 makes one after the other.

use std::collections::BTreeSet;

use aws_sdk_route53::types::{Change, ChangeAction, ResourceRecordSet};

use super::set_key::SetKey;

/// What goes before what comes, since a name can have an A record or a CNAME and not both; and what an alias of the same
/// batch targets before the alias, or else Route 53 does not find it (DNSControl/dnscontrol#937, octodns/octodns#366).
pub fn in_order(changes: Vec<Change>) -> Vec<Change> {
    let (gone, made): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.action == ChangeAction::Delete);
    let mut ordered = targets_first(gone);
    ordered.reverse();
    ordered.extend(targets_first(made));
    ordered
}

fn targets_first(mut left: Vec<Change>) -> Vec<Change> {
    let mut ordered = Vec::with_capacity(left.len());
    loop {
        let standing: BTreeSet<SetKey> = left.iter().filter_map(|change| Some(of_all(set(change)?))).collect();
        let waits = |change: &Change| set(change).and_then(target).is_some_and(|target| standing.contains(&target));
        let (later, now): (Vec<_>, Vec<_>) = left.into_iter().partition(waits);
        if now.is_empty() {
            // None, or aliases in a circle, which Route 53 refuses with its own words.
            ordered.extend(later);
            return ordered;
        }
        ordered.extend(now);
        left = later;
    }
}

fn set(change: &Change) -> Option<&ResourceRecordSet> {
    change.resource_record_set.as_ref()
}

/// What an alias targets, should it be a set of a zone: one of its own type.
fn target(set: &ResourceRecordSet) -> Option<SetKey> {
    let target = set.alias_target()?;
    Some(SetKey::new(&target.dns_name, set.r#type.as_str(), None))
}

/// The key of all sets of a name and a type: an alias targets none by its identifier.
fn of_all(set: &ResourceRecordSet) -> SetKey {
    SetKey::new(&set.name, set.r#type.as_str(), None)
}

#[cfg(test)]
mod tests {
    use aws_sdk_route53::types::{AliasTarget, RrType};

    use super::*;

    fn change(action: ChangeAction, name: &str, target: &str) -> Change {
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::A);
        let target = AliasTarget::builder().dns_name(target).hosted_zone_id("Z1").evaluate_target_health(false);
        let target = target.build().ok().filter(|target| !target.dns_name.is_empty());
        let set = set.set_alias_target(target).build().unwrap();
        Change::builder().action(action).resource_record_set(set).build().unwrap()
    }

    fn ordered(changes: &[(ChangeAction, &str, &str)]) -> Vec<String> {
        let changes = changes.iter().map(|(action, name, target)| change(action.clone(), name, target));
        let text = |change: &Change| format!("{} {}", change.action.as_str(), set(change).unwrap().name);
        in_order(changes.collect()).iter().map(text).collect()
    }

    #[test]
    fn a_target_comes_before_its_aliases_and_goes_after_them() {
        let (create, delete) = (|| ChangeAction::Create, || ChangeAction::Delete);
        let changes = [
            (create(), "a.", "b."),
            (create(), "b.", "C."),
            (delete(), "t.", ""),
            (create(), "c.", ""),
            (delete(), "s.", "t."),
            (create(), "x.", "elsewhere."),
        ];
        assert_eq!(ordered(&changes), ["DELETE s.", "DELETE t.", "CREATE c.", "CREATE x.", "CREATE b.", "CREATE a."]);
    }

    #[test]
    fn aliases_in_a_circle_are_left_to_route_53() {
        let circle = [(ChangeAction::Create, "a.", "b."), (ChangeAction::Create, "b.", "a.")];
        assert_eq!(ordered(&circle), ["CREATE a.", "CREATE b."]);
    }
}
