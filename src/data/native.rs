//! What only the native schema has: migrations, shared settings, sweeps, the archive, templates.

pub mod archive;
pub mod migrate;
pub mod settings;
pub mod sweep;
pub mod templates;
