//! `derive(Schema)`: the table of a resource and its conversions.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Error, LitInt, LitStr, Result, Token};

use crate::field::Row;
use crate::rules::Rules;
use crate::{flatten, nested, words};

const WORDS: &str = "`also`, `at_most`, `conflicts`, `created_with`, `fits`, `implies`, `import`, `key`, `moved_from`, `name`, `one_of`, `requires`, `requires_any`, `requires_word`, `timeouts`, `version`, `when_true` or `when_word`";

/// What the struct's own words say.
#[derive(Default)]
struct Settings {
    name: String,
    key: Vec<Ident>,
    also: Vec<Ident>,
    rules: Rules,
    members: Vec<TokenStream>,
    has_timeouts: bool,
}

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    let rows = nested::rows(&input)?;
    let doc = words::doc(&input.attrs, input.ident.span())?;
    let settings = Settings::read(&input)?;
    nested::check_names(settings.key.iter().chain(&settings.also), &rows)?;
    nested::check_rules(&settings.rules, &rows)?;
    let (ident, name, members) = (&input.ident, &settings.name, &settings.members);
    let table_row = |row: &Row| row.table_row(settings.key.iter().any(|name| row.is(name)));
    let timeouts = settings.has_timeouts.then(|| quote!(::tfplugin::schema::TIMEOUTS));
    let (fields, rules) = (flatten::fields(&rows, table_row, timeouts), flatten::rules(&rows, &settings.rules.tokens));
    let (from, object) = (rows.iter().map(Row::taken), flatten::object(&rows));
    let (key, also) = (key_names(&settings.key), key_names(&settings.also));
    let (key_type, key_from, key_into) = key_conversions(&settings.key, &rows);
    let (natural_type, natural_from, _) = key_conversions(&settings.also, &rows);
    Ok(quote! {
        #[automatically_derived]
        impl ::tfplugin::schema::Schema for #ident {
            const TABLE: &'static ::tfplugin::schema::Table = &::tfplugin::schema::Table {
                fields: #fields,
                key: &[#(#key),*],
                also: &[#(#also),*],
                rules: #rules,
                #(#members,)*
                ..::tfplugin::schema::Table::new(#name, #doc)
            };

            type Key = #key_type;
            type Natural = #natural_type;

            fn from_object(mut object: ::tfplugin::value::Object) -> ::tfplugin::Result<Self> {
                ::core::result::Result::Ok(Self { #(#from),* })
            }

            fn into_object(self) -> ::tfplugin::value::Object {
                #object
            }

            fn key(object: &::tfplugin::value::Object) -> ::tfplugin::Result<Self::Key> {
                #key_from
            }

            fn key_object(key: &Self::Key) -> ::tfplugin::value::Object {
                #key_into
            }

            fn natural(object: &::tfplugin::value::Object) -> ::tfplugin::Result<Self::Natural> {
                #natural_from
            }
        }
    })
}

impl Settings {
    fn read(input: &DeriveInput) -> Result<Settings> {
        let mut settings = Settings::default();
        words::each(&input.attrs, WORDS, |word, meta| settings.word(word, meta))?;
        if settings.name.is_empty() {
            return Err(Error::new(
                input.ident.span(),
                "add `#[tf(name = \"…\")]`, the type's name without the provider's prefix",
            ));
        }
        Ok(settings)
    }

    fn word(&mut self, word: &str, meta: &ParseNestedMeta) -> Result<bool> {
        match word {
            "name" => self.name = words::text(meta)?,
            "key" => self.key = words::names(meta)?,
            "created_with" => self.rules.list(meta, "CreatedWith")?,
            "also" => self.also = words::names(meta)?,
            "import" => {
                let pattern = words::text(meta)?;
                self.members.push(quote!(import: #pattern));
            }
            "moved_from" => {
                let types = words::texts(meta)?;
                self.members.push(quote!(moved_from: &[#(#types),*]));
            }
            "version" => {
                let version: LitInt = meta.value()?.parse()?;
                self.members.push(quote!(version: #version));
            }
            "timeouts" => {
                let timeouts = timeouts(meta)?;
                self.has_timeouts = true;
                self.members.push(quote!(timeouts: ::core::option::Option::Some(#timeouts)));
            }
            _ => return self.rules.word(word, meta),
        }
        Ok(true)
    }
}

fn timeouts(meta: &ParseNestedMeta) -> Result<TokenStream> {
    let content;
    syn::parenthesized!(content in meta.input);
    let limits = Punctuated::<syn::MetaNameValue, Token![,]>::parse_terminated(&content)?;
    let mut members = Vec::new();
    for limit in &limits {
        let operation = limit.path.require_ident()?;
        if !["create", "read", "update", "delete"].contains(&operation.to_string().as_str()) {
            return Err(Error::new(operation.span(), "expected `create`, `read`, `update` or `delete`"));
        }
        let text: LitStr = syn::parse2(quote::ToTokens::to_token_stream(&limit.value))?;
        members.push(quote!(#operation: #text));
    }
    Ok(quote!(::tfplugin::schema::Timeouts { #(#members,)* ..::tfplugin::schema::Timeouts::NONE }))
}

fn key_names(key: &[Ident]) -> Vec<String> {
    key.iter().map(Ident::to_string).collect()
}

/// The key's type, the expression that reads it from `object`, and the one that makes an object of `key`.
fn key_conversions(key: &[Ident], rows: &[Row]) -> (TokenStream, TokenStream, TokenStream) {
    let parts: Vec<_> = rows_of(key, rows).map(|row| (row.name(), row.key_part())).collect();
    let reads: Vec<_> = parts.iter().map(|(name, ty)| quote!(::tfplugin::schema::peek::<#ty>(object, #name))).collect();
    let into = |name: &str, value: TokenStream| quote!((#name, ::tfplugin::schema::Attribute::into_value(::core::clone::Clone::clone(#value))));
    match parts.as_slice() {
        [] => (
            quote!(()),
            quote!({
                let _ = object;
                ::core::result::Result::Ok(())
            }),
            quote!({
                let _ = key;
                ::tfplugin::value::Object::new()
            }),
        ),
        [(name, ty)] => {
            let member = into(name, quote!(key));
            (quote!(#ty), quote!(#(#reads)*), quote!(::tfplugin::schema::object_of(vec![#member])))
        }
        parts => {
            let types = parts.iter().map(|(_, ty)| ty);
            let members = parts.iter().enumerate().map(|(position, (name, _))| {
                let position = syn::Index::from(position);
                into(name, quote!(&key.#position))
            });
            (
                quote!((#(#types),*)),
                quote!(::core::result::Result::Ok((#(#reads?),*))),
                quote!(::tfplugin::schema::object_of(vec![#(#members),*])),
            )
        }
    }
}

/// The rows of a key in the key's order.
fn rows_of<'a>(key: &'a [Ident], rows: &'a [Row]) -> impl Iterator<Item = &'a Row> {
    key.iter().filter_map(move |name| rows.iter().find(|row| row.is(name)))
}
