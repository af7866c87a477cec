//! The parts of a poll, as the poller reads them.

use color_eyre::Result;
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::{LOG_WINDOW, PAGE_SIZE};
use dlqtop::data::poller::schedule;
use dlqtop::data::poller::schedule::Schedule;
use dlqtop::data::reads::queries;
use dlqtop::data::source::Source;
use sqlx::postgres::PgConnection;

use crate::common::sql;

/// A part of a poll, as the poller reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The transaction around all others, and the database's clock.
    Frame,
    Counts,
    Staleness,
    Queue,
    Stats,
    Log,
}

impl Part {
    /// All, the frame first.
    pub const ALL: [Self; 6] = [
        Self::Frame,
        Self::Counts,
        Self::Staleness,
        Self::Queue,
        Self::Stats,
        Self::Log,
    ];

    /// For the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Counts => "counts",
            Self::Staleness => "staleness",
            Self::Queue => "queue",
            Self::Stats => "stats",
            Self::Log => "log",
        }
    }

    /// In how many polls it is read once, by the poller's own schedule.
    pub fn every(self, schedule: &Schedule) -> f64 {
        let part = match self {
            Self::Frame | Self::Staleness | Self::Queue | Self::Log => schedule::Part::Lists,
            Self::Counts => schedule::Part::Counts,
            Self::Stats => schedule::Part::Stats,
        };
        f64::from(schedule.period(part))
    }

    /// The plain statement that shows about the same.
    pub const fn plain(self) -> Option<&'static str> {
        match self {
            Self::Staleness => Some(sql!("plain_staleness")),
            Self::Queue => Some(sql!("plain_queue")),
            Self::Stats => Some(sql!("plain_dashboard")),
            Self::Frame | Self::Counts | Self::Log => None,
        }
    }

    /// Reads it; how many rows came.
    pub async fn read(self, db: &mut PgConnection) -> Result<usize> {
        Ok(match self {
            Self::Frame => 0,
            Self::Counts => queries::counts(db, &Source::native()).await.map(|_| 1)?,
            Self::Staleness => {
                let first = StalenessKey::START;
                queries::staleness(db, &Source::native(), &first, i64::try_from(PAGE_SIZE)?)
                    .await?
                    .len()
            }
            Self::Queue => {
                let first = QueueKey::START;
                queries::queue(db, &Source::native(), &first, i64::try_from(PAGE_SIZE)?)
                    .await?
                    .len()
            }
            Self::Stats => queries::stats(db, &Source::native()).await?.reasons.len(),
            Self::Log => queries::log(db, &Source::native(), i64::try_from(LOG_WINDOW)?)
                .await?
                .len(),
        })
    }
}
