//! JSON, as the servers' HCL library reads it, with the blocks that it stands for.
//!
//! The library also takes what is no JSON: it ignores what follows the object, a missing brace and booleans in lists.
//! A text that it would read so is refused here.

use std::collections::BTreeSet;

use super::cursor::{Cursor, is_blank};
use super::fault::Fault;
use super::literals::{Notation, number, quoted};
use super::tree::{DEPTH, Item, Key, Node, Value};

/// Reads a text, which holds one object.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, Fault> {
    let mut reader = Reader { cursor: Cursor::new(text), depth: 0 };
    reader.skip_blanks();
    let items = reader.object()?;
    reader.skip_blanks();
    match reader.cursor.peek() {
        None => Ok(flattened(items)),
        Some(_) => Err(reader.cursor.fault("a policy in JSON is one object, and this stands after it")),
    }
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    depth: usize,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.cursor.take_while(is_blank);
    }

    fn value(&mut self) -> Result<Node, Fault> {
        let start = self.cursor.clone();
        let value = match start.peek() {
            Some('{') => Value::Object(self.object()?),
            Some('[') => Value::List(self.list()?),
            Some('"') => Value::Text(quoted(&mut self.cursor, Notation::Json)?),
            Some('-' | '0'..='9') => number(&mut self.cursor, Notation::Json)?,
            _ if self.cursor.eat("true") => Value::Bool(true),
            _ if self.cursor.eat("false") => Value::Bool(false),
            // The library knows no null and takes it for an empty text.
            _ if self.cursor.eat("null") => Value::Text(String::new()),
            _ => return Err(start.fault("expected a value of JSON")),
        };
        Ok(Node { at: start.position(), value })
    }

    fn object(&mut self) -> Result<Vec<Item>, Fault> {
        let mut names = BTreeSet::new();
        self.sequence('{', '}', |reader| {
            let start = reader.cursor.clone();
            if start.peek() != Some('"') {
                return Err(start.fault("expected a name in quotes"));
            }
            let text = quoted(&mut reader.cursor, Notation::Json)?;
            if !names.insert(text.clone()) {
                return Err(start.fault(format!("`{text}` stands here twice")));
            }
            reader.skip_blanks();
            if !reader.cursor.eat(":") {
                return Err(reader.cursor.fault(format!("expected `:` after `{text}`")));
            }
            reader.skip_blanks();
            let key = Key { at: start.position(), text };
            Ok(Item { key, names: Vec::new(), value: reader.value()? })
        })
    }

    fn list(&mut self) -> Result<Vec<Node>, Fault> {
        self.sequence('[', ']', |reader| {
            let element = reader.value()?;
            match element.value {
                Value::Bool(_) | Value::List(_) => {
                    let text = "the servers lose a boolean or a list inside of a list in JSON; write the policy in HCL";
                    Err(Fault::new(element.at, text))
                }
                _ => Ok(element),
            }
        })
    }

    /// What stands between two symbols, with commas between. One after the last does no harm.
    fn sequence<T>(
        &mut self,
        open: char,
        close: char,
        mut read: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let start = self.cursor.clone();
        if self.cursor.take() != Some(open) {
            return Err(start.fault(format!("expected `{open}`")));
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(start.fault(format!("more than {DEPTH} levels of nesting")));
        }
        let mut members = Vec::new();
        loop {
            self.skip_blanks();
            match self.cursor.peek() {
                None => return Err(start.fault(format!("this has no closing `{close}`"))),
                Some(symbol) if symbol == close => break,
                Some(_) => members.push(read(self)?),
            }
            self.skip_blanks();
            let ends = self.cursor.peek().is_none_or(|symbol| symbol == close);
            if !ends && !self.cursor.eat(",") {
                return Err(self.cursor.fault(format!("expected `,` or `{close}`")));
            }
        }
        self.cursor.take();
        self.depth -= 1;
        Ok(members)
    }
}

/// The items with the blocks that objects stand for: an object whose members are all objects is a block for each of
/// them, and so is a list of objects. `{"path": {"a": {…}}}` becomes `path "a" { … }`.
fn flattened(items: Vec<Item>) -> Vec<Item> {
    let mut blocks: Vec<Item> = items.into_iter().flat_map(blocks).collect();
    for block in &mut blocks {
        flatten_below(&mut block.value);
    }
    blocks
}

fn blocks(item: Item) -> Vec<Item> {
    let Item { key, names, value: Node { at, value } } = item;
    match value {
        Value::Object(members) if stand_for_blocks(members.iter().map(|member| &member.value)) => {
            let block = |member: Item| {
                let names = names.iter().cloned().chain([member.key]).collect();
                blocks(Item { key: key.clone(), names, value: member.value })
            };
            members.into_iter().flat_map(block).collect()
        }
        Value::List(elements) if stand_for_blocks(elements.iter()) => {
            let block = |value| blocks(Item { key: key.clone(), names: names.clone(), value });
            elements.into_iter().flat_map(block).collect()
        }
        value => vec![Item { key, names, value: Node { at, value } }],
    }
}

fn stand_for_blocks<'n>(nodes: impl Iterator<Item = &'n Node>) -> bool {
    let mut nodes = nodes.peekable();
    nodes.peek().is_some() && nodes.all(|node| matches!(node.value, Value::Object(_)))
}

fn flatten_below(node: &mut Node) {
    match &mut node.value {
        Value::Object(members) => *members = flattened(std::mem::take(members)),
        Value::List(elements) => elements.iter_mut().for_each(flatten_below),
        _ => {}
    }
}
