//! Structs whose fields stand among those of the struct around them: `#[tf(flatten)]`.

use crate::Result;
use crate::schema::{Attribute, Field, Nested};
use crate::value::{Gather, Object, Value};

/// How many elements the parts have together.
pub const fn count<T>(parts: &[&[T]]) -> usize {
    let (mut total, mut part) = (0, 0);
    while part < parts.len() {
        total += parts[part].len();
        part += 1;
    }
    total
}

/// The parts as one; `COUNT` is their [`count`], and `blank` stands in the array until they do.
pub const fn joined<T: Copy, const COUNT: usize>(blank: T, parts: &[&[T]]) -> [T; COUNT] {
    let mut all = [blank; COUNT];
    let (mut total, mut part) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            all[total] = parts[part][index];
            total += 1;
            index += 1;
        }
        part += 1;
    }
    all
}

/// The fields of a table, each with a name of its own; anything else does not compile.
pub const fn distinct(fields: &'static [Field]) -> &'static [Field] {
    let mut one = 0;
    while one < fields.len() {
        let mut other = 0;
        while other < one {
            let repeated = same(fields[one].name.as_bytes(), fields[other].name.as_bytes());
            assert!(!repeated, "two fields, one of them flattened, have the same name");
            other += 1;
        }
        one += 1;
    }
    fields
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// An object of these members.
///
/// The derive calls it in the place of `Object::from`, which is compiled anew, with a sort of its own, for each number of
/// members: half a megabyte for fifty resources.
pub fn object_of(members: Vec<(&'static str, Value)>) -> Object {
    let mut object = Object::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    object
}

/// Takes the attributes of a flattened struct out of the object around them.
pub fn take_flat<T: Nested + Attribute>(object: &mut Object) -> Result<T> {
    let members = T::FIELDS.iter().filter_map(|field| object.remove_entry(field.name));
    T::from_value(Value::Map(members.gather()))
}

/// The attributes of a flattened struct, for the object around them.
pub fn flat<T: Nested + Attribute>(value: T) -> Object {
    match value.into_value() {
        Value::Map(members) => members,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Presence};

    const A: Field = Field::new("a", "A.", Kind::Bool, Presence::Optional);
    const B: Field = Field::new("b", "B.", Kind::Bool, Presence::Optional);

    #[test]
    fn parts_become_one_in_their_order() {
        const PARTS: &[&[Field]] = &[&[A], &[], &[B]];
        let all: [Field; count(PARTS)] = joined(Field::BLANK, PARTS);
        assert_eq!(all.map(|field| field.name), ["a", "b"]);
    }

    #[test]
    fn a_name_that_stands_there_twice_does_not_compile() {
        let compiles = |fields: &'static [Field]| std::panic::catch_unwind(|| distinct(fields)).is_ok();
        assert!(compiles(const { &[A, B] }));
        assert!(!compiles(const { &[A, B, A] }));
    }
}
