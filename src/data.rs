//! Everything that touches the database. Knows nothing of terminals or of the application's state.
//!
//! Reads go through [`poller`], an operator's writes through [`worker`], the detector's through
//! [`sweep`]; each has a [`link`] of its own. All SQL is in `sources/`, one statement a file.

pub mod ad_hoc;
pub mod bulk;
pub mod companion;
pub mod connection;
pub mod discovery;
pub mod doctor;
pub mod error;
pub mod finding;
pub mod fingerprint;
pub mod handover;
pub mod http_api;
pub mod messages;
pub mod model;
pub mod native;
pub mod poller;
pub mod private_postgres;
pub mod reads;
pub mod source;
pub mod worker;
