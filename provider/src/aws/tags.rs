//! Tags: those of an object, and those that the provider's configuration gives to every object.

use tfplugin::prelude::*;

/// Values by key.
pub type Tags = BTreeMap<String, String>;

/// The tags of an object, as its resource shows them.
#[derive(Clone, Debug, Nested)]
pub struct Tagging {
    /// Tags of the object; one of the same key in `aws.default_tags` gives way.
    #[tf(check = allowed)]
    pub tags: Option<Tags>,

    /// All tags of the object, with those of `aws.default_tags`.
    #[tf(merge(default_tags, tags))]
    pub tags_all: Computed<Tags>,
}

impl Tagging {
    /// An object that has these tags, where the provider's configuration has those defaults.
    pub fn of(found: impl IntoIterator<Item = (String, String)>, defaults: &Tags) -> Self {
        let all: Tags = found.into_iter().filter(|(key, _)| !is_of_aws(key)).collect();
        let own: Tags = all
            .iter()
            .filter(|(key, value)| defaults.get(*key) != Some(*value))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        Tagging { tags: Some(own).filter(|own| !own.is_empty()), tags_all: all.into() }
    }

    /// All tags that the object is to have.
    pub fn wanted(&self, defaults: &Tags) -> Tags {
        match self.tags_all.get() {
            Some(all) => all.clone(),
            // The configuration was not known when the object was planned.
            None => defaults.clone().into_iter().chain(self.tags.clone().unwrap_or_default()).collect(),
        }
    }

    /// The object as planned, with all its tags.
    #[must_use]
    pub fn complete(self, defaults: &Tags) -> Self {
        Tagging { tags_all: self.wanted(defaults).into(), ..self }
    }

    /// What was read, without the tags that the state knew as defaults: they are none of the user's.
    #[must_use]
    pub fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let (Some(prior), Some(all)) = (prior, actual.tags_all.get()) else { return actual };
        let (before, own) = (prior.tags_all.get(), prior.tags.clone().unwrap_or_default());
        let found = actual.tags.clone().unwrap_or_default();
        let is_own = |key: &String| {
            own.contains_key(key) || (found.contains_key(key) && !before.is_some_and(|before| before.contains_key(key)))
        };
        let tags: Tags = all.iter().filter(|(key, _)| is_own(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        Tagging { tags: Some(tags).filter(|tags| !tags.is_empty()), ..actual }
    }

    /// What brings an object from these tags to the planned ones.
    pub fn changes(&self, plan: &Self, defaults: &Tags) -> TagChanges {
        let (before, wanted) = (self.tags_all.get().cloned().unwrap_or_default(), plan.wanted(defaults));
        TagChanges {
            removed: before.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect(),
            set: wanted.into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect(),
        }
    }
}

/// What is to be done with an object's tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TagChanges {
    /// Keys of tags to take away.
    pub removed: Vec<String>,
    /// Tags to set.
    pub set: Tags,
}

/// Tags that AWS sets itself, such as those of a stack, and that nobody else can change.
fn is_of_aws(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// AWS's rules for tags, which are the same for all services.
pub fn allowed(tags: &Tags) -> Result<(), String> {
    for (key, value) in tags {
        if is_of_aws(key) {
            return Err(format!("has the key `{key}`; those that begin with `aws:` are AWS's own"));
        }
        if !(1..=128).contains(&key.chars().count()) {
            return Err(format!("has the key `{key}`, which is not of 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            return Err(format!("has a value of more than 256 characters at `{key}`"));
        }
    }
    match tags.len() {
        ..=50 => Ok(()),
        count => Err(format!("has {count} tags; at most 50 are allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn shown(tagging: &Tagging) -> (Option<Tags>, Option<Tags>) {
        (tagging.tags.clone(), tagging.tags_all.get().cloned())
    }

    #[test]
    fn defaults_are_not_the_objects_own() {
        let defaults = tags(&[("team", "core")]);
        let found = tags(&[("team", "core"), ("env", "live"), ("aws:cloudformation:stack-id", "1")]);
        let seen = Tagging::of(found, &defaults);
        assert_eq!(shown(&seen), (Some(tags(&[("env", "live")])), Some(tags(&[("team", "core"), ("env", "live")]))));
        assert_eq!(Tagging::of(defaults.clone(), &defaults).tags, None);
        let changed = Tagging::of(tags(&[("team", "edge")]), &defaults);
        assert_eq!(changed.tags, Some(tags(&[("team", "edge")])), "it overrides the default");
    }

    #[test]
    fn a_tag_in_both_places_stays_in_both() {
        let defaults = tags(&[("team", "core")]);
        let prior = Tagging { tags: Some(defaults.clone()), tags_all: defaults.clone().into() };
        let seen = Tagging::reconcile(Some(&prior), Tagging::of(defaults.clone(), &defaults));
        assert_eq!(shown(&seen), (Some(defaults.clone()), Some(defaults)));
    }

    #[test]
    fn a_default_that_is_gone_is_not_taken_for_the_objects_own() {
        let (before, env) = (tags(&[("team", "core"), ("env", "live")]), tags(&[("env", "live")]));
        let prior = Tagging { tags: Some(env.clone()), tags_all: before.clone().into() };
        let seen = Tagging::reconcile(Some(&prior), Tagging::of(before.clone(), &Tags::new()));
        assert_eq!(shown(&seen), (Some(env.clone()), Some(before)));
        let plan = Tagging { tags: Some(env.clone()), tags_all: env.into() };
        let changes = seen.changes(&plan, &Tags::new());
        assert_eq!(changes, TagChanges { removed: vec!["team".to_owned()], set: Tags::new() });
    }

    #[test]
    fn a_strangers_tag_is_a_difference() {
        let env = tags(&[("env", "live")]);
        let prior = Tagging { tags: Some(env.clone()), tags_all: env.clone().into() };
        let more = tags(&[("env", "live"), ("who", "me")]);
        let seen = Tagging::reconcile(Some(&prior), Tagging::of(more.clone(), &Tags::new()));
        assert_eq!(seen.tags, Some(more));
    }

    #[test]
    fn an_unknown_plan_is_completed_from_the_connection() {
        let plan = Tagging { tags: Some(tags(&[("a", "own")])), tags_all: Computed::unset() };
        let defaults = tags(&[("a", "default"), ("b", "default")]);
        assert_eq!(plan.wanted(&defaults), tags(&[("a", "own"), ("b", "default")]));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for (key, value) in [("aws:x", "1".to_owned()), ("", "1".to_owned()), ("a", "x".repeat(257))] {
            assert!(allowed(&tags(&[(key, &value)])).is_err(), "{key}");
        }
        assert_eq!(allowed(&tags(&[("awsome", "")])), Ok(()));
        assert!(allowed(&(0..51).map(|n| (n.to_string(), String::new())).collect()).is_err());
    }
}
