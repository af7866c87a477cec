//! Times, and what to make of many of them.

use std::time::{Duration, Instant};

use color_eyre::Result;

/// Times of the same thing, several times over.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Times `work` once more.
    pub async fn time<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let started = Instant::now();
        let answer = work.await?;
        self.add(started.elapsed());
        Ok(answer)
    }

    /// One more.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// All of both.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// How many.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// The one in the middle, in milliseconds.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// The longest, in milliseconds.
    pub fn longest(&self) -> f64 {
        self.percentile(100)
    }

    /// The time that this many of a hundred do not exceed, in milliseconds; 0 if there is none.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted
            .get(rank.min(sorted.len().saturating_sub(1)))
            .map_or(0.0, |took| took.as_secs_f64() * 1000.0)
    }
}
