//! Commands about the installation: schema, archive, templates, sources, health, configuration.
//!
//! A new one is a file here with its arguments and a `run`.

pub mod archive;
pub mod check;
pub mod config;
pub mod doctor;
pub mod info;
pub mod install;
pub mod migrate;
pub(in crate::cli) mod require_native;
pub mod source;
pub mod template;
