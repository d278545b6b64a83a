//! Structs whose fields stand among those of the struct around them, in the table and in objects.

use proc_macro2::TokenStream;
use quote::quote;

use crate::field::Row;

/// The rows of the table, `last` behind them.
pub fn fields(rows: &[Row], table_row: impl Fn(&Row) -> TokenStream, last: Option<TokenStream>) -> TokenStream {
    if !rows.iter().any(|row| row.flatten) {
        let table = rows.iter().map(table_row);
        return quote!(&[#(#table,)* #last]);
    }
    let parts = rows.chunk_by(|one, other| !one.flatten && !other.flatten).map(|part| match part {
        [Row { flatten: true, ty, .. }] => quote!(<#ty as ::tfplugin::schema::Nested>::FIELDS),
        part => {
            let table = part.iter().map(&table_row);
            quote!(&[#(#table),*])
        }
    });
    quote!({
        const PARTS: &[&[::tfplugin::schema::Field]] = &[#(#parts,)* &[#last]];
        const FIELDS: [::tfplugin::schema::Field; ::tfplugin::schema::count(PARTS)] =
            ::tfplugin::schema::joined(::tfplugin::schema::Field::BLANK, PARTS);
        ::tfplugin::schema::distinct(&FIELDS)
    })
}

/// The rules of the struct with those of its flattened ones.
pub fn rules(rows: &[Row], own: &[TokenStream]) -> TokenStream {
    let flat: Vec<_> = rows.iter().filter(|row| row.flatten).map(|row| &row.ty).collect();
    if flat.is_empty() {
        return quote!(&[#(#own),*]);
    }
    quote!({
        const PARTS: &[&[::tfplugin::schema::Rule]] =
            &[&[#(#own),*], #(<#flat as ::tfplugin::schema::Nested>::RULES),*];
        const RULES: [::tfplugin::schema::Rule; ::tfplugin::schema::count(PARTS)] =
            ::tfplugin::schema::joined(::tfplugin::schema::Rule::Conflicts(&[]), PARTS);
        &RULES
    })
}

/// The expression that makes an object of `self`.
pub fn object(rows: &[Row]) -> TokenStream {
    let (flat, own): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.flatten);
    let pairs = own.into_iter().map(Row::given);
    let object = quote!(::tfplugin::schema::object_of(vec![#(#pairs),*]));
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
