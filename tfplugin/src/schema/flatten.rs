//! Structs whose fields stand among those of the struct around them: `#[tf(flatten)]`.

use crate::Result;
use crate::schema::{Attribute, Field, Kind, Nested, Presence};
use crate::value::{Object, Value};

/// How many fields the parts of a table have together.
pub const fn count(parts: &[&[Field]]) -> usize {
    let (mut total, mut part) = (0, 0);
    while part < parts.len() {
        total += parts[part].len();
        part += 1;
    }
    total
}

/// The parts of a table as one. What two fields are called, or no field of `named`, does not compile.
pub const fn joined<const COUNT: usize>(parts: &[&[Field]], named: &[&str]) -> [Field; COUNT] {
    let mut fields = [Field::new("", "", Kind::Bool, Presence::Optional); COUNT];
    let (mut total, mut part) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            let field = parts[part][index];
            assert!(!has(&fields, total, field.name), "two fields, one of them flattened, have the same name");
            fields[total] = field;
            total += 1;
            index += 1;
        }
        part += 1;
    }
    let mut name = 0;
    while name < named.len() {
        assert!(has(&fields, COUNT, named[name]), "a rule names a field that is not there");
        name += 1;
    }
    fields
}

const fn has(fields: &[Field], count: usize, name: &str) -> bool {
    let mut index = 0;
    while index < count {
        if same(fields[index].name.as_bytes(), name.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// Takes the attributes of a flattened struct out of the object around them.
pub fn take_flat<T: Nested + Attribute>(object: &mut Object) -> Result<T> {
    let members = T::FIELDS.iter().filter_map(|field| object.remove_entry(field.name));
    T::from_value(Value::Map(members.collect()))
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

    const A: Field = Field::new("a", "A.", Kind::Bool, Presence::Optional);
    const B: Field = Field::new("b", "B.", Kind::Bool, Presence::Optional);

    fn compiles(parts: &'static [&'static [Field]], named: &'static [&'static str]) -> bool {
        std::panic::catch_unwind(|| joined::<2>(parts, named)).is_ok()
    }

    #[test]
    fn each_field_has_a_name_of_its_own_and_each_rule_names_one() {
        assert_eq!(joined::<2>(&[&[A], &[], &[B]], &[]).map(|field| field.name), ["a", "b"]);
        assert!(compiles(&[&[A, B]], &["b"]));
        assert!(!compiles(&[&[A, B]], &["c"]));
        assert!(!compiles(&[&[A], &[A]], &[]));
    }
}
