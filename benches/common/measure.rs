//! Times, and what to make of many of them.

use std::fs;
use std::iter::Sum;
use std::ops::Add;
use std::time::{Duration, Instant};

use color_eyre::Result;
use sqlx::postgres::PgConnection;
use tokio::time::sleep;

use super::sql;

/// Time enough for a server process that has answered to go to sleep, which is when the kernel books
/// what it has used.
const BOOKED: Duration = Duration::from_millis(1);

/// What something took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// On the clock.
    pub wall: Duration,
    /// Of a processor, by the server's process; `None` where the kernel does not say.
    pub cpu: Option<Duration>,
}

impl Add for Taken {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            cpu: self.cpu.zip(other.cpu).map(|(one, two)| one + two),
        }
    }
}

impl Sum for Taken {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.reduce(Self::add).unwrap_or_default()
    }
}

impl From<Duration> for Taken {
    fn from(wall: Duration) -> Self {
        Self { wall, cpu: None }
    }
}

/// The server's process behind a connection. What it uses of a processor does not depend on what
/// else the machine has to do, or hardly.
#[derive(Debug, Clone, Copy)]
pub struct Backend(i32);

impl Backend {
    /// The one of this connection.
    pub async fn of(db: &mut PgConnection) -> Result<Self> {
        let pid = sqlx::query_scalar(sql!("backend"))
            .persistent(false)
            .fetch_one(db)
            .await?;
        Ok(Self(pid))
    }

    /// The one that goes by this name, as another connection to the same database sees it.
    pub async fn named(db: &mut PgConnection, name: &str) -> Result<Option<Self>> {
        let pid: Option<i32> = sqlx::query_scalar(sql!("backend_named"))
            .bind(name)
            .fetch_optional(db)
            .await?;
        Ok(pid.map(Self))
    }

    /// What it has used since it began.
    pub async fn used(self) -> Option<Duration> {
        sleep(BOOKED).await;
        let text = fs::read_to_string(format!("/proc/{}/schedstat", self.0)).ok()?;
        let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }

    /// Does `work` on its connection; the answer, and what it took.
    pub async fn take<T>(self, work: impl Future<Output = Result<T>>) -> Result<(T, Taken)> {
        let before = self.used().await;
        let started = Instant::now();
        let answer = work.await?;
        let wall = started.elapsed();
        let after = self.used().await;
        let cpu = before
            .zip(after)
            .map(|(before, after)| after.saturating_sub(before));
        Ok((answer, Taken { wall, cpu }))
    }
}

/// Times of the same thing, several times over.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Taken>);

impl Times {
    /// Times `work` once more, on the clock only.
    pub async fn time<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let started = Instant::now();
        let answer = work.await?;
        self.add(started.elapsed());
        Ok(answer)
    }

    /// One more.
    pub fn add(&mut self, took: impl Into<Taken>) {
        self.0.push(took.into());
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
        let wall = self.0.iter().map(|taken| taken.wall).collect();
        ranked(wall, percent).unwrap_or_default()
    }

    /// The processor time in the middle, in milliseconds.
    pub fn cpu(&self) -> Option<f64> {
        ranked(self.0.iter().filter_map(|taken| taken.cpu).collect(), 50)
    }
}

fn ranked(mut times: Vec<Duration>, percent: usize) -> Option<f64> {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(rank).map(|took| took.as_secs_f64() * 1000.0)
}
