//! What kind of error it is: whether it can pass by itself, and what has to change if it cannot. Pure.
//!
//! An error is judged by what it says of itself, the surest first: a code (HTTP status, SQLSTATE, errno,
//! gRPC, SMTP, exit status), then the class of its exception, then the words of its message. Only the line
//! that says what happened counts, never a line of source in a traceback, and what stands there in quotes
//! is data of the task: `KeyError: 'timeout'` is no time-out. Words are whole words: there is no `access`
//! in `accessory` and no `out of memory` in `3 out of 5`.

mod codes;
mod names;
mod said;
mod words;

use self::said::Said;
use crate::data::fingerprint::telling_line;

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

    /// The class of an error, by the line that says what happened.
    #[must_use]
    pub fn of(error: &str) -> Self {
        let said = Said::of(&telling_line(error));
        codes::class(&said)
            .or_else(|| names::class(&said))
            .or_else(|| words::class(&said))
            .unwrap_or(Self::Unknown)
    }

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

#[cfg(test)]
mod tests;
