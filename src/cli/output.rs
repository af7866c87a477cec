//! How every command prints: plain tables for people, escaped JSON for programs.

pub mod json;
pub(in crate::cli) mod table;
