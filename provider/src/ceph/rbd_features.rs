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

/// Refuses a feature without the one that it needs.
pub fn complete(features: &BTreeSet<Feature>) -> Result<(), String> {
    // Ceph gives `fast-diff` to each image with `object-map`.
    let needs = [
        (Feature::ObjectMap, Feature::ExclusiveLock),
        (Feature::ObjectMap, Feature::FastDiff),
        (Feature::FastDiff, Feature::ObjectMap),
        (Feature::Journaling, Feature::ExclusiveLock),
    ];
    match needs.iter().find(|(one, other)| features.contains(one) && !features.contains(other)) {
        Some((one, other)) => Err(format!("has `{}`, which needs `{}`", one.word(), other.word())),
        None => Ok(()),
    }
}

/// Refuses a change that no image can make; the dashboard would not carry it out, and say nothing.
pub fn changeable(prior: &Option<BTreeSet<Feature>>, planned: &Option<BTreeSet<Feature>>) -> Result<(), String> {
    let (Some(prior), Some(planned)) = (prior, planned) else { return Ok(()) };
    let gained = planned.difference(prior).find(|feature| [Feature::Layering, Feature::DeepFlatten].contains(feature));
    let lost = prior.difference(planned).find(|feature| **feature == Feature::Layering);
    match (gained, lost) {
        (Some(feature), _) => Err(format!("cannot get `{}`: an image has it from the start, or never", feature.word())),
        (None, Some(feature)) => Err(format!("cannot lose `{}`: an image keeps it", feature.word())),
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(words: &[&str]) -> BTreeSet<Feature> {
        words.iter().map(|word| Feature::from_word(word).unwrap()).collect()
    }

    #[test]
    fn a_feature_without_the_one_that_it_needs_is_refused() {
        for wrong in [&["object-map", "exclusive-lock"][..], &["fast-diff", "exclusive-lock"], &["journaling"]] {
            assert!(complete(&features(wrong)).is_err(), "{wrong:?}");
        }
        for right in [&[][..], &["layering"], &["exclusive-lock", "object-map", "fast-diff"]] {
            assert_eq!(complete(&features(right)), Ok(()), "{right:?}");
        }
    }

    #[test]
    fn what_an_image_has_from_the_start_stays() {
        let change = |from: &[&str], to: &[&str]| changeable(&Some(features(from)), &Some(features(to)));
        assert!(change(&["layering"], &[]).is_err());
        assert!(change(&[], &["layering"]).is_err());
        assert!(change(&["layering"], &["layering", "deep-flatten"]).is_err());
        assert_eq!(change(&["layering", "deep-flatten"], &["layering", "exclusive-lock"]), Ok(()));
        assert_eq!(changeable(&None, &Some(features(&["layering"]))), Ok(()));
    }
}
