//! Commands that read and print: lists, one task, the log, the handover, statistics.

pub mod entries;
pub mod filter;
pub mod fleet;
pub mod handover;
pub mod lists;
pub mod log;
pub(in crate::cli) mod queue_groups;
pub mod show;
