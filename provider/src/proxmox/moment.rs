//! Moments: ends of users and tokens, which Proxmox VE keeps in seconds since 1970.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use super::client::text_of;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;
use tfplugin::value::Object;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment as `2027-01-31T00:00:00Z`.
#[derive(Clone, Debug)]
pub struct Moment {
    text: String,
    seconds: i64,
}

impl Moment {
    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }
}

impl Moment {
    /// Refuses an end that is over.
    pub fn is_to_come(&self, now: SystemTime) -> Result<()> {
        match OffsetDateTime::from(now).unix_timestamp() < self.seconds {
            true => Ok(()),
            false => Err(Error::new(format!("`{self}` is over")).at_attribute("expiration_date")),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    /// Reads RFC 3339, or the seconds of an answer.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no moment such as `2027-01-31T00:00:00Z`");
        let (moment, text) = match text.parse::<i64>() {
            Ok(seconds) => {
                let moment = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| refused())?;
                (moment, moment.format(&Rfc3339).map_err(|_| refused())?)
            }
            Err(_) => (OffsetDateTime::parse(text, &Rfc3339).map_err(|_| refused())?, text.to_owned()),
        };
        match moment.unix_timestamp() {
            seconds @ 1.. => Ok(Moment { text, seconds }),
            _ => Err(format!("`{text}` is no moment after the begin of 1970; omit it for none at all")),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl Semantic for Moment {}

/// A body with the end in seconds, 0 for none.
pub fn with_end(body: Body, end: Option<&Moment>) -> Body {
    let changes = body.set.contains_key("expire") || body.unset.contains(&"expire");
    let mut body = body;
    body.unset.retain(|name| *name != "expire");
    match changes {
        true => body.with("expire", end.map_or(0, Moment::seconds)),
        false => body,
    }
}

/// An answer in which no end is absent.
pub fn without_zero_end(mut answer: Object) -> Object {
    answer.retain(|name, value| name != "expire" || !["0", "null"].contains(&text_of(value).as_str()));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_zone_and_in_seconds() {
        let moment: Moment = "2027-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(moment, "2027-01-31T01:00:00+01:00".parse().unwrap());
        let answered: Moment = moment.seconds().to_string().parse().unwrap();
        assert_eq!((answered.to_string().as_str(), &answered), ("2027-01-31T00:00:00Z", &moment));
        assert!("2027-01-31".parse::<Moment>().is_err() && "0".parse::<Moment>().is_err());
    }
}
