//! Every payload shape ever stored is kept as a fixture and must stay readable for ever.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::{fs, path::Path};

use schema::{
    Act, AsideEvent, AsideStream, Content, DecodeError, Fact, Kind, Leaf, Metadata, NewEvent, Position, Recorded, StoredEvent,
    ThingId,
};
use serde_json::Value;
use uuid::Uuid;

fn fixture(name: &str, version: u16) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{name}.v{version}.json"));
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{name} has no fixture of version {version}"));
    serde_json::from_str(&text).unwrap()
}

fn stored(kind: Kind, event_type: &str, version: u16, data: &Value, metadata: &Value) -> StoredEvent {
    StoredEvent {
        id: schema::EventId(Uuid::from_u128(1)),
        thing: ThingId::new(kind, Uuid::from_u128(2)),
        revision: 0,
        position: Position(1),
        recorded_at: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        event_type: event_type.to_owned(),
        version,
        metadata: metadata.to_string().into_bytes(),
        data: data.to_string().into_bytes(),
        proof: None,
    }
}

/// Writes what was read once more.
fn encoded_again((recorded, previous): &(Recorded, Option<Leaf>)) -> NewEvent {
    fn encode<F: Fact>(act: &Act<F>, metadata: &Metadata, previous: Option<Leaf>) -> NewEvent {
        NewEvent::encode(schema::EventId(Uuid::from_u128(1)), metadata, act, previous).unwrap()
    }
    let (metadata, previous) = (&recorded.metadata, *previous);
    match &recorded.content {
        Content::Initiative(act) => encode(act, metadata, previous),
        Content::Organisation(act) => encode(act, metadata, previous),
        Content::Cluster(act) => encode(act, metadata, previous),
        Content::Project(act) => encode(act, metadata, previous),
        Content::Permit(act) => encode(act, metadata, previous),
        Content::Programme(act) => encode(act, metadata, previous),
        Content::Award(act) => encode(act, metadata, previous),
        Content::Partnership(act) => encode(act, metadata, previous),
        Content::PolicyMeasure(act) => encode(act, metadata, previous),
        Content::Register(act) => encode(act, metadata, previous),
        Content::Subject(act) => encode(act, metadata, previous),
    }
}

fn properties(schema: &schemars::Schema) -> Vec<String> {
    schema.get("properties").and_then(Value::as_object).map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_payload_ever_stored_can_be_read_and_says_the_same() {
    let metadata = fixture("Metadata", 1);
    let mut plain = metadata.clone();
    plain.as_object_mut().unwrap().remove("corrects");
    for (kind, event_type) in schema::event_types() {
        for version in 1..=event_type.version {
            let data = fixture(event_type.name, version);
            let recorded = stored(kind, event_type.name, version, &data, &plain).decode_linked().unwrap();
            let again = encoded_again(&recorded);
            assert_eq!(serde_json::from_slice::<Value>(&again.metadata).unwrap(), plain);
            if version == event_type.version {
                assert_eq!(serde_json::from_slice::<Value>(&again.data).unwrap(), data, "{}", event_type.name);
                for property in properties(&(event_type.schema)()) {
                    assert!(data.get(&property).is_some(), "the fixture of {} leaves out {property}", event_type.name);
                }
            }
            let corrected = stored(kind, event_type.name, version, &data, &metadata).decode_linked().unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&encoded_again(&corrected).metadata).unwrap(), metadata);
            assert_ne!(corrected.0.content, recorded.0.content, "a correction is not a statement");
        }
    }
}

#[test]
fn every_act_about_an_earlier_one_can_be_read_on_every_kind_of_thing() {
    let metadata = fixture("Metadata", 1);
    for name in ["FactRetracted", "FactConfirmed", "FactDisputed", "EvidenceAttached"] {
        let data = fixture(name, 1);
        for kind in Kind::ALL {
            let recorded = stored(kind, name, 1, &data, &metadata).decode_linked().unwrap();
            let again = encoded_again(&recorded);
            assert_eq!((again.event_type, serde_json::from_slice::<Value>(&again.data).unwrap()), (name, data.clone()));
        }
    }
}

/// What a schema demands, and what it says is meant where a member is left out.
fn demanded(schema: &schemars::Schema) -> (Vec<&str>, Vec<&str>) {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let with_default = properties.filter(|(_, property)| property.get("default").is_some());
    (required.collect(), with_default.map(|(name, _)| name.as_str()).collect())
}

/// The members of `whole` that `names` has.
fn only(whole: &Value, names: &[&str]) -> Value {
    let members = whole.as_object().unwrap().iter().filter(|(name, _)| names.contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[test]
fn an_event_of_before_there_was_anything_optional_reads_and_says_nothing_more() {
    let of_metadata = schema::published_schemas().find(|(name, _)| name == "Metadata.v1").unwrap().1;
    let (required, with_default) = demanded(&of_metadata);
    let metadata = only(&fixture("Metadata", 1), &required);
    for (kind, event_type) in schema::event_types() {
        let schema = (event_type.schema)();
        let (required, filled_in) = demanded(&schema);
        let data = only(&fixture(event_type.name, event_type.version), &required);
        let recorded = stored(kind, event_type.name, event_type.version, &data, &metadata).decode_linked();
        let again = encoded_again(&recorded.unwrap_or_else(|error| panic!("{}: {error}", event_type.name)));
        for (written, first, filled_in) in [(again.data, &data, &filled_in), (again.metadata, &metadata, &with_default)] {
            let mut written: Value = serde_json::from_slice(&written).unwrap();
            written.as_object_mut().unwrap().retain(|name, _| !filled_in.contains(&name.as_str()) || first.get(name).is_some());
            assert_eq!(&written, first, "{}", event_type.name);
        }
    }
}

/// Holds that the event called `name` in `stream` is read and says the same when it is written again, that a newer version
/// of it is not, and that nor is a type that there is not.
fn assert_said_aside<T>(
    name: &str,
    stream: AsideStream,
    decode: impl Fn(&AsideEvent) -> Result<T, DecodeError>,
    encode: impl Fn(T, &Metadata, Option<Leaf>) -> NewEvent,
) {
    let mut metadata = fixture("Metadata", 1);
    metadata.as_object_mut().unwrap().remove("corrects");
    let data = fixture(name, 1);
    let event = stored(Kind::Register, name, 1, &data, &metadata).about(stream);
    let metadata: Metadata = serde_json::from_value(metadata).unwrap();
    let again = encode(decode(&event).unwrap(), &metadata, event.previous());
    assert_eq!((again.event_type, serde_json::from_slice::<Value>(&again.data).unwrap()), (name, data));
    assert_eq!(
        again.leaf(&event.thing, 0),
        AsideEvent { metadata: again.metadata.clone(), data: again.data.clone(), ..event.clone() }.leaf()
    );
    let newer = AsideEvent { version: 2, ..event.clone() };
    assert!(matches!(decode(&newer), Err(DecodeError::NewerVersion { .. })));
    let unknown = AsideEvent { event_type: "LogBlessed".to_owned(), ..event };
    assert!(matches!(decode(&unknown), Err(DecodeError::UnknownAside { .. })));
}

#[test]
fn what_was_ever_stored_beside_the_things_can_be_read_and_says_the_same() {
    let id = schema::EventId(Uuid::from_u128(1));
    for name in ["LogSealed", "LogAccepted"] {
        assert_said_aside(name, AsideStream::seals("milepost", 1), AsideEvent::decode_seal, |seal, metadata, previous| {
            seal.encode(id, metadata, previous).unwrap()
        });
    }
    for name in ["RegimeAdopted", "InstantsDisowned"] {
        assert_said_aside(name, AsideStream::record(), AsideEvent::decode_saying, |saying, metadata, previous| {
            saying.encode(id, metadata, previous).unwrap()
        });
    }
}

#[test]
fn what_this_build_cannot_know_is_an_error_and_never_a_guess() {
    let metadata = fixture("Metadata", 1);
    let data = fixture("PermitGranted", 1);
    let newer = stored(Kind::Permit, "PermitGranted", 99, &data, &metadata).decode();
    assert!(matches!(newer, Err(DecodeError::NewerVersion { version: 99, .. })));
    let unknown = stored(Kind::Permit, "PermitTeleported", 1, &data, &metadata).decode();
    assert!(matches!(unknown, Err(DecodeError::UnknownType { .. })));
    let elsewhere = stored(Kind::Project, "PermitGranted", 1, &data, &metadata).decode();
    assert!(matches!(elsewhere, Err(DecodeError::UnknownType { .. })));
    let older = stored(Kind::Permit, "PermitGranted", 0, &data, &metadata).decode();
    assert!(matches!(older, Err(DecodeError::NoUpcast { version: 0, .. })));
    let garbled = stored(Kind::Permit, "PermitGranted", 1, &Value::Null, &Value::Null).decode();
    assert!(matches!(garbled, Err(DecodeError::Json { .. })));
}
