//! The words for rules between the fields of a struct.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::{Expr, LitStr, Result, Token};

use crate::words;

/// The rules of one struct.
#[derive(Default)]
pub struct Rules {
    pub tokens: Vec<TokenStream>,
    /// The fields that they name.
    pub named: Vec<Ident>,
}

impl Rules {
    /// Takes in one word; false if it is none of a rule.
    pub fn word(&mut self, word: &str, meta: &ParseNestedMeta) -> Result<bool> {
        match word {
            "at_most" => self.pair(meta, "AtMost")?,
            "conflicts" => self.list(meta, "Conflicts")?,
            "fits" => self.judged(meta)?,
            "implies" => self.pair(meta, "Implies")?,
            "one_of" => self.list(meta, "OneOf")?,
            "requires" => self.pair(meta, "Requires")?,
            "requires_any" => self.first_and_rest(meta)?,
            "requires_word" => self.pair_with_word(meta, "RequiresWord")?,
            "when_true" => self.pair(meta, "WhenTrue")?,
            "when_word" => self.pair_with_word(meta, "WhenWord")?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `word(a, b, …)` as a rule between fields.
    pub fn list(&mut self, meta: &ParseNestedMeta, rule: &str) -> Result<()> {
        let (names, rule) = (self.fields(meta)?, format_ident!("{rule}"));
        self.tokens.push(quote!(::tfplugin::schema::Rule::#rule(&[#(#names),*])));
        Ok(())
    }

    /// `word(a, b)` as a rule between two fields.
    fn pair(&mut self, meta: &ParseNestedMeta, rule: &str) -> Result<()> {
        let names = self.fields(meta)?;
        let [first, second] = names.as_slice() else {
            return Err(meta.error("expected two fields"));
        };
        let rule = format_ident!("{rule}");
        self.tokens.push(quote!(::tfplugin::schema::Rule::#rule(#first, #second)));
        Ok(())
    }

    /// `requires_any(a, b, …)` as a rule between one field and those behind it.
    fn first_and_rest(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let names = self.fields(meta)?;
        let Some((first, rest)) = names.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return Err(meta.error("expected a field, and those of which it needs one"));
        };
        self.tokens.push(quote!(::tfplugin::schema::Rule::RequiresAny(#first, &[#(#rest),*])));
        Ok(())
    }

    /// `word(a, b, "word")` as a rule between two fields.
    fn pair_with_word(&mut self, meta: &ParseNestedMeta, rule: &str) -> Result<()> {
        let (one, other, word) = self.pair_with::<LitStr>(meta)?;
        let rule = format_ident!("{rule}");
        self.tokens.push(quote!(::tfplugin::schema::Rule::#rule(#one, #other, #word)));
        Ok(())
    }

    /// `fits(a, b, function)` as a rule between two fields.
    fn judged(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let (one, other, judge) = self.pair_with::<Expr>(meta)?;
        let run = quote!(|one, other| ::tfplugin::schema::check::both_as(one, other, #judge));
        self.tokens.push(quote!(::tfplugin::schema::Rule::Fits(#one, #other, #run)));
        Ok(())
    }

    /// `word(a, b, …)` with something of another kind behind the two fields.
    fn pair_with<T: Parse>(&mut self, meta: &ParseNestedMeta) -> Result<(String, String, T)> {
        let content;
        syn::parenthesized!(content in meta.input);
        let first = content.call(Ident::parse_any)?.unraw();
        content.parse::<Token![,]>()?;
        let second = content.call(Ident::parse_any)?.unraw();
        content.parse::<Token![,]>()?;
        let names = (first.to_string(), second.to_string());
        self.named.extend([first, second]);
        Ok((names.0, names.1, content.parse()?))
    }

    fn fields(&mut self, meta: &ParseNestedMeta) -> Result<Vec<String>> {
        let names = words::names(meta)?;
        self.named.extend(names.iter().cloned());
        Ok(names.iter().map(Ident::to_string).collect())
    }
}
