//! The tokens of HCL, cut where `terraform fmt` cuts them.

use std::borrow::Cow;

/// What a token is, as far as layout depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The end of a line.
    Newline,
    /// A comment; one that begins with `#` or `//` includes the end of its line.
    Comment,
    /// A name or a keyword.
    Ident,
    /// A number.
    Number,
    /// The `"` that opens a quoted template.
    OpenQuote,
    /// The `"` that closes a quoted template.
    CloseQuote,
    /// Literal text between quotes.
    QuotedText,
    /// `<<NAME` or `<<-NAME` with the end of its line.
    OpenHeredoc,
    /// The line that ends a heredoc, with its indentation and without its end.
    CloseHeredoc,
    /// Literal text in a heredoc.
    HeredocText,
    /// `${` or `${~`.
    OpenInterpolation,
    /// `%{` or `%{~`.
    OpenDirective,
    /// `}` or `~}` at the end of an interpolation or a directive.
    CloseSequence,
    /// `{`.
    OpenBrace,
    /// `}`.
    CloseBrace,
    /// `[`.
    OpenBracket,
    /// `]`.
    CloseBracket,
    /// `(`.
    OpenParen,
    /// `)`.
    CloseParen,
    /// `.`.
    Dot,
    /// `,`.
    Comma,
    /// `...`.
    Ellipsis,
    /// `=`.
    Equal,
    /// `:`.
    Colon,
    /// `::`, between the parts of a provider function's name.
    DoubleColon,
    /// `?`.
    Question,
    /// `!`.
    Bang,
    /// `-`.
    Minus,
    /// `+`, `*`, `/`, `%`.
    Arithmetic,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`.
    Comparison,
    /// `&&`, `||`.
    Logic,
    /// `=>`.
    Arrow,
    /// A character that HCL does not have.
    Invalid,
}

/// A piece of the source and the spaces before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// The characters of the source, or what replaces them.
    pub text: Cow<'a, str>,
    /// How many spaces stand before it.
    pub spaces: usize,
}

impl<'a> Token<'a> {
    /// A token with no space before it.
    pub fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Token<'a> {
        Token { kind, text: text.into(), spaces: 0 }
    }

    /// Whether the next token begins a line.
    pub fn ends_line(&self) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.text.ends_with('\n'),
            _ => false,
        }
    }

    /// How many levels of nesting it opens: 1, 0 or -1.
    pub fn nesting(&self) -> isize {
        match self.kind {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::OpenInterpolation | Kind::OpenDirective => 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::CloseSequence => -1,
            _ => 0,
        }
    }
}

/// Cuts `source` into tokens.
/// Every byte of the source but spaces and tabs between tokens is in one of them, also where it is no valid HCL.
pub fn scan(source: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner { source, at: 0, spaces: 0, modes: vec![Mode::Code { braces: 0 }], tokens: Vec::new() };
    while scanner.at < source.len() {
        match scanner.modes.last() {
            Some(Mode::Quoted) => scanner.quoted(),
            Some(Mode::Heredoc { .. }) => scanner.heredoc(),
            _ => scanner.code(),
        }
    }
    scanner.tokens
}

/// What the scanner is inside of.
enum Mode<'a> {
    /// Expressions and structure; `braces` counts the open ones, so that an interpolation knows its own end.
    Code { braces: usize },
    /// A quoted template.
    Quoted,
    /// A heredoc; `line_start` tells whether its closing line may begin here.
    Heredoc { marker: &'a str, line_start: bool },
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    spaces: usize,
    modes: Vec<Mode<'a>>,
    tokens: Vec<Token<'a>>,
}

/// Tokens of fixed spelling, longer ones first.
const SYMBOLS: &[(&str, Kind)] = &[
    ("...", Kind::Ellipsis),
    ("&&", Kind::Logic),
    ("||", Kind::Logic),
    ("==", Kind::Comparison),
    ("!=", Kind::Comparison),
    ("<=", Kind::Comparison),
    (">=", Kind::Comparison),
    ("=>", Kind::Arrow),
    ("::", Kind::DoubleColon),
    ("\r\n", Kind::Newline),
    ("\n", Kind::Newline),
    ("<", Kind::Comparison),
    (">", Kind::Comparison),
    ("=", Kind::Equal),
    (":", Kind::Colon),
    (".", Kind::Dot),
    (",", Kind::Comma),
    ("?", Kind::Question),
    ("!", Kind::Bang),
    ("-", Kind::Minus),
    ("+", Kind::Arithmetic),
    ("*", Kind::Arithmetic),
    ("/", Kind::Arithmetic),
    ("%", Kind::Arithmetic),
    ("[", Kind::OpenBracket),
    ("]", Kind::CloseBracket),
    ("(", Kind::OpenParen),
    (")", Kind::CloseParen),
];

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let text = &self.rest()[..length];
        self.tokens.push(Token { kind, text: Cow::Borrowed(text), spaces: self.spaces });
        self.spaces = 0;
        self.at += length;
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        match first {
            ' ' | '\t' => {
                self.spaces += 1;
                self.at += 1;
            }
            '#' => self.push(Kind::Comment, line_length(rest)),
            '/' if rest.starts_with("//") => self.push(Kind::Comment, line_length(rest)),
            '/' if rest.starts_with("/*") => self.push(Kind::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2)),
            '"' => {
                self.push(Kind::OpenQuote, 1);
                self.modes.push(Mode::Quoted);
            }
            '{' => self.open_brace(),
            '}' => self.close_brace(1),
            '~' if rest.starts_with("~}") && self.modes.len() > 1 => self.close_brace(2),
            '<' if rest.starts_with("<<") && heredoc_marker(rest).is_some() => self.open_heredoc(),
            first if first.is_ascii_digit() => self.push(Kind::Number, number_length(rest)),
            first if first == '_' || first.is_alphabetic() => self.push(Kind::Ident, ident_length(rest)),
            first => match SYMBOLS.iter().find(|(text, _)| rest.starts_with(text)) {
                Some((text, kind)) => self.push(*kind, text.len()),
                None => self.push(Kind::Invalid, first.len_utf8()),
            },
        }
    }

    fn open_brace(&mut self) {
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            *braces += 1;
        }
        self.push(Kind::OpenBrace, 1);
    }

    fn close_brace(&mut self, length: usize) {
        let inside_template = self.modes.len() > 1;
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0 }) if inside_template => {
                self.modes.pop();
                self.push(Kind::CloseSequence, length);
            }
            Some(Mode::Code { braces }) => {
                *braces = braces.saturating_sub(1);
                self.push(if length == 1 { Kind::CloseBrace } else { Kind::Invalid }, length);
            }
            _ => self.push(Kind::Invalid, length),
        }
    }

    fn open_heredoc(&mut self) {
        let rest = self.rest();
        let Some(marker) = heredoc_marker(rest) else { return };
        self.push(Kind::OpenHeredoc, line_length(rest));
        self.modes.push(Mode::Heredoc { marker, line_start: true });
    }

    /// Opens an interpolation or a directive if one begins here.
    fn open_sequence(&mut self) -> bool {
        let rest = self.rest();
        let kind = match rest.as_bytes() {
            [b'$', b'{', ..] => Kind::OpenInterpolation,
            [b'%', b'{', ..] => Kind::OpenDirective,
            _ => return false,
        };
        self.push(kind, if rest[2..].starts_with('~') { 3 } else { 2 });
        self.modes.push(Mode::Code { braces: 0 });
        true
    }

    fn quoted(&mut self) {
        if self.rest().starts_with('"') {
            self.modes.pop();
            self.push(Kind::CloseQuote, 1);
        } else if !self.open_sequence() {
            self.push(Kind::QuotedText, quoted_length(self.rest()));
        }
    }

    fn heredoc(&mut self) {
        let Some(Mode::Heredoc { marker, line_start }) = self.modes.last_mut() else { return };
        let rest = &self.source[self.at..];
        let line = &rest[..line_length(rest)];
        let closes = *line_start && line.ends_with('\n') && line.trim() == *marker;
        *line_start = false;
        if closes {
            self.modes.pop();
            self.push(Kind::CloseHeredoc, line.trim_end_matches(['\r', '\n']).len());
        } else if !self.open_sequence() {
            let length = template_text_length(line);
            self.push(Kind::HeredocText, length);
            if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
                *line_start = length == line.len();
            }
        }
    }
}

/// The length of the first line with its end.
fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

fn ident_length(text: &str) -> usize {
    text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-')).unwrap_or(text.len())
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    let mut length = digits(text);
    if let Some(fraction) = text[length..].strip_prefix('.').map(digits).filter(|count| *count > 0) {
        length += 1 + fraction;
    }
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let count = digits(&exponent[sign..]);
        if count > 0 {
            length += 1 + sign + count;
        }
    }
    length
}

/// The name that ends the heredoc which begins here, if one does.
fn heredoc_marker(text: &str) -> Option<&str> {
    let text = text.strip_prefix("<<")?;
    let text = text.strip_prefix('-').unwrap_or(text);
    let marker = &text[..ident_length(text)];
    let ends = text[marker.len()..].trim_start_matches('\r').starts_with('\n');
    (!marker.is_empty() && ends).then_some(marker)
}

/// The length of literal text between quotes: up to the closing quote or the next sequence.
fn quoted_length(text: &str) -> usize {
    let mut end = text.len();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '"' => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    template_text_length(&text[..end])
}

/// The length of literal text up to the next `${` or `%{` that is no `$${` or `%%{`.
fn template_text_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at..] {
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => at += 3,
            [b'$', b'{', ..] | [b'%', b'{', ..] => return at,
            _ => at += 1,
        }
    }
    at
}
