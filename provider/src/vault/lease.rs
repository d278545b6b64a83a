//! Times that a lease lasts.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;
use tfplugin::schema::check::parse_duration;

/// A time as the user spells it, such as `1h30m`, `7d` or a number of seconds.
#[derive(Clone, Debug)]
pub struct Lease {
    spelling: String,
    seconds: u64,
}

impl FromStr for Lease {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let days =
            spelling.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()).map(|days| u64::from(days) * 86_400);
        let seconds = days.or_else(|| spelling.parse().ok()).or_else(|| Some(parse_duration(spelling).ok()?.as_secs()));
        match seconds {
            Some(seconds) if seconds > 0 => Ok(Lease { spelling: spelling.to_owned(), seconds }),
            Some(_) => Err(format!("`{spelling}` is no time; omit it for the server's")),
            None => Err(format!("`{spelling}` is not a time such as `20m`, `1h30m` or `7d`")),
        }
    }
}

impl PartialEq for Lease {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl PartialOrd for Lease {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.seconds.partial_cmp(&other.seconds)
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl Semantic for Lease {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_time_are_equal() {
        let lease = |text: &str| text.parse::<Lease>();
        for (one, other) in [("1h", "3600"), ("90m", "1h30m"), ("7d", "168h"), ("1m1s", "61s")] {
            assert_eq!(lease(one), lease(other), "{one} and {other}");
        }
        assert_ne!(lease("1h"), lease("1m"));
        for wrong in ["", "0", "0s", "soon", "-1h", "1.5d"] {
            assert!(lease(wrong).is_err(), "{wrong}");
        }
    }
}
