//! When a project's container registry deletes tags.

use tfplugin::prelude::*;

/// When the container registry deletes tags.
#[derive(Clone, Nested)]
pub struct ContainerExpirationPolicy {
    /// Whether tags are deleted at all.
    #[tf(computed)]
    enabled: Option<bool>,

    /// How often.
    #[tf(computed)]
    cadence: Option<Cadence>,

    /// Tags of one image that are always kept.
    #[tf(computed)]
    keep_n: Option<u64>,

    /// Age of the tags that are deleted.
    #[tf(computed)]
    older_than: Option<Age>,

    /// Pattern of the tags that are deleted.
    #[tf(computed, api = "name_regex", read = "name_regex")]
    name_regex_delete: Option<String>,

    /// Pattern of the tags that are kept all the same.
    #[tf(computed)]
    name_regex_keep: Option<String>,
}

/// How often tags are deleted (`ContainerExpirationPolicy.cadence_options`).
#[derive(Clone, Copy, PartialEq, OneOf)]
enum Cadence {
    /// Every day.
    #[tf(word = "1d")]
    Day,
    /// Every week.
    #[tf(word = "7d")]
    Week,
    /// Every two weeks.
    #[tf(word = "14d")]
    Fortnight,
    /// Every month.
    #[tf(word = "1month")]
    Month,
    /// Every three months.
    #[tf(word = "3month")]
    Quarter,
}

/// How old tags become (`ContainerExpirationPolicy.older_than_options`).
#[derive(Clone, Copy, PartialEq, OneOf)]
enum Age {
    /// A week.
    #[tf(word = "7d")]
    Week,
    /// Two weeks.
    #[tf(word = "14d")]
    Fortnight,
    /// Thirty days.
    #[tf(word = "30d")]
    Month,
    /// Sixty days.
    #[tf(word = "60d")]
    TwoMonths,
    /// Ninety days.
    #[tf(word = "90d")]
    Quarter,
}
