//! The whole box in one test binary: simulated modem, temporary store, a clock moved by hand, real sockets.
#![allow(clippy::unwrap_used)]

mod api;
mod charsets;
mod clock;
mod command;
mod console;
mod crawl;
mod damage;
mod decks;
mod dice;
mod doctor;
mod forms;
mod garbage;
mod gateway;
#[allow(dead_code)]
mod harness;
mod http;
mod kills;
mod line;
mod living;
mod markup;
mod negotiation;
mod pages;
mod program;
mod programs;
mod provisioning;
mod pushes;
mod queue;
mod retention;
mod rules;
mod sampler;
mod sockets;
mod talks;
mod visitors;
mod watchdog;
mod year;
