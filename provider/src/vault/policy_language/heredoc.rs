//! Heredocs, with the rules of HCL 1, which are not those of HCL 2.

use super::cursor::{Cursor, is_name};
use super::fault::Fault;

/// Takes `<<NAME` and the lines up to one that holds nothing but the name, which white space may precede.
///
/// The last line ends with a line feed, and the white space before its name belongs to the text. After `<<-` the
/// white space before the name is cut from every line if every line begins with it, and otherwise from the last alone;
/// the name must be indented there, because HCL counts the `-` when it looks for a line that is long enough.
pub(super) fn heredoc(cursor: &mut Cursor) -> Result<String, Fault> {
    let start = cursor.clone();
    cursor.eat("<");
    if !cursor.eat("<") {
        return Err(start.fault("a heredoc begins with `<<`"));
    }
    let indented = cursor.eat("-");
    let name = cursor.take_while(|character| is_name(character) && !matches!(character, '-' | '.'));
    if name.is_empty() || !cursor.eat("\n") {
        return Err(start.fault("a heredoc begins with `<<`, a name and the end of the line"));
    }
    let shortest = name.len() + usize::from(indented);
    let mut length = 0;
    for line in cursor.rest().split_inclusive('\n') {
        let whole = line.strip_suffix('\n').filter(|line| line.len() >= shortest);
        if let Some(indent) = whole.and_then(|line| line.strip_suffix(name)).filter(|indent| is_white(indent)) {
            let text = cursor.rest()[..length + indent.len()].to_owned();
            cursor.skip(length + line.len());
            return Ok(if indented { unindented(&text) } else { text });
        }
        length += line.len();
    }
    Err(start.fault(format!("the heredoc does not end: no line holds `{name}` alone, with a line end after it")))
}

fn is_white(text: &str) -> bool {
    text.chars().all(|character| matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'))
}

/// The lines without the indent of the last one, which is all that the last one holds.
fn unindented(text: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let indent = lines.pop().unwrap_or_default();
    let stripped: Option<Vec<&str>> = lines.iter().map(|line| line.strip_prefix(indent)).collect();
    match stripped {
        Some(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
        None => text.trim_end_matches([' ', '\t']).to_owned(),
    }
}
