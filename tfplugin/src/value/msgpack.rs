//! The msgpack form of values, as core sends and expects it.

use std::collections::BTreeMap;

use rmp::{Marker, encode as wire};

use super::{DecodeError, Number, Object, Step, Type, Value};

/// How deeply values may be nested; deeper input is refused before it exhausts the stack.
pub const MAX_DEPTH: usize = 128;

/// Core reads any extension as unknown; this one is what it calls the plain unknown.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];

const IN_MEMORY: &str = "a write to memory does not fail";

/// Writes a value as its type says.
///
/// An object has exactly the attributes of its type: those that the value lacks are null, others are left out.
/// A value under a dynamic type that does not say its type gets [`Type::of`] it.
/// Where a value is not of its type at all it is written as it is, and core names the attribute in its refusal.
pub fn encode(value: &Value, ty: &Type) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value, ty);
    out
}

/// Reads a value of a type; nothing at all is null.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, 0)?;
    if reader.rest.is_empty() {
        return Ok(value);
    }
    Err(DecodeError::new(format!("{} bytes follow the value", reader.rest.len())))
}

fn write(out: &mut Vec<u8>, value: &Value, ty: &Type) {
    match (value, ty) {
        (Value::Null, _) => wire::write_nil(out).expect(IN_MEMORY),
        (Value::Unknown, _) => out.extend_from_slice(&UNKNOWN),
        (Value::Dynamic(own, inner), Type::Dynamic) => write_dynamic(out, inner, own),
        (Value::Dynamic(_, inner), _) => write(out, inner, ty),
        (_, Type::Dynamic) => write_dynamic(out, value, &Type::of(value)),
        (Value::Bool(flag), _) => wire::write_bool(out, *flag).expect(IN_MEMORY),
        (Value::Number(number), _) => write_number(out, number),
        (Value::String(text), _) => wire::write_str(out, text).expect(IN_MEMORY),
        (Value::List(elements), Type::List(element) | Type::Set(element)) => {
            write_array(out, elements, |_| element);
        }
        (Value::List(elements), Type::Tuple(types)) => {
            write_array(out, elements, |position| types.get(position).unwrap_or(&Type::Dynamic));
        }
        (Value::Map(members), Type::Map(element)) => {
            wire::write_map_len(out, length(members.len())).expect(IN_MEMORY);
            for (key, member) in members {
                wire::write_str(out, key).expect(IN_MEMORY);
                write(out, member, element);
            }
        }
        (Value::Map(members), Type::Object(attributes)) => {
            wire::write_map_len(out, length(attributes.len())).expect(IN_MEMORY);
            for (name, attribute) in attributes {
                wire::write_str(out, name).expect(IN_MEMORY);
                write(out, members.get(name).unwrap_or(&Value::Null), attribute);
            }
        }
        (Value::List(_) | Value::Map(_), _) => write(out, value, &Type::of(value)),
    }
}

fn write_array<'t>(out: &mut Vec<u8>, elements: &[Value], type_at: impl Fn(usize) -> &'t Type) {
    wire::write_array_len(out, length(elements.len())).expect(IN_MEMORY);
    for (position, element) in elements.iter().enumerate() {
        write(out, element, type_at(position));
    }
}

fn write_dynamic(out: &mut Vec<u8>, value: &Value, own: &Type) {
    if *own == Type::Dynamic {
        return write(out, value, own);
    }
    wire::write_array_len(out, 2).expect(IN_MEMORY);
    wire::write_bin(out, &own.to_json()).expect(IN_MEMORY);
    write(out, value, own);
}

fn write_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(integer) = number.as_i64() {
        wire::write_sint(out, integer).expect(IN_MEMORY);
    } else if let Some(integer) = number.as_u64() {
        wire::write_uint(out, integer).expect(IN_MEMORY);
    } else if let Some(float) = number.as_exact_fraction().or_else(|| number.as_f64().filter(|f| f.is_infinite())) {
        wire::write_f64(out, float).expect(IN_MEMORY);
    } else {
        wire::write_str(out, &number.to_string()).expect(IN_MEMORY);
    }
}

fn length(count: usize) -> u32 {
    u32::try_from(count).expect("a message holds fewer elements than 2^32")
}

/// Reads from the front. Nothing is allocated for a declared length, only for what has really arrived.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, DecodeError> {
        if depth >= MAX_DEPTH {
            return Err(DecodeError::new(format!("it is nested more than {MAX_DEPTH} levels deep")));
        }
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        if let Some(size) = self.extension(marker)? {
            // Whatever is refined about an unknown value, core leaves it out of every comparison.
            self.take(size)?;
            return Ok(Value::Unknown);
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                _ => Err(mismatch("a boolean", marker)),
            },
            Type::Number => self.number(marker).map(Value::Number),
            Type::String => match self.string(marker)? {
                Some(text) => Ok(Value::String(text.to_owned())),
                None => Err(mismatch("a string", marker)),
            },
            Type::Dynamic => self.dynamic(marker, depth),
            Type::List(element) | Type::Set(element) => {
                let count = self.count(marker)?;
                self.elements(std::iter::repeat_n(&**element, count), depth)
            }
            Type::Tuple(types) => {
                let count = self.count(marker)?;
                if count != types.len() {
                    return Err(DecodeError::new(format!("expected {} elements, found {count}", types.len())));
                }
                self.elements(types.iter(), depth)
            }
            Type::Map(element) => self.map(marker, element, depth),
            Type::Object(attributes) => self.object(marker, attributes, depth),
        }
    }

    fn elements<'t>(&mut self, types: impl Iterator<Item = &'t Type>, depth: usize) -> Result<Value, DecodeError> {
        let mut elements = Vec::new();
        for (index, ty) in (0..).zip(types) {
            elements.push(self.value(ty, depth + 1).map_err(|error| error.under(Step::Index(index)))?);
        }
        Ok(Value::List(elements))
    }

    fn map(&mut self, marker: Marker, element: &Type, depth: usize) -> Result<Value, DecodeError> {
        let mut members = Object::new();
        for _ in 0..self.pairs(marker)? {
            let key = self.key()?;
            let member = self.value(element, depth + 1).map_err(|error| error.under(Step::Key(key.to_owned())))?;
            if members.insert(key.to_owned(), member).is_some() {
                return Err(DecodeError::new(format!("the key {key:?} stands there twice")));
            }
        }
        Ok(Value::Map(members))
    }

    fn object(
        &mut self,
        marker: Marker,
        attributes: &BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<Value, DecodeError> {
        let mut members = Object::new();
        for _ in 0..self.pairs(marker)? {
            let name = self.key()?;
            let ty = attributes.get(name).ok_or_else(|| DecodeError::extra_attribute(name))?;
            let member = self.value(ty, depth + 1).map_err(|error| error.under(Step::Attribute(name.to_owned())))?;
            if members.insert(name.to_owned(), member).is_some() {
                return Err(DecodeError::new(format!("the attribute `{name}` stands there twice")));
            }
        }
        match attributes.keys().find(|name| !members.contains_key(*name)) {
            Some(name) => Err(DecodeError::missing_attribute(name)),
            None => Ok(Value::Map(members)),
        }
    }

    /// A value that carries its type: `[type notation, value]`.
    fn dynamic(&mut self, marker: Marker, depth: usize) -> Result<Value, DecodeError> {
        if self.count(marker)? != 2 {
            return Err(DecodeError::new("expected a type and a value under a dynamic type"));
        }
        let notation = match self.marker()? {
            Marker::Bin8 => self.sized(1)?,
            Marker::Bin16 => self.sized(2)?,
            Marker::Bin32 => self.sized(4)?,
            other => match self.string(other)? {
                Some(text) => text.as_bytes(),
                None => return Err(mismatch("the notation of a type", other)),
            },
        };
        let ty = Type::from_json(notation)?;
        let value = self.value(&ty, depth + 1)?;
        // A dynamic value whose type is dynamic again says nothing more than the inner one.
        Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(ty, Box::new(value)) })
    }

    fn number(&mut self, marker: Marker) -> Result<Number, DecodeError> {
        let float = match marker {
            Marker::FixPos(integer) => return Ok(u32::from(integer).into()),
            Marker::FixNeg(integer) => return Ok(i32::from(integer).into()),
            Marker::U8 => return Ok(u32::from(u8::from_be_bytes(self.array()?)).into()),
            Marker::U16 => return Ok(u32::from(u16::from_be_bytes(self.array()?)).into()),
            Marker::U32 => return Ok(u32::from_be_bytes(self.array()?).into()),
            Marker::U64 => return Ok(u64::from_be_bytes(self.array()?).into()),
            Marker::I8 => return Ok(i32::from(i8::from_be_bytes(self.array()?)).into()),
            Marker::I16 => return Ok(i32::from(i16::from_be_bytes(self.array()?)).into()),
            Marker::I32 => return Ok(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => return Ok(i64::from_be_bytes(self.array()?).into()),
            Marker::F32 => f64::from(f32::from_be_bytes(self.array()?)),
            Marker::F64 => f64::from_be_bytes(self.array()?),
            _ => {
                let text = self.string(marker)?.ok_or_else(|| mismatch("a number", marker))?;
                return text.parse().map_err(|error| DecodeError::new(format!("expected a number: {error}")));
            }
        };
        Number::from_f64(float).ok_or_else(|| DecodeError::new("expected a number, found NaN"))
    }

    fn key(&mut self) -> Result<&'a str, DecodeError> {
        let marker = self.marker()?;
        self.string(marker)?.ok_or_else(|| mismatch("a string as key", marker))
    }

    fn string(&mut self, marker: Marker) -> Result<Option<&'a str>, DecodeError> {
        let bytes = match marker {
            Marker::FixStr(size) => self.take(size.into())?,
            Marker::Str8 => self.sized(1)?,
            Marker::Str16 => self.sized(2)?,
            Marker::Str32 => self.sized(4)?,
            _ => return Ok(None),
        };
        std::str::from_utf8(bytes).map(Some).map_err(|_| DecodeError::new("the string is not UTF-8"))
    }

    fn count(&mut self, marker: Marker) -> Result<usize, DecodeError> {
        match marker {
            Marker::FixArray(count) => Ok(count.into()),
            Marker::Array16 => self.size(2),
            Marker::Array32 => self.size(4),
            _ => Err(mismatch("an array", marker)),
        }
    }

    fn pairs(&mut self, marker: Marker) -> Result<usize, DecodeError> {
        match marker {
            Marker::FixMap(count) => Ok(count.into()),
            Marker::Map16 => self.size(2),
            Marker::Map32 => self.size(4),
            _ => Err(mismatch("a map", marker)),
        }
    }

    /// The size of an extension with its code, if the marker begins one.
    fn extension(&mut self, marker: Marker) -> Result<Option<usize>, DecodeError> {
        let payload = match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.size(1)?,
            Marker::Ext16 => self.size(2)?,
            Marker::Ext32 => self.size(4)?,
            _ => return Ok(None),
        };
        Ok(Some(payload.saturating_add(1)))
    }

    fn marker(&mut self) -> Result<Marker, DecodeError> {
        let [byte] = self.array()?;
        Ok(Marker::from_u8(byte))
    }

    fn sized(&mut self, width: usize) -> Result<&'a [u8], DecodeError> {
        let size = self.size(width)?;
        self.take(size)
    }

    fn size(&mut self, width: usize) -> Result<usize, DecodeError> {
        Ok(self.take(width)?.iter().fold(0, |size, byte| size << 8 | usize::from(*byte)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(size).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn truncated() -> DecodeError {
    DecodeError::new("the value is cut short")
}

fn mismatch(expected: &str, marker: Marker) -> DecodeError {
    let found = match marker {
        Marker::True | Marker::False => "a boolean",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::Null => "null",
        Marker::Reserved => "a reserved byte",
        _ => "a number",
    };
    DecodeError::new(format!("expected {expected}, found {found}"))
}
