//! What must not go wrong, and proof that it does not: a real PostgreSQL, real processes, seeded
//! chances. Each test prints its seed, how many, the figure and how long it took; `docs/dev/faults.md`
//! has the matrix. What takes long is ignored here: `just faults-slow`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "each row prints its figure")]

#[path = "../common/database.rs"]
mod database;
#[path = "../cli/dlqtop.rs"]
#[allow(dead_code, reason = "the commands' tests use the rest")]
mod dlqtop;
#[path = "../common/eventually.rs"]
mod eventually;
#[path = "../e2e/pseudo_terminal.rs"]
#[allow(dead_code, reason = "the screens' own tests use the rest")]
mod pseudo_terminal;
#[path = "../rows/builders.rs"]
mod rows;
#[path = "../e2e/scene.rs"]
#[allow(dead_code, reason = "the screens' own tests use the rest")]
mod screens;

mod backlog;
mod batches;
mod clocks;
mod cutting;
mod detect;
mod door;
mod grace;
mod interrupted;
mod invariants;
mod killed;
mod moving;
mod operators;
mod poison;
mod process;
mod proxy;
mod racing;
mod refreshing;
mod refusing;
mod replies;
mod report;
mod seed;
mod waiting;
mod wall;
mod zones;
