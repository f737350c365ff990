//! HTTP in. `public` is one function from request to response; `serve` is the sockets round it.

pub mod api;
pub mod assets;
pub mod cache;
mod console;
pub mod device;
mod file;
pub mod frame;
mod gzip;
pub mod host;
pub mod metrics;
mod models;
pub mod phone;
mod posted;
pub mod public;
mod rendered;
mod respond;
pub mod router;
pub mod sendsms;
pub mod serve;
mod taken;
pub mod tls;
pub mod visitors;
pub mod waiting;

use crate::message;
