//! Systems that dlqtop attaches to, each on its own schema in a real PostgreSQL.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "chances print their seed")]

#[path = "../faults/cutting.rs"]
mod cutting;
#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
#[allow(dead_code, reason = "the commands' tests use the rest")]
mod dlqtop;
#[path = "../faults/door.rs"]
mod door;
#[path = "../e2e/pseudo_terminal.rs"]
#[allow(dead_code, reason = "the screens' own tests use the rest")]
mod pseudo_terminal;

mod beside;
mod task_orchestrator;
