//! How answers are printed: tables and JSON.

pub mod json;
pub(in crate::cli) mod table;
