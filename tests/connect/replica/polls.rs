//! Polls come from the replica, writes go to the primary, and the lag is what it is.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::messages::command::{Change, ItemResult, Pace, TaskTarget, TaskVerb, Write};
use dlqtop::data::model::{LatestPoll, PollResult, RowsWanted, Snapshot, TaskId};
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use dlqtop::data::worker::Writer;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::standby::Standby;

const POLLERS: &str = "select count(*) from pg_stat_activity
    where application_name = 'dlqtop' and datname = current_database()";

/// A poller of a replica that runs for as long as the test.
struct Polls {
    newest: watch::Receiver<LatestPoll>,
    stop: CancellationToken,
    _follow: watch::Sender<Option<TaskId>>,
    _reach: watch::Sender<RowsWanted>,
}

impl Polls {
    fn of(options: &PgConnectOptions) -> Self {
        let (newest, heard) = watch::channel(None);
        let (follow, followed) = watch::channel(None);
        let (reach, reached) = watch::channel(RowsWanted::default());
        let stop = CancellationToken::new();
        let wires = PollerChannels {
            newest,
            follow: followed,
            reach: reached,
            wake: Arc::new(Notify::new()),
            stop: stop.clone(),
        };
        let polling = PollOptions {
            budget: dlqtop::data::poller::schedule::Budget::Off,
            every: Duration::from_millis(100),
            replica: true,
            ..PollOptions::default()
        };
        tokio::spawn(poller::run(options.clone(), polling, wires));
        Self {
            newest: heard,
            stop,
            _follow: follow,
            _reach: reach,
        }
    }

    /// The first poll from now on that is as wanted.
    async fn until(&mut self, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let found = async {
            loop {
                self.newest.changed().await.unwrap();
                if let Some(PollResult::Snapshot(poll)) = self.newest.borrow_and_update().clone()
                    && wanted(&poll)
                {
                    return poll;
                }
            }
        };
        timeout(Duration::from_mins(1), found).await.unwrap()
    }
}

impl Drop for Polls {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn lag(poll: &Snapshot) -> Option<Duration> {
    poll.replica.unwrap().lag
}

fn states(poll: &Snapshot) -> Vec<&str> {
    let queue = poll.queue.as_ref().unwrap();
    queue
        .rows
        .iter()
        .map(|r| r.current_state.as_str())
        .collect()
}

/// Cancelling a task that is shown in `error`.
fn cancelling(task: Uuid) -> Write {
    let target = TaskTarget {
        task: TaskId(task),
        seen_state: "error".into(),
        label: "pay/charge".into(),
    };
    Write {
        batch: Uuid::now_v7(),
        reason: "called off".to_owned(),
        change: Change::Tasks(TaskVerb::Cancel, vec![target]),
        pace: Pace::default(),
    }
}

async fn outcome(options: &PgConnectOptions, who: &str, task: Uuid) -> ItemResult {
    let mut writer = Writer::new(options, who.to_owned());
    writer
        .carry_out(&cancelling(task))
        .await
        .items
        .remove(0)
        .result
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_are_the_replicas_and_writes_the_primarys() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let standby = Standby::of(&db).await;
    let mut polls = Polls::of(&standby.options);
    let poll = polls.until(|poll| lag(poll) == Some(Duration::ZERO)).await;
    assert!(poll.replica.is_some_and(|it| it.standby && it.receiving));
    assert_eq!(states(&poll), ["error"]);
    assert_eq!(db.one::<i64>(POLLERS).await, 0, "the primary was polled");
    assert_eq!(standby.number(POLLERS).await, 1);

    // What the primary has now is not yet seen: the lag grows, poll by poll.
    standby.run("select pg_wal_replay_pause()").await;
    let done = outcome(&db.options, "ana", dead.task).await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
    assert_eq!(db.state(dead.task).await, "cancelled");
    let behind =
        |least: f64| move |poll: &Snapshot| lag(poll).is_some_and(|lag| lag.as_secs_f64() > least);
    let poll = polls.until(behind(0.5)).await;
    assert_eq!(states(&poll), ["error"], "how did it get there?");
    let first = lag(&poll).unwrap();
    let poll = polls.until(behind(first.as_secs_f64() + 0.5)).await;
    assert!(poll.replica.is_some_and(|it| it.receiving), "only behind");

    // Whoever acts on the old row learns that it is old; nothing is written twice.
    let stale = outcome(&db.options, "bob", dead.task).await;
    let ItemResult::Changed { by, now, .. } = stale else {
        panic!("{stale:?}");
    };
    assert_eq!(by.unwrap().as_str(), "ana");
    assert_eq!(now.as_str(), "cancelled");
    let moves = "select count(*) from tasker_task_transitions where to_state = 'cancelled'";
    assert_eq!(db.one::<i64>(moves).await, 1);

    standby.run("select pg_wal_replay_resume()").await;
    polls
        .until(|poll| lag(poll) == Some(Duration::ZERO) && states(poll) == ["cancelled"])
        .await;

    standby.cut_off().await;
    let poll = polls
        .until(|poll| poll.replica.is_some_and(|it| !it.receiving))
        .await;
    let first = lag(&poll).unwrap();
    let later = polls
        .until(|poll| lag(poll).is_some_and(|lag| lag > first + Duration::from_millis(300)))
        .await;
    assert!(later.replica.is_some_and(|it| it.standby && !it.receiving));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_through_the_replica_is_refused_in_one_clear_line() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let standby = Standby::of(&db).await;
    let refused = outcome(&standby.options, "ana", dead.task).await;
    let ItemResult::Failed { why } = refused else {
        panic!("{refused:?}");
    };
    let why = why.as_str();
    assert!(why.contains("this server is a standby"), "{why}");
    assert!(why.contains("--database-url"), "{why}");
    assert!(!why.contains('\n'), "{why}");
    assert_eq!(db.state(dead.task).await, "error");
    let logged = "select count(*) from dlqtop.operator_log where actor = 'ana'";
    assert_eq!(db.one::<i64>(logged).await, 0);
}
