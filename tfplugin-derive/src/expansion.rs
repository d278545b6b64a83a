//! From a derive's tokens to what it writes, or to the error that says what is expected.

use proc_macro::TokenStream;

/// What `derive` writes for `input`.
pub fn of(input: TokenStream, derive: fn(syn::DeriveInput) -> syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    let expanded = syn::parse(input).and_then(derive);
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
