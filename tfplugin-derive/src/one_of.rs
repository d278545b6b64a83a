//! `derive(OneOf)`: an enum whose variants are words.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitInt, LitStr, Result};

use crate::words;

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "only an enum has words"));
    };
    let ident = &input.ident;
    let (mut table, mut variants, mut spelled) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new(variant.ident.span(), "a word has no fields"));
        }
        let mut word = snake_case(&variant.ident.to_string());
        let mut form = None;
        words::each(&variant.attrs, "`api` or `word`", |name, meta| {
            match name {
                "word" => word = words::text(meta)?,
                "api" => form = Some(api_form(meta)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let form = form.unwrap_or_else(|| quote!(::tfplugin::schema::WordForm::Text(#word)));
        let doc = words::lines(&variant.attrs).join(" ");
        let variant = &variant.ident;
        table.push(quote!(::tfplugin::schema::Word { word: #word, form: #form, doc: #doc }));
        variants.push(quote!(Self::#variant));
        spelled.push(quote!(Self::#variant => #word));
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::tfplugin::schema::OneOf for #ident {
            const WORDS: &'static [::tfplugin::schema::Word] = &[#(#table),*];
            const VARIANTS: &'static [Self] = &[#(#variants),*];

            fn word(self) -> &'static str {
                match self { #(#spelled),* }
            }
        }

        #[automatically_derived]
        impl ::tfplugin::schema::Attribute for #ident {
            const KIND: ::tfplugin::schema::Kind = ::tfplugin::schema::Kind::String(::tfplugin::schema::Text {
                words: <Self as ::tfplugin::schema::OneOf>::WORDS,
                ..::tfplugin::schema::Text::ANY
            });

            fn from_value(value: ::tfplugin::value::Value) -> ::tfplugin::Result<Self> {
                <Self as ::tfplugin::schema::OneOf>::from_word(&<::std::string::String as ::tfplugin::schema::Attribute>::from_value(value)?)
            }

            fn into_value(self) -> ::tfplugin::value::Value {
                ::tfplugin::value::Value::from(<Self as ::tfplugin::schema::OneOf>::word(self))
            }
        }
    })
}

fn api_form(meta: &syn::meta::ParseNestedMeta) -> Result<TokenStream> {
    let value = meta.value()?;
    if value.peek(LitInt) {
        let number: LitInt = value.parse()?;
        return Ok(quote!(::tfplugin::schema::WordForm::Number(#number)));
    }
    let text: LitStr = value.parse()?;
    Ok(quote!(::tfplugin::schema::WordForm::Text(#text)))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (position, letter) in name.char_indices() {
        if letter.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
