//! Numbers that keep their decimal text.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Beyond this many digits on one side of the point, a number is written with an exponent.
const PLAIN_DIGITS: i64 = 400;

/// The largest exponent that is accepted; core's own numbers end before it.
const MAX_EXPONENT: u64 = 1_000_000_000;

/// A number as exact decimal text; `0.1` stays `0.1` and thirty digits stay thirty digits.
///
/// Equal numbers are equal however they were written: `1`, `1.0` and `1e0` are one number, with one text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    magnitude: Magnitude,
}

/// The distance from zero. The order of variants and of fields is the order of numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Magnitude {
    Zero,
    /// `0.digits × 10^scale`; the digits neither begin nor end with a zero.
    Finite {
        scale: i64,
        digits: String,
    },
    Infinite,
}

/// Why a text is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseNumberError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Syntax,
    /// The number is too large, or too near to zero, for Terraform.
    #[error("the exponent is out of range")]
    Range,
}

impl Number {
    /// The number as an `i64`, if it is exactly one.
    pub fn as_i64(&self) -> Option<i64> {
        self.to_string().parse().ok()
    }

    /// The number as a `u64`, if it is exactly one.
    pub fn as_u64(&self) -> Option<u64> {
        self.to_string().parse().ok()
    }

    /// The nearest `f64`, unless a finite number is out of its range.
    pub fn as_f64(&self) -> Option<f64> {
        let nearest: f64 = self.to_string().parse().ok()?;
        (nearest.is_finite() || self.is_infinite()).then_some(nearest)
    }

    /// The number with the shortest text that stands for this `f64`, unless it is NaN.
    pub fn from_f64(float: f64) -> Option<Self> {
        if float.is_nan() {
            return None;
        }
        if float.is_infinite() {
            return Some(Number { negative: float < 0.0, magnitude: Magnitude::Infinite });
        }
        format!("{float:e}").parse().ok()
    }

    /// Whether this is one of the two infinities, which JSON cannot express.
    pub fn is_infinite(&self) -> bool {
        self.magnitude == Magnitude::Infinite
    }

    /// The `f64` that is this very number, with no digit rounded; none for integers.
    pub(super) fn as_exact_fraction(&self) -> Option<f64> {
        let Magnitude::Finite { scale, digits } = &self.magnitude else { return None };
        // A fraction of powers of two ends with the digit 5, and at most 1074 digits follow the point in an f64.
        let has_fraction = *scale < i64::try_from(digits.len()).ok()?;
        if !has_fraction || !digits.ends_with('5') {
            return None;
        }
        let float = self.as_f64()?;
        (format!("{float:.1074}").parse::<Number>().as_ref() == Ok(self)).then_some(float)
    }

    /// The number `0.digits × 10^scale`, where the digits may begin and end with zeros.
    fn finite(negative: bool, digits: &str, scale: i64) -> Result<Self, ParseNumberError> {
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Number { negative: false, magnitude: Magnitude::Zero });
        }
        let leading = i64::try_from(digits.len() - significant.len()).map_err(|_| ParseNumberError::Range)?;
        let exponent = scale.checked_sub(leading + 1).ok_or(ParseNumberError::Range)?;
        if exponent.unsigned_abs() > MAX_EXPONENT {
            return Err(ParseNumberError::Range);
        }
        let digits = significant.trim_end_matches('0').to_owned();
        Ok(Number { negative, magnitude: Magnitude::Finite { scale: exponent + 1, digits } })
    }
}

impl FromStr for Number {
    type Err = ParseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        if unsigned == "Inf" {
            return Ok(Number { negative, magnitude: Magnitude::Infinite });
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(ParseNumberError::Syntax),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        if whole.is_empty() || ![whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(ParseNumberError::Syntax);
        }
        let before_point = i64::try_from(whole.len()).map_err(|_| ParseNumberError::Range)?;
        let scale = before_point.checked_add(exponent).ok_or(ParseNumberError::Range)?;
        Number::finite(negative, &format!("{whole}{fraction}"), scale)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let (scale, digits) = match &self.magnitude {
            Magnitude::Zero => return f.write_str("0"),
            Magnitude::Infinite => return f.write_str("Inf"),
            Magnitude::Finite { scale, digits } => (*scale, digits.as_str()),
        };
        let Some(places) = usize::try_from(scale.unsigned_abs()).ok().filter(|_| scale.abs() <= PLAIN_DIGITS) else {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{first}{point}{rest}e{}", scale - 1);
        };
        if scale <= 0 {
            write!(f, "0.{:0<places$}{digits}", "")
        } else if let Some((whole, fraction)) = digits.split_at_checked(places).filter(|(_, rest)| !rest.is_empty()) {
            write!(f, "{whole}.{fraction}")
        } else {
            write!(f, "{digits:0<places$}")
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude.cmp(&other.magnitude),
            (true, true) => other.magnitude.cmp(&self.magnitude),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        integer.to_string().parse().expect("the text of an integer is a number")
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        integer.to_string().parse().expect("the text of an integer is a number")
    }
}

impl From<i32> for Number {
    fn from(integer: i32) -> Self {
        i64::from(integer).into()
    }
}

impl From<u32> for Number {
    fn from(integer: u32) -> Self {
        u64::from(integer).into()
    }
}

/// # Panics
///
/// If the float is NaN, which Terraform has no number for; [`Number::from_f64`] answers instead.
impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Number::from_f64(float).expect("a number is not NaN")
    }
}

/// The exponent after `e`: an optional sign and digits.
fn parse_exponent(text: &str) -> Result<i64, ParseNumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseNumberError::Syntax);
    }
    text.parse().map_err(|_| ParseNumberError::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn the_way_of_writing_makes_no_difference() {
        for (text, canonical) in [
            ("1.0", "1"),
            ("1e0", "1"),
            ("10E-1", "1"),
            ("-0.0", "0"),
            ("0e5", "0"),
            ("007", "7"),
            ("0.1", "0.1"),
            ("1.2300e+2", "123"),
            ("12.5e-4", "0.00125"),
            ("1e30", "1000000000000000000000000000000"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1e1000", "1e1000"),
            ("-12e-1000", "-1.2e-999"),
        ] {
            assert_eq!(number(text).to_string(), canonical, "{text}");
            assert_eq!(number(text), number(canonical), "{text}");
        }
    }

    #[test]
    fn garbage_is_refused() {
        for text in
            ["", "-", "+1", ".5", "5.", "1e", "1e+-2", "0x10", "1_000", " 1", "1 ", "NaN", "inf", "--1", "1.2.3"]
        {
            assert_eq!(text.parse::<Number>(), Err(ParseNumberError::Syntax), "{text:?}");
        }
    }

    #[test]
    fn giant_exponents_cost_nothing() {
        assert_eq!(number("-1e1000000000").to_string(), "-1e1000000000");
        assert_eq!(number("1e-1000000000").to_string(), "1e-1000000000");
        for text in ["1e1000000001", "1e-1000000001", "1e99999999999999999999", "1e-9223372036854775808"] {
            assert_eq!(text.parse::<Number>(), Err(ParseNumberError::Range), "{text}");
        }
    }

    #[test]
    fn only_exact_integers_are_integers() {
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("18446744073709551615").as_i64(), None);
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("1.5").as_i64(), None);
        assert_eq!(number("1.50e1").as_i64(), Some(15));
        assert_eq!(number("-1").as_u64(), None);
        assert_eq!(number("1e400").as_f64(), None);
        assert_eq!(number("Inf").as_f64(), Some(f64::INFINITY));
    }

    #[test]
    fn a_float_has_its_shortest_text() {
        assert_eq!(Number::from(0.1), number("0.1"));
        assert_eq!(Number::from(f64::NEG_INFINITY), number("-Inf"));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(number("0.5").as_exact_fraction(), Some(0.5));
        assert_eq!(number("0.15").as_exact_fraction(), None);
    }

    #[test]
    fn numbers_are_ordered() {
        let ordered = ["-Inf", "-10", "-9.5", "-0.1", "0", "1e-9", "0.1", "0.12", "1", "9", "10", "1e30", "Inf"];
        let mut numbers: Vec<Number> = ordered.iter().rev().map(|text| number(text)).collect();
        numbers.sort();
        assert_eq!(numbers, ordered.map(number));
    }
}
