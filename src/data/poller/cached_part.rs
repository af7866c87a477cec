//! A part of a poll that is not read with every one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::data::model::{Part, Reading};

/// A part that is not read with every poll, as it was last read.
#[derive(Debug)]
pub(super) struct CachedPart<T> {
    part: Option<Part<T>>,
    /// When it was last asked for.
    pub(super) asked: Option<Instant>,
    /// When it was last read well, by the database's clock.
    read_at: Option<DateTime<Utc>>,
}

impl<T> Default for CachedPart<T> {
    fn default() -> Self {
        Self {
            part: None,
            asked: None,
            read_at: None,
        }
    }
}

impl<T> CachedPart<T> {
    pub(super) fn keep(&mut self, part: Part<T>, taken_at: DateTime<Utc>) {
        self.asked = Some(Instant::now());
        if part.is_ok() {
            self.read_at = Some(taken_at);
        }
        self.part = Some(part);
    }

    pub(super) fn age(&self) -> Option<Duration> {
        self.asked.map(|at| at.elapsed())
    }

    pub(super) fn part(&self) -> Part<T>
    where
        T: Default,
    {
        self.part.clone().unwrap_or_else(|| Ok(Arc::default()))
    }

    pub(super) fn reading(&self, taken_at: DateTime<Utc>, every: Duration) -> Reading {
        Reading {
            at: self.read_at.unwrap_or(taken_at),
            every,
        }
    }
}
