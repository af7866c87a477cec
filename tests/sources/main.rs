//! Every source against its contract, in a database that holds such a system.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
mod dlqtop;
#[path = "../faults/door.rs"]
mod door;
#[path = "../faults/proxy.rs"]
mod proxy;

mod capable;
mod capable_commands;
mod workshop;
