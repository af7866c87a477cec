//! Systems that dlqtop attaches to, each on its own schema in a real PostgreSQL, and every source
//! against its contract there.
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
#[path = "../common/eventually.rs"]
mod eventually;
#[path = "../cli/home.rs"]
#[allow(dead_code, reason = "the commands' tests use the rest")]
mod home;
#[path = "../faults/proxy.rs"]
mod proxy;
#[path = "../e2e/pseudo_terminal.rs"]
#[allow(dead_code, reason = "the screens' own tests use the rest")]
mod pseudo_terminal;

mod around;
mod beside;
mod capable;
mod capable_commands;
mod celery;
mod checking;
mod conformance_acts;
mod conformance_contract;
mod conformance_reads;
mod conformance_rights;
mod conformance_spoilt;
mod conformance_zones;
mod demo;
mod looking;
mod own_folder;
mod seed;
mod spoiling;
mod systems;
mod task_orchestrator;
mod tasker_core;
mod workshop;
