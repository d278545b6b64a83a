//! Numbers and quoted texts, which both notations share but for details.

use super::cursor::Cursor;
use super::fault::{Fault, Position};
use super::tree::Value;

/// A character that HCL keeps for itself.
pub(super) const RESERVED: char = '\u{e123}';

/// How a policy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    Hcl,
    Json,
}

/// Takes a number. Hexadecimal and octal ones are HCL's alone.
pub(super) fn number(cursor: &mut Cursor, notation: Notation) -> Result<Value, Fault> {
    let start = cursor.clone();
    cursor.eat("-");
    if notation == Notation::Hcl && (cursor.eat("0x") || cursor.eat("0X")) {
        return match cursor.take_while(|digit| digit.is_ascii_hexdigit()) {
            "" => Err(start.fault("`0x` needs hexadecimal digits after it")),
            _ => Ok(Value::Integer(cursor.since(&start).to_owned())),
        };
    }
    let whole = cursor.take_while(|digit| digit.is_ascii_digit());
    let point = cursor.eat(".");
    cursor.take_while(|digit| point && digit.is_ascii_digit());
    let exponent = cursor.eat("e") || cursor.eat("E");
    if exponent {
        let _sign = cursor.eat("-") || cursor.eat("+");
        cursor.take_while(|digit| digit.is_ascii_digit());
    }
    let text = cursor.since(&start);
    if point || exponent {
        let fraction = text.parse().ok().filter(|fraction: &f64| fraction.is_finite());
        return fraction.map(Value::Fraction).ok_or_else(|| start.fault(format!("`{text}` is not a number")));
    }
    match whole.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        Some(_) if notation == Notation::Json => Err(start.fault(format!("`{text}` begins with a 0"))),
        Some(digits) if digits.contains(['8', '9']) => {
            Err(start.fault(format!("`{text}` begins with a 0, which makes it octal, and has an 8 or a 9")))
        }
        _ => Ok(Value::Integer(text.to_owned())),
    }
}

/// Takes a text in double quotes, the first of which is the next character.
///
/// In HCL everything between `${` and its `}` stays as it is written, quotes and escapes included, because HCL leaves
/// it to an interpolation that policies do not have.
pub(super) fn quoted(cursor: &mut Cursor, notation: Notation) -> Result<String, Fault> {
    let start = cursor.clone();
    cursor.eat("\"");
    let mut bytes = Vec::new();
    loop {
        let before = cursor.clone();
        if notation == Notation::Hcl && cursor.eat("${") {
            interpolation(cursor, &before)?;
            bytes.extend_from_slice(cursor.since(&before).as_bytes());
            continue;
        }
        match cursor.take() {
            None | Some('\n') => return Err(start.fault("the text has no closing quote on its line")),
            Some('"') => break,
            Some('\\') => escape(cursor, before.position(), &mut bytes)?,
            Some(_) => bytes.extend_from_slice(cursor.since(&before).as_bytes()),
        }
    }
    String::from_utf8(bytes).map_err(|_| start.fault("the text is not UTF-8 once its escapes are read"))
}

/// A text in double quotes, as HCL reads it back.
pub(in crate::vault) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '$' if characters.peek() == Some(&'{') => quoted.push_str("\\x24"),
            '\0'..='\x1f' | '\x7f' => quoted.push_str(&format!("\\x{:02x}", u32::from(character))),
            RESERVED => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Takes what follows `${` up to its closing brace.
fn interpolation(cursor: &mut Cursor, start: &Cursor) -> Result<(), Fault> {
    let mut open = 1;
    while open > 0 {
        let at = cursor.position();
        match cursor.take() {
            None => return Err(start.fault("`${` has no closing brace; write `\\x24{` for the two characters")),
            Some('{') => open += 1,
            Some('}') => open -= 1,
            Some('\\') => escape(cursor, at, &mut Vec::new())?,
            Some(_) => {}
        }
    }
    Ok(())
}

/// Takes an escape after its backslash. `\xNN` and octal ones are bytes; the others are characters.
fn escape(cursor: &mut Cursor, at: Position, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let unknown = || {
        let known = "`\\n`, `\\t`, `\\r`, `\\a`, `\\b`, `\\f`, `\\v`, `\\\\`, `\\\"`, `\\xNN`, `\\NNN`, `\\uNNNN` and \
                     `\\UNNNNNNNN`";
        Fault::new(at, format!("unknown escape; there are {known}"))
    };
    let named = match cursor.peek().ok_or_else(unknown)? {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        '0'..='7' => {
            let number = digits(cursor, 8, 3).ok_or_else(unknown)?;
            bytes.push(u8::try_from(number).map_err(|_| Fault::new(at, "an octal escape is at most `\\377`"))?);
            return Ok(());
        }
        kind @ ('x' | 'u' | 'U') => {
            cursor.take();
            let count = match kind {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let number = digits(cursor, 16, count).ok_or_else(unknown)?;
            if let ('x', Ok(byte)) = (kind, u8::try_from(number)) {
                bytes.push(byte);
                return Ok(());
            }
            let character = char::from_u32(number).ok_or_else(|| Fault::new(at, "the escape is no character"))?;
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => return Err(unknown()),
    };
    cursor.take();
    bytes.push(named);
    Ok(())
}

/// Takes exactly so many digits.
fn digits(cursor: &mut Cursor, radix: u32, count: usize) -> Option<u32> {
    let digits = cursor.rest().get(..count).filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))?;
    cursor.skip(count);
    u32::from_str_radix(digits, radix).ok()
}
