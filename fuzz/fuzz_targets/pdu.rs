//! Any octets as short messages, chosen by libFuzzer; `fuzz/run` starts it. The test command runs the same check over a
//! seeded generator (`tests/pdu/mutated.rs`).
#![no_main]

#[path = "../../tests/pdu/any.rs"]
mod any;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    any::check(octets);
});
