//! What a resource file needs.

pub use std::collections::{BTreeMap, BTreeSet};

pub use tfplugin_derive::{Nested, OneOf, Schema};

pub use crate::backend::{Backend, Client, Registry};
pub use crate::data_source::DataSource;
pub use crate::delivery::Sink;
pub use crate::function::Function;
pub use crate::generated::{Generated, Issued};
pub use crate::resource::{Change, Resource};
pub use crate::schema::check::{between, length};
pub use crate::schema::{Body, Computed, Nested, OneOf, Schema, Secret, WriteOnly};
pub use crate::{Error, Result, if_there};
