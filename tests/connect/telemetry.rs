//! What a Prometheus reads, over real HTTP, from what really happened in a real PostgreSQL.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![allow(
    clippy::float_cmp,
    reason = "counts are whole numbers, whatever their type"
)]

mod alerts;
mod counting;
mod dashboards;
mod exposition;
mod health;
mod hostile;
mod http;
mod listening;
mod served;
