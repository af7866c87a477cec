//! How old the rows on screen are, and when that is too old.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Polled;
use crate::app::session::Session;
use crate::data::model::Reading;

impl Polled {
    /// Seconds since the data was read; `None` before the first poll.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> Option<f64> {
        let polled_at = self.polled_at?;
        Some((now - polled_at).as_seconds_f64().max(0.0))
    }

    /// Whether what is on screen is too old to act upon without a second look, or is still not
    /// there.
    #[must_use]
    pub fn is_outdated(&self, session: &Session) -> bool {
        let limit = self.poll_gap(session).as_secs_f64() * 2.0;
        let waited = || (session.now - session.started_at).as_seconds_f64();
        self.unreachable.is_some() || self.age(session.now).unwrap_or_else(waited) > limit
    }

    /// The time from one poll to the next: longer than asked for while the database is slow.
    #[must_use]
    pub fn poll_gap(&self, session: &Session) -> Duration {
        session.poll_interval.max(self.next_in) + self.took
    }

    /// Seconds since a part was read that is not read with every poll, if that is more than two of
    /// its own intervals. `None` where everything on screen is too old, which is said elsewhere.
    #[must_use]
    pub fn overdue(&self, reading: Option<Reading>, session: &Session) -> Option<f64> {
        let reading = reading.filter(|_| !self.is_outdated(session))?;
        let age = (self.database_now(session.now) - reading.at).as_seconds_f64();
        let gap = reading.every.max(self.poll_gap(session));
        (age > gap.as_secs_f64() * 2.0).then_some(age)
    }

    /// The database's time now, as well as it can be known: what rows' times are measured from.
    #[must_use]
    pub fn database_now(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match (self.taken_at, self.age(now)) {
            (Some(taken_at), Some(age)) => {
                taken_at + TimeDelta::from_std(Duration::from_secs_f64(age)).unwrap_or_default()
            }
            _ => now,
        }
    }
}
