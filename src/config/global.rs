//! What every command is given: the flags, and the settings that are in force.

use super::flags::GlobalFlags;
use super::settings::Settings;

/// The flags with the settings that [`load`](super::load) made of them, the environment and the file.
#[derive(Debug, Clone)]
pub struct Global {
    /// What the command line said, completed from the profile in force.
    pub flags: GlobalFlags,
    /// Every setting in force.
    pub settings: Settings,
}
