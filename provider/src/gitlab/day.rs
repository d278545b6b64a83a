//! Days, as GitLab writes them: a token ends at the start of its day, in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use tfplugin::schema::Semantic;
use time::format_description::well_known::Iso8601;
use time::{Date, Duration, OffsetDateTime};

/// A day, such as `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The day of a moment, in UTC.
    pub fn of(moment: SystemTime) -> Self {
        Day(OffsetDateTime::from(moment).date())
    }

    /// The day that it is now.
    pub fn today() -> Self {
        Day::of(SystemTime::now())
    }

    /// The day so many days later.
    pub fn after(self, days: u64) -> Self {
        Day(self.0.saturating_add(span(days)))
    }

    /// The day so many days earlier.
    pub fn before(self, days: u64) -> Self {
        Day(self.0.saturating_sub(span(days)))
    }
}

/// A span that fits between any two days.
fn span(days: u64) -> Duration {
    i64::try_from(days).map_or(Duration::MAX, |days| Duration::seconds(days.saturating_mul(86_400)))
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = Some(text).filter(|text| text.len() == 10).and_then(|text| Date::parse(text, &Iso8601::DATE).ok());
        parsed.map(Day).ok_or_else(|| format!("`{text}` is not a day such as `2027-01-31`"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Semantic for Day {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(day("2027-12-31").after(1), day("2028-01-01"));
        assert_eq!(day("2028-03-01").before(1).to_string(), "2028-02-29");
        assert!(day("2027-12-31").after(u64::MAX) > day("2999-01-01"));
        assert!(day("2027-12-31").before(u64::MAX) < day("0001-01-01"));
    }

    #[test]
    fn a_day_has_one_form() {
        for wrong in ["", "2027-1-1", "2027-02-30", "20270131", "2027-01-31T00:00:00Z", "31.01.2027", "+002027-01"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
