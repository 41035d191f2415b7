//! `#[gated]`: every field of an object of the API is read through the access table.
//!
//! Before a field that can be null says anything, the row of `Type.field` is asked whether the actor may read it; to others
//! it is null. A row that is added to the table takes effect so without further code. A field that can't be null has nothing
//! to say instead, so its row can only be for everybody: a test of the schema holds that.

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens, TokenTree};
use quote::{format_ident, quote};
use syn::{
    Attribute, Block, Expr, Field, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, LitStr, Meta, Pat, ReturnType,
    Type, parse_macro_input, parse_quote, spanned::Spanned,
};

/// Puts the fields of a juniper object behind the access table.
///
/// On a structure it stands in the place of `#[derive(GraphQLObject)]` and takes the same `#[graphql(…)]`; on an `impl` it
/// stands before `#[graphql_object(…)]`. `#[gated(of = EXPRESSION)]` says which thing an object is or is about, for rows
/// that are for the parties of a thing.
#[proc_macro_attribute]
pub fn gated(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let thing = match thing(arguments.into()) {
        Ok(thing) => thing,
        Err(error) => return error.to_compile_error().into(),
    };
    let item = parse_macro_input!(item as Item);
    let gated = match item {
        Item::Impl(object) => of_impl(object, thing.as_ref()),
        Item::Struct(object) => of_struct(object, thing.as_ref()),
        other => Err(syn::Error::new(other.span(), "#[gated] is for a structure or an impl block")),
    };
    gated.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// The expression behind `of =`; nothing without one.
fn thing(arguments: Tokens) -> syn::Result<Option<Expr>> {
    if arguments.is_empty() {
        return Ok(None);
    }
    match syn::parse2::<Meta>(arguments)? {
        Meta::NameValue(given) if given.path.is_ident("of") => Ok(Some(given.value)),
        other => Err(syn::Error::new(other.span(), "write #[gated] or #[gated(of = EXPRESSION)]")),
    }
}

fn of_impl(mut object: ItemImpl, thing: Option<&Expr>) -> syn::Result<Tokens> {
    let attribute = object.attrs.iter().find(|attribute| is(attribute, "graphql_object"));
    let given = attribute.map(named).transpose()?.flatten();
    let type_name = match given {
        Some(name) => name,
        None => LitStr::new(&type_ident(&object.self_ty)?.to_string(), Span::call_site()),
    };
    for item in &mut object.items {
        if let ImplItem::Fn(field) = item {
            gate(field, &type_name, thing)?;
        }
    }
    Ok(quote!(#object))
}

fn of_struct(mut object: ItemStruct, thing: Option<&Expr>) -> syn::Result<Tokens> {
    let mut juniper = Tokens::new();
    for attribute in object.attrs.iter().filter(|attribute| is(attribute, "graphql")) {
        let arguments = &attribute.meta.require_list()?.tokens;
        juniper.extend(quote!(#arguments,));
    }
    if literal_after_name(juniper.clone())?.is_none() {
        let name = LitStr::new(&object.ident.to_string(), object.ident.span());
        juniper.extend(quote!(name = #name));
    }
    object.attrs.retain(|attribute| !is(attribute, "graphql"));
    let docs: Vec<&Attribute> = object.attrs.iter().filter(|attribute| is(attribute, "doc")).collect();
    let (name, (generics, arguments, condition)) = (&object.ident, object.generics.split_for_impl());
    let fields = object.fields.iter().map(reader).collect::<syn::Result<Vec<_>>>()?;
    let reading: ItemImpl = parse_quote! {
        #(#docs)*
        #[::juniper::graphql_object(#juniper)]
        #[allow(missing_docs, clippy::must_use_candidate, reason = "documented on the fields")]
        impl #generics #name #arguments #condition {
            #(#fields)*
        }
    };
    let reading = of_impl(reading, thing)?;
    for field in &mut object.fields {
        field.attrs.retain(|attribute| !is(attribute, "graphql"));
    }
    Ok(quote!(#object #reading))
}

/// The function by which a member of a structure is read.
fn reader(member: &Field) -> syn::Result<ImplItemFn> {
    let name = member.ident.as_ref().ok_or_else(|| syn::Error::new(member.span(), "every member needs a name"))?;
    let docs = member.attrs.iter().filter(|attribute| is(attribute, "doc"));
    let juniper = member.attrs.iter().find(|attribute| is(attribute, "graphql"));
    let mut arguments = juniper.map(|attribute| attribute.meta.require_list()).transpose()?.map(|list| list.tokens.clone());
    if arguments.clone().map(literal_after_name).transpose()?.flatten().is_none() {
        let published = LitStr::new(&camel_case(&name.to_string()), name.span());
        arguments = Some(arguments.map_or_else(|| quote!(name = #published), |others| quote!(#others, name = #published)));
    }
    // A name that nothing else has that the structure can do.
    let function = format_ident!("read_{}", name);
    if let Some(some) = inside(&member.ty, "Option") {
        return Ok(parse_quote! {
            #(#docs)*
            #[graphql(#arguments)]
            fn #function(&self) -> Option<&#some> { self.#name.as_ref() }
        });
    }
    let of = &member.ty;
    Ok(parse_quote! {
        #(#docs)*
        #[graphql(#arguments)]
        fn #function(&self) -> &#of { &self.#name }
    })
}

/// Asks the table before `field` says anything, if it can be null.
fn gate(field: &mut ImplItemFn, type_name: &LitStr, thing: Option<&Expr>) -> syn::Result<()> {
    let Some(nothing) = nothing(&field.sig.output) else { return Ok(()) };
    let attribute = field.attrs.iter().find(|attribute| is(attribute, "graphql"));
    let given = attribute.map(named).transpose()?.flatten();
    let camel = || LitStr::new(&camel_case(&field.sig.ident.to_string()), Span::call_site());
    let name = given.unwrap_or_else(camel);
    let has_self = field.sig.receiver().is_some();
    let context = context(field).unwrap_or_else(|| {
        let context = Ident::new("gate_context", Span::mixed_site());
        let at = usize::from(has_self);
        field.sig.inputs.insert(at, parse_quote!(#[graphql(context)] #context: &crate::Context));
        context
    });
    let party = match thing {
        Some(thing) if has_self => quote!(|| Some(#thing)),
        _ => quote!(|| None),
    };
    let body = &field.block;
    let gated: Block = parse_quote!({
        static ROW: crate::reading::Row = crate::reading::Row::of(#type_name, #name);
        if !ROW.lets(#context, #party) {
            return #nothing;
        }
        #body
    });
    field.block = gated;
    Ok(())
}

/// What a field of this type says to those who may not read it.
fn nothing(output: &ReturnType) -> Option<Tokens> {
    let ReturnType::Type(_, of) = output else { return None };
    if inside(of, "Option").is_some() {
        return Some(quote!(None));
    }
    let fine = inside(of, "Result").or_else(|| inside(of, "FieldResult"))?;
    inside(fine, "Option").map(|_| quote!(Ok(None)))
}

/// The first type in the angle brackets of `of`, if that is `outer<…>`.
fn inside<'a>(of: &'a Type, outer: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == outer)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(of) => Some(of),
        _ => None,
    })
}

/// The argument by which a field is given the context.
fn context(field: &ImplItemFn) -> Option<Ident> {
    field.sig.inputs.iter().find_map(|argument| match argument {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) if name.ident == "context" => Some(name.ident.clone()),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// The literal behind `name =` in the arguments of an attribute, whatever else they say.
fn named(attribute: &Attribute) -> syn::Result<Option<LitStr>> {
    match &attribute.meta {
        Meta::List(list) => literal_after_name(list.tokens.clone()),
        _ => Ok(None),
    }
}

fn literal_after_name(arguments: Tokens) -> syn::Result<Option<LitStr>> {
    let mut tokens = arguments.into_iter();
    while let Some(token) = tokens.next() {
        let is_name = matches!(&token, TokenTree::Ident(name) if name == "name");
        if is_name && matches!(tokens.next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '=') {
            let value = tokens.next().map(|value| match value {
                // What a `macro_rules` macro passes on.
                TokenTree::Group(group) => group.stream(),
                literal => literal.into(),
            });
            return syn::parse2(value.unwrap_or_default()).map(Some);
        }
    }
    Ok(None)
}

fn type_ident(of: &Type) -> syn::Result<&Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
    .ok_or_else(|| syn::Error::new(of.span(), "an object of the API is a type with a name"))
}

/// A name as juniper publishes it.
fn camel_case(snake: &str) -> String {
    let mut parts = snake.split('_').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}
