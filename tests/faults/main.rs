//! What must not go wrong, and proof that it does not: a real PostgreSQL, real processes, seeded
//! chances. Each test prints its seed, how many, the figure and how long it took; `docs/dev/faults.md`
//! has the matrix. What takes long is ignored here: `just faults-slow`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "each row prints its figure")]

mod backlog;
mod batches;
mod clocks;
mod detect;
mod grace;
mod interrupted;
mod killed;
mod moving;
mod operators;
mod poison;
mod process;
mod racing;
mod refreshing;
mod refusing;
mod replies;
mod waiting;
mod wall;
mod zones;
