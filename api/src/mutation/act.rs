//! One act of a command of several: an input of which exactly one member is given, named as the mutation that takes it alone.

use std::fmt::{self, Debug};

use graphql::GraphqlError;
use juniper::{
    Arguments, DefaultScalarValue, ExecutionResult, Executor, FieldError, FromInputValue, GraphQLInputObject, GraphQLType,
    GraphQLValue, InputValue, IntoFieldError, Registry, Selection, ToInputValue,
    macros::reflect,
    marker::IsInputType,
    meta::{Argument, MetaType},
};

use super::{ACTS, inputs::Particulars, run::Asked};
use crate::Context;

/// What the input of a mutation asks for.
pub trait OneAct: Debug + Send + Sync {
    /// The act, and what stands around it.
    fn asked(self: Box<Self>, context: &Context) -> Result<(Asked, Particulars), GraphqlError>;
}

/// What one act can be: a member of [`ActInput`].
pub struct Choice {
    /// The name of the mutation, as Rust writes it.
    name: &'static str,
    read: fn(&InputValue) -> Result<Box<dyn OneAct>, FieldError>,
    argument: fn(&mut Registry, &str) -> Argument<DefaultScalarValue>,
}

impl Choice {
    /// The choice of the mutation `name`, which takes a `T`.
    pub const fn of<T>(name: &'static str) -> Self
    where
        T: OneAct
            + FromInputValue<Error: IntoFieldError>
            + GraphQLType<TypeInfo = ()>
            + IsInputType<DefaultScalarValue>
            + 'static,
    {
        Self {
            name,
            read: |value| match T::from_input_value(value) {
                Ok(input) => Ok(Box::new(input)),
                Err(error) => Err(error.into_field_error()),
            },
            argument: |registry, name| registry.arg::<Option<T>>(name, &()),
        }
    }

    /// The name that clients give it.
    fn given_name(&self) -> String {
        let mut words = self.name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let (head, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            name + &head.to_ascii_uppercase() + rest
        })
    }
}

/// One act of a command of several.
pub struct ActInput(pub Box<dyn OneAct>);

impl Debug for ActInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const DESCRIPTION: &str = "One act of a command of several: exactly one of its members, each as the mutation of that name takes \
it. What is said of the sending (`commandId`, `expectedRevision`, `preview`) is left out.";

impl FromInputValue for ActInput {
    type Error = FieldError;

    fn from_input_value(value: &InputValue) -> Result<Self, Self::Error> {
        let given = value.to_object_value().ok_or("an act is an object")?;
        let mut given = given.into_iter().filter(|(_, value)| !value.is_null());
        let (Some((name, value)), None) = (given.next(), given.next()) else {
            return Err("an act has exactly one member, such as milestonePlan".into());
        };
        let choice = ACTS.iter().find(|choice| choice.given_name() == name);
        let choice = choice.ok_or_else(|| format!("there is no act called '{name}'; they are called as the mutations"))?;
        (choice.read)(value).map(Self)
    }
}

impl ToInputValue for ActInput {
    fn to_input_value(&self) -> InputValue {
        InputValue::null()
    }
}

impl IsInputType<DefaultScalarValue> for ActInput {}

impl reflect::BaseType<DefaultScalarValue> for ActInput {
    const NAME: reflect::Type = "ActInput";
}

impl reflect::BaseSubTypes<DefaultScalarValue> for ActInput {
    const NAMES: reflect::Types = &["ActInput"];
}

impl reflect::WrappedType<DefaultScalarValue> for ActInput {
    const VALUE: reflect::WrappedValue = 1;
}

impl GraphQLType for ActInput {
    fn name((): &Self::TypeInfo) -> Option<juniper::ArcStr> {
        Some("ActInput".into())
    }

    fn meta(info: &Self::TypeInfo, registry: &mut Registry) -> MetaType {
        let argument = |choice: &Choice| {
            let name = choice.given_name();
            (choice.argument)(registry, &name).description(format!("As `{name}` takes it."))
        };
        let members: Vec<_> = ACTS.iter().map(argument).collect();
        registry.build_input_object_type::<Self>(info, &members).description(DESCRIPTION).one_of().into_meta()
    }
}

impl GraphQLValue for ActInput {
    type Context = ();
    type TypeInfo = ();

    fn type_name(&self, info: &Self::TypeInfo) -> Option<juniper::ArcStr> {
        <Self as GraphQLType>::name(info)
    }

    fn resolve_field(&self, (): &(), _: &str, _: &Arguments, _: &Executor<(), DefaultScalarValue>) -> ExecutionResult {
        Ok(juniper::Value::null())
    }

    fn resolve(&self, (): &(), _: Option<&[Selection]>, _: &Executor<(), DefaultScalarValue>) -> ExecutionResult {
        Ok(juniper::Value::null())
    }
}

/// What `actsRecord` takes.
#[derive(Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct ActsRecordInput {
    /// The thing that all of them are about.
    pub thing: juniper::ID,
    /// The acts, in their order: 1 to 100.
    pub acts: Vec<ActInput>,
    /// A UUID of your making. Send the command again with the same one when no answer came: it is recorded once.
    pub command_id: Option<crate::scalars::CommandId>,
    /// The `record.revision` that you saw: the command is refused if anything was recorded since.
    pub expected_revision: Option<String>,
    /// If true, nothing is recorded: the answer says what would be, and `changes` what that would change.
    pub preview: Option<bool>,
}
