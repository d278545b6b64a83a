//! The wrappers that say who supplies a value and who may see it.

use std::fmt;

use crate::Result;
use crate::schema::{Attribute, Kind, Presence, Rule};
use crate::value::Value;

/// A value that only the backend sets; it is unset until the backend has answered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Computed<T>(Option<T>);

impl<T> Computed<T> {
    /// No answer yet.
    pub const fn unset() -> Self {
        Computed(None)
    }

    /// The backend's value, if it has answered.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Default for Computed<T> {
    fn default() -> Self {
        Computed(None)
    }
}

impl<T> From<T> for Computed<T> {
    fn from(value: T) -> Self {
        Computed(Some(value))
    }
}

impl<T: fmt::Debug> fmt::Debug for Computed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("(unset)"),
        }
    }
}

impl<T: Attribute> Attribute for Computed<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Computed;
    const SENSITIVE: bool = T::SENSITIVE;
    const NULLABLE: bool = T::NULLABLE;
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Unknown => Ok(Computed(None)),
            value => T::from_value(value).map(|value| Computed(Some(value))),
        }
    }

    fn into_value(self) -> Value {
        self.0.map_or(Value::Unknown, T::into_value)
    }
}

/// A value that no log, message or `Debug` shows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// The value in plain sight; whoever calls this keeps it out of logs and messages.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Secret(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sensitive)")
    }
}

impl<T: Attribute> Attribute for Secret<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = T::PRESENCE;
    const SENSITIVE: bool = true;
    const NULLABLE: bool = T::NULLABLE;
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        T::from_value(value).map(Secret)
    }

    fn into_value(self) -> Value {
        self.0.into_value()
    }
}

/// A value from the configuration that never reaches plan or state; absent wherever only those are at hand.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteOnly<T>(Option<T>);

impl<T> WriteOnly<T> {
    /// The configured value, during a create or an update.
    pub fn expose(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> fmt::Debug for WriteOnly<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(write-only)")
    }
}

impl<T: Attribute> Attribute for WriteOnly<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Optional;
    const SENSITIVE: bool = true;
    const WRITE_ONLY: bool = true;
    const NULLABLE: bool = true;
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        Option::<T>::from_value(value).map(WriteOnly)
    }

    fn into_value(self) -> Value {
        self.0.into_value()
    }
}
