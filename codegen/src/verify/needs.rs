//! What a tree needs of its providers, and what of it there is not.

use super::address::Address;
use super::configuration::Configuration;
use super::served::Catalog;
use super::version::{self, Version};
use crate::problem::{Place, Problem, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// What a tree needs of one provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Need {
    /// Keyword and type.
    pub types: BTreeSet<(&'static str, String)>,
    /// Whether there are files that could not be read, so that any type may be needed.
    pub is_open: bool,
    /// The first place of each type.
    places: BTreeMap<(&'static str, String), Place>,
    /// Version constraints, with their places.
    constraints: Vec<(String, Place)>,
    /// Where it is configured or used first; nothing asks a provider that is only declared.
    asked: Option<Place>,
}

/// What a tree needs, by provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs(pub BTreeMap<Address, Need>);

impl Needs {
    /// What all these folders need together.
    pub(super) fn of<'a>(configurations: impl IntoIterator<Item = &'a Configuration>) -> Self {
        let mut needs = Needs::default();
        let mut is_open = false;
        for configuration in configurations {
            is_open |= !configuration.unread.is_empty();
            for requirement in configuration.required.values() {
                let constraint = requirement.version.clone().map(|version| (version, requirement.place.clone()));
                needs.of_provider(requirement.address.clone()).constraints.extend(constraint);
            }
            for (local_name, place) in &configuration.configured {
                needs.of_provider(configuration.provider(local_name)).asked.get_or_insert(place.clone());
            }
            for one in &configuration.uses {
                let need = needs.of_provider(configuration.provider(&one.provider));
                need.asked.get_or_insert(one.place.clone());
                let named = (one.keyword, one.type_name.clone());
                need.places.entry(named.clone()).or_insert(one.place.clone());
                need.types.insert(named);
            }
        }
        needs.0.retain(|address, _| !address.is_built_in());
        needs.0.values_mut().for_each(|need| need.is_open = is_open);
        needs
    }

    fn of_provider(&mut self, address: Address) -> &mut Need {
        self.0.entry(address).or_default()
    }

    /// Providers without a schema, types that no schema has, and constraints that exclude each other.
    pub(super) fn problems(&self, catalog: &Catalog) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (address, need) in &self.0 {
            match (catalog.offer(address), &need.asked) {
                (None, Some(place)) => problems.push(
                    Problem::at(place.clone(), format!("there is no schema of the provider {address}"))
                        .hint(format!("{MORE} `{}.json` there", address.name)),
                ),
                (None, None) => {}
                (Some(offer), _) => {
                    for ((keyword, name), place) in &need.places {
                        if !offer.types(keyword).any(|known| known == name) {
                            problems.push(unknown(keyword, name, place, address, offer.types(keyword)));
                        }
                    }
                }
            }
            if need.version(catalog, address).is_none() {
                problems.push(need.contradiction(address));
            }
        }
        problems
    }
}

/// Where more schemas come from.
const MORE: &str = "name a folder with the output of `terraform providers schema -json` in SUBSTRATE_SCHEMAS, as";

fn unknown<'a>(
    keyword: &str,
    name: &str,
    place: &Place,
    address: &Address,
    known: impl Iterator<Item = &'a str>,
) -> Problem {
    let what = match keyword {
        "data" => "data source",
        "ephemeral" => "ephemeral resource",
        _ => "resource",
    };
    let text = format!("the schema at hand of {address} has no {what} `{name}`");
    let more = format!("{MORE} `{}.json` there, if it is the schema that lacks it", address.name);
    Problem::at(place.clone(), text).hint(match nearest(name, known) {
        Some(nearest) => format!("did you mean `{nearest}`? else {more}"),
        None => more,
    })
}

impl Need {
    /// The version that the mirror offers: that of the schema, if the constraints allow it.
    pub(super) fn version(&self, catalog: &Catalog, address: &Address) -> Option<Version> {
        let wanted = catalog.offer(address).and_then(|offer| offer.version()).and_then(Version::parse);
        version::choose(wanted, self.constraints.iter().map(|(text, _)| text.as_str()))
    }

    fn contradiction(&self, address: &Address) -> Problem {
        let listed: Vec<String> = self.constraints.iter().map(|(text, place)| format!("`{text}` ({place})")).collect();
        let text = format!("no version of {address} is allowed by all of {}", listed.join(", "));
        match self.constraints.first() {
            Some((_, place)) => Problem::at(place.clone(), text),
            None => Problem::new(text),
        }
    }
}
