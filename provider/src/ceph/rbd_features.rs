//! Features of images: what depends on what, and what can be changed later.

use tfplugin::prelude::*;

/// A feature of an image. Those that follow from other attributes, such as a pool for the data, are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub enum Feature {
    /// It can be cloned.
    Layering,
    /// One client at a time writes.
    #[tf(word = "exclusive-lock")]
    ExclusiveLock,
    /// Which objects exist is known; it needs `exclusive-lock` and `fast-diff`.
    #[tf(word = "object-map")]
    ObjectMap,
    /// Differences are found fast; it needs `object-map`.
    #[tf(word = "fast-diff")]
    FastDiff,
    /// A clone can be freed of its parent together with its snapshots.
    #[tf(word = "deep-flatten")]
    DeepFlatten,
    /// Writes go through a journal; it needs `exclusive-lock`.
    Journaling,
}

use Feature::{DeepFlatten, ExclusiveLock, FastDiff, Journaling, Layering, ObjectMap};

/// Refuses a feature without the one that it needs.
pub fn complete(features: &BTreeSet<Feature>) -> Result<(), String> {
    // Ceph gives `fast-diff` to each image with `object-map`.
    let needs = [(ObjectMap, ExclusiveLock), (ObjectMap, FastDiff), (FastDiff, ObjectMap), (Journaling, ExclusiveLock)];
    match needs.iter().find(|(one, other)| features.contains(one) && !features.contains(other)) {
        Some((one, other)) => Err(format!("has `{}`, which needs `{}`", one.word(), other.word())),
        None => Ok(()),
    }
}

/// Refuses a change that no image can make; the dashboard would not carry it out, and say nothing.
pub fn changeable(prior: &Option<BTreeSet<Feature>>, planned: &Option<BTreeSet<Feature>>) -> Result<(), String> {
    let (Some(prior), Some(planned)) = (prior, planned) else { return Ok(()) };
    let fixed = |feature: &&Feature, names: &[Feature]| names.contains(*feature);
    if let Some(feature) = planned.difference(prior).find(|feature| fixed(feature, &[Layering, DeepFlatten])) {
        return Err(format!("cannot get `{}`: an image has it from the start, or never", feature.word()));
    }
    match prior.difference(planned).find(|feature| fixed(feature, &[Layering])) {
        Some(feature) => Err(format!("cannot lose `{}`: an image keeps it", feature.word())),
        None => Ok(()),
    }
}
