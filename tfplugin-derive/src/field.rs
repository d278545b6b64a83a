//! One struct field as a row of the table.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, GenericArgument, Ident, Lit, PathArguments, Result, Type};

use crate::words;

const WORDS: &str = "`adopts`, `api`, `change`, `check`, `comma`, `computed`, `default`, `deprecated`, `env`, `fixed`, \
                     `flatten`, `local`, `merge`, `on`, `read`, `replace`, `stops_reading`, `unread`, `url` or `volatile`";

/// A field with everything that its words say.
pub struct Row {
    pub ident: Ident,
    pub ty: Type,
    doc: String,
    /// The members of `Field` that differ from the vocabulary's defaults.
    members: BTreeMap<&'static str, TokenStream>,
    /// The fields that its words name.
    pub named: Vec<Ident>,
    /// Whether its own fields stand in its place.
    pub flatten: bool,
}

impl Row {
    pub fn new(field: &syn::Field) -> Result<Row> {
        let ident = field.ident.clone().ok_or_else(|| Error::new(field.span(), "fields need names"))?;
        let mut row = Row {
            ident,
            ty: field.ty.clone(),
            doc: String::new(),
            members: BTreeMap::new(),
            named: Vec::new(),
            flatten: false,
        };
        words::each(&field.attrs, WORDS, |word, meta| row.word(word, meta))?;
        if !row.flatten {
            row.doc = words::doc(&field.attrs, row.ident.span())?;
        }
        row.check()
    }

    /// The type without the wrappers that say who supplies the value.
    pub fn plain(&self) -> &Type {
        plain(&self.ty)
    }

    /// The type of its part of a key: one that the user may leave out stays an `Option`.
    pub fn key_part(&self) -> &Type {
        let optional = wrapper(&self.ty).is_some_and(|wrapper| wrapper == "Option");
        if optional && !self.members.contains_key("computed") { &self.ty } else { self.plain() }
    }

    /// Takes in one word; false if there is no such word.
    fn word(&mut self, word: &str, meta: &ParseNestedMeta) -> Result<bool> {
        let (member, value) = match word {
            "adopts" => ("adopts", quote!(true)),
            "comma" => ("comma", quote!(true)),
            "computed" => ("computed", quote!(true)),
            "local" => ("local", quote!(true)),
            "replace" => ("replace", quote!(true)),
            "stops_reading" => ("stops_reading", quote!(true)),
            "unread" => ("unread", quote!(true)),
            "url" => ("url", quote!(true)),
            "flatten" => {
                self.flatten = true;
                return Ok(true);
            }
            "api" => {
                let name = words::text(meta)?;
                self.members.entry("read").or_insert_with(|| quote!(#name));
                ("api", quote!(#name))
            }
            "read" => ("read", words::text(meta)?.to_token_stream()),
            "deprecated" => {
                let text = words::text(meta)?;
                ("deprecated", quote!(::core::option::Option::Some(#text)))
            }
            "env" => {
                let names = words::texts(meta)?;
                ("env", quote!(&[#(#names),*]))
            }
            "fixed" => {
                let reason = words::text(meta)?;
                ("fixed", quote!(::core::option::Option::Some(#reason)))
            }
            "merge" => ("merge", self.merge(meta)?),
            "on" => ("sent", sent(meta)?),
            "volatile" => ("volatile", self.volatile(meta)?),
            "change" => {
                let (check, ty) = (meta.value()?.parse::<Expr>()?, &self.ty);
                let run =
                    quote!(|prior, planned| ::tfplugin::schema::check::both_as::<#ty, #ty>(prior, planned, #check));
                ("change", quote!(::core::option::Option::Some(#run)))
            }
            "check" => {
                let (check, plain) = (meta.value()?.parse::<Expr>()?, self.plain());
                let run = quote!(|value| ::tfplugin::schema::check::check_as::<#plain, _>(value, #check));
                ("check", quote!(::core::option::Option::Some(#run)))
            }
            "default" => {
                let value = self.default(&meta.value()?.parse::<Expr>()?)?;
                self.members.insert("presence", quote!(::tfplugin::schema::Presence::Optional));
                ("default", quote!(::core::option::Option::Some(|| #value)))
            }
            _ => return Ok(false),
        };
        self.members.insert(member, value);
        Ok(true)
    }

    fn volatile(&mut self, meta: &ParseNestedMeta) -> Result<TokenStream> {
        if !meta.input.peek(syn::token::Paren) {
            return Ok(quote!(::tfplugin::schema::Volatile::Always));
        }
        self.named = words::names(meta)?;
        let names = self.named.iter().map(Ident::to_string);
        Ok(quote!(::tfplugin::schema::Volatile::With(&[#(#names),*])))
    }

    /// `merge(defaults, own)`: an attribute of the backend's configuration, and a field of the struct.
    fn merge(&mut self, meta: &ParseNestedMeta) -> Result<TokenStream> {
        let names = words::names(meta)?;
        let [defaults, own] = names.as_slice() else {
            return Err(meta.error("expected an attribute of the backend's configuration and a field"));
        };
        self.named = vec![own.clone()];
        let (defaults, own) = (defaults.to_string(), own.to_string());
        Ok(quote!(::core::option::Option::Some(::tfplugin::schema::Merge { defaults: #defaults, own: #own })))
    }

    fn default(&self, expression: &Expr) -> Result<TokenStream> {
        if wrapper(&self.ty).is_some() {
            return Err(Error::new(expression.span(), "a default is never null: remove the wrapper from the type"));
        }
        let ty = &self.ty;
        let value = match expression {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => quote!(::core::convert::From::from(#text)),
            expression => expression.to_token_stream(),
        };
        Ok(quote!(<#ty as ::tfplugin::schema::Attribute>::into_value(#value)))
    }

    fn check(self) -> Result<Row> {
        if self.flatten && !self.members.is_empty() {
            let text = "`flatten` stands alone: the struct's own fields have their words";
            return Err(Error::new(self.ident.span(), text));
        }
        let carried = self.members.contains_key("local") || self.members.contains_key("unread");
        if carried && wrapper(&self.ty).is_none() && !self.members.contains_key("default") {
            let text =
                "answers do not hold a `local` or `unread` attribute: make it optional, computed or give a default";
            return Err(Error::new(self.ident.span(), text));
        }
        if self.members.contains_key("merge") && wrapper(&self.ty).is_none_or(|wrapper| wrapper != "Computed") {
            return Err(Error::new(self.ident.span(), "what is merged is not the user's to set: it is `Computed`"));
        }
        if self.members.contains_key("computed") && wrapper(&self.ty).is_none_or(|wrapper| wrapper != "Option") {
            let text = "`computed` is what the backend does with an `Option`; what only it sets is `Computed`";
            return Err(Error::new(self.ident.span(), text));
        }
        Ok(self)
    }

    /// The row of the table. A key's attribute replaces when it changes, unless the backend sets it or it is fixed.
    pub fn table_row(&self, is_key: bool) -> TokenStream {
        let (ty, doc, name) = (&self.ty, &self.doc, self.name());
        let mut members = self.members.clone();
        let changeable = wrapper(ty).is_none_or(|wrapper| wrapper != "Computed") && !members.contains_key("fixed");
        if is_key && changeable {
            members.insert("replace", quote!(true));
        }
        let members = members.iter().map(|(member, value)| {
            let member = format_ident!("{member}");
            quote!(#member: #value)
        });
        quote! {
            ::tfplugin::schema::Field {
                #(#members,)*
                ..::tfplugin::schema::Field::of::<#ty>(#name, #doc)
            }
        }
    }

    /// The initializer that takes the field out of `object`.
    pub fn taken(&self) -> TokenStream {
        let (ident, name) = (&self.ident, self.name());
        match self.flatten {
            true => quote!(#ident: ::tfplugin::schema::take_flat(&mut object)?),
            false => quote!(#ident: ::tfplugin::schema::take(&mut object, #name)?),
        }
    }

    /// The pair that puts the field into an object.
    pub fn given(&self) -> TokenStream {
        let (ident, ty, name) = (&self.ident, &self.ty, self.name());
        quote!((#name, <#ty as ::tfplugin::schema::Attribute>::into_value(self.#ident)))
    }

    /// Whether a word such as `key(type)` means this field.
    pub fn is(&self, name: &Ident) -> bool {
        !self.flatten && self.ident.unraw() == *name
    }

    /// The attribute's name in Terraform.
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

fn sent(meta: &ParseNestedMeta) -> Result<TokenStream> {
    let call: Ident = meta.value()?.parse()?;
    match call.to_string().as_str() {
        "call" => Ok(quote!(::tfplugin::schema::Sent::ByCall)),
        "create" => Ok(quote!(::tfplugin::schema::Sent::OnCreate)),
        "update" => Ok(quote!(::tfplugin::schema::Sent::OnUpdate)),
        _ => Err(Error::new(call.span(), "expected `call`, `create` or `update`")),
    }
}

/// The type inside `Option`, `Computed`, `Secret` and `WriteOnly`.
fn plain(ty: &Type) -> &Type {
    match (wrapper(ty), argument(ty)) {
        (Some(_), Some(inner)) => plain(inner),
        _ if last_segment(ty).is_some_and(|segment| segment.ident == "Secret") => argument(ty).map_or(ty, plain),
        _ => ty,
    }
}

/// The outermost wrapper that says who supplies the value.
fn wrapper(ty: &Type) -> Option<String> {
    let name = last_segment(ty)?.ident.to_string();
    match name.as_str() {
        "Option" | "Computed" | "WriteOnly" => Some(name),
        "Secret" => wrapper(argument(ty)?),
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn argument(ty: &Type) -> Option<&Type> {
    match &last_segment(ty)?.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}
