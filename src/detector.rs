//! The background detector: when to sweep, and what the result means. The sweep itself is the
//! database's work.

pub mod status;
