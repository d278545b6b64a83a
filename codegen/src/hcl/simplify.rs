//! Spelling: quoted labels, types without quotes, and values that need no interpolation.

use crate::hcl::tokens::{Kind, Token};

/// Rewrites what `terraform fmt` rewrites, before anything is laid out.
pub(super) fn simplify(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut rewriter = Rewriter { tokens, at: 0, out: Vec::new() };
    rewriter.body(&mut Vec::new());
    rewriter.out.extend(rewriter.tokens.drain(rewriter.at..));
    rewriter.out
}

struct Rewriter<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    out: Vec<Token<'a>>,
}

impl<'a> Rewriter<'a> {
    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn keep(&mut self) {
        if let Some(token) = self.tokens.get(self.at) {
            self.out.push(token.clone());
            self.at += 1;
        }
    }

    /// Arguments and blocks up to the brace that closes the block, which it leaves.
    fn body(&mut self, blocks: &mut Vec<String>) {
        while let Some(kind) = self.kind() {
            match kind {
                Kind::CloseBrace => return,
                Kind::Ident => self.item(blocks),
                _ => self.keep(),
            }
        }
    }

    fn item(&mut self, blocks: &mut Vec<String>) {
        let name = self.tokens[self.at].text.clone().into_owned();
        self.keep();
        match self.kind() {
            Some(Kind::Equal) => {
                self.keep();
                let declares_type = blocks.len() == 1 && blocks[0] == "variable" && name == "type";
                let value = self.expression();
                self.out.extend(if declares_type { type_without_quotes(value) } else { unwrap(value) });
            }
            Some(Kind::Ident | Kind::OpenQuote | Kind::OpenBrace | Kind::Comment) => self.block(name, blocks),
            _ => {}
        }
    }

    fn block(&mut self, name: String, blocks: &mut Vec<String>) {
        while let Some(kind) = self.kind() {
            match kind {
                Kind::OpenBrace => break,
                Kind::Newline => return,
                Kind::Ident => {
                    let label = self.tokens[self.at].text.clone();
                    self.out.push(Token::new(Kind::OpenQuote, "\""));
                    self.out.push(Token::new(Kind::QuotedText, label));
                    self.out.push(Token::new(Kind::CloseQuote, "\""));
                    self.at += 1;
                }
                Kind::Comment => self.at += 1,
                _ => self.keep(),
            }
        }
        self.keep();
        blocks.push(name);
        self.body(blocks);
        blocks.pop();
        self.keep();
    }

    /// The tokens of a value: up to the end of the line, a comment or the block's closing brace.
    fn expression(&mut self) -> Vec<Token<'a>> {
        let start = self.at;
        let mut depth = 0;
        let mut quotes = 0;
        while let Some(token) = self.tokens.get(self.at) {
            match token.kind {
                Kind::OpenQuote => quotes += 1,
                Kind::CloseQuote => quotes -= 1,
                _ => {}
            }
            let nesting = token.nesting();
            let outside = depth == 0 && quotes == 0;
            if outside && (token.kind == Kind::Comment || token.kind == Kind::Newline || nesting < 0) {
                break;
            }
            depth += nesting;
            self.at += 1;
        }
        self.tokens[start..self.at].to_vec()
    }
}

/// `"${x}"` as `x`, where nothing else stands between the quotes.
fn unwrap(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    use Kind::*;
    let [first, second, inside @ .., third, fourth] = tokens.as_slice() else { return tokens };
    if [first.kind, second.kind, third.kind, fourth.kind] != [OpenQuote, OpenInterpolation, CloseSequence, CloseQuote]
        || inside.is_empty()
        || !is_one_expression(inside)
    {
        return tokens;
    }
    let ends = |token: &&Token| token.kind == Newline;
    let leading = inside.iter().take_while(ends).count();
    let trailing = inside[leading..].iter().rev().take_while(ends).count();
    let inside = &inside[leading..inside.len() - trailing];
    let in_parens = inside.first().is_some_and(|token| token.kind == OpenParen)
        && inside.last().is_some_and(|token| token.kind == CloseParen);
    if !in_parens && inside.iter().any(|token| token.kind == Newline) {
        let open = std::iter::once(Token::new(OpenParen, "("));
        return open.chain(inside.iter().cloned()).chain([Token::new(CloseParen, ")")]).collect();
    }
    inside.to_vec()
}

/// Whether no text and no second sequence stands outside of inner quotes.
fn is_one_expression(tokens: &[Token]) -> bool {
    let mut quotes = 0;
    for token in tokens {
        match token.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::OpenInterpolation | Kind::CloseSequence | Kind::QuotedText if quotes == 0 => return false,
            _ => {}
        }
    }
    true
}

/// Types as they were written before Terraform 0.12, in today's form.
fn type_without_quotes(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let kinds: Vec<Kind> = tokens.iter().map(|token| token.kind).collect();
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_ref()).collect();
    let quoted = kinds == [Kind::OpenQuote, Kind::QuotedText, Kind::CloseQuote];
    let (name, element) = match (texts.as_slice(), quoted) {
        ([name @ ("list" | "map" | "set")], _) => (*name, Some("any")),
        ([_, name @ ("list" | "map"), _], true) => (*name, Some("string")),
        ([_, name @ "string", _], true) => (*name, None),
        _ => return tokens,
    };
    let mut out = vec![Token::new(Kind::Ident, name.to_owned())];
    if let Some(element) = element {
        out.push(Token::new(Kind::OpenParen, "("));
        out.push(Token::new(Kind::Ident, element));
        out.push(Token::new(Kind::CloseParen, ")"));
    }
    out
}
