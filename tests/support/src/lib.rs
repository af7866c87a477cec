//! What the tests share: a database for each, rows as it would bring them, programs in terminals, and
//! wires that can be cut. A crate of its own, so that it is built once and not with each binary.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, and so does what it stands on"
)]
#![allow(
    missing_docs,
    clippy::must_use_candidate,
    clippy::missing_errors_doc,
    reason = "nobody but the tests beside it calls this"
)]

#[cfg(unix)]
pub mod bouncer;
#[cfg(unix)]
pub mod cutting;
pub mod database;
pub mod dlqtop;
#[cfg(unix)]
pub mod door;
pub mod eventually;
pub mod home;
pub mod invariants;
pub mod program;
#[cfg(unix)]
pub mod proxy;
#[cfg(unix)]
pub mod pseudo_terminal;
pub mod report;
pub mod rows;
pub mod scene;
#[cfg(unix)]
pub mod screens;
pub mod seed;
pub mod server;
pub mod stranger;
pub mod wait;
pub mod work;
