//! Who the operator is, which database is looked at, what may be written, and what time it is.
//! Knows no rows.

pub mod access;
pub(in crate::app) mod clock;
pub mod profile_switch;
pub mod replica_lag;
