//! After a sweep, the fingerprints of the entries that it opened, and of others that nobody has stored.

use std::time::{Duration, Instant};

use sqlx::Executor as _;
use tokio_util::sync::CancellationToken;

use super::{CHUNK_LIMIT, Sweeper};
use crate::data::connection::sql::sql;
use crate::data::error::QueryContext as _;
use crate::data::native::fingerprints::{DOING, ROUND, store_round};

/// How long a detector stores fingerprints after each sweep; what is left waits for the next.
const AFTER_A_SWEEP: Duration = Duration::from_secs(5);

impl Sweeper {
    /// Stores fingerprints, unless this detector only looks. That it cannot is no failure of the sweep.
    pub(super) async fn store_fingerprints(&mut self, stop: &CancellationToken) {
        let begun = Instant::now();
        let mut more = !self.sweeping.dry_run;
        while more && !stop.is_cancelled() && begun.elapsed() < AFTER_A_SWEEP {
            let stored = self
                .connection
                .run(DOING, CHUNK_LIMIT, async |db| {
                    db.execute("begin").await.while_doing(DOING)?;
                    db.execute(sql!("session/sweep_limits"))
                        .await
                        .while_doing(DOING)?;
                    let more = store_round(db, ROUND).await?;
                    db.execute("commit").await.while_doing(DOING)?;
                    Ok(more)
                })
                .await;
            more = stored.unwrap_or_else(|error| {
                tracing::warn!(error = %error.one_line(), "fingerprints were not stored");
                false
            });
        }
    }
}
