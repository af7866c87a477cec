//! Stores samples of the queue in the companion schema of a system that does not record what was closed.
//! The poller reads the numbers anyway; a dashboard that may write stores them once a minute.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::Executor as _;

use super::writer::{ACT_LIMIT, Writer, begin};
use crate::data::companion::keep_sample;
use crate::data::error::QueryContext as _;
use crate::data::model::Sample;

const DOING: &str = "keep a sample";
impl Writer {
    /// Stores a sample. A missing one shows as a gap in the curve.
    pub(super) async fn keep_sample(&mut self, at: DateTime<Utc>, sample: Sample) {
        let source = Arc::clone(&self.site.source);
        let kept = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, &source, None).await?;
                keep_sample(db, &source, at, sample).await?;
                db.execute("commit").await.while_doing(DOING)
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(error = %error.one_line(), "a sample is missing");
        }
    }
}
