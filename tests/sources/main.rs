//! Systems that dlqtop attaches to, each on its own schema in a real PostgreSQL, and every source
//! against its contract there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "chances print their seed")]

mod bad_values;
mod capabilities_of_commands;
mod celery;
mod checking;
mod companion;
mod conformance_acts;
mod conformance_contract;
mod conformance_reads;
mod conformance_rights;
mod conformance_shapes;
mod conformance_spoilt;
mod conformance_zones;
mod demo;
mod info_doctor_handover;
mod looking;
mod own_folder;
mod recognition;
mod seed;
mod shapes;
mod spoiling;
mod systems;
mod task_orchestrator;
mod tasker_core;
mod whole_errors;
mod without_log;
mod workshop;
