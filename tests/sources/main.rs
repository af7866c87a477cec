//! Systems that dlqtop attaches to, each on its own schema in a real PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;

mod task_orchestrator;
