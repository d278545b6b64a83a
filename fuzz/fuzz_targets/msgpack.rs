//! Any bytes under any type: decoding never panics, and what it accepts survives a round trip.
//! The input is a type in JSON, a line feed, and the value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tfplugin::value::{Type, decode, encode};

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (notation, bytes) = (&input[..end], &input[end + 1..]);
    let Ok(ty) = Type::from_json(notation) else { return };
    if let Ok(value) = decode(bytes, &ty) {
        assert_eq!(decode(&encode(&value, &ty), &ty).as_ref(), Ok(&value));
    }
});
