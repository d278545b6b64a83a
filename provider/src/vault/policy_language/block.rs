//! Blocks: typed values out of the tree, each refused where it stands.

use std::collections::BTreeSet;

use super::capability::KnownTo;
use super::duration::{self, nanoseconds, of_seconds};
use super::fault::{Fault, Position};
use super::tree::{Item, Node, Value};

/// A name that may stand in a block, and which servers know it.
pub(super) type Word = (&'static str, KnownTo);

/// What stands in a block, or in several of one name: the servers read those as one.
pub(super) struct Block {
    pub(super) at: Position,
    pub(super) members: Vec<Item>,
}

impl Block {
    /// Refuses names that are not among the words, and says which of the given ones only one server knows.
    pub(super) fn check(&self, words: &[Word]) -> Result<Vec<Fault>, Fault> {
        let mut warnings = Vec::new();
        for member in &self.members {
            let key = &member.key;
            let Some((word, known_to)) = words.iter().find(|(word, _)| *word == key.text) else {
                let names = quoted_list(words.iter().map(|(word, _)| *word));
                return Err(Fault::new(key.at, format!("`{}` is not allowed here; what is: {names}", key.text)));
            };
            warnings.extend(known_to.warning(key.at, word));
        }
        Ok(warnings)
    }

    /// The values of a name; there are several where its block is repeated.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = Node> {
        self.members.iter().filter(move |member| member.key.text == name).map(Item::below)
    }

    /// The block of a name.
    pub(super) fn block(&self, name: &str) -> Result<Option<Block>, Fault> {
        let mut found: Option<Block> = None;
        for node in self.values(name) {
            let members = node.members(&format!("a block after `{name}`"))?;
            found.get_or_insert(Block { at: node.at, members: Vec::new() }).members.extend_from_slice(members);
        }
        Ok(found)
    }

    /// Where a name stands first; the block's own place without it.
    pub(super) fn position(&self, name: &str) -> Position {
        self.values(name).next().map_or(self.at, |node| node.at)
    }

    /// The text of a name; empty without it.
    pub(super) fn text(&self, name: &str) -> Result<String, Fault> {
        self.values(name).try_fold(String::new(), |_, node| node.text().map(str::to_owned))
    }

    /// The whole number of a name; 0 without it.
    pub(super) fn integer(&self, name: &str) -> Result<i64, Fault> {
        self.values(name).try_fold(0, |_, node| node.integer())
    }

    /// The list of a name; empty without it.
    pub(super) fn list(&self, name: &str, example: &str) -> Result<Vec<Node>, Fault> {
        let mut elements = Vec::new();
        for node in self.values(name) {
            elements.extend_from_slice(node.elements(&format!("a list such as `{example}`"))?);
        }
        Ok(elements)
    }

    /// The texts in the list of a name.
    pub(super) fn texts(&self, name: &str) -> Result<BTreeSet<String>, Fault> {
        self.list(name, "[\"one\", \"other\"]")?.iter().map(|node| node.text().map(str::to_owned)).collect()
    }

    /// The duration of a name in nanoseconds; 0 without it. The servers take a negative one, which limits nothing.
    pub(super) fn duration(&self, name: &str) -> Result<i64, Fault> {
        self.values(name).try_fold(0, |_, node| {
            let found = match &node.value {
                Value::Text(text) => nanoseconds(text),
                Value::Integer(_) => of_seconds(node.integer()?),
                // Whatever is less than a second is lost on the way through Go's `time.Duration(float)`.
                Value::Fraction(seconds) => whole(*seconds).and_then(of_seconds),
                _ => return Err(node.unexpected(duration::SHAPE)),
            };
            let refused = || Fault::new(node.at, format!("`{name}` must be {} and not negative", duration::SHAPE));
            found.filter(|found| *found >= 0).ok_or_else(refused)
        })
    }
}

impl KnownTo {
    /// Says that a word has no meaning to one of the servers.
    pub(super) fn warning(self, at: Position, word: &str) -> Option<Fault> {
        let (knows, refuses) = match self {
            KnownTo::Both => return None,
            KnownTo::Vault => ("Vault", "OpenBao"),
            KnownTo::OpenBao => ("OpenBao", "Vault"),
        };
        Some(Fault::new(at, format!("`{word}` is known to {knows} alone; {refuses} refuses the policy")))
    }
}

/// Names as a message lists them.
pub(super) fn quoted_list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The number without what follows its point.
fn whole(number: f64) -> Option<i64> {
    format!("{:.0}", number.trunc()).parse().ok()
}
