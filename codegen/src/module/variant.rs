//! Variants: the combinations of features in which a module is proven.

use super::Description;
use std::collections::BTreeSet;

/// Up to so many features, every combination is a variant; above, every pair of features in every state.
const EXHAUSTIVE: usize = 4;

/// Above so many, the combinations are too many to choose from: each feature alone and each one missing.
const PAIRWISE: usize = 12;

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
        let single = (0..count).map(|number| 1 << number);
        let mut chosen: Vec<usize> =
            [0, all].into_iter().chain(single.clone()).chain(single.map(|bit| all & !bit)).collect();
        chosen.retain(|set| self.is_possible(*set));
        chosen
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

    #[test]
    fn many_features_come_in_every_pair_of_states() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let description = with(&names.map(|name| (name, "")));
        let variants = description.variants();
        assert!(variants.len() <= 10, "{} variants", variants.len());
        for one in names {
            for other in names.iter().filter(|other| **other > one) {
                for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
                    let found = variants.iter().any(|set| set.contains(&one) == first && set.contains(other) == second);
                    assert!(found, "{one} {first}, {other} {second}");
                }
            }
        }
    }
}
