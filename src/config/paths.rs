//! Where the configuration is kept unless somebody says otherwise.

use std::path::PathBuf;

use etcetera::{BaseStrategy as _, choose_base_strategy};

/// Where the file is looked for unless somebody says otherwise: `$XDG_CONFIG_HOME/dlqtop/config.toml`.
/// `None` if there is no home.
#[must_use]
pub fn usual_path() -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    Some(base.config_dir().join("dlqtop").join("config.toml"))
}

/// Where the user's own sources are: `sources` beside the usual file. `None` if there is no home.
#[must_use]
pub fn sources() -> Option<PathBuf> {
    let path = usual_path()?;
    Some(path.parent()?.join("sources"))
}

/// The home of whoever runs this, where libpq's files are. `None` if there is none.
pub(super) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}
