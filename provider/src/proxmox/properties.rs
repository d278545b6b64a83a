//! Texts of properties, such as `virtio=BC:24:11:57:88:48,bridge=vmbr0`, as Proxmox VE keeps devices.

use tfplugin::schema::{Field, Kind, to_api};
use tfplugin::value::{Object, Value};

use super::client::text_of;

/// The properties of a text. `bare` is the name of the one that stands without a name.
pub fn parse(text: &str, bare: &str) -> Object {
    let parts = text.split(',').filter(|part| !part.is_empty());
    let properties = parts.map(|part| match part.split_once('=') {
        Some((name, value)) => (name.to_owned(), Value::from(value)),
        None => (bare.to_owned(), Value::from(part)),
    });
    properties.collect()
}

/// The properties with those as lists whose attributes are lists; semicolons are between their elements.
pub fn in_lists(mut properties: Object, fields: &[Field]) -> Object {
    for field in fields.iter().filter(|field| matches!(field.kind, Kind::List(_) | Kind::Set(_))) {
        if let Some(Value::String(text)) = properties.get(field.read) {
            let elements = text.split(';').filter(|part| !part.is_empty()).map(Value::from).collect();
            properties.insert(field.read.to_owned(), Value::List(elements));
        }
    }
    properties
}

/// The text of properties, with the one that stands without a name in front.
pub fn join(properties: &Object, bare: &str) -> String {
    let text = |value: &Value| match value {
        Value::List(elements) => elements.iter().map(text_of).collect::<Vec<_>>().join(";"),
        value => text_of(value),
    };
    let first = properties.get(bare).map(text);
    let others = properties.iter().filter(|(name, _)| *name != bare);
    let others = others.map(|(name, value)| format!("{name}={}", text(value)));
    first.into_iter().chain(others).collect::<Vec<_>>().join(",")
}

/// The properties that an attribute's object stands for, by the API's names.
pub fn of(fields: &'static [Field], object: &Value) -> Object {
    match to_api(&Kind::Object(fields), object) {
        Value::Map(properties) => properties,
        _ => Object::new(),
    }
}

/// The properties as they are to be: what the provider does not know stays as it is.
pub fn merged(current: Object, fields: &[Field], wanted: Object) -> Object {
    let known = |name: &str| fields.iter().any(|field| field.api == name);
    let kept = current.into_iter().filter(|(name, _)| !known(name));
    kept.chain(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::schema::Presence;

    const ON: Field = Field::new("on", "On.", Kind::Bool, Presence::Optional);

    const WORDS: Field =
        Field::new("words", "Words.", Kind::Set(&Kind::String(tfplugin::schema::Text::ANY)), Presence::Optional);

    #[test]
    fn a_list_has_semicolons() {
        let properties = in_lists(parse("x,words=a;b", "file"), &[WORDS]);
        assert_eq!(properties["words"], Value::List(vec!["a".into(), "b".into()]));
        assert_eq!(join(&properties, "file"), "x,words=a;b");
    }

    #[test]
    fn a_text_is_read_and_written() {
        let properties = parse("local:1,size=4G,ssd=1", "file");
        assert_eq!(properties["file"], Value::from("local:1"));
        assert_eq!(join(&properties, "file"), "local:1,size=4G,ssd=1");
    }

    #[test]
    fn what_is_not_known_stays() {
        let wanted = Object::from([("on".to_owned(), Value::Bool(true))]);
        let merged = merged(parse("x,on=0,other=7", "file"), &[ON], wanted);
        assert_eq!(join(&merged, "file"), "x,on=1,other=7");
    }
}
