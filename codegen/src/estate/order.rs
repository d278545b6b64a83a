//! The order in which roots are applied: none before those from which it takes values.

use super::{Estate, Root};
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

impl Estate {
    /// The names of the roots from which each root takes values.
    pub fn dependencies(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let of = |root| sources(root).filter(move |name| *name != root.name).collect();
        self.roots.iter().map(|root| (root.name.as_str(), of(root))).collect()
    }

    /// The names of the roots that must be applied before each root: those from which it takes values, and the one
    /// that makes the bucket for its state.
    fn predecessors(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut predecessors = self.dependencies();
        if let Some(bucket) = self.state_root() {
            for (_, needed) in predecessors.iter_mut().filter(|(name, _)| **name != bucket.name) {
                needed.insert(&bucket.name);
            }
        }
        predecessors
    }

    /// The roots in the order of their application, by name where the order is free.
    pub fn order(&self) -> Vec<&Root> {
        let depths = depths(&self.predecessors());
        let mut order: Vec<(usize, &Root)> =
            self.roots.iter().filter_map(|root| Some((*depths.get(root.name.as_str())?, root))).collect();
        order.sort_by_key(|(depth, root)| (*depth, &root.name));
        order.into_iter().map(|(_, root)| root).collect()
    }

    /// How many contracts each root is away from those that take nothing, on the longest way.
    pub fn depths(&self) -> BTreeMap<&str, usize> {
        depths(&self.dependencies())
    }

    /// Reports circles between roots, and between the modules of one root.
    pub fn circles(&self, problems: &mut Vec<Problem>) {
        let reachable: BTreeSet<&str> = self.order().into_iter().map(|root| root.name.as_str()).collect();
        let predecessors = self.predecessors();
        for root in self.roots.iter().filter(|root| !reachable.contains(root.name.as_str())) {
            let back = |name: &&&str| reaches(&predecessors, name, &root.name);
            if let Some(name) = predecessors.get(root.name.as_str()).and_then(|needed| needed.iter().find(back)) {
                let text = format!("the roots `{}` and `{name}` need each other", root.name);
                problems.push(Problem::at(root.place.clone(), text).hint("one of them must be applied first"));
            }
        }
        for root in &self.roots {
            calls_in_circles(root, problems);
        }
    }
}

/// The longest way to each name; those in circles have none.
fn depths<'a>(predecessors: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeMap<&'a str, usize> {
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    loop {
        let before = depths.len();
        for (name, needed) in predecessors {
            let found: Option<Vec<usize>> = needed.iter().map(|needed| depths.get(needed).copied()).collect();
            if let (Some(found), false) = (found, depths.contains_key(name)) {
                depths.insert(name, found.into_iter().max().map_or(0, |depth| depth + 1));
            }
        }
        if depths.len() == before {
            return depths;
        }
    }
}

fn reaches(predecessors: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(predecessors.get(name).into_iter().flatten());
        }
    }
    false
}

fn sources(root: &Root) -> impl Iterator<Item = &str> {
    root.calls.iter().flat_map(|call| call.references().map(|(_, reference)| reference.root.as_str()))
}

fn calls_in_circles(root: &Root, problems: &mut Vec<Problem>) {
    let mut left: Vec<_> = root.calls.iter().collect();
    loop {
        let names: BTreeSet<String> = left.iter().map(|call| call.name.clone()).collect();
        let before = left.len();
        left.retain(|call| {
            call.references().any(|(_, reference)| reference.root == root.name && names.contains(&reference.call))
        });
        if left.len() == before {
            break;
        }
    }
    if let Some(call) = left.first() {
        let names: Vec<String> = left.iter().map(|call| format!("`{}`", call.name)).collect();
        let text = format!("in the root `{}` the modules {} take values in a circle", root.name, names.join(", "));
        problems.push(Problem::at(call.place.clone(), text));
    }
}
