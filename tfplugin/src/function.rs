//! Provider functions: pure, with their parameters as the fields of a struct.

use std::marker::PhantomData;

use crate::Result;
use crate::schema::{Attribute, Kind, Schema, Table};
use crate::value::{Object, Value};

/// A function; the fields of the struct are its parameters in order, and an optional one takes null.
pub trait Function: Schema {
    /// What it returns.
    type Output: Attribute;

    /// Computes the result. An error that points at an attribute points at that argument.
    fn call(self) -> Result<Self::Output>;
}

pub(crate) trait ErasedFunction: Send + Sync {
    fn table(&self) -> &'static Table;
    fn output(&self) -> Kind;
    fn call(&self, arguments: Object) -> Result<Value>;
}

pub(crate) fn erase<F: Function>() -> Box<dyn ErasedFunction> {
    Box::new(Adapter::<F>(PhantomData))
}

struct Adapter<F>(PhantomData<fn() -> F>);

impl<F: Function> ErasedFunction for Adapter<F> {
    fn table(&self) -> &'static Table {
        F::TABLE
    }

    fn output(&self) -> Kind {
        F::Output::KIND
    }

    fn call(&self, arguments: Object) -> Result<Value> {
        Ok(F::from_object(arguments)?.call()?.into_value())
    }
}
