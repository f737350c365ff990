//! The whole box in one test binary: simulated modem, temporary store, a clock moved by hand, real sockets.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod harness;
mod living;
mod talks;
