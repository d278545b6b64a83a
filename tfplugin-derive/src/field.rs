//! One struct field as a row of the table.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, GenericArgument, Ident, Lit, PathArguments, Result, Type};

use crate::words;

const WORDS: &str = "`adopts`, `api`, `check`, `comma`, `computed`, `default`, `deprecated`, `env`, `local`, \
                     `on`, `read`, `replace`, `unread`, `url` or `volatile`";

/// A field with everything that its words say.
pub struct Row {
    pub ident: Ident,
    pub ty: Type,
    doc: String,
    /// The row's settings beyond the defaults: pairs of a `Field` member and its value.
    settings: Vec<TokenStream>,
}

impl Row {
    pub fn new(field: &syn::Field) -> Result<Row> {
        let ident = field.ident.clone().ok_or_else(|| Error::new(field.span(), "fields need names"))?;
        let doc = words::doc(&field.attrs, ident.span())?;
        let mut row = Row { ident, ty: field.ty.clone(), doc, settings: Vec::new() };
        row.read_words(field)?;
        Ok(row)
    }

    /// The type without the wrappers that say who supplies the value.
    pub fn plain(&self) -> &Type {
        plain(&self.ty)
    }

    fn read_words(&mut self, field: &syn::Field) -> Result<()> {
        let (mut default, mut local, mut read) = (None, None, None);
        words::each(&field.attrs, WORDS, |word, meta| {
            let setting = match word {
                "adopts" => quote!(adopts: true),
                "comma" => quote!(comma: true),
                "computed" => quote!(computed: true),
                "replace" => quote!(replace: true),
                "unread" => quote!(unread: true),
                "url" => quote!(url: true),
                "local" => {
                    local = Some(meta.path.span());
                    quote!(local: true)
                }
                "api" => {
                    let name = words::text(meta)?;
                    read.get_or_insert_with(|| name.clone());
                    quote!(api: #name)
                }
                "read" => {
                    read = Some(words::text(meta)?);
                    return Ok(true);
                }
                "deprecated" => {
                    let text = words::text(meta)?;
                    quote!(deprecated: ::core::option::Option::Some(#text))
                }
                "env" => {
                    let names = words::texts(meta)?;
                    quote!(env: &[#(#names),*])
                }
                "on" => self::on(meta)?,
                "volatile" if meta.input.peek(syn::token::Paren) => {
                    let names = words::names(meta)?.into_iter().map(|name| name.to_string());
                    quote!(volatile: ::tfplugin::schema::Volatile::With(&[#(#names),*]))
                }
                "volatile" => quote!(volatile: ::tfplugin::schema::Volatile::Always),
                "check" => {
                    let (check, plain) = (meta.value()?.parse::<Expr>()?, self.plain());
                    quote!(check: ::core::option::Option::Some(
                        |value| ::tfplugin::schema::check::check_as::<#plain, _>(value, #check)
                    ))
                }
                "default" => {
                    let expression = meta.value()?.parse::<Expr>()?;
                    default = Some(expression.span());
                    self.default(&expression)
                }
                _ => return Ok(false),
            };
            self.settings.push(setting);
            Ok(true)
        })?;
        if let Some(name) = read {
            self.settings.push(quote!(read: #name));
        }
        let wrapped = wrapper(&self.ty).is_some();
        match (default, local) {
            (Some(span), _) if wrapped => {
                Err(Error::new(span, "a default is never null: remove the wrapper from the type"))
            }
            (None, Some(span)) if !wrapped => Err(Error::new(
                span,
                "the API never returns a `local` attribute: make it optional, computed or give a default",
            )),
            _ => Ok(()),
        }
    }

    fn default(&self, expression: &Expr) -> TokenStream {
        let ty = &self.ty;
        let value = match expression {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => quote!(::core::convert::From::from(#text)),
            expression => expression.to_token_stream(),
        };
        quote! {
            presence: ::tfplugin::schema::Presence::Optional,
            default: ::core::option::Option::Some(|| <#ty as ::tfplugin::schema::Attribute>::into_value(#value))
        }
    }

    /// The row of the table.
    pub fn table_row(&self, is_key: bool) -> TokenStream {
        let Row { ty, doc, settings, .. } = self;
        let name = self.name();
        let replace = is_key && wrapper(ty).is_none_or(|wrapper| wrapper != "Computed");
        let replace = replace.then(|| quote!(replace: true,));
        // A word may say `replace` on its own; the key implies it only where the word is absent.
        let replace = replace.filter(|_| !settings.iter().any(|setting| setting.to_string().starts_with("replace")));
        quote! {
            ::tfplugin::schema::Field {
                #(#settings,)*
                #replace
                ..::tfplugin::schema::Field::of::<#ty>(#name, #doc)
            }
        }
    }

    /// Takes the field out of `object`.
    pub fn from_object(&self) -> TokenStream {
        let (ident, name) = (&self.ident, self.name());
        quote!(#ident: ::tfplugin::schema::take(&mut object, #name)?)
    }

    /// Puts the field into an object.
    pub fn into_object(&self) -> TokenStream {
        let (ident, ty, name) = (&self.ident, &self.ty, self.name());
        quote!((#name.to_owned(), <#ty as ::tfplugin::schema::Attribute>::into_value(self.#ident)))
    }

    pub fn name(&self) -> String {
        let name = self.ident.to_string();
        name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
    }
}

fn on(meta: &syn::meta::ParseNestedMeta) -> Result<TokenStream> {
    let call: Ident = meta.value()?.parse()?;
    match call.to_string().as_str() {
        "create" => Ok(quote!(sent: ::tfplugin::schema::Sent::OnCreate)),
        "update" => Ok(quote!(sent: ::tfplugin::schema::Sent::OnUpdate)),
        "call" => Ok(quote!(sent: ::tfplugin::schema::Sent::ByCall)),
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
