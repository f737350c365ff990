//! What stands in for the world outside in the demo and in tests: a modem with its network, and the handset page's phones.

pub mod modem;
pub mod phone;
