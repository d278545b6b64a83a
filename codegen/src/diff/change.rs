//! Changes and what they mean for callers.

use std::fmt::{self, Display, Formatter};

/// How much callers notice; the order is that of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A caller has to change something, or loses something.
    Breaking,
    /// There is more than before, or something is planned that was not.
    Addition,
    /// Nothing that a caller sees.
    Internal,
}

impl Class {
    /// In reports.
    pub fn word(self) -> &'static str {
        match self {
            Class::Breaking => "breaking",
            Class::Addition => "addition",
            Class::Internal => "internal",
        }
    }
}

/// What changed. Those up to `OutputHidden`, but for `ObjectReplaced`, are the changes that Azure Verified Modules (TFNFR35) calls potentially breaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A new block that no input switches on.
    UnconditionalObject,
    /// An argument that an existing block did not have, with a value that no caller chose.
    ArgumentAdded,
    /// A nested block that an existing block did not have.
    BlockAdded,
    /// A block that is gone, without a `moved` that says where to.
    ObjectRemoved,
    /// Another value of an argument that replaces an object, and what it holds is lost.
    ObjectReplaced,
    /// `for_each` came, went or has other keys.
    RepetitionChanged,
    /// An input is gone.
    InputRemoved,
    /// An input takes other values.
    TypeChanged,
    /// An input has another default, or none any more.
    DefaultChanged,
    /// An input no longer takes null.
    NullRefused,
    /// An input became sensitive or ephemeral.
    InputHidden,
    /// A new input that has to be set.
    InputRequired,
    /// An output is gone.
    OutputRemoved,
    /// An output gives something else.
    OutputChanged,
    /// An output became sensitive.
    OutputHidden,
    /// A check refuses values that it took before.
    CheckAdded,
    /// Other versions of Terraform or a provider are needed.
    VersionsChanged,
    /// A `moved` is gone, so that an upgrade from before it destroys.
    MoveForgotten,
    /// An input takes more than before, or is new and optional.
    InputAdded,
    /// A new output, or one that is no longer sensitive.
    OutputAdded,
    /// A new block that an input switches on.
    ObjectAdded,
    /// A block has a new address, and `moved` says so.
    ObjectMoved,
    /// An argument of an existing block has another value, or is gone.
    ArgumentChanged,
    /// A nested block is gone.
    BlockRemoved,
}

impl Kind {
    /// What it means for callers.
    pub fn class(self) -> Class {
        match self {
            Kind::InputAdded | Kind::OutputAdded | Kind::ObjectAdded | Kind::ArgumentChanged | Kind::BlockRemoved => {
                Class::Addition
            }
            Kind::ObjectMoved => Class::Internal,
            _ => Class::Breaking,
        }
    }
}

/// One difference between two versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it means for callers.
    pub class: Class,
    /// What changed.
    pub kind: Kind,
    /// What exactly, in words.
    pub text: String,
    /// What to do about it, such as the block that the description lacks.
    pub hint: Option<String>,
}

impl Change {
    /// A change of a kind, in words.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Change { class: kind.class(), kind, text: text.into(), hint: None }
    }

    /// The same change with what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Change { hint: Some(hint.into()), ..self }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.word(), self.text)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {}", hint.replace('\n', "\n  ")),
            None => Ok(()),
        }
    }
}
