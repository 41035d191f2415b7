//! The schema of the API: published, described to the last argument, and covered by the access table.

use std::{fs, path::Path};

use juniper::{DefaultScalarValue, meta::MetaType};
use milepost::{
    access::{FIELDS, table::command_differences},
    graphql::{api::root, coverage::fields},
};

#[test]
fn the_published_schema_is_that_of_this_build() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/published/schema.graphql");
    let sdl = root().as_sdl();
    if fs::read_to_string(&file).ok().as_deref() != Some(&sdl) {
        fs::write(&file, sdl).unwrap();
        panic!("schema/published/schema.graphql is written anew: look at the diff and commit it");
    }
}

#[test]
fn the_access_table_lists_every_field_and_every_command_and_nothing_else() {
    let root = root();
    let fields = fields(&root.schema);
    let reading = fields.iter().filter(|(of, _)| of != "Mutation").map(|(of, field)| (of.as_str(), field.as_str()));
    assert_eq!(FIELDS.differences(reading), Vec::<String>::new());
    let mutations: Vec<&str> = fields.iter().filter(|(of, _)| of == "Mutation").map(|(_, field)| field.as_str()).collect();
    assert_eq!(command_differences(&mutations), Vec::<String>::new());
}

#[test]
fn everything_is_described() {
    let root = root();
    let mut bare = Vec::new();
    for of in root.schema.concrete_type_list() {
        let name = of.name().map(ToString::to_string).unwrap_or_default();
        // The specification's own scalars describe themselves.
        let own = !name.starts_with('_') && !["Boolean", "Int", "String", "ID", "Float"].contains(&name.as_str());
        if own && of.description().is_none() {
            bare.push(name.clone());
        }
        if own {
            bare.extend(undescribed(of).into_iter().map(|part| format!("{name}.{part}")));
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

fn undescribed(of: &MetaType<DefaultScalarValue>) -> Vec<String> {
    let mut bare = Vec::new();
    let fields = match of {
        MetaType::Object(object) => object.fields.as_slice(),
        MetaType::Interface(interface) => &interface.fields,
        _ => &[],
    };
    for field in fields.iter().filter(|field| !field.is_builtin()) {
        if field.description.is_none() {
            bare.push(field.name.to_string());
        }
        for argument in field.arguments.iter().flatten().filter(|argument| argument.description.is_none()) {
            bare.push(format!("{}({})", field.name, argument.name));
        }
    }
    if let MetaType::InputObject(input) = of {
        bare.extend(input.input_fields.iter().filter(|field| field.description.is_none()).map(|field| field.name.to_string()));
    }
    if let MetaType::Enum(of) = of {
        bare.extend(of.values.iter().filter(|value| value.description.is_none()).map(|value| value.name.to_string()));
    }
    bare
}
