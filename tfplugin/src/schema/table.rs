//! The table of a resource and the trait that `derive(Schema)` implements.

use crate::Result;
use crate::schema::{Field, Kind, Presence, RefusePair, Text};
use crate::value::{Object, Value};

/// Everything that is known about a type without running it.
#[derive(Debug)]
pub struct Table {
    /// Name without the provider's prefix, such as `gitlab_group`.
    pub name: &'static str,
    /// The manual page's text.
    pub doc: &'static str,
    /// The attributes in the order of the manual page.
    pub fields: &'static [Field],
    /// The attributes by which the API finds the object, and which never change.
    pub key: &'static [&'static str],
    /// A natural key by which the object can be located.
    pub also: &'static [&'static str],
    /// The import id's pattern, such as `{project}:{label_id}`; empty for the key joined with colons.
    pub import: &'static str,
    /// Types of other providers whose state a `moved` block may bring here.
    pub moved_from: &'static [&'static str],
    /// Version of the state's shape.
    pub version: i64,
    /// Rules between attributes.
    pub rules: &'static [Rule],
    /// How long each operation may take, where the resource waits.
    pub timeouts: Option<Timeouts>,
    /// Whether a change issues a successor; the registry says so.
    pub generated: bool,
}

impl Table {
    /// A table without attributes or rules.
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Table {
            name,
            doc,
            fields: &[],
            key: &[],
            also: &[],
            import: "",
            moved_from: &[],
            version: 0,
            rules: &[],
            timeouts: None,
            generated: false,
        }
    }

    /// The attribute of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the attribute is part of the key.
    pub fn is_key(&self, name: &str) -> bool {
        self.key.contains(&name)
    }

    /// Whether a part of the key is always there; one that the user may leave out is null then.
    pub fn needs(&self, name: &str) -> bool {
        self.field(name).is_none_or(|field| field.presence != Presence::Optional || field.is_filled_in())
    }
}

/// A rule between attributes; it is judged only where all that it names is known.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// At most one of these is set.
    Conflicts(&'static [&'static str]),
    /// Exactly one of these is set.
    OneOf(&'static [&'static str]),
    /// When the first is set, so must the second be.
    Requires(&'static str, &'static str),
    /// When the first is set, so must one of the others be.
    RequiresAny(&'static str, &'static [&'static str]),
    /// When the first is set, the second must be this word, unless it is left out and the backend fills it in.
    RequiresWord(&'static str, &'static str, &'static str),
    /// The first number is not above the second.
    AtMost(&'static str, &'static str),
    /// The first, wholly known, is what the function allows beside the second; its reason follows the first's name.
    Fits(&'static str, &'static str, RefusePair),
    /// When the first is true, the second must be set.
    WhenTrue(&'static str, &'static str),
    /// When the first is this word, the second must be set.
    WhenWord(&'static str, &'static str, &'static str),
    /// One of these is set where the object is created; one that is there may do without.
    CreatedWith(&'static [&'static str]),
    /// When the first is true, so must the second be.
    Implies(&'static str, &'static str),
}

/// How long each operation may take by default, such as `20m`; empty for no limit.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Limit of create.
    pub create: &'static str,
    /// Limit of read.
    pub read: &'static str,
    /// Limit of update.
    pub update: &'static str,
    /// Limit of delete.
    pub delete: &'static str,
}

impl Timeouts {
    /// No limits.
    pub const NONE: Timeouts = Timeouts { create: "", read: "", update: "", delete: "" };
}

const fn timeout(name: &'static str, doc: &'static str) -> Field {
    let text = Text { parse: Some(parse_timeout), ..Text::ANY };
    Field::new(name, doc, Kind::String(text), Presence::Optional)
}

fn parse_timeout(text: &str) -> Result<(), String> {
    crate::schema::check::parse_duration(text).map(drop)
}

/// The `timeouts` attribute of a resource that waits.
pub const TIMEOUTS: Field = Field {
    local: true,
    ..Field::new(
        "timeouts",
        "How long an operation may take, such as `30s`, `20m` or `1h30m`.",
        Kind::Object(&[
            timeout("create", "Limit of creating it."),
            timeout("read", "Limit of reading it."),
            timeout("update", "Limit of updating it."),
            timeout("delete", "Limit of deleting it."),
        ]),
        Presence::Optional,
    )
};

/// A struct whose fields are a schema; written by `derive(Schema)`.
///
/// ```
/// use tfplugin::prelude::*;
///
/// /// A label.
/// #[derive(Schema)]
/// #[tf(name = "label", key(name), one_of(color, style))]
/// struct Label {
///     /// Name.
///     name: String,
///     /// Color.
///     color: Option<String>,
///     /// Style.
///     style: Option<String>,
/// }
/// ```
///
/// An attribute without documentation does not compile:
///
/// ```compile_fail
/// use tfplugin::prelude::*;
///
/// /// A label.
/// #[derive(Schema)]
/// #[tf(name = "label", key(name))]
/// struct Label {
///     name: String,
/// }
/// ```
///
/// Nor does a name that no field has:
///
/// ```compile_fail
/// use tfplugin::prelude::*;
///
/// /// A label.
/// #[derive(Schema)]
/// #[tf(name = "label", key(nme))]
/// struct Label {
///     /// Name.
///     name: String,
/// }
/// ```
///
/// Nor a type that is no attribute:
///
/// ```compile_fail
/// use tfplugin::prelude::*;
///
/// /// A label.
/// #[derive(Schema)]
/// #[tf(name = "label", key(name))]
/// struct Label {
///     /// Name.
///     name: std::time::Duration,
/// }
/// ```
pub trait Schema: Sized + Send + Sync + 'static {
    /// The table that the engine interprets.
    const TABLE: &'static Table;

    /// The plain types of the key: the type itself for one attribute, a tuple for more.
    type Key: Clone + Send + Sync + 'static;

    /// The plain types of the natural key; `()` without one.
    type Natural: Clone + Send + Sync + 'static;

    /// The struct from an object that holds every attribute.
    fn from_object(object: Object) -> Result<Self>;

    /// The object with every attribute, write-only ones included; the engine nulls those before anything is stored.
    fn into_object(self) -> Object;

    /// The key from an object that holds at least its attributes.
    fn key(object: &Object) -> Result<Self::Key>;

    /// The key's attributes as an object.
    fn key_object(key: &Self::Key) -> Object;

    /// The natural key from an object that holds at least its attributes.
    fn natural(object: &Object) -> Result<Self::Natural>;
}

/// Reads an attribute for a key.
pub fn peek<T: super::Attribute>(object: &Object, name: &str) -> Result<T> {
    T::from_value(object.get(name).cloned().unwrap_or(Value::Null)).map_err(|error| error.context(format!("`{name}`")))
}

/// A struct that stands inside an attribute; written by `derive(Nested)`.
///
/// With `#[tf(flatten)]` its attributes stand among those of the struct around it, and so do its rules:
///
/// ```
/// use tfplugin::prelude::*;
///
/// #[derive(Nested)]
/// #[tf(when_true(renewable, ttl))]
/// struct Lease {
///     /// Seconds that it lasts.
///     ttl: Option<u64>,
///     /// Whether it can be renewed.
///     #[tf(default = false)]
///     renewable: bool,
/// }
///
/// /// A role.
/// #[derive(Schema)]
/// #[tf(name = "role", key(name))]
/// struct Role {
///     /// Name.
///     name: String,
///     #[tf(flatten)]
///     lease: Lease,
/// }
///
/// let names: Vec<&str> = Role::TABLE.fields.iter().map(|field| field.name).collect();
/// assert_eq!(names, ["name", "ttl", "renewable"]);
/// assert_eq!(Role::TABLE.rules.len(), 1);
/// let role = Role { name: "ci".to_owned(), lease: Lease { ttl: Some(60), renewable: true } };
/// let role = Role::from_object(role.into_object()).unwrap();
/// assert_eq!(role.lease.ttl, Some(60));
/// ```
///
/// A name that the struct around it has already does not compile:
///
/// ```compile_fail,E0080
/// use tfplugin::prelude::*;
///
/// #[derive(Nested)]
/// struct Label {
///     /// Name.
///     name: String,
/// }
///
/// /// A role.
/// #[derive(Schema)]
/// #[tf(name = "role", key(name))]
/// struct Role {
///     /// Name.
///     name: String,
///     #[tf(flatten)]
///     label: Label,
/// }
///
/// assert_eq!(Role::TABLE.fields.len(), 2);
/// ```
pub trait Nested: Sized {
    /// Its attributes.
    const FIELDS: &'static [Field];
    /// Rules between its attributes.
    const RULES: &'static [Rule];
}
