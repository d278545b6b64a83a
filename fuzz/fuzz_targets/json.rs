//! Any JSON under any type: reading never panics, and what the exact reader accepts survives a round trip.
//! The input is a type in JSON, a line feed, and the value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tfplugin::value::{Type, encode, from_json, from_state_json, to_json};

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (notation, bytes) = (&input[..end], &input[end + 1..]);
    let Ok(ty) = Type::from_json(notation) else { return };
    if let Ok(value) = from_json(bytes, &ty) {
        let written = to_json(&value, &ty).to_string();
        assert_eq!(from_json(written.as_bytes(), &ty).as_ref(), Ok(&value));
        assert_eq!(from_state_json(written.as_bytes(), &ty).as_ref(), Ok(&value));
    }
    if let Ok(value) = from_state_json(bytes, &ty) {
        assert!(!encode(&value, &ty).is_empty());
    }
});
