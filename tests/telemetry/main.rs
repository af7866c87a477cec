//! What a Prometheus reads, over real HTTP, from what really happened in a real PostgreSQL.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::float_cmp,
    reason = "counts are whole numbers, whatever their type"
)]

#[path = "../common/database.rs"]
mod database;
#[path = "../common/eventually.rs"]
mod eventually;
#[path = "../e2e/pseudo_terminal.rs"]
#[allow(dead_code, reason = "the other tests press more keys")]
mod pseudo_terminal;
#[path = "../common/scene.rs"]
mod scene;

mod alerts;
mod counting;
mod dashboards;
mod exposition;
mod health;
mod hostile;
mod http;
mod listening;
mod served;
