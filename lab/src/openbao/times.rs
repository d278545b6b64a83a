//! Times and durations as OpenBao reads and writes them.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Lease of a mount that sets none: `DefaultLeaseTTL` and `MaxLeaseTTL` are both 32 days.
pub const SYSTEM_TTL: i64 = 2_764_800;

/// Now.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// A time as in `2026-11-20T23:43:14.49205356Z`.
pub fn text(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).expect("the year has four digits")
}

/// A time that many seconds later.
pub fn after(at: OffsetDateTime, seconds: i64) -> OffsetDateTime {
    at + Duration::seconds(seconds)
}

/// Seconds of a number or of a duration such as `1h30m`; days end in `d`. An empty text is 0
/// (`parseutil.ParseDurationSecond`).
pub fn seconds(text: &str) -> Result<i64, String> {
    let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if unsigned.is_empty() && sign == 1 {
        return Ok(0);
    }
    if !unsigned.ends_with(|last: char| last.is_ascii_alphabetic()) {
        return text.parse().map_err(|_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
    }
    let invalid = || format!("time: invalid duration {text:?}");
    let mut total = 0.0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number * unit(&rest[..letters]).ok_or_else(invalid)?;
        rest = &rest[letters..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "a duration in seconds is far below 2^53")]
    Ok(sign * total as i64)
}

fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    })
}

/// A duration as Go prints it: `0s`, `30m0s`, `720h0m0s`.
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let total = seconds.abs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let read: Vec<_> =
            ["", "0", "90", "1h30m", "2d", "-30s", "1.5h"].into_iter().map(|text| seconds(text).unwrap()).collect();
        assert_eq!(read, [0, 0, 90, 5400, 172_800, -30, 5400]);
        assert_eq!(seconds("x").unwrap_err(), "time: invalid duration \"x\"");
        assert_eq!(seconds("1h2").unwrap_err(), "strconv.ParseInt: parsing \"1h2\": invalid syntax");
        assert_eq!(seconds("1y").unwrap_err(), "time: invalid duration \"1y\"");
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        assert_eq!([0, 59, 60, 3600, 2_592_000, -1].map(duration), ["0s", "59s", "1m0s", "1h0m0s", "720h0m0s", "-1s"]);
    }

    #[test]
    fn times_have_no_zeros_at_their_end() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_492_053_560).unwrap();
        assert_eq!(text(at), "2023-11-14T22:13:20.49205356Z");
    }
}
