//! Reading doc comments and `#[tf(…)]` words, with errors that say what is expected.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Result, Token};

/// The manual text of an item: its doc comment, which must be sentences.
pub fn doc(attributes: &[Attribute], span: Span) -> Result<String> {
    let text = lines(attributes).join("\n").trim().to_owned();
    if !text.ends_with('.') {
        return Err(Error::new(span, "add a doc comment that ends with a period; it becomes the documentation"));
    }
    Ok(text)
}

/// The doc comment's lines, without the space after the slashes.
pub fn lines(attributes: &[Attribute]) -> Vec<String> {
    let documentation = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = documentation.filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let text = text.value();
                Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
            }
            _ => None,
        },
        _ => None,
    });
    lines.collect()
}

/// Calls `read` for each word of the `#[tf(…)]` attributes; `read` returns false for a word it does not know.
pub fn each(
    attributes: &[Attribute],
    expected: &str,
    mut read: impl FnMut(&str, &ParseNestedMeta) -> Result<bool>,
) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("tf")) {
        attribute.parse_nested_meta(|meta| {
            let word = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
            match read(&word, &meta)? {
                true => Ok(()),
                false => Err(Error::new(meta.path.span(), format!("expected {expected}"))),
            }
        })?;
    }
    Ok(())
}

/// `word = "text"`.
pub fn text(meta: &ParseNestedMeta) -> Result<String> {
    meta.value()?.parse::<LitStr>().map(|text| text.value())
}

/// `word(a, b)`: names of fields, which may be keywords: `type` stands for the field `r#type`.
pub fn names(meta: &ParseNestedMeta) -> Result<Vec<Ident>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
    Ok(names.iter().map(Ident::unraw).collect())
}

/// `word("a", "b")`.
pub fn texts(meta: &ParseNestedMeta) -> Result<Vec<String>> {
    let content;
    syn::parenthesized!(content in meta.input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.iter().map(LitStr::value).collect())
}
