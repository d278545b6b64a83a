//! What a policy means to a server: two texts that mean the same grant the same.

use std::collections::{BTreeMap, BTreeSet};

use super::capability::Capability;

/// The rules of a policy by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning(BTreeMap<Place, Rule>);

/// Where a rule applies, and until when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The path without a slash at its beginning, which the servers take away.
    pub(super) path: String,
    /// OpenBao forgets the rule at this time, in nanoseconds since 1970.
    pub(super) expires: Option<i128>,
}

/// What a rule grants at its place. Without capabilities it grants nothing, even where a broader path would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) capabilities: BTreeSet<Capability>,
    /// The values that a parameter may have; none means that each may. Names are in lower case.
    pub(super) allowed_parameters: Parameters,
    /// The values that a parameter may not have; none means that it may not be there.
    pub(super) denied_parameters: Parameters,
    pub(super) required_parameters: BTreeSet<String>,
    /// Least lifetime of a wrapped response in nanoseconds; 0 for no limit.
    pub(super) min_wrapping_ttl: i64,
    /// Greatest lifetime of a wrapped response in nanoseconds; 0 for no limit.
    pub(super) max_wrapping_ttl: i64,
    pub(super) mfa_methods: BTreeSet<String>,
    pub(super) control_group: Option<ControlGroup>,
    pub(super) subscribe_event_types: BTreeSet<String>,
    /// Most names that OpenBao lists at once; 0 for no limit.
    pub(super) pagination_limit: i64,
    /// Template of the path that decides whether OpenBao lists a name; empty for all names.
    pub(super) filter_path: String,
}

/// Parameters with their values.
pub(super) type Parameters = BTreeMap<String, BTreeSet<Parameter>>;

/// A value of a parameter. The servers compare values with their types: `1` is neither `"1"` nor `1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parameter {
    Bool(bool),
    Integer(i64),
    /// In the notation that Rust gives it, which is one for each number.
    Fraction(String),
    Text(String),
    List(Vec<Parameter>),
    Object(BTreeMap<String, Parameter>),
}

/// Who must approve a request before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ControlGroup {
    /// How long the approvals may take, in nanoseconds; 0 for the server's default.
    pub(super) ttl: i64,
    pub(super) factors: BTreeSet<Factor>,
}

/// One approval of a control group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Factor {
    pub(super) name: String,
    pub(super) group_ids: BTreeSet<String>,
    pub(super) group_names: BTreeSet<String>,
    pub(super) approvals: i64,
    pub(super) controlled_capabilities: BTreeSet<Capability>,
}

impl FromIterator<(Place, Rule)> for Meaning {
    fn from_iter<I: IntoIterator<Item = (Place, Rule)>>(rules: I) -> Self {
        let mut meaning = Meaning::default();
        for (place, rule) in rules {
            match meaning.0.get_mut(&place) {
                Some(earlier) => earlier.merge(rule.settled()),
                None => drop(meaning.0.insert(place, rule.settled())),
            }
        }
        meaning
    }
}

impl Rule {
    /// The rule as a server keeps it: one that denies says nothing else.
    fn settled(self) -> Rule {
        match self.capabilities.contains(&Capability::Deny) {
            true => Rule { capabilities: BTreeSet::from([Capability::Deny]), ..Rule::default() },
            false => self,
        }
    }

    /// Adds a later rule for the same place, as the servers' `NewACL` does.
    fn merge(&mut self, later: Rule) {
        if self.capabilities.contains(&Capability::Deny) {
            return;
        }
        if later.capabilities.contains(&Capability::Deny) {
            *self = later;
            return;
        }
        self.capabilities.extend(later.capabilities);
        self.required_parameters.extend(later.required_parameters);
        self.mfa_methods.extend(later.mfa_methods);
        merge_parameters(&mut self.allowed_parameters, later.allowed_parameters);
        merge_parameters(&mut self.denied_parameters, later.denied_parameters);
        self.min_wrapping_ttl = lower(self.min_wrapping_ttl, later.min_wrapping_ttl);
        self.max_wrapping_ttl = lower(self.max_wrapping_ttl, later.max_wrapping_ttl);
        self.pagination_limit = lower(self.pagination_limit, later.pagination_limit);
        if self.filter_path.is_empty() {
            self.filter_path = later.filter_path;
        }
        match (&mut self.control_group, later.control_group) {
            (Some(earlier), Some(later)) => earlier.factors.extend(later.factors),
            (earlier @ None, later) => *earlier = later,
            (Some(_), None) => {}
        }
        // A rule without event types stays without them.
        if !self.subscribe_event_types.is_empty() {
            self.subscribe_event_types.extend(later.subscribe_event_types);
        }
    }
}

/// The lower of two limits, where 0 is none.
fn lower(one: i64, other: i64) -> i64 {
    match (one, other) {
        (0, limit) | (limit, 0) => limit,
        (one, other) => one.min(other),
    }
}

/// A parameter without values stays so: it stands for all values.
fn merge_parameters(earlier: &mut Parameters, later: Parameters) {
    for (name, values) in later {
        match earlier.get_mut(&name) {
            Some(earlier) if earlier.is_empty() || values.is_empty() => earlier.clear(),
            Some(earlier) => earlier.extend(values),
            None => drop(earlier.insert(name, values)),
        }
    }
}
