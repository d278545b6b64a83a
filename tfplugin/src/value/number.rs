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
        let scale = scale.checked_sub(leading).ok_or(ParseNumberError::Range)?;
        if scale.unsigned_abs() > MAX_EXPONENT {
            return Err(ParseNumberError::Range);
        }
        let digits = significant.trim_end_matches('0').to_owned();
        Ok(Number { negative, magnitude: Magnitude::Finite { scale, digits } })
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
