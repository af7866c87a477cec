//! The way to a database: what is said of it and where, who answers, what stands in between, and
//! what is said if there is none.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "each row prints its figure")]

#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
#[allow(dead_code, reason = "the commands' own tests use the rest")]
mod dlqtop;
#[path = "../cli/home.rs"]
#[allow(dead_code, reason = "the configuration's own tests use the rest")]
mod home;
#[path = "../faults/report.rs"]
mod report;
#[path = "../common/scene.rs"]
#[allow(dead_code, reason = "the data's own tests use the rest")]
mod scene;
#[path = "../common/wait.rs"]
mod wait;

mod bouncer;
mod direct;
mod given;
mod operating;
mod polls;
mod pooled;
mod starting;
mod stub;
mod tls;
