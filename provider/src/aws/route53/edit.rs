//! Edits of a zone: record sets as they were seen, and as they are to be.
//!
//! An edit is a DELETE of each set as it was seen and a CREATE of each that is to be, in one batch: Route 53 refuses it
//! when somebody else changed one of them meanwhile, and does all of it or nothing.

use std::collections::BTreeSet;

use aws_sdk_route53::types::{Change, ChangeAction, ResourceRecordSet};
use tfplugin::prelude::*;

use super::record_set::same;
use super::set_key::{SetKey, Sets};

/// What to do about sets that are not as they were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// They are refused.
    Refuse,
    /// They are refused, unless they are as they are to be.
    RefuseOthers,
    /// They are overwritten.
    Overwrite,
}

impl Strangers {
    /// What `allow_overwrite` says.
    pub fn of(allow_overwrite: bool) -> Self {
        if allow_overwrite { Strangers::Overwrite } else { Strangers::RefuseOthers }
    }
}

/// Sets that change together.
#[derive(Clone, Default)]
pub struct Edit {
    /// As they were seen.
    pub before: Vec<ResourceRecordSet>,
    /// As they are to be.
    pub after: Vec<ResourceRecordSet>,
}

/// What is left to do of an edit that was refused.
pub enum Left {
    /// Nothing: all is as it is to be.
    Nothing,
    /// This, with the sets as they stand.
    Again(Edit),
    /// Nothing may be done: these sets are somebody else's.
    Refused(Vec<String>),
}

impl Edit {
    /// The sets that it is about.
    pub fn keys(&self) -> BTreeSet<SetKey> {
        self.before.iter().chain(&self.after).map(SetKey::of).collect()
    }

    /// The changes that make it.
    pub fn changes(&self) -> Result<Vec<Change>> {
        let change = |action: ChangeAction, set: &ResourceRecordSet| {
            let change = Change::builder().action(action).resource_record_set(set.clone()).build();
            change.map_err(|error| Error::new(format!("the change of {} is not complete: {error}", SetKey::of(set))))
        };
        let deletes = self.before.iter().map(|set| change(ChangeAction::Delete, set));
        deletes.chain(self.after.iter().map(|set| change(ChangeAction::Create, set))).collect()
    }

    /// What is left to do, now that the sets are known as they stand.
    pub fn left(&self, standing: &Sets, strangers: Strangers) -> Left {
        let (before, after) = (by_key(&self.before), by_key(&self.after));
        let keys = self.keys();
        let stands = |key: &SetKey, sets: &Sets| is_alike(standing.get(key), sets.get(key));
        if strangers != Strangers::Refuse && keys.iter().all(|key| stands(key, &after)) {
            return Left::Nothing;
        }
        let foreign: Vec<&SetKey> = keys.iter().filter(|key| !stands(key, &before)).collect();
        if foreign.is_empty() || strangers == Strangers::Overwrite {
            return Left::Again(Edit { before: standing.values().cloned().collect(), after: self.after.clone() });
        }
        Left::Refused(foreign.into_iter().map(|key| described(key, standing.get(key))).collect())
    }
}

fn by_key(sets: &[ResourceRecordSet]) -> Sets {
    sets.iter().map(|set| (SetKey::of(set), set.clone())).collect()
}

/// Whether a set is as another, or neither is there.
pub fn is_alike(one: Option<&ResourceRecordSet>, other: Option<&ResourceRecordSet>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// `www.example.com A is 300 192.0.2.1`.
fn described(key: &SetKey, set: Option<&ResourceRecordSet>) -> String {
    let Some(set) = set else { return format!("{key} is gone") };
    let ttl = set.ttl.map(|ttl| format!(" {ttl}")).unwrap_or_default();
    let mut values: Vec<&str> = set.resource_records().iter().map(|record| record.value.as_str()).collect();
    values.extend(set.alias_target().map(|target| target.dns_name.as_str()));
    format!("{key} is{ttl} {}", values.join(", "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_route53::types::{ResourceRecord, RrType};

    use super::*;

    fn set(name: &str, kind: &str, value: &str) -> ResourceRecordSet {
        let record = ResourceRecord::builder().value(value).build().unwrap();
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::from(kind)).ttl(60);
        set.resource_records(record).build().unwrap()
    }

    fn edit(before: &[ResourceRecordSet], after: &[ResourceRecordSet]) -> Edit {
        Edit { before: before.to_vec(), after: after.to_vec() }
    }

    #[test]
    fn what_stands_in_another_spelling_is_edited_as_it_stands() {
        let seen = edit(&[set("a.", "AAAA", "2001:DB8::1")], &[set("a.", "AAAA", "2001:db8::2")]);
        let standing = by_key(&[set("A.", "AAAA", "2001:db8::1")]);
        match seen.left(&standing, Strangers::RefuseOthers) {
            Left::Again(edit) => assert_eq!(edit.before[0].resource_records()[0].value, "2001:db8::1"),
            _ => panic!("it is what was seen"),
        }
    }

    #[test]
    fn what_somebody_else_changed_is_refused_unless_it_is_what_is_wanted() {
        let seen = edit(&[set("a.", "A", "192.0.2.1")], &[set("a.", "A", "192.0.2.2")]);
        let stranger = by_key(&[set("a.", "A", "192.0.2.9")]);
        match seen.left(&stranger, Strangers::RefuseOthers) {
            Left::Refused(said) => assert_eq!(said, ["a A is 60 192.0.2.9"]),
            _ => panic!("it is somebody else's"),
        }
        assert!(matches!(seen.left(&stranger, Strangers::Overwrite), Left::Again(_)));
        assert!(
            matches!(seen.left(&BTreeMap::new(), Strangers::RefuseOthers), Left::Refused(said) if said == ["a A is gone"])
        );
        let done = by_key(&[set("a.", "A", "192.0.2.2")]);
        assert!(matches!(seen.left(&done, Strangers::RefuseOthers), Left::Nothing));
        assert!(matches!(edit(&[], &[set("a.", "A", "192.0.2.2")]).left(&done, Strangers::Refuse), Left::Refused(_)));
    }

    #[test]
    fn what_is_to_go_and_is_gone_is_done() {
        let gone = edit(&[set("a.", "A", "192.0.2.1")], &[]);
        assert!(matches!(gone.left(&Sets::new(), Strangers::RefuseOthers), Left::Nothing));
    }

    #[test]
    fn a_change_of_type_is_one_edit() {
        let swap = edit(&[set("a.", "A", "192.0.2.1")], &[set("a.", "CNAME", "b.example.com")]);
        let actions: Vec<_> = swap.changes().unwrap().into_iter().map(|change| change.action).collect();
        assert_eq!(actions, [ChangeAction::Delete, ChangeAction::Create]);
    }
}
