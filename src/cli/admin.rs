//! Commands about the installation: schema, archive, templates, sources, health.

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
