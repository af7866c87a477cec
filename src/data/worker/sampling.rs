//! Keeps how the queue stands, beside a system that forgets what was closed. The poller reads it
//! anyway; one who may write keeps it, and not more than once a minute.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::Executor as _;

use super::writer::{ACT_LIMIT, Writer, begin};
use crate::data::companion::keep_sample;
use crate::data::error::QueryContext as _;
use crate::data::model::Sample;

const DOING: &str = "keep a sample";
impl Writer {
    /// Keeps it. That one is missing is told by the gap in the curve.
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
