//! Checks of one value, for `#[tf(check = …)]`: each refuses with a fragment that completes "`x` …".

use std::borrow::Borrow;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::schema::Attribute;
use crate::value::Value;

/// Runs a typed check on a known value; the derive writes the call.
pub fn check_as<T, B>(value: &Value, check: impl Fn(&B) -> Result<(), String>) -> Result<(), String>
where
    T: Attribute + Borrow<B>,
    B: ?Sized,
{
    // A value of another shape is refused elsewhere, with a better text.
    T::from_value(value.clone()).map_or(Ok(()), |typed| check(typed.borrow()))
}

/// Runs a typed check on two known values; the derive writes the call.
pub fn both_as<A: Attribute, B: Attribute>(
    one: &Value,
    other: &Value,
    check: impl Fn(&A, &B) -> Result<(), String>,
) -> Result<(), String> {
    match (A::from_value(one.clone()), B::from_value(other.clone())) {
        (Ok(one), Ok(other)) => check(&one, &other),
        _ => Ok(()),
    }
}

/// A text of so many characters.
pub fn length(range: RangeInclusive<usize>) -> impl Fn(&str) -> Result<(), String> {
    move |text| {
        let count = text.chars().count();
        match range.contains(&count) {
            true => Ok(()),
            false => Err(format!("has {count} characters; {} to {} are allowed", range.start(), range.end())),
        }
    }
}

/// A whole number within bounds.
pub fn between(range: RangeInclusive<u64>) -> impl Fn(&u64) -> Result<(), String> {
    move |number| match range.contains(number) {
        true => Ok(()),
        false => Err(format!("is {number}; {} to {} are allowed", range.start(), range.end())),
    }
}

/// Parses `1h30m`, `20m`, `45s` or `500ms`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is not a duration such as `30s`, `20m` or `1h30m`");
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0).ok_or_else(refused)?;
        let (count, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit);
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(refused()),
        };
        let count: u64 = count.parse().map_err(|_| refused())?;
        let part = count.checked_mul(milliseconds).ok_or_else(refused)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(refused)?;
        rest = next;
    }
    match total.is_zero() {
        true => Err(refused()),
        false => Ok(total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "0s", "30", "m", "1d", "-5s", "1.5h", "99999999999999999999h", "9999999999999999h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_counts_characters_and_not_bytes() {
        assert_eq!(check_as::<String, str>(&"äöü".into(), length(1..=3)), Ok(()));
        assert!(check_as::<String, str>(&"äöüx".into(), length(1..=3)).is_err());
    }
}
