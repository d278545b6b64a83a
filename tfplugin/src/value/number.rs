//! Numbers that keep their decimal text.

/// A number as exact decimal text; `0.1` stays `0.1` and thirty digits stay thirty digits.
#[derive(Clone, Debug)]
pub struct Number {
    text: String,
}
