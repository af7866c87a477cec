//! What the detector is doing, for the header.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::data::model::safe_text::SafeText;
use crate::data::native::sweep::Held;

/// What the detector is doing right now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not started; [`Status::off_because`] says why.
    #[default]
    Off,
    /// Waiting for the next sweep.
    Waiting,
    /// A sweep is under way.
    Sweeping,
    /// The last sweep failed; it will try again. Carries the error as a message for the operator.
    Failing(SafeText),
}

/// What the last sweep of this detector did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSweep {
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// Stale tasks found.
    pub detected: i64,
    /// Entries opened or tasks moved to `error`.
    pub moved: i64,
    /// They changed state meanwhile, or another detector holds them.
    pub skipped: i64,
    /// Refused by the database.
    pub failed: i64,
    /// The detector is armed on this database; if not, the sweep was dry.
    pub armed: bool,
    /// Too many tasks were due, so the breaker held it.
    pub held: Option<Held>,
}

impl LastSweep {
    /// Whether it could change anything.
    #[must_use]
    pub const fn acted(&self) -> bool {
        self.armed && (self.held.is_none() || self.moved > 0)
    }
}

/// The detector's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub phase: Phase,
    /// Why it was not started: `--no-detect`, read-only, or a role that may not sweep.
    pub off_because: Option<SafeText>,
    /// When it sweeps next.
    pub next_sweep: Option<DateTime<Utc>>,
    /// It only reports what it would do.
    pub dry_run: bool,
    /// What its last sweep did.
    pub last: Option<LastSweep>,
}
