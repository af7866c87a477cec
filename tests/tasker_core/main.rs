//! An existing Tasker deployment, on its own layout in a real PostgreSQL: what is read of it, and what
//! acts leave behind, by SQL and by its API.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;

mod agreement;
mod by_api;
mod by_sql;
mod deployment;
mod server;
