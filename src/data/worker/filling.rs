//! Stores the fingerprints of what polls find unread, a round at a time, so that an act never waits long. Only a
//! dashboard that may write does it; who only looks reads what is missing itself.

use std::future::pending;
use std::sync::Arc;

use sqlx::Executor as _;
use tokio::sync::watch;

use super::writer::{ACT_LIMIT, Writer, begin};
use crate::data::error::QueryContext as _;
use crate::data::model::{LatestPoll, PollResult};
use crate::data::native::fingerprints::{DOING, ROUND, store_round};

/// Waits for polls that find something unread.
pub(super) struct Filler {
    newest: watch::Receiver<LatestPoll>,
}

impl Filler {
    pub(super) const fn new(newest: watch::Receiver<LatestPoll>) -> Self {
        Self { newest }
    }

    async fn due(&mut self) {
        loop {
            if self.newest.changed().await.is_err() {
                // Nobody polls any more.
                return pending().await;
            }
            if is_unread(&self.newest.borrow_and_update()) {
                return;
            }
        }
    }
}

/// Waits until something is to be stored, if anything ever is.
pub(super) async fn due(filler: &mut Option<Filler>) {
    match filler {
        Some(filler) => filler.due().await,
        None => pending().await,
    }
}

fn is_unread(newest: &LatestPoll) -> bool {
    let Some(PollResult::Snapshot(snapshot)) = newest else {
        return false;
    };
    let groups = snapshot.error_groups.as_ref();
    groups.is_ok_and(|groups| groups.unread)
}

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
