//! The layout of `terraform fmt`, as a pass over tokens.

use crate::hcl::layout;
use crate::hcl::simplify::simplify;
use crate::hcl::tokens::{Kind, Token, scan};

/// Lays `source` out as `terraform fmt` does: indentation, spaces between tokens, aligned `=` and comments,
/// quoted labels, and no `"${…}"` around a whole value.
///
/// What is no valid HCL is laid out as well as its tokens allow; whether it is valid, a parser must say.
pub fn format(source: &str) -> String {
    let mut tokens = simplify(scan(source));
    layout::apply(&mut tokens);
    write(&tokens)
}

/// The tokens of `source` on one line, without comments: what is left when layout does not matter.
pub fn one_line(source: &str) -> String {
    let mut tokens = scan(source);
    tokens.retain(|token| !matches!(token.kind, Kind::Newline | Kind::Comment));
    layout::apply(&mut tokens);
    write(&tokens)
}

fn write(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        text.extend(std::iter::repeat_n(' ', token.spaces));
        text.push_str(&token.text);
    }
    text
}
