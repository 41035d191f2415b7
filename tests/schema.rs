//! The schema of the API: published, described to the last argument, and covered by the access table.

use std::{env, fs, path::Path};

use access::{
    FIELDS, readers_listed,
    table::{Readers, command_differences},
};
use api::{coverage::fields, root};
use juniper::{DefaultScalarValue, meta::MetaType};

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
fn what_is_not_for_everybody_can_be_null() {
    let root = root();
    let is_nullable = |row: &str| {
        let (of, field) = row.split_once('.').unwrap();
        let field = root.schema.concrete_type_by_name(of).and_then(|of| of.field_by_name(field));
        field.is_some_and(|field| !field.field_type.is_non_null())
    };
    let gated = FIELDS.0.iter().filter(|(_, readers)| *readers != Readers::SignedIn);
    let stuck: Vec<&str> = gated.map(|(row, _)| *row).filter(|row| !is_nullable(row)).collect();
    assert_eq!(stuck, Vec::<&str>::new(), "the gate has nothing else to say than null");
}

#[test]
fn who_reads_what_is_published_for_review() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/published/readers.txt");
    let listed = readers_listed();
    if fs::read_to_string(&file).ok().as_deref() == Some(&listed) {
        return;
    }
    if env::var_os("MILEPOST_PUBLISH").is_some() {
        fs::write(&file, listed).unwrap();
        return;
    }
    panic!("who reads what has changed; have it reviewed, and write schema/published/readers.txt with MILEPOST_PUBLISH=1");
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
