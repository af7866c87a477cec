//! What time it is for the operator.

use chrono::{DateTime, Utc};

use super::{Session, TimeFormat};
use crate::app::format::{clock, duration};

impl Session {
    /// What a clock on the wall should show now; everything else goes by [`Session::now`].
    #[must_use]
    pub fn clock(&self) -> DateTime<Utc> {
        self.now - self.clock_offset
    }

    /// A second passed. Says whether it is the first tick.
    pub fn tick(&mut self, now: DateTime<Utc>) -> bool {
        let is_first = self.now == DateTime::UNIX_EPOCH;
        if is_first {
            self.started_at = now;
        }
        self.now = now;
        is_first
    }

    /// Whether clock times are UTC, not those of where the operator is.
    #[must_use]
    pub fn shows_utc(&self) -> bool {
        self.view.times == TimeFormat::Utc
    }

    /// `snoozed, back in 41m` or `snoozed until 14:30`, as times are shown, at this time of the
    /// database.
    #[must_use]
    pub fn snoozed_until(&self, until: DateTime<Utc>, database_now: DateTime<Utc>) -> String {
        if self.view.times == TimeFormat::Relative {
            let left = duration((until - database_now).as_seconds_f64().max(0.0));
            return format!("snoozed, back in {left}");
        }
        let until = clock(until, database_now, self.shows_utc());
        format!("snoozed until {until}")
    }
}
