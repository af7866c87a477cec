//! The commands as a script sees them: what they print, where, and with which exit code.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acting;
mod archiving;
mod checking;
mod config_apply;
mod config_show;
mod configuration;
mod copied_command;
mod detecting;
mod doctor;
mod doctor_findings;
mod doctor_standing;
mod file_rights;
mod fingerprint;
mod fingerprint_rules;
mod fleet;
mod grouped;
mod hostile;
mod info;
mod keys;
mod migrating;
mod pre_release_schema;
mod profiles;
mod reading;
mod receipts;
mod records;
mod redaction;
mod resuming;
mod role_rights;
mod secrets;
mod source_settings;
mod templates;
mod templates_shown;
mod unreachable;
mod usage;
