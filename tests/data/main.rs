//! The data layer and the schema against a real PostgreSQL; each test has a database of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acting;
mod actions;
mod archive_tables;
mod archiving;
mod bound_names;
mod budget;
mod bulk;
mod claims;
mod configuring;
mod deadlines;
mod demo_fleet;
mod detecting;
mod groups;
mod investigations;
mod lifecycle;
mod lost_links;
mod oracle;
mod paging;
mod planted;
mod polling;
#[cfg(unix)]
mod private_postgres;
mod properties;
mod retention;
mod roles;
mod schema;
mod snapshots;
mod staleness;
mod states;
mod sweeping;
mod template_effect;
mod templates;
mod unlocking;
mod unqualified;
