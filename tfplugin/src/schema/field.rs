//! One attribute as a row of the table: who supplies it, what a change of it means, how the API spells it.

use crate::schema::{Attribute, Rule};
use crate::value::Value;

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A boolean.
    Bool,
    /// A number of the given shape.
    Number(Shape),
    /// A string with the rules in [`Text`].
    String(Text),
    /// Any value; it carries its type.
    Dynamic,
    /// Elements in an order that means something.
    List(&'static Kind),
    /// Elements without order or duplicates.
    Set(&'static Kind),
    /// Elements by key.
    Map(&'static Kind),
    /// An object with attributes of its own.
    Object(&'static [Field]),
}

/// Which numbers fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Whole and not negative.
    Unsigned,
    /// Whole.
    Signed,
    /// Any.
    Fraction,
}

/// Refuses a value with the reason, as a fragment that follows the attribute's name.
pub type Refuse<T> = fn(&T) -> Result<(), String>;

/// Refuses the change from the first value to the second, or the first beside the second, with the reason, as a fragment that follows the attribute's name.
pub type RefusePair = fn(&Value, &Value) -> Result<(), String>;

/// What a string may hold and when two strings mean the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text {
    /// The words that are allowed; empty for any text.
    pub words: &'static [Word],
    /// Refuses a text with the reason.
    pub parse: Option<Refuse<str>>,
    /// Whether two texts mean the same, where that is more than being equal.
    pub equal: Option<fn(&str, &str) -> bool>,
    /// What to think twice about in a text that is allowed, each as a sentence.
    pub warn: Option<fn(&str) -> Vec<String>>,
}

impl Text {
    /// Any text, compared as it stands.
    pub const ANY: Text = Text { words: &[], parse: None, equal: None, warn: None };
}

/// One word of an enumeration.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// As the user writes it.
    pub word: &'static str,
    /// As the API keeps it.
    pub form: WordForm,
    /// What it means, if its variant says so.
    pub doc: &'static str,
}

/// How an API keeps a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordForm {
    /// As text.
    Text(&'static str),
    /// As a number, such as GitLab's access level 40 for `maintainer`.
    Number(i64),
}

/// Who supplies a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The user, always.
    Required,
    /// The user, or nobody.
    Optional,
    /// The backend.
    Computed,
}

/// When an attribute is computed anew.
#[derive(Clone, Copy, Debug)]
pub enum Volatile {
    /// Never: the value of the create stays.
    Never,
    /// With each update.
    Always,
    /// When one of these attributes changes.
    With(&'static [&'static str]),
}

/// Two maps that make a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The attribute of the backend's configuration whose entries hold unless the object has others.
    pub defaults: &'static str,
    /// The attribute of the object.
    pub own: &'static str,
}

/// In which request bodies an attribute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// In the create and in an update that changes it.
    Always,
    /// Only in the create; an update sends it by a call of its own, or replaces.
    OnCreate,
    /// Only in updates; the engine sends it right after the create.
    OnUpdate,
    /// In none: the resource's `update` makes a call of its own for it.
    ByCall,
}

/// One attribute.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The attribute's name in Terraform.
    pub name: &'static str,
    /// The manual entry.
    pub doc: &'static str,
    /// What its values look like.
    pub kind: Kind,
    /// Who supplies it.
    pub presence: Presence,
    /// Whether the backend fills in what the user omits.
    pub computed: bool,
    /// Whether the backend may answer null although nobody but it sets the value.
    pub nullable: bool,
    /// Whether Terraform hides the value.
    pub sensitive: bool,
    /// Whether the value never reaches plan or state; its trigger is the attribute `<name>_version`.
    pub write_only: bool,
    /// The name in requests.
    pub api: &'static str,
    /// The name in answers.
    pub read: &'static str,
    /// What the provider fills in when the user omits it.
    pub default: Option<fn() -> Value>,
    /// Whether a change replaces the resource.
    pub replace: bool,
    /// Why a change is refused, where a replacement would lose what nobody can bring back: a fragment that follows
    /// "a replacement …".
    pub fixed: Option<&'static str>,
    /// When it is computed anew.
    pub volatile: Volatile,
    /// What it is merged from when the object is planned, where the backend adds nothing to it.
    pub merge: Option<Merge>,
    /// Whether the API does not know it: it is carried from plan or state and never sent.
    pub local: bool,
    /// Whether the API takes it but never returns it: it is sent, and carried from plan or state.
    pub unread: bool,
    /// Whether it is part of the URL and not of a body.
    pub url: bool,
    /// In which bodies it stands.
    pub sent: Sent,
    /// Refuses a known value with the reason.
    pub check: Option<Refuse<Value>>,
    /// Refuses a change from one known value to another with the reason.
    pub change: Option<RefusePair>,
    /// Rules between the attributes of its objects.
    pub rules: &'static [Rule],
    /// Environment variables that supply it, in a provider's configuration.
    pub env: &'static [&'static str],
    /// What to use instead, for a deprecated attribute.
    pub deprecated: Option<&'static str>,
    /// Whether the API keeps the list as one text with commas.
    pub comma: bool,
    /// Whether it asks for an object that exists already to be taken over.
    pub adopts: bool,
    /// Whether nobody reads the object while it is true.
    pub stops_reading: bool,
}

impl Field {
    /// No attribute, where one is still to come.
    pub const BLANK: Field = Field::new("", "", Kind::Bool, Presence::Optional);

    /// An attribute of the given Rust type.
    pub const fn of<T: Attribute>(name: &'static str, doc: &'static str) -> Self {
        Field {
            nullable: T::NULLABLE,
            sensitive: T::SENSITIVE,
            write_only: T::WRITE_ONLY,
            rules: T::RULES,
            ..Field::new(name, doc, T::KIND, T::PRESENCE)
        }
    }

    /// An attribute with nothing but the defaults of the vocabulary.
    pub const fn new(name: &'static str, doc: &'static str, kind: Kind, presence: Presence) -> Self {
        Field {
            name,
            doc,
            kind,
            presence,
            computed: false,
            nullable: false,
            sensitive: false,
            write_only: false,
            api: name,
            read: name,
            default: None,
            replace: false,
            fixed: None,
            volatile: Volatile::Never,
            merge: None,
            local: false,
            unread: false,
            url: false,
            sent: Sent::Always,
            check: None,
            change: None,
            rules: &[],
            env: &[],
            deprecated: None,
            comma: false,
            adopts: false,
            stops_reading: false,
        }
    }

    /// Whether answers do not hold it, so that it is carried from plan or state.
    pub fn is_carried(&self) -> bool {
        self.local || self.unread
    }

    /// Whether only the backend sets it.
    pub fn is_computed_only(&self) -> bool {
        self.presence == Presence::Computed
    }

    /// Whether the user may leave it to somebody else: the backend or the default.
    pub fn is_filled_in(&self) -> bool {
        self.computed || self.default.is_some()
    }

    /// The attributes of its objects, if it holds objects.
    pub fn nested(&self) -> Option<&'static [Field]> {
        match self.kind {
            Kind::Object(fields) => Some(fields),
            Kind::List(Kind::Object(fields)) | Kind::Set(Kind::Object(fields)) | Kind::Map(Kind::Object(fields)) => {
                Some(fields)
            }
            _ => None,
        }
    }
}
