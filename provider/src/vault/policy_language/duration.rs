//! Durations, as Vault's `parseutil.ParseDurationSecond` reads them.

const SECOND: i64 = 1_000_000_000;

/// What a duration may look like, for a message.
pub(super) const SHAPE: &str = "a duration such as `90`, `\"90s\"`, `\"1h30m\"` or `\"7d\"`";

/// The nanoseconds of a text: seconds without a unit, whole days such as `7d`, or what Go's `time.ParseDuration` takes,
/// such as `1h30m` or `1.5s`. An empty text is none. What 64 bits do not hold is refused, as the servers do.
pub(super) fn nanoseconds(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    if let Ok(seconds) = text.parse() {
        return of_seconds(seconds);
    }
    if let Some(days) = text.strip_suffix('d') {
        return days.parse::<i64>().ok()?.checked_mul(24 * 60 * 60).and_then(of_seconds);
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0i64;
    loop {
        let (part, after) = leading_part(rest)?;
        total = total.checked_add(part)?;
        if after.is_empty() {
            return Some(if negative { -total } else { total });
        }
        rest = after;
    }
}

/// The nanoseconds of whole seconds.
pub(super) fn of_seconds(seconds: i64) -> Option<i64> {
    seconds.checked_mul(SECOND)
}

/// A number with its unit at the beginning of a text, and what follows.
fn leading_part(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, after) = text.split_at(end);
    let unit_end = after.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(after.len());
    let (unit, after) = after.split_at(unit_end);
    let unit: i128 = match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => i128::from(SECOND),
        "m" => 60 * i128::from(SECOND),
        "h" => 3_600 * i128::from(SECOND),
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') {
        return None;
    }
    // A nanosecond is less than a digit at the thirteenth place of an hour's fraction; more places do not matter.
    let fraction = fraction.get(..15).unwrap_or(fraction);
    let scale = 10i128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled = format!("{whole}{fraction}").parse::<i128>().ok()?.checked_mul(unit)?;
    i64::try_from(scaled / scale).ok().map(|part| (part, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_mean_what_they_mean_to_the_servers() {
        let minute = 60 * SECOND;
        for (text, expected) in [
            ("", 0),
            ("0", 0),
            ("90", 90 * SECOND),
            ("+90", 90 * SECOND),
            ("-90", -90 * SECOND),
            ("90s", 90 * SECOND),
            ("1m30s", 90 * SECOND),
            ("1.5m", 90 * SECOND),
            (".5m", 30 * SECOND),
            ("5.s", 5 * SECOND),
            ("7d", 7 * 24 * 60 * minute),
            ("-1h", -60 * minute),
            ("1ms", 1_000_000),
            ("1us", 1_000),
            ("1\u{b5}s", 1_000),
            ("1\u{3bc}s", 1_000),
            ("0.3s", 300_000_000),
            ("3ns", 3),
            ("2562047h", 2_562_047 * 60 * minute),
        ] {
            assert_eq!(nanoseconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_the_servers_refuse_is_refused() {
        for text in ["x", "1x", "s", ".s", "1.2.3s", "1h30", "1.5d", "1h2d", " 1s", "1 s", "--1s", "-", "2562048h"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
        assert_eq!(nanoseconds("9223372037"), None);
        assert_eq!(nanoseconds("106752d"), None);
    }
}
