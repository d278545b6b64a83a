//! Values against the encodings that core sends, and against whatever else may arrive.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use tfplugin::value::{
    MAX_DEPTH, Number, Object, Type, Value, decode, encode, from_json, from_plain_json, from_state_json, plain_json,
    to_json,
};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let nibble =
        |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).expect("a hexadecimal digit")).expect("a nibble");
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | nibble(digit))).collect()
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().expect("a number"))
}

fn ty(notation: serde_json::Value) -> Type {
    Type::from_json(notation.to_string().as_bytes()).expect("a type")
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[test]
fn reads_what_core_sends() {
    let unknown_string = Value::Dynamic(Type::String, Box::new(Value::Unknown));
    let set_of_strings = ty(json!(["set", "string"]));
    let vectors = [
        ("c7 09 0c 82 01c2 02 a47072652d", Type::String, Value::Unknown),
        ("c7030c8101c2", Type::String, Value::Unknown),
        ("d4 00 00", Type::Number, Value::Unknown),
        ("c7 00 05", Type::Bool, Value::Unknown),
        ("92 c408 22737472696e6722 d40000", Type::Dynamic, unknown_string),
        ("92 a16b d40000", set_of_strings.clone(), Value::List(vec!["k".into(), Value::Unknown])),
        ("90", set_of_strings, Value::List(vec![])),
        ("c0", Type::Dynamic, Value::Null),
        ("d40000", Type::Dynamic, Value::Unknown),
        ("", Type::String, Value::Null),
    ];
    for (bytes, ty, value) in vectors {
        assert_eq!(decode(&hex(bytes), &ty), Ok(value), "{bytes}");
    }
}

#[test]
fn writes_what_core_writes() {
    let unknown_string = Value::Dynamic(Type::String, Box::new(Value::Unknown));
    let set = Value::List(vec!["k".into(), Value::Unknown]);
    assert_eq!(encode(&Value::Unknown, &Type::String), hex("d40000"));
    assert_eq!(encode(&unknown_string, &Type::Dynamic), hex("92 c408 22737472696e6722 d40000"));
    assert_eq!(encode(&set, &ty(json!(["set", "string"]))), hex("92 a16b d40000"));
    assert_eq!(encode(&Value::List(vec![]), &ty(json!(["list", "string"]))), hex("90"));
    assert_eq!(encode(&Value::Unknown, &Type::Dynamic), hex("d40000"));
}

#[test]
fn numbers_travel_as_core_writes_them() {
    let thirty = "123456789012345678901234567890";
    let as_text = |text: &str| [vec![0xa0 | u8::try_from(text.len()).unwrap()], text.as_bytes().to_vec()].concat();
    let table = [
        ("0", hex("00")),
        ("127", hex("7f")),
        ("128", hex("cc80")),
        ("-1", hex("ff")),
        ("-33", hex("d0df")),
        ("9223372036854775807", hex("cf7fffffffffffffff")),
        ("18446744073709551615", hex("cfffffffffffffffff")),
        ("-9223372036854775808", hex("d38000000000000000")),
        ("0.5", hex("cb3fe0000000000000")),
        ("-1.25", hex("cbbff4000000000000")),
        ("0.1", as_text("0.1")),
        ("0.15", as_text("0.15")),
        ("0.12345678901234567890123", as_text("0.12345678901234567890123")),
        (thirty, as_text(thirty)),
        ("1e30", as_text("1000000000000000000000000000000")),
        ("Inf", hex("cb7ff0000000000000")),
        ("-Inf", hex("cbfff0000000000000")),
    ];
    for (text, bytes) in table {
        assert_eq!(encode(&number(text), &Type::Number), bytes, "{text}");
        assert_eq!(decode(&bytes, &Type::Number), Ok(number(text)), "{text}");
    }
    assert_eq!(decode(&hex("cb3fd3333333333333"), &Type::Number), Ok(number("0.3")), "a float by its shortest text");
    assert_eq!(decode(&hex("ca3f000000"), &Type::Number), Ok(number("0.5")), "a short float");
    assert_eq!(decode(&hex("d1ff00"), &Type::Number), Ok(number("-256")), "a short integer");
    assert!(decode(&hex("cb7ff8000000000001"), &Type::Number).is_err(), "NaN");
    assert!(decode(&as_text("0x10"), &Type::Number).is_err(), "not a decimal number");
}

#[test]
fn objects_have_exactly_their_attributes() {
    let outer = ty(json!(["object", { "inner": ["list", ["object", { "a": "string", "b": "bool" }]] }]));
    let refusal = |text: &str| decode(&hex(text), &outer).unwrap_err().to_string();
    assert_eq!(refusal("81 a5696e6e6572 91 81 a161 c0"), "`inner[0]`: the attribute `b` is missing");
    assert_eq!(refusal("81 a5696e6e6572 91 81 a163 c0"), "`inner[0]`: the type has no attribute `c`");
    assert_eq!(refusal("81 a5696e6e6572 91 82 a161 c0 a161 c0"), "`inner[0]`: the attribute `a` stands there twice");
    assert_eq!(refusal("81 a5696e6e6572 91 82 a161 c3 a162 c3"), "`inner[0].a`: expected a string, found a boolean");
    assert_eq!(refusal("81 a5696e6e6572 90 00"), "1 bytes follow the value");

    let flat = ty(json!(["object", { "a": "string", "b": "bool" }]));
    let sparse = object([("b", true.into()), ("other", "left out".into())]);
    assert_eq!(encode(&sparse, &flat), hex("82 a161 c0 a162 c3"));
    assert_eq!(to_json(&sparse, &flat), json!({ "a": null, "b": true }));
}

#[test]
fn tuples_have_exactly_their_elements() {
    let pair = ty(json!(["tuple", ["string", "bool"]]));
    assert_eq!(decode(&hex("92 a161 c3"), &pair), Ok(Value::List(vec!["a".into(), true.into()])));
    assert_eq!(decode(&hex("91 a161"), &pair).unwrap_err().reason(), "expected 2 elements, found 1");
    assert!(from_json(b"[\"a\", true, true]", &pair).is_err());
}

#[test]
fn a_dynamic_value_without_a_type_gets_its_own() {
    let value = object([("a", Value::List(vec![1_i64.into(), "x".into()]))]);
    let typed = Value::Dynamic(Type::of(&value), Box::new(value.clone()));
    assert_eq!(decode(&encode(&value, &Type::Dynamic), &Type::Dynamic), Ok(typed.clone()));
    let written = to_json(&value, &Type::Dynamic);
    assert_eq!(
        written,
        json!({ "type": ["object", { "a": ["tuple", ["number", "string"]] }], "value": { "a": [1, "x"] } })
    );
    assert_eq!(from_json(written.to_string().as_bytes(), &Type::Dynamic), Ok(typed));
}

#[test]
fn deep_values_are_refused() {
    let nested = |levels: usize| {
        let level = [&[0x92, 0xc4, 21][..], br#"["tuple",["dynamic"]]"#, &[0x91]].concat();
        [level.repeat(levels), vec![0xc0]].concat()
    };
    assert!(decode(&nested(MAX_DEPTH / 2 - 1), &Type::Dynamic).is_ok());
    let refused = decode(&nested(10_000), &Type::Dynamic).unwrap_err();
    assert_eq!(refused.reason(), "it is nested more than 128 levels deep");

    let brackets = "[".repeat(100_000);
    assert!(from_json(brackets.as_bytes(), &Type::Dynamic).is_err());
    assert!(from_state_json(brackets.as_bytes(), &Type::Dynamic).is_err());
    assert!(Type::from_json("[\"list\",".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn declared_lengths_cost_nothing() {
    let started = Instant::now();
    let strings = ty(json!(["list", "string"]));
    let attributes = ty(json!(["map", "string"]));
    for (bytes, ty) in [
        ("dd ffffffff", &strings),
        ("df ffffffff", &attributes),
        ("db ffffffff", &Type::String),
        ("c9 ffffffff 0c", &Type::String),
        ("92 c6 ffffffff", &Type::Dynamic),
    ] {
        assert_eq!(decode(&hex(bytes), ty).unwrap_err().reason(), "the value is cut short", "{bytes}");
    }
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn types_have_terraforms_notation() {
    for notation in [
        json!("dynamic"),
        json!(["list", ["set", ["map", "bool"]]]),
        json!(["object", { "a": "number", "b": ["tuple", []] }]),
        json!(["tuple", ["string", ["list", "dynamic"]]]),
    ] {
        let read = Type::from_json(notation.to_string().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(read.to_json()).unwrap(), notation.to_string());
    }
    assert_eq!(ty(json!(["object", { "a": "bool" }, ["a"]])), ty(json!(["object", { "a": "bool" }])));
    for garbage in
        [r#""text""#, r#"["list"]"#, r#"["tree","bool"]"#, r#"["tuple","bool"]"#, r#"["object",[]]"#, "1", ""]
    {
        assert!(Type::from_json(garbage.as_bytes()).is_err(), "{garbage}");
    }
}

#[test]
fn stored_states_are_read_leniently() {
    let current = ty(json!(["object", {
        "count": "number", "id": "string", "flag": "bool", "new": "string", "any": "dynamic", "was": "dynamic",
        "nested": ["list", ["object", { "x": "number", "y": "bool" }]],
    }]));
    let state = br#"{ "count": "5", "id": 12345678901234567890.10, "flag": "true", "gone": [1],
        "any": { "type": ["list", "string"], "value": ["a"] }, "was": "text", "nested": [{ "x": 0.10 }] }"#;
    let list = Value::Dynamic(ty(json!(["list", "string"])), Box::new(Value::List(vec!["a".into()])));
    let read = from_state_json(state, &current).unwrap();
    let expected = object([
        ("count", number("5")),
        ("id", "12345678901234567890.10".into()),
        ("flag", true.into()),
        ("new", Value::Null),
        ("any", list),
        ("was", Value::Dynamic(Type::String, Box::new("text".into()))),
        ("nested", Value::List(vec![object([("x", number("0.1")), ("y", Value::Null)])])),
    ]);
    assert_eq!(read, expected);
    assert!(from_json(state, &current).is_err(), "the exact reader refuses all of this");

    let refused = from_state_json(br#"{ "nested": [{ "y": "perhaps" }] }"#, &current).unwrap_err();
    assert_eq!(refused.path().to_string(), "nested[0].y");
    assert!(!refused.to_string().contains("perhaps"), "an error never repeats a value: {refused}");
}

#[test]
fn exact_json_is_exact() {
    let flat = ty(json!(["object", { "a": "string", "n": "number" }]));
    let refusal = |text: &str| from_json(text.as_bytes(), &flat).unwrap_err().to_string();
    assert_eq!(refusal(r#"{ "a": "x" }"#), "the attribute `n` is missing");
    assert_eq!(refusal(r#"{ "a": "x", "n": 1, "z": 1 }"#), "the type has no attribute `z`");
    assert_eq!(refusal(r#"{ "a": "x", "n": "1" }"#), "`n`: expected a number, found a string");
    assert_eq!(refusal(r#"{ "a": 1, "n": 1 }"#), "`a`: expected a string, found a number");
}

#[test]
fn plain_json_keeps_the_text_of_numbers() {
    let text = r#"{"a":[0.1,123456789012345678901234567890,null],"b":{"c":true}}"#;
    let value = from_plain_json(serde_json::from_str(text).unwrap());
    assert_eq!(plain_json(&value).to_string(), text);
    assert_eq!(plain_json(&Value::Dynamic(Type::String, Box::new("x".into()))), json!("x"));
    assert_eq!(plain_json(&Value::Unknown), json!(null));
    assert_eq!(plain_json(&Value::Number(f64::INFINITY.into())), json!("Inf"));
}

/// Any number: integers, floats, and decimal texts that no float holds.
fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("NaN is no number", Number::from_f64),
        ("-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,4})?").prop_map(|text| text.parse().expect("a number")),
    ]
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| Type::List(Box::new(element))),
            inner.clone().prop_map(|element| Type::Set(Box::new(element))),
            inner.clone().prop_map(|element| Type::Map(Box::new(element))),
            prop::collection::btree_map("[a-z_]{1,4}", inner.clone(), 0..4).prop_map(Type::Object),
            prop::collection::vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// Any value of a type; `unknown` stands in some places of it, if given.
fn any_value(ty: &Type, unknown: Option<Value>) -> BoxedStrategy<Value> {
    let within = |ty: &Type| any_value(ty, unknown.clone());
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Dynamic => {
            let unknown = unknown.clone();
            let own = any_type().prop_filter("dynamic in dynamic says nothing", |own| *own != Type::Dynamic);
            // The inner type is primitive or a collection of it, or the strategy would not end.
            let own = own.prop_filter("dynamic only once", |own| !own.to_string().contains("dynamic"));
            own.prop_flat_map(move |own| {
                any_value(&own, unknown.clone()).prop_map(move |value| Value::Dynamic(own.clone(), Box::new(value)))
            })
            .boxed()
        }
        Type::List(element) | Type::Set(element) => {
            prop::collection::vec(within(element), 0..4).prop_map(Value::List).boxed()
        }
        Type::Map(element) => {
            prop::collection::btree_map(any::<String>(), within(element), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => types.iter().map(within).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object(attributes) => {
            let names: Vec<String> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(within).collect();
            values.prop_map(move |values| Value::Map(names.iter().cloned().zip(values).collect::<Object>())).boxed()
        }
    };
    let absent = unknown.unwrap_or_default();
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(absent)].boxed()
}

fn typed_value(unknown: Option<Value>) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |ty| {
        let value = any_value(&ty, unknown.clone());
        (Just(ty), value)
    })
}

proptest! {
    #[test]
    fn msgpack_survives_a_round_trip((ty, value) in typed_value(Some(Value::Unknown))) {
        prop_assert_eq!(decode(&encode(&value, &ty), &ty), Ok(value));
    }

    #[test]
    fn json_survives_a_round_trip((ty, value) in typed_value(None)) {
        // JSON has no infinity; it is written as text, which only the lenient reader takes for a number.
        let written = to_json(&value, &ty).to_string();
        prop_assert_eq!(from_state_json(written.as_bytes(), &ty), Ok(value.clone()));
        if !written.contains("Inf\"") {
            prop_assert_eq!(from_json(written.as_bytes(), &ty), Ok(value));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(ty in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(value) = decode(&bytes, &ty) {
            prop_assert_eq!(decode(&encode(&value, &ty), &ty), Ok(value));
        }
    }

    #[test]
    fn a_cut_value_is_refused((ty, value) in typed_value(Some(Value::Unknown)), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&value, &ty);
        let kept = cut.index(bytes.len());
        // Nothing at all is null; everything between that and the whole is an error.
        prop_assert_eq!(decode(&bytes[..kept], &ty).is_err(), kept > 0);
    }

    #[test]
    fn types_survive_a_round_trip(ty in any_type()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
    }

    #[test]
    fn numbers_survive_a_round_trip(number in any_number()) {
        prop_assert_eq!(number.to_string().parse(), Ok(number));
    }

    #[test]
    fn numbers_are_ordered_as_numbers(left in any::<i32>(), right in any::<i32>(), places in 0..9_usize) {
        let shrunk = |integer: i32| format!("{integer}e-{places}").parse::<Number>().unwrap();
        prop_assert_eq!(shrunk(left).cmp(&shrunk(right)), left.cmp(&right));
    }
}

#[test]
fn an_empty_object_type_has_the_empty_object() {
    let empty = Type::Object(BTreeMap::new());
    assert_eq!(decode(&hex("80"), &empty), Ok(Value::Map(Object::new())));
}
