//! Everything that touches the database. Knows nothing of terminals or of the application's state.
//!
//! Reads go through [`poller`], an operator's writes through [`worker`], the detector's through
//! [`sweep`]; each has a [`link`] of its own. All SQL is in `sources/`, one statement a file.

mod acts;
pub mod archive;
pub mod asking;
pub mod beside;
pub mod bulk;
pub mod change;
pub mod command;
pub mod configure;
pub mod doctor;
pub mod error;
pub mod fingerprint;
pub mod gather;
mod grants;
pub mod handover;
pub mod incident;
pub mod installation;
pub mod link;
pub mod migrate;
pub mod model;
pub mod moment;
pub mod named;
pub mod overview;
pub mod pages;
pub mod poller;
pub mod pooler;
pub mod private_postgres;
pub mod queries;
pub mod records;
pub mod replica;
pub mod rest;
pub mod retries;
pub mod safe_text;
pub mod saving;
pub mod schedule;
pub mod source;
pub mod sweep;
pub mod templates;
pub mod worker;
