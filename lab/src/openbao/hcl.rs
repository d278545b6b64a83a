//! The syntax of policies: HCL 1, or JSON of the same shape, with the errors of `hashicorp/hcl` v1.

use serde_json::Value as Json;

use crate::openbao::scan::{Kind, Scanner, Token, at};

/// `key = value`, or `key "label" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Keys and labels; at least one.
    pub keys: Vec<String>,
    /// Value.
    pub value: Value,
    /// Line of the `=`, or 0 where there is none.
    pub line: usize,
    /// Line and column of the value.
    pub place: (usize, usize),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// String or heredoc.
    Text(String),
    /// Number, as it was written.
    Number(String),
    /// True or false.
    Boolean(bool),
    /// List.
    List(Vec<Value>),
    /// Block, or object of a value.
    Object(Vec<Item>),
}

/// Parses a document.
pub fn parse(text: &str) -> Result<Vec<Item>, String> {
    if text.trim_start().starts_with('{') {
        return json(text);
    }
    let mut parser = Parser { scanner: Scanner::new(text), token: None };
    let items = parser.items()?;
    match parser.next()? {
        Token { kind: Kind::End, .. } => Ok(items),
        token => {
            Err(at(token.place, &format!("expected: IDENT | STRING | ASSIGN | LBRACE got: {}", token.kind.name())))
        }
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    token: Option<Token>,
}

impl Parser<'_> {
    fn next(&mut self) -> Result<Token, String> {
        match self.token.take() {
            Some(token) => Ok(token),
            None => self.scanner.token(),
        }
    }

    fn put_back(&mut self, token: Token) {
        self.token = Some(token);
    }

    /// All items up to the end or a closing brace.
    fn items(&mut self) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            let token = self.next()?;
            let done = matches!(token.kind, Kind::End | Kind::CloseBrace);
            self.put_back(token);
            if done {
                return Ok(items);
            }
            items.push(self.item()?);
            let token = self.next()?;
            if token.kind != Kind::Comma {
                self.put_back(token);
            }
        }
    }

    fn item(&mut self) -> Result<Item, String> {
        let mut keys = Vec::new();
        loop {
            let token = self.next()?;
            match token.kind {
                Kind::Word(key) | Kind::Text(key) => keys.push(key),
                Kind::Assign if keys.len() > 1 => {
                    return Err(at(token.place, "nested object expected: LBRACE got: ASSIGN"));
                }
                Kind::Assign if keys.is_empty() => return Err(at(token.place, "no object keys found!")),
                Kind::Assign => {
                    let first = self.next()?;
                    let place = first.place;
                    return Ok(Item { keys, line: token.place.0, place, value: self.value(first)? });
                }
                Kind::OpenBrace if keys.is_empty() => {
                    return Err(at(token.place, "expected: IDENT | STRING got: LBRACE"));
                }
                Kind::OpenBrace => return Ok(Item { keys, line: 0, place: token.place, value: self.object()? }),
                Kind::End | Kind::CloseBrace if !keys.is_empty() => {
                    let keys = keys.join(" ");
                    let wanted = format!("key '{keys}' expected start of object ('{{') or assignment ('=')");
                    return Err(at(token.place, &wanted));
                }
                other => {
                    let wanted = format!("expected: IDENT | STRING | ASSIGN | LBRACE got: {}", other.name());
                    return Err(at(token.place, &wanted));
                }
            }
        }
    }

    fn value(&mut self, first: Token) -> Result<Value, String> {
        Ok(match first.kind {
            Kind::Text(text) => Value::Text(text),
            Kind::Number(number) => Value::Number(number),
            Kind::Boolean(flag) => Value::Boolean(flag),
            Kind::OpenBrace => self.object()?,
            Kind::OpenBracket => self.list()?,
            other => return Err(at(first.place, &format!("Unknown token: {}", other.name()))),
        })
    }

    /// The rest of an object whose brace was read.
    fn object(&mut self) -> Result<Value, String> {
        let items = self.items()?;
        let token = self.next()?;
        match token.kind {
            Kind::CloseBrace => Ok(Value::Object(items)),
            other => Err(at(token.place, &format!("object expected closing RBRACE got: {}", other.name()))),
        }
    }

    /// The rest of a list whose bracket was read.
    fn list(&mut self) -> Result<Value, String> {
        let mut values = Vec::new();
        let mut needs_comma = false;
        loop {
            let token = self.next()?;
            match token.kind {
                Kind::CloseBracket => return Ok(Value::List(values)),
                Kind::Comma if needs_comma => needs_comma = false,
                kind if needs_comma || matches!(kind, Kind::Comma | Kind::End | Kind::Assign | Kind::Word(_)) => {
                    let wanted = if needs_comma { "comma or list end" } else { "STRING, NUMBER, or HEREDOC" };
                    return Err(at(
                        token.place,
                        &format!("error parsing list, expected {wanted}, got: {}", kind.name()),
                    ));
                }
                kind => {
                    values.push(self.value(Token { kind, place: token.place })?);
                    needs_comma = true;
                }
            }
        }
    }
}

/// JSON: objects in objects are what labels are in HCL.
fn json(text: &str) -> Result<Vec<Item>, String> {
    let Json::Object(top) = serde_json::from_str(text).map_err(|error| error.to_string())? else {
        return Err("does not contain a root object".to_owned());
    };
    let mut items = Vec::new();
    for (key, value) in top {
        match value {
            Json::Object(labels) if labels.values().all(Json::is_object) => {
                items.extend(labels.into_iter().map(|(label, body)| of_json(vec![key.clone(), label], body)));
            }
            value => items.push(of_json(vec![key], value)),
        }
    }
    Ok(items)
}

fn of_json(keys: Vec<String>, value: Json) -> Item {
    Item { keys, value: json_value(value), line: 0, place: (0, 0) }
}

fn json_value(value: Json) -> Value {
    match value {
        Json::Null => Value::Text(String::new()),
        Json::Bool(flag) => Value::Boolean(flag),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(json_value).collect()),
        Json::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| of_json(vec![key], value)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn blocks_comments_and_heredocs() {
        let items = parse(
            "# one
path \"a/*\" { // two
  capabilities = [\"read\", \"list\",] /* three */
  comment = <<-E
  x
  E
}
name = 1.5",
        )
        .unwrap();
        assert_eq!(items[0].keys, ["path", "a/*"]);
        let Value::Object(body) = &items[0].value else { panic!("{items:?}") };
        assert_eq!(body[0].value, Value::List(vec![text("read"), text("list")]));
        assert_eq!((&body[1].value, body[1].line), (&text("  x\n"), 4));
        assert_eq!(items[1].value, Value::Number("1.5".to_owned()));
    }

    #[test]
    fn json_has_the_same_shape() {
        let hcl = parse("path \"a\" { capabilities = [\"read\"] }").unwrap();
        let json = parse(r#"{"path": {"a": {"capabilities": ["read"]}}}"#).unwrap();
        let (Value::Object(hcl), Value::Object(json)) = (&hcl[0].value, &json[0].value) else { panic!("objects") };
        assert_eq!((&hcl[0].keys, &hcl[0].value), (&json[0].keys, &json[0].value));
    }

    #[test]
    fn errors_have_line_and_column() {
        let error = |text: &str| parse(text).unwrap_err();
        assert_eq!(error("not hcl {{"), "At 1:10: expected: IDENT | STRING got: LBRACE");
        assert_eq!(error("path \"a\" {"), "At 1:11: object expected closing RBRACE got: EOF");
        assert_eq!(error("path"), "At 1:5: key 'path' expected start of object ('{') or assignment ('=')");
        assert_eq!(error("a = [1 2]"), "At 1:8: error parsing list, expected comma or list end, got: NUMBER");
        assert_eq!(error("a =\n\"b"), "At 2:1: literal not terminated");
        assert_eq!(error("a \"b\" = 1"), "At 1:7: nested object expected: LBRACE got: ASSIGN");
        assert_eq!(error("a = ?"), "At 1:5: illegal character");
    }
}
