//! HCL 1, as the servers' `github.com/hashicorp/hcl` reads it: the notation of most policies.
//!
//! HCL 2 differs in what policies use: `path = …` and commas after blocks are allowed here, heredocs end differently,
//! and `${` begins no interpolation.

use std::collections::BTreeSet;
use std::fmt;
use std::mem;

use super::cursor::{Cursor, is_blank, is_letter, is_name};
use super::fault::{Fault, Position};
use super::heredoc::heredoc;
use super::literals::{Notation, number, quoted};
use super::tree::{DEPTH, Item, Key, Node, Value};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, Fault> {
    let mut parser = Parser { cursor: Cursor::new(text), at: Position::START, token: Token::End, depth: 0 };
    parser.advance()?;
    let items = parser.items()?;
    match parser.token {
        Token::End => Ok(items),
        found => Err(Fault::new(parser.at, format!("{found} closes nothing"))),
    }
}

enum Token {
    Name(String),
    Quoted(String),
    /// A number, a boolean or a heredoc, none of which can be a key.
    Value(Value),
    Symbol(char),
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Name(name) => write!(f, "`{name}`"),
            Token::Quoted(_) => f.write_str("a text in quotes"),
            Token::Value(Value::Bool(flag)) => write!(f, "`{flag}`"),
            Token::Value(Value::Text(_)) => f.write_str("a heredoc"),
            Token::Value(_) => f.write_str("a number"),
            Token::Symbol(symbol) => write!(f, "`{symbol}`"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

struct Parser<'t> {
    cursor: Cursor<'t>,
    /// The token that is next, and where it stands.
    token: Token,
    at: Position,
    depth: usize,
}

impl Parser<'_> {
    /// Takes the next token and reads the one after it.
    fn advance(&mut self) -> Result<Token, Fault> {
        skip_blanks(&mut self.cursor)?;
        self.at = self.cursor.position();
        let next = token(&mut self.cursor)?;
        Ok(mem::replace(&mut self.token, next))
    }

    fn is_next(&self, symbol: char) -> bool {
        matches!(self.token, Token::Symbol(next) if next == symbol)
    }

    /// The items up to a closing brace or the end. An attribute stands once; a block may be repeated.
    fn items(&mut self) -> Result<Vec<Item>, Fault> {
        let mut items = Vec::new();
        let mut assigned = BTreeSet::new();
        while !self.is_next('}') && !matches!(self.token, Token::End) {
            let (item, is_assigned) = self.item()?;
            let Key { at, text } = &item.key;
            if is_assigned && !assigned.insert(text.clone()) {
                return Err(Fault::new(*at, format!("`{text}` is set twice")));
            }
            items.push(item);
            if self.is_next(',') {
                self.advance()?;
            }
        }
        Ok(items)
    }

    /// An item, and whether it is an attribute with `=`.
    fn item(&mut self) -> Result<(Item, bool), Fault> {
        let at = self.at;
        let key = match self.advance()? {
            Token::Name(text) | Token::Quoted(text) => Key { at, text },
            found => return Err(Fault::new(at, format!("expected a name, found {found}"))),
        };
        let mut names = Vec::new();
        while !self.is_next('{') {
            let at = self.at;
            match self.advance()? {
                Token::Name(text) | Token::Quoted(text) => names.push(Key { at, text }),
                Token::Symbol('=') if names.is_empty() => {
                    return Ok((Item { key, names, value: self.value()? }, true));
                }
                Token::Symbol('=') => return Err(Fault::new(at, "a block with a name has no `=` before its `{`")),
                found => {
                    let before = names.last().unwrap_or(&key);
                    let text = format!("expected `=` or `{{` after `{}`, found {found}", before.text);
                    return Err(Fault::new(at, text));
                }
            }
        }
        Ok((Item { key, names, value: self.value()? }, false))
    }

    fn value(&mut self) -> Result<Node, Fault> {
        let at = self.at;
        let value = match self.advance()? {
            Token::Value(value) => value,
            Token::Quoted(text) => Value::Text(text),
            Token::Symbol('{') => self.nested(at, '}', |parser| Ok(Value::Object(parser.items()?)))?,
            Token::Symbol('[') => self.nested(at, ']', |parser| Ok(Value::List(parser.elements()?)))?,
            Token::Name(name) => {
                return Err(Fault::new(at, format!("expected a value, found `{name}`; a text stands in quotes")));
            }
            found => return Err(Fault::new(at, format!("expected a value, found {found}"))),
        };
        Ok(Node { at, value })
    }

    /// What stands between an opening symbol, which is taken, and its closing one.
    fn nested(
        &mut self,
        opened: Position,
        close: char,
        read: impl Fn(&mut Self) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(opened, format!("more than {DEPTH} levels of nesting")));
        }
        let value = read(self)?;
        self.depth -= 1;
        let at = self.at;
        match self.advance()? {
            Token::Symbol(symbol) if symbol == close => Ok(value),
            Token::End => Err(Fault::new(opened, format!("this has no closing `{close}`"))),
            found => Err(Fault::new(at, format!("expected `{close}`, found {found}"))),
        }
    }

    /// The elements up to a closing bracket or the end. A comma more than is needed does no harm.
    fn elements(&mut self) -> Result<Vec<Node>, Fault> {
        let mut elements = Vec::new();
        loop {
            while self.is_next(',') {
                self.advance()?;
            }
            if self.is_next(']') || matches!(self.token, Token::End) {
                return Ok(elements);
            }
            elements.push(self.value()?);
            if !self.is_next(',') && !self.is_next(']') && !matches!(self.token, Token::End) {
                return Err(Fault::new(self.at, format!("expected `,` or `]`, found {}", self.token)));
            }
        }
    }
}

fn skip_blanks(cursor: &mut Cursor) -> Result<(), Fault> {
    loop {
        cursor.take_while(is_blank);
        let start = cursor.clone();
        if cursor.eat("/*") {
            let length = cursor.rest().find("*/").ok_or_else(|| start.fault("this comment has no closing `*/`"))?;
            cursor.skip(length + 2);
        } else if cursor.eat("#") || cursor.eat("//") {
            cursor.take_while(|character| character != '\n');
        } else {
            return Ok(());
        }
    }
}

fn token(cursor: &mut Cursor) -> Result<Token, Fault> {
    let start = cursor.clone();
    match cursor.peek() {
        None => Ok(Token::End),
        Some('"') => quoted(cursor, Notation::Hcl).map(Token::Quoted),
        Some('<') => heredoc(cursor).map(|text| Token::Value(Value::Text(text))),
        Some('{' | '}' | '[' | ']' | ',' | '=') => Ok(cursor.take().map_or(Token::End, Token::Symbol)),
        Some(first) if is_letter(first) => Ok(match cursor.take_while(is_name) {
            "true" => Token::Value(Value::Bool(true)),
            "false" => Token::Value(Value::Bool(false)),
            name => Token::Name(name.to_owned()),
        }),
        Some(first) if first.is_ascii_digit() || begins_number(cursor.rest()) => {
            number(cursor, Notation::Hcl).map(Token::Value)
        }
        Some(character) if character.is_ascii_graphic() => {
            Err(start.fault(format!("`{character}` has no meaning outside of quotes")))
        }
        Some(character) => {
            Err(start.fault(format!("the character {} has no meaning outside of quotes", character.escape_unicode())))
        }
    }
}

/// Whether a sign or a point has a digit after it.
fn begins_number(text: &str) -> bool {
    text.strip_prefix(['-', '.']).is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
}
