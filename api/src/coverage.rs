//! The fields of a schema, for the test that compares them with the table of access.

use juniper::{
    DefaultScalarValue, SchemaType,
    meta::{Field, MetaType},
};

/// Every `(type, field)` of the objects and interfaces of `schema`, introspection's own left out.
#[must_use]
pub fn fields(schema: &SchemaType<DefaultScalarValue>) -> Vec<(String, String)> {
    let types = schema.concrete_type_list();
    types.into_iter().filter(|of| !of.is_builtin()).flat_map(named).collect()
}

fn named(of: &MetaType<DefaultScalarValue>) -> Vec<(String, String)> {
    let name = of.name().map_or_else(String::new, ToString::to_string);
    let own = fields_of(of).iter().filter(|field| !field.is_builtin());
    own.map(|field| (name.clone(), field.name.to_string())).collect()
}

fn fields_of(of: &MetaType<DefaultScalarValue>) -> &[Field<DefaultScalarValue>] {
    match of {
        MetaType::Object(object) => &object.fields,
        MetaType::Interface(interface) => &interface.fields,
        _ => &[],
    }
}
