//! The data layer and the schema against a real PostgreSQL; each test has a database of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acting;
mod actions;
mod archive_tables;
mod archiving;
mod arming;
mod bound_names;
mod budget;
mod bulk;
mod claims;
mod configuring;
mod deadlines;
mod demo_fleet;
mod detecting;
mod error_groups;
mod evidence;
mod fingerprint_rules;
mod groups;
mod investigations;
mod lifecycle;
mod locks;
mod lost_links;
mod newest_acts;
mod oracle;
mod own_objects;
mod paging;
mod planted;
mod polling;
#[cfg(unix)]
mod private_postgres;
mod properties;
mod retention;
mod roles;
mod schema;
mod settings_effect;
mod snapshots;
mod staleness;
mod states;
mod strangers;
mod sweeping;
mod template_effect;
mod templates;
mod undoing;
mod unlocking;
mod unqualified;
