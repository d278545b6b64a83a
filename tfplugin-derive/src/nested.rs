//! `derive(Nested)`: a struct inside an attribute.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::field::Row;
use crate::words;

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    words::each(&input.attrs, "no words: a struct inside an attribute has no rules", |_, _| Ok(false))?;
    let rows = rows(&input)?;
    let ident = &input.ident;
    let fields = fields(&rows, |row| row.table_row(false), &[], None);
    let from = rows.iter().map(Row::taken);
    let object = object(&rows);
    Ok(quote! {
        #[automatically_derived]
        impl ::tfplugin::schema::Nested for #ident {
            const FIELDS: &'static [::tfplugin::schema::Field] = #fields;
        }

        #[automatically_derived]
        impl ::tfplugin::schema::Attribute for #ident {
            const KIND: ::tfplugin::schema::Kind =
                ::tfplugin::schema::Kind::Object(<Self as ::tfplugin::schema::Nested>::FIELDS);

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

/// The rows of the table, `last` behind them. Where a struct is flattened, `named` are the names that its fields may
/// have alone.
pub fn fields(
    rows: &[Row],
    table_row: impl Fn(&Row) -> TokenStream,
    named: &[String],
    last: Option<TokenStream>,
) -> TokenStream {
    if !rows.iter().any(|row| row.flatten) {
        let table = rows.iter().map(table_row);
        return quote!(&[#(#table,)* #last]);
    }
    let parts = rows.chunk_by(|one, other| !one.flatten && !other.flatten).map(|part| match part {
        [row] if row.flatten => row.flattened(),
        part => {
            let table = part.iter().map(&table_row);
            quote!(&[#(#table),*])
        }
    });
    quote!({
        const PARTS: &[&[::tfplugin::schema::Field]] = &[#(#parts,)* &[#last]];
        &::tfplugin::schema::joined::<{ ::tfplugin::schema::count(PARTS) }>(PARTS, &[#(#named),*])
    })
}

/// The expression that makes an object of `self`.
pub fn object(rows: &[Row]) -> TokenStream {
    let (flat, own): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.flatten);
    let pairs = own.into_iter().map(Row::given);
    let object = quote!(::tfplugin::value::Object::from([#(#pairs),*]));
    if flat.is_empty() {
        return object;
    }
    let flat = flat.into_iter().map(|row| &row.ident);
    quote!({
        let mut object = #object;
        #(object.extend(::tfplugin::schema::flat(self.#flat));)*
        object
    })
}

/// Refuses a name that no field has.
pub fn check_names<'a>(mut names: impl Iterator<Item = &'a Ident>, rows: &[Row]) -> Result<()> {
    match names.find(|name| !rows.iter().any(|row| row.is(name))) {
        Some(name) => Err(Error::new(name.span(), format!("there is no field `{name}`"))),
        None => Ok(()),
    }
}
