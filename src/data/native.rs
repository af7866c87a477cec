//! What only dlqtop's own schema has: migrations, shared settings, sweeps, the archive, templates.
//!
//! Commands, the detector and the worker call it; the poller reads the shared rules of the fingerprint. No other
//! source has any of this.
//! A new maintenance job is a file here, with its statements in `sql/native/`.

pub mod archive;
pub mod detector_control;
pub mod fingerprint_rules;
pub mod fingerprints;
pub mod migrate;
pub mod migration_plan;
pub mod settings;
pub mod sweep;
pub mod templates;
