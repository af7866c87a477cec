//! Commands that read and print: lists, one task, the log, the handover, statistics.
//!
//! Each asks once through `query` and prints a table or JSON. A new list is a file here.

pub mod entries;
pub mod filter;
pub mod fleet;
pub mod handover;
pub mod lists;
pub mod log;
pub(in crate::cli) mod queue_groups;
pub mod receipt;
pub mod show;
