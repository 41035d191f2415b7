//! Whether a member of an input was given or left out, which a null alone does not tell.

use graphql::GraphqlError;
use juniper::{
    Arguments, ExecutionResult, Executor, FromInputValue, GraphQLType, GraphQLValue, InputValue, Registry, ScalarValue,
    Selection, ToInputValue, macros::reflect, marker::IsInputType, meta::MetaType,
};

use super::scalars::Given;

/// A member of an input, to clients of the same type as its value.
#[derive(Debug, Clone)]
pub struct Member<T> {
    /// Its value; what a null means, where it was left out.
    value: T,
    /// Whether it was left out.
    pub is_left_out: bool,
}

impl<T: Given<U>, U> Given<U> for Member<T> {
    fn given(self) -> Result<U, GraphqlError> {
        self.value.given()
    }
}

impl<S: ScalarValue, T: FromInputValue<S>> FromInputValue<S> for Member<T> {
    type Error = T::Error;

    fn from_input_value(input: &InputValue<S>) -> Result<Self, Self::Error> {
        T::from_input_value(input).map(|value| Self { value, is_left_out: false })
    }

    fn from_implicit_null() -> Result<Self, Self::Error> {
        T::from_implicit_null().map(|value| Self { value, is_left_out: true })
    }
}

impl<S: ScalarValue, T: ToInputValue<S>> ToInputValue<S> for Member<T> {
    fn to_input_value(&self) -> InputValue<S> {
        self.value.to_input_value()
    }
}

impl<S: ScalarValue, T: IsInputType<S>> IsInputType<S> for Member<T> {}

impl<S, T: reflect::BaseType<S>> reflect::BaseType<S> for Member<T> {
    const NAME: reflect::Type = T::NAME;
}

impl<S, T: reflect::BaseSubTypes<S>> reflect::BaseSubTypes<S> for Member<T> {
    const NAMES: reflect::Types = T::NAMES;
}

impl<S, T: reflect::WrappedType<S>> reflect::WrappedType<S> for Member<T> {
    const VALUE: reflect::WrappedValue = T::VALUE;
}

impl<S: ScalarValue, T: GraphQLType<S>> GraphQLType<S> for Member<T> {
    fn name(info: &Self::TypeInfo) -> Option<juniper::ArcStr> {
        T::name(info)
    }

    fn meta(info: &Self::TypeInfo, registry: &mut Registry<S>) -> MetaType<S> {
        T::meta(info, registry)
    }
}

impl<S: ScalarValue, T: GraphQLValue<S>> GraphQLValue<S> for Member<T> {
    type Context = T::Context;
    type TypeInfo = T::TypeInfo;

    fn type_name(&self, info: &Self::TypeInfo) -> Option<juniper::ArcStr> {
        self.value.type_name(info)
    }

    fn resolve_field(
        &self,
        info: &Self::TypeInfo,
        name: &str,
        arguments: &Arguments<S>,
        executor: &Executor<Self::Context, S>,
    ) -> ExecutionResult<S> {
        self.value.resolve_field(info, name, arguments, executor)
    }

    fn resolve(
        &self,
        info: &Self::TypeInfo,
        selections: Option<&[Selection<S>]>,
        executor: &Executor<Self::Context, S>,
    ) -> ExecutionResult<S> {
        self.value.resolve(info, selections, executor)
    }
}
