//! Spaces: how far a line is indented, what stands between two tokens, and which columns line up.

use crate::hcl::tokens::{Kind, Token};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Sets the spaces before each token.
pub(super) fn apply(tokens: &mut [Token]) {
    let lines = lines(tokens);
    indent(tokens, &lines);
    for line in &lines {
        separate(&mut tokens[line.lead.clone()]);
        separate(&mut tokens[line.assign.clone()]);
    }
    align(tokens, &lines, |line| &line.assign, |line| line.lead.clone());
    align(tokens, &lines, |line| &line.comment, |line| line.lead.start..line.assign.end);
}

/// A line in three cells; `assign` and `comment` may be empty.
struct Line {
    /// What stands before the `=`, or the whole line.
    lead: Range<usize>,
    /// The `=` and what follows, if it ends on the same line.
    assign: Range<usize>,
    /// The comment at the end.
    comment: Range<usize>,
}

fn lines(tokens: &[Token]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.ends_line() {
            lines.push(cells(tokens, start..at + 1));
            start = at + 1;
        }
    }
    if start < tokens.len() {
        lines.push(cells(tokens, start..tokens.len()));
    }
    lines
}

fn cells(tokens: &[Token], line: Range<usize>) -> Line {
    let commented = line.len() > 1 && tokens[line.end - 1].kind == Kind::Comment;
    let end = if commented { line.end - 1 } else { line.end };
    let sign = (line.start + 1..end).find(|at| tokens[*at].kind == Kind::Equal);
    let whole = |at: &usize| tokens[*at..end].iter().map(Token::nesting).sum::<isize>() == 0;
    let assign = sign.filter(whole).unwrap_or(end);
    Line { lead: line.start..assign, assign: assign..end, comment: end..line.end }
}

/// Indents by two spaces for each earlier line that opened more brackets than it closed.
fn indent(tokens: &mut [Token], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let first = line.lead.start;
        if tokens[first].kind == Kind::Newline {
            tokens[first].spaces = 0;
            continue;
        }
        let change = nesting(&tokens[line.lead.clone()]) + nesting(&tokens[line.assign.clone()]);
        close(&mut open, -change);
        tokens[first].spaces = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

/// The brackets that the tokens leave open, up to a heredoc, whose own brackets are text.
fn nesting(tokens: &[Token]) -> isize {
    let end = tokens.iter().position(|token| token.kind == Kind::OpenHeredoc).unwrap_or(tokens.len());
    tokens[..end].iter().map(Token::nesting).sum()
}

/// Takes `closed` brackets away; a line that opened several of them gives up its level with the last one.
fn close(open: &mut Vec<isize>, mut closed: isize) {
    while closed > 0 {
        let Some(level) = open.last_mut() else { return };
        if *level > closed {
            *level -= closed;
            return;
        }
        closed -= *level;
        open.pop();
    }
}

fn separate(cell: &mut [Token]) {
    for at in 1..cell.len() {
        let before = if at > 1 { Some(cell[at - 2].kind) } else { None };
        cell[at].spaces = usize::from(space_between(before, &cell[at - 1], &cell[at]));
    }
}

/// Whether a space stands between `left` and `right`; `before` is what stands before `left` in the same cell.
fn space_between(before: Option<Kind>, left: &Token, right: &Token) -> bool {
    use Kind::*;
    match (left.kind, right.kind) {
        (_, Newline) => false,
        (Ident, OpenParen | DoubleColon) | (DoubleColon, Ident) => false,
        (Dot, _) | (_, Dot) => false,
        (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        (QuotedText | HeredocText | OpenQuote | OpenHeredoc, _) => false,
        (_, QuotedText | HeredocText | CloseQuote | CloseHeredoc) => false,
        (Ident, _) if left.text == "in" && before == Some(Ident) => true,
        (Ident | Number | CloseBrace | CloseBracket | CloseParen | CloseSequence, OpenBracket) => false,
        (Bang, _) => false,
        (Minus, _) => before.is_some_and(ends_operand),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenInterpolation | OpenDirective, OpenBrace) | (CloseBrace, CloseSequence) => true,
        (CloseSequence, OpenInterpolation | OpenDirective) => false,
        _ => left.nesting() <= 0 && right.nesting() >= 0,
    }
}

/// Whether a `-` after such a token subtracts; elsewhere it is a sign.
fn ends_operand(kind: Kind) -> bool {
    use Kind::*;
    !matches!(
        kind,
        OpenParen
            | OpenBrace
            | OpenBracket
            | Equal
            | Colon
            | Comma
            | Question
            | Arithmetic
            | Minus
            | Comparison
            | Logic
            | Bang
    )
}

/// Lines up one cell of neighbouring lines, one space after the longest of what stands before it.
fn align(
    tokens: &mut [Token],
    lines: &[Line],
    cell: impl Fn(&Line) -> &Range<usize>,
    before: impl Fn(&Line) -> Range<usize>,
) {
    for run in lines.chunk_by(|left, right| cell(left).is_empty() == cell(right).is_empty()) {
        if cell(&run[0]).is_empty() {
            continue;
        }
        let widths: Vec<usize> = run.iter().map(|line| width(&tokens[before(line)])).collect();
        let widest = widths.iter().max().copied().unwrap_or_default();
        for (line, width) in run.iter().zip(widths) {
            tokens[cell(line).start].spaces = widest - width + 1;
        }
    }
}

fn width(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| token.spaces + token.text.graphemes(true).count()).sum()
}
