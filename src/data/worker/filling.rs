//! Stores the fingerprints of what polls find unread, a round at a time, so that an act never waits long. Only a
//! dashboard that may write does it; who only looks reads what is missing itself.

use std::sync::Arc;

use sqlx::Executor as _;

use super::writer::{ACT_LIMIT, Writer, begin};
use crate::data::error::QueryContext as _;
use crate::data::native::fingerprints::{DOING, ROUND, store_round};

impl Writer {
    /// Stores a round. A role that may not is not asked again: what is missing is scanned.
    pub(super) async fn store_fingerprints(&mut self) {
        let source = Arc::clone(&self.site.source);
        let stored = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, &source, None).await?;
                store_round(db, ROUND).await?;
                db.execute("commit").await.while_doing(DOING)
            })
            .await;
        if let Err(error) = stored {
            tracing::warn!(error = %error.one_line(), "fingerprints were not stored");
            if !error.is_connection() {
                self.filler = None;
            }
        }
    }
}
