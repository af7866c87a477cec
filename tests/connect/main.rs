//! The way to a database: what is said of it and where, who answers, what stands in between, and
//! what is said if there is none. What a replica answers, and what a Prometheus reads.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "each row prints its figure")]

mod as_psql;
mod direct;
mod given;
mod logging_in;
mod operating;
mod polls;
mod pooled;
mod replica;
mod starting;
mod stub;
mod telemetry;
mod tls;
mod unknown_server;
