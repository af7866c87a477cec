//! Polls from a real streaming replica, made by `pg_basebackup` of a real primary.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
#[allow(dead_code, reason = "the commands' tests use the rest")]
mod dlqtop;
#[path = "../common/eventually.rs"]
mod eventually;
#[path = "../e2e/pseudo_terminal.rs"]
#[allow(dead_code, reason = "the terminal's tests use the rest")]
mod pseudo_terminal;
#[path = "../common/scene.rs"]
mod scene;

mod dashboard;
mod polls;
mod refusals;
mod standby;
