//! `derive(Nested)`: a struct inside an attribute.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::field::Row;
use crate::rules::Rules;
use crate::{flatten, words};

const WORDS: &str = "`at_most`, `conflicts`, `fits`, `implies`, `one_of`, `requires`, `requires_any`, `requires_word`, `when_true` or `when_word`";

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    let mut rules = Rules::default();
    words::each(&input.attrs, WORDS, |word, meta| rules.word(word, meta))?;
    let rows = rows(&input)?;
    check_rules(&rules, &rows)?;
    let ident = &input.ident;
    let (fields, rules) =
        (flatten::fields(&rows, |row| row.table_row(false), None), flatten::rules(&rows, &rules.tokens));
    let (from, object) = (rows.iter().map(Row::taken), flatten::object(&rows));
    Ok(quote! {
        #[automatically_derived]
        impl ::tfplugin::schema::Nested for #ident {
            const FIELDS: &'static [::tfplugin::schema::Field] = #fields;
            const RULES: &'static [::tfplugin::schema::Rule] = #rules;
        }

        #[automatically_derived]
        impl ::tfplugin::schema::Attribute for #ident {
            const KIND: ::tfplugin::schema::Kind =
                ::tfplugin::schema::Kind::Object(<Self as ::tfplugin::schema::Nested>::FIELDS);
            const RULES: &'static [::tfplugin::schema::Rule] = <Self as ::tfplugin::schema::Nested>::RULES;

            fn from_value(value: ::tfplugin::value::Value) -> ::tfplugin::Result<Self> {
                let mut object = ::tfplugin::schema::members(value)?;
                ::core::result::Result::Ok(Self { #(#from),* })
            }

            fn into_value(self) -> ::tfplugin::value::Value {
                ::tfplugin::value::Value::Map(#object)
            }
        }
    })
}

/// The fields of a struct as rows.
pub fn rows(input: &DeriveInput) -> Result<Vec<Row>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                let rows = fields.named.iter().map(Row::new).collect::<Result<Vec<_>>>()?;
                check_names(rows.iter().flat_map(|row| &row.named), &rows)?;
                Ok(rows)
            }
            _ => Err(Error::new(input.ident.span(), "only a struct with named fields can be a schema")),
        },
        _ => Err(Error::new(input.ident.span(), "only a struct can be a schema; an enum of words derives `OneOf`")),
    }
}

/// Refuses a rule about what is no field. Fields of a flattened struct are not known here: the engine checks the table.
pub fn check_rules(rules: &Rules, rows: &[Row]) -> Result<()> {
    match rows.iter().any(|row| row.flatten) {
        true => Ok(()),
        false => check_names(rules.named.iter(), rows),
    }
}

/// Refuses a name that no field has.
pub fn check_names<'a>(mut names: impl Iterator<Item = &'a Ident>, rows: &[Row]) -> Result<()> {
    match names.find(|name| !rows.iter().any(|row| row.is(name))) {
        Some(name) => Err(Error::new(name.span(), format!("there is no field `{name}`"))),
        None => Ok(()),
    }
}
