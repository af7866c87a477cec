//! How old what is on screen is, and when that is too old.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::data::messages::command::Command;
use crate::data::model::Reading;

impl App {
    /// Seconds since the data was read; `None` before the first.
    #[must_use]
    pub fn data_age(&self) -> Option<f64> {
        let heard_at = self.polled.heard_at?;
        Some((self.session.now - heard_at).as_seconds_f64().max(0.0))
    }

    /// Whether what is on screen is too old to act upon without a second look, or is still not
    /// there.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        let limit = self.poll_gap().as_secs_f64() * 2.0;
        let waited = || (self.session.now - self.session.started_at).as_seconds_f64();
        self.polled.unreachable.is_some() || self.data_age().unwrap_or_else(waited) > limit
    }

    /// The time from one poll to the next: longer than asked for while the database is slow.
    #[must_use]
    pub fn poll_gap(&self) -> Duration {
        self.session.poll_interval.max(self.polled.next_in) + self.polled.took
    }

    /// Seconds since a part was read that is not read with every poll, if that is more than two of
    /// its own intervals. `None` where everything on screen is too old, which is said elsewhere.
    #[must_use]
    pub fn overdue(&self, reading: Option<Reading>) -> Option<f64> {
        let reading = reading.filter(|_| !self.is_outdated())?;
        let age = (self.database_now() - reading.at).as_seconds_f64();
        (age > reading.every.max(self.poll_gap()).as_secs_f64() * 2.0).then_some(age)
    }

    /// What a clock on the wall should show now; everything else goes by [`App::now`].
    #[must_use]
    pub fn clock(&self) -> DateTime<Utc> {
        self.session.now - self.session.clock_offset
    }

    /// The database's time now, as well as it can be known: what rows' times are measured from.
    #[must_use]
    pub fn database_now(&self) -> DateTime<Utc> {
        match (self.polled.taken_at, self.data_age()) {
            (Some(taken_at), Some(age)) => {
                taken_at
                    + chrono::TimeDelta::from_std(Duration::from_secs_f64(age)).unwrap_or_default()
            }
            _ => self.session.now,
        }
    }

    pub(in crate::app) fn tick(&mut self, now: DateTime<Utc>) -> Option<Command> {
        if self.session.now == DateTime::UNIX_EPOCH {
            self.session.started_at = now;
            // What came before the first tick could not be dated.
            self.polled.heard_at = self.polled.heard_at.map(|_| now);
            if let Some(notice) = &mut self.screen.notification {
                notice.at = now;
            }
        }
        self.session.now = now;
        if self
            .screen
            .notification
            .as_ref()
            .is_some_and(|notice| notice.is_over(now))
        {
            self.screen.notification = None;
        }
        self.expire().or_else(|| self.writes.pending_command.take())
    }
}
