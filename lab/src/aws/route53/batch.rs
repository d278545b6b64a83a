//! A batch of changes: what was sent, its limits, and all of it or nothing of it done.

use std::collections::BTreeMap;

use roxmltree::Document;
use serde_json::{Map, Value};

use crate::aws::error::Refusal;
use crate::aws::route53::policies;
use crate::aws::route53::rules;
use crate::aws::route53::zone::{Key, RecordSet, Zone};
use crate::aws::xml;

/// Most `ResourceRecord` elements of a batch; those of an UPSERT count twice.
const MOST_RECORDS: usize = 1000;

/// Most characters in all their `Value` elements; those of an UPSERT count twice.
const MOST_CHARACTERS: usize = 32_000;

/// What is done with a record set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It must not exist.
    Create,
    /// It may exist.
    Upsert,
    /// It must exist, with the same members.
    Delete,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// With what.
    pub set: RecordSet,
}

/// A batch, read from a request.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What the change is described with.
    pub comment: Option<String>,
    changes: Vec<Change>,
}

impl Batch {
    /// Reads a request.
    pub fn parse(body: &str) -> Result<Self, Refusal> {
        let document = Document::parse(body).map_err(|error| malformed(&error.to_string()))?;
        let members = xml::members(document.root_element());
        let batch = members.get("ChangeBatch").and_then(Value::as_object).ok_or_else(|| malformed("no ChangeBatch"))?;
        let changes = batch.get("Changes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if changes.is_empty() {
            return Err(malformed("Changes has no Change"));
        }
        let comment = batch.get("Comment").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { comment, changes: changes.iter().map(Change::parse).collect::<Result<_, _>>()? })
    }

    /// Refuses a batch that is too large. The text of the first is published, that of the second unrecorded.
    pub fn check_size(&self) -> Result<(), Refusal> {
        let (mut records, mut characters) = (0, 0);
        for change in &self.changes {
            let times = if change.action == Action::Upsert { 2 } else { 1 };
            let values = change.set.values();
            records += times * values.len();
            characters += times * values.iter().map(|value| value.chars().count()).sum::<usize>();
        }
        match (records > MOST_RECORDS, characters > MOST_CHARACTERS) {
            (true, _) => Err(refused(&[format!("Number of records limit of {MOST_RECORDS} exceeded.")])),
            (_, true) => Err(refused(&[format!("Number of characters limit of {MOST_CHARACTERS} exceeded.")])),
            _ => Ok(()),
        }
    }

    /// Forgets all changes but the first.
    pub fn truncate(&mut self) {
        self.changes.truncate(1);
    }

    /// Does all changes, or says of each what is wrong with it.
    pub fn apply(&self, zone: &mut Zone, zone_id: &str) -> Result<(), Refusal> {
        let (mut problems, mut kept) = (Vec::new(), Vec::new());
        let mut after = zone.clone();
        let mut seen: BTreeMap<Key, Action> = BTreeMap::new();
        for change in &self.changes {
            let earlier = seen.insert(change.set.key(), change.action);
            let repeated = earlier.is_some_and(|action| action != Action::Delete || change.action != Action::Create);
            let problem = if repeated { Some(rules::repeated(&change.set)) } else { change.apply(&mut after) };
            if problem.is_none() && change.action != Action::Delete {
                problems.extend(rules::alias(&change.set, &after, zone_id));
                kept.push(&change.set);
            }
            problems.extend(problem);
        }
        for set in kept {
            problems.extend(rules::neighbours(set, &after, zone).or_else(|| policies::conflict(set, &after)));
        }
        problems.extend(rules::essential(&after));
        if !problems.is_empty() {
            return Err(refused(&problems));
        }
        zone.records = after.records;
        Ok(())
    }
}

impl Change {
    fn parse(change: &Value) -> Result<Self, Refusal> {
        let action = match change["Action"].as_str().unwrap_or_default() {
            "CREATE" => Action::Create,
            "UPSERT" => Action::Upsert,
            "DELETE" => Action::Delete,
            other => {
                return Err(malformed(&format!(
                    "cvc-enumeration-valid: Value '{other}' is not facet-valid with respect to enumeration '[CREATE, \
                     DELETE, UPSERT]'. It must be a value from the enumeration."
                )));
            }
        };
        let members = change["ResourceRecordSet"].as_object().cloned().unwrap_or_default();
        let set = RecordSet::new(members);
        let said = [
            set.0.contains_key("AliasTarget"),
            set.0.contains_key("TTL") && !set.values().is_empty(),
            set.0.contains_key("TrafficPolicyInstanceId"),
        ];
        if said.iter().filter(|said| **said).count() == 1 {
            return Ok(Self { action, set });
        }
        let found = if said.contains(&true) { "more than one" } else { "none" };
        let identifier = match set.text("SetIdentifier") {
            "" => "null",
            identifier => identifier,
        };
        Err(Refusal::new(
            400,
            "InvalidInput",
            format!(
                "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or \
                 TrafficPolicyInstanceId], but found {found} in Change with [Action={}, Name={}, Type={}, \
                 SetIdentifier={identifier}]",
                change["Action"].as_str().unwrap_or_default(),
                set.name(),
                set.kind(),
            ),
        ))
    }

    /// Does it, or says why not.
    fn apply(&self, zone: &mut Zone) -> Option<String> {
        let (set, key) = (&self.set, self.set.key());
        let current = zone.records.get(&key);
        let refused = match (self.action, current) {
            (Action::Delete, None) => Some(rules::missing(set)),
            (Action::Delete, Some(current)) if !current.matches(set) => Some(rules::different(set)),
            (Action::Delete, Some(_)) => None,
            (Action::Create, Some(_)) => Some(rules::exists(set)),
            _ => rules::flaw(set, zone),
        };
        if refused.is_some() {
            return refused;
        }
        if self.action == Action::Delete {
            zone.records.remove(&key);
        } else {
            zone.records.insert(key, set.clone());
        }
        None
    }
}

/// All that is wrong, in brackets, as in published answers.
fn refused(problems: &[String]) -> Refusal {
    Refusal::new(400, "InvalidChangeBatch", format!("[{}]", problems.join(", ")))
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(400, "InvalidInput", format!("Invalid XML ; {what}"))
}

/// Parameters of a request that is XML; none where it is not.
pub fn parameters(body: &str) -> Map<String, Value> {
    Document::parse(body).map(|document| xml::members(document.root_element())).unwrap_or_default()
}
