//! Variants: the combinations of features in which a module is proven.

use super::Description;
use std::collections::BTreeSet;

/// Up to so many features, every combination is a variant; above, every pair of features in every state.
const EXHAUSTIVE: usize = 4;

/// Above so many, the combinations are too many to choose from: each feature with what it requires, and each one missing.
/// These have every pair in every state as well, and are more than need be.
const PAIRWISE: usize = 12;

/// What has more features is several modules; the sets of features are bits of a number.
pub(super) const MOST: usize = 24;

/// Two features and whether each is on.
type Pair = (usize, bool, usize, bool);

impl Description {
    /// The combinations of features to prove, without one that lacks what a feature of it requires; none and all of the
    /// features are among them.
    pub fn variants(&self) -> Vec<Vec<&str>> {
        let count = self.features.len();
        let chosen = if count <= EXHAUSTIVE {
            (0..1 << count).filter(|set| self.is_possible(*set)).collect()
        } else if count <= PAIRWISE {
            self.pairwise()
        } else {
            self.one_by_one()
        };
        chosen.into_iter().map(|set| self.names_of(set)).collect()
    }

    /// Few combinations that have every possible pair of states between them, the one with most new pairs first.
    fn pairwise(&self) -> Vec<usize> {
        let count = self.features.len();
        let possible: Vec<usize> = (0..1 << count).filter(|set| self.is_possible(*set)).collect();
        let mut open: BTreeSet<Pair> = possible.iter().flat_map(|set| pairs(*set, count)).collect();
        let mut chosen = Vec::new();
        let mut take = |set: usize, open: &mut BTreeSet<Pair>| {
            pairs(set, count).for_each(|pair| {
                open.remove(&pair);
            });
            chosen.push(set);
        };
        take(0, &mut open);
        take((1 << count) - 1, &mut open);
        while !open.is_empty() {
            let gain = |set: &usize| pairs(*set, count).filter(|pair| open.contains(pair)).count();
            let Some(best) = possible.iter().copied().max_by_key(|set| (gain(set), usize::MAX - set)) else { break };
            take(best, &mut open);
        }
        chosen
    }

    fn one_by_one(&self) -> Vec<usize> {
        let count = self.features.len();
        let all = (1 << count) - 1;
        let alone = (0..count).map(|number| self.with_required(1 << number));
        let missing = (0..count).map(|number| all & !(1 << number)).filter(|set| self.is_possible(*set));
        let mut chosen: Vec<usize> = Vec::new();
        for set in [0, all].into_iter().chain(alone).chain(missing) {
            if !chosen.contains(&set) {
                chosen.push(set);
            }
        }
        chosen
    }

    /// A set with all that its features require.
    fn with_required(&self, mut set: usize) -> usize {
        loop {
            let names = self.names_of(set);
            let of_set = self.features.iter().filter(|feature| names.contains(&feature.name.as_str()));
            let required: Vec<&String> = of_set.flat_map(|feature| &feature.requires).collect();
            let named = self.features.iter().enumerate().filter(|(_, feature)| required.contains(&&feature.name));
            let more = named.fold(set, |set, (number, _)| set | 1 << number);
            if more == set {
                return set;
            }
            set = more;
        }
    }

    fn is_possible(&self, set: usize) -> bool {
        let names = self.names_of(set);
        self.features
            .iter()
            .filter(|feature| names.contains(&feature.name.as_str()))
            .all(|feature| feature.requires.iter().all(|required| names.contains(&required.as_str())))
    }

    fn names_of(&self, set: usize) -> Vec<&str> {
        let on = self.features.iter().enumerate().filter(|(number, _)| set & (1 << number) != 0);
        on.map(|(_, feature)| feature.name.as_str()).collect()
    }
}

fn pairs(set: usize, count: usize) -> impl Iterator<Item = Pair> {
    let state = move |number: usize| set & (1 << number) != 0;
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, state(one), other, state(other))))
}

#[cfg(test)]
mod tests {
    use crate::module::{Description, parse};
    use std::path::Path;

    fn with(features: &[(&str, &str)]) -> Description {
        let feature = |(name, requires): &(&str, &str)| {
            let requires = if requires.is_empty() { String::new() } else { format!("requires = [\"{requires}\"]\n") };
            format!(
                "feature \"{name}\" {{\nsummary = \"x\"\n{requires}input \"{name}\" {{\ntype = string\ndefault = null\ndescription = \"x\"\n}}\n}}\n"
            )
        };
        let features: String = features.iter().map(feature).collect();
        let text =
            format!("module \"m\" {{\nsummary = \"x\"\n}}\n{features}example \"minimal\" {{\ninputs = {{}}\n}}\n");
        parse(Path::new("module.hcl"), &text).unwrap()
    }

    #[test]
    fn few_features_come_in_every_combination_that_can_be() {
        let description = with(&[("a", ""), ("b", "a")]);
        assert_eq!(description.variants(), [vec![], vec!["a"], vec!["a", "b"]]);
    }

    /// Expects every pair of features in every state, but for those that `requires` excludes.
    fn assert_pairs(description: &Description, impossible: &[(&str, bool, &str, bool)]) {
        let (names, variants) = (description.feature_names(), description.variants());
        for one in &names {
            for other in names.iter().filter(|other| *other > one) {
                for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
                    let found = variants.iter().any(|set| set.contains(one) == first && set.contains(other) == second);
                    let possible = !impossible.contains(&(*one, first, *other, second));
                    assert_eq!(found, possible, "{one} {first}, {other} {second}");
                }
            }
        }
    }

    #[test]
    fn many_features_come_in_every_pair_of_states() {
        let description = with(&["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, "")));
        assert!(description.variants().len() <= 10, "{} variants", description.variants().len());
        assert_pairs(&description, &[]);
    }

    #[test]
    fn very_many_features_do_so_too() {
        let names: Vec<String> = ('a'..='x').map(String::from).collect();
        let requires = |name: &str| match name {
            "b" => "a",
            "c" => "b",
            _ => "",
        };
        let features: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), requires(name))).collect();
        let impossible = [("a", false, "b", true), ("a", false, "c", true), ("b", false, "c", true)];
        assert_pairs(&with(&features), &impossible);
    }
}
