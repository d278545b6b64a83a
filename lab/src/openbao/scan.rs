//! The words of a policy's text, with the place of each.

use std::iter::Peekable;
use std::str::Chars;

/// A word and its line and column, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Line and column.
    pub place: (usize, usize),
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Name.
    Word(String),
    /// String or heredoc, without its marks.
    Text(String),
    /// Number, as it was written.
    Number(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// The end of the text.
    End,
}

/// Reads words one by one.
pub struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
}

/// An error with its place, as HCL writes it.
pub fn at((line, column): (usize, usize), what: &str) -> String {
    format!("At {line}:{column}: {what}")
}

impl Kind {
    /// Name of the kind in HCL's errors.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Word(_) => "IDENT",
            Self::Text(_) => "STRING",
            Self::Number(_) => "NUMBER",
            Self::Boolean(_) => "BOOL",
            Self::Assign => "ASSIGN",
            Self::Comma => "COMMA",
            Self::OpenBrace => "LBRACE",
            Self::CloseBrace => "RBRACE",
            Self::OpenBracket => "LBRACK",
            Self::CloseBracket => "RBRACK",
            Self::End => "EOF",
        }
    }
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1, column: 1 }
    }

    /// The next word.
    pub fn token(&mut self) -> Result<Token, String> {
        self.skip_blanks_and_comments()?;
        let place = (self.line, self.column);
        let kind = match self.take() {
            None => Kind::End,
            Some('=') => Kind::Assign,
            Some(',') => Kind::Comma,
            Some('{') => Kind::OpenBrace,
            Some('}') => Kind::CloseBrace,
            Some('[') => Kind::OpenBracket,
            Some(']') => Kind::CloseBracket,
            Some('"') => Kind::Text(self.string(place)?),
            Some('<') if self.rest.peek() == Some(&'<') => Kind::Text(self.heredoc(place)?),
            Some(first) if first.is_alphabetic() || first == '_' => {
                let word = self.run(first, |c| c.is_alphanumeric() || "-_.".contains(c));
                match word.as_str() {
                    "true" => Kind::Boolean(true),
                    "false" => Kind::Boolean(false),
                    _ => Kind::Word(word),
                }
            }
            Some(first) if first.is_ascii_digit() || first == '-' => {
                Kind::Number(self.run(first, |c| c.is_ascii_alphanumeric() || c == '.'))
            }
            Some(_) => return Err(at(place, "illegal character")),
        };
        Ok(Token { kind, place })
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn run(&mut self, first: char, belongs: impl Fn(char) -> bool) -> String {
        let mut run = String::from(first);
        while let Some(next) = self.rest.next_if(|c| belongs(*c)) {
            self.column += 1;
            run.push(next);
        }
        run
    }

    fn line(&mut self) -> Option<String> {
        self.rest.peek()?;
        let mut line = String::new();
        while let Some(next) = self.take().filter(|next| *next != '\n') {
            line.push(next);
        }
        Some(line)
    }

    fn skip_blanks_and_comments(&mut self) -> Result<(), String> {
        while let Some(next) = self.rest.peek().copied() {
            let place = (self.line, self.column);
            match next {
                ' ' | '\t' | '\r' | '\n' => drop(self.take()),
                '#' => drop(self.line()),
                '/' => {
                    self.take();
                    match self.take() {
                        Some('/') => drop(self.line()),
                        Some('*') => self.skip_block_comment(place)?,
                        _ => return Err(at(place, "expected '/' for comment")),
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn skip_block_comment(&mut self, place: (usize, usize)) -> Result<(), String> {
        let mut last = ' ';
        loop {
            match self.take() {
                Some('/') if last == '*' => return Ok(()),
                Some(next) => last = next,
                None => return Err(at(place, "comment not terminated")),
            }
        }
    }

    /// The rest of a string whose first quote was read.
    fn string(&mut self, place: (usize, usize)) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') => return Ok(text),
                Some('\\') => match self.take() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(escaped @ ('"' | '\\')) => text.push(escaped),
                    _ => return Err(at((self.line, self.column - 1), "illegal char escape")),
                },
                None | Some('\n') => return Err(at(place, "literal not terminated")),
                Some(next) => text.push(next),
            }
        }
    }

    /// The rest of a heredoc, of which `<` was read. Indentation stays, as `hashicorp/hcl` v1 keeps all of it where the
    /// end mark is not the least indented line.
    fn heredoc(&mut self, place: (usize, usize)) -> Result<String, String> {
        self.take();
        let mark = self.line().unwrap_or_default();
        let mark = mark.trim_start_matches('-').trim().to_owned();
        if mark.is_empty() {
            return Err(at(place, "zero-length heredoc anchor"));
        }
        let mut text = String::new();
        loop {
            match self.line() {
                Some(line) if line.trim() == mark => return Ok(text),
                Some(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                None => return Err(at(place, "heredoc not terminated")),
            }
        }
    }
}
