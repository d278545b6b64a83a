//! Derives for `tfplugin`: `Schema`, `Nested` and `OneOf`.
//!
//! The macros translate and hold no behavior: each emits a `const` table and plain conversions.

mod expansion;
mod field;
mod nested;
mod one_of;
mod rules;
mod schema;
#[cfg(test)]
mod tests;
mod words;

use proc_macro::TokenStream;

/// One struct is the schema, the state and the manual page.
#[proc_macro_derive(Schema, attributes(tf))]
pub fn derive_schema(input: TokenStream) -> TokenStream {
    expansion::of(input, schema::expand)
}

/// A struct inside an attribute.
#[proc_macro_derive(Nested, attributes(tf))]
pub fn derive_nested(input: TokenStream) -> TokenStream {
    expansion::of(input, nested::expand)
}

/// An enum whose variants are words.
#[proc_macro_derive(OneOf, attributes(tf))]
pub fn derive_one_of(input: TokenStream) -> TokenStream {
    expansion::of(input, one_of::expand)
}
