//! The outages of the systems that the fleet calls. They end.

use std::time::Duration;

use fastrand::Rng;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::data::error::DataError;
use crate::demo::fleet::background_task::{BackgroundTask, between};
use crate::demo::history::populate::clock;

/// Who is hit, in proportion.
const HIT: [&str; 8] = [
    "payments",
    "payments",
    "payments",
    "orders",
    "crm",
    "media",
    "notifications",
    "orders",
];

/// A system is down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::demo) struct Outage {
    /// Whose system.
    pub(in crate::demo) namespace: &'static str,
    /// Since when, in Unix milliseconds of the database's clock. Only tasks that were created
    /// later suffer: an operator who retries an older one is not made to wait for the end.
    pub(in crate::demo) began_ms: u64,
}

/// Makes outages and ends them.
#[derive(Debug)]
pub(in crate::demo) struct Outages {
    pool: PgPool,
    rng: Rng,
    present: watch::Sender<Option<Outage>>,
    first: bool,
}

impl Outages {
    pub(in crate::demo) fn new(
        pool: PgPool,
        rng: Rng,
        present: watch::Sender<Option<Outage>>,
    ) -> Self {
        Self {
            pool,
            rng,
            present,
            first: true,
        }
    }
}

impl BackgroundTask for Outages {
    fn title(&self) -> &'static str {
        "weather"
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        if std::mem::take(&mut self.first) {
            return Ok(between(&mut self.rng, 20.0, 40.0));
        }
        if let Some(over) = self.present.send_replace(None) {
            tracing::info!(namespace = over.namespace, "outage is over");
            return Ok(between(&mut self.rng, 90.0, 200.0));
        }
        let began_ms = clock(&self.pool).await?.timestamp_millis();
        let outage = Outage {
            namespace: self.rng.choice(HIT).unwrap_or(HIT[0]),
            began_ms: u64::try_from(began_ms).unwrap_or(0),
        };
        tracing::info!(namespace = outage.namespace, "outage begins");
        self.present.send_replace(Some(outage));
        Ok(between(&mut self.rng, 50.0, 110.0))
    }
}
