//! Stores samples of the queue in the companion schema of a system that does not record what was closed.
//! The poller reads the numbers anyway; a dashboard that may write stores them once a minute.

use std::sync::Arc;

use sqlx::Executor as _;

use super::sampler::Reading;
use super::writer::{ACT_LIMIT, Writer, begin};
use crate::data::companion::{keep_sample, keep_sightings};
use crate::data::error::QueryContext as _;

const DOING: &str = "keep a sample";
impl Writer {
    /// Stores a sample, and which messages wait. A missing one shows as a gap in the curve.
    pub(super) async fn keep_sample(&mut self, reading: Reading) {
        if !self.site.source.companion.may_write() {
            return;
        }
        let source = Arc::clone(&self.site.source);
        let kept = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, &source, None).await?;
                if let Some(sample) = reading.sample {
                    keep_sample(db, &source, reading.at, sample).await?;
                }
                keep_sightings(db, &source, reading.at, &reading.sightings).await?;
                db.execute("commit").await.while_doing(DOING)
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(error = %error.one_line(), "a sample is missing");
        }
    }
}
