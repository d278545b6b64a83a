//! Any bytes as a type: reading never panics, and what it accepts survives a round trip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tfplugin::value::Type;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ty) = Type::from_json(bytes) {
        assert_eq!(Type::from_json(&ty.to_json()).as_ref(), Ok(&ty));
    }
});
