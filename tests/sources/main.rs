//! Systems that dlqtop attaches to, each on its own schema in a real PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
#[allow(dead_code, reason = "the commands' own tests use the rest")]
mod dlqtop;
#[path = "../faults/door.rs"]
mod door;
#[path = "../faults/proxy.rs"]
mod proxy;

mod capable;
mod capable_commands;
mod task_orchestrator;
mod workshop;
