//! Until another session stands before a lock.

use std::time::Duration;

use support::database::Database;
use support::eventually::eventually;

/// Waits until somebody waits for a lock, and says whether anybody ever did.
pub async fn somebody_waits(db: &Database) -> bool {
    let waiting = "select exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock')";
    let waits = eventually(Duration::from_secs(20), async || {
        db.one::<bool>(waiting).await.then_some(())
    });
    waits.await.is_some()
}
