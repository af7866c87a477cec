//! A change to another database or another system.

/// What to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchTo {
    /// This profile's database.
    Profile(String),
    /// This system in the same database.
    Source(String),
}

impl SwitchTo {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Profile(name) | Self::Source(name) => name,
        }
    }
}
