//! The classes.

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It passes by itself: a rate limit, a deadlock, a service that restarts.
    Transient,
    /// The other side could not be reached, or did not answer in time.
    Network,
    /// Something is full or used up: memory, disk, connections, a quota.
    Resource,
    /// It was not let in, or lacks a right.
    Permission,
    /// What it was given was refused.
    Validation,
    /// It fails the same way until code or data change.
    Permanent,
    /// It does not say.
    Unknown,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Transient,
        Self::Network,
        Self::Resource,
        Self::Permission,
        Self::Validation,
        Self::Permanent,
        Self::Unknown,
    ];

    /// Whether such an error tends to be gone when the same is tried again.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Transient | Self::Network)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Network => "network",
            Self::Resource => "resource",
            Self::Permission => "permission",
            Self::Validation => "validation",
            Self::Permanent => "permanent",
            Self::Unknown => "unknown",
        }
    }
}
