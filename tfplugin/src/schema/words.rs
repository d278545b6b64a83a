//! Enumerations: the words an attribute may hold.

use crate::schema::Word;
use crate::{Error, Result};

/// An enum whose variants are words; written by `derive(OneOf)`.
pub trait OneOf: Sized + Copy + 'static {
    /// Every word with its variant, in the order of the declaration.
    const WORDS: &'static [Word];
    /// The variants, in the same order.
    const VARIANTS: &'static [Self];

    /// The word of this variant.
    fn word(self) -> &'static str;

    /// The variant of a word.
    fn from_word(text: &str) -> Result<Self> {
        let position = Self::WORDS.iter().position(|word| word.word == text);
        position.map(|position| Self::VARIANTS[position]).ok_or_else(|| Error::new(not_a_word(text, Self::WORDS)))
    }
}

/// Says which words there are.
pub(crate) fn not_a_word(text: &str, words: &[Word]) -> String {
    let allowed: Vec<_> = words.iter().map(|word| format!("`{}`", word.word)).collect();
    format!("`{text}` is not one of {}", allowed.join(", "))
}
