//! Polls that are asked for one by one, and what failed of each.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::model::{LatestPoll, PollResult, RowsWanted, Snapshot, TaskId};
use dlqtop::data::poller::schedule::Budget;
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A poller that polls when it is asked to, once for having been started, and never else.
pub struct Polls {
    newest: watch::Receiver<LatestPoll>,
    follow: watch::Sender<Option<TaskId>>,
    wake: Arc<Notify>,
    _kept: (watch::Sender<RowsWanted>, DropGuard),
}

impl Polls {
    pub async fn start(options: &PgConnectOptions) -> Self {
        let (newest, heard) = watch::channel(None);
        let (follow, followed) = watch::channel(None);
        let (reach, reached) = watch::channel(RowsWanted::default());
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let wires = PollerChannels {
            newest,
            follow: followed,
            reach: reached,
            wake: Arc::clone(&wake),
            stop: stop.clone(),
        };
        let polling = PollOptions {
            every: Duration::from_hours(1),
            budget: Budget::Off,
            ..PollOptions::default()
        };
        tokio::spawn(poller::run(options.clone(), polling, wires));
        let mut polls = Self {
            newest: heard,
            follow,
            wake,
            _kept: (reach, stop.drop_guard()),
        };
        polls.heard().await;
        polls
    }

    /// All panes, the log, and the detail of this task; or what of them failed.
    pub async fn one(&mut self, task: TaskId) -> Result<Arc<Snapshot>, String> {
        self.follow.send_if_modified(|followed| {
            *followed = Some(task);
            // The poller hears of it with the next word, so that there is one poll and not two.
            false
        });
        self.wake.notify_one();
        match self.heard().await {
            PollResult::Snapshot(snapshot) => match broken(&snapshot) {
                Some(error) => Err(error),
                None => Ok(snapshot),
            },
            PollResult::Unreachable { error, .. } => Err(error.one_line()),
        }
    }

    async fn heard(&mut self) -> PollResult {
        self.newest.changed().await.unwrap();
        self.newest.borrow_and_update().clone().unwrap()
    }
}

fn broken(snapshot: &Snapshot) -> Option<String> {
    let detail = snapshot.detail.as_ref();
    let errors = [
        snapshot.counts.as_ref().err(),
        snapshot.staleness.as_ref().err(),
        snapshot.queue.as_ref().err(),
        snapshot.stats.as_ref().err(),
        snapshot.log.as_ref().err(),
        detail.and_then(|(_, detail)| detail.as_ref().err()),
    ];
    let error = errors.into_iter().flatten().next();
    error.map(|error| error.one_line())
}
