//! People at a real browser: Debian's chromium through the demo as a newcomer starts it.
//!
//! Not here: what can be asked without a screen (`tests/appliance`). Needs the packages chromium and chromium-driver.
#![allow(clippy::unwrap_used)]

mod driver;
mod handset;
mod pages;
mod stage;
mod web;
