//! Waits for a poll that finds entries whose fingerprints are not stored.

use std::future::pending;

use tokio::sync::watch;

use crate::data::model::{LatestPoll, PollResult};

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
