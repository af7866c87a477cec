//! The reading task: what it brings, what it survives, and that it cannot write.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::connection::transaction::begin;
use dlqtop::data::model::{LatestPoll, PollResult, RowsWanted, Snapshot, TaskId};
use dlqtop::data::poller::schedule::Budget;
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use dlqtop::data::source::Source;
use sqlx::Executor as _;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A poller that runs for as long as the test.
pub struct Polls {
    newest: watch::Receiver<LatestPoll>,
    pub follow: watch::Sender<Option<TaskId>>,
    pub reach: watch::Sender<RowsWanted>,
    pub wake: Arc<Notify>,
    pub stop: CancellationToken,
    pub task: Option<JoinHandle<()>>,
}

impl Polls {
    /// Ten times a second, whatever it costs.
    pub fn start(options: &PgConnectOptions) -> Self {
        Self::within(options, Budget::Off)
    }

    pub fn within(options: &PgConnectOptions, budget: Budget) -> Self {
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
            every: Duration::from_millis(100),
            budget,
            statement_limit: Duration::from_secs(2),
            replica: false,
        };
        let task = tokio::spawn(poller::run(options.clone(), polling, wires));
        Self {
            newest: heard,
            follow,
            reach,
            wake,
            stop,
            task: Some(task),
        }
    }

    /// The first answer from now on that `wanted` accepts.
    pub async fn until<T>(&mut self, wanted: impl Fn(&PollResult) -> Option<T>) -> T {
        let found = async {
            loop {
                self.newest.changed().await.unwrap();
                let heard = self.newest.borrow_and_update().clone().unwrap();
                if let Some(found) = wanted(&heard) {
                    return found;
                }
            }
        };
        timeout(Duration::from_secs(30), found).await.unwrap()
    }

    pub async fn snapshot(&mut self) -> Arc<Snapshot> {
        self.until(|heard| match heard {
            PollResult::Snapshot(snapshot) => Some(Arc::clone(snapshot)),
            PollResult::Unreachable { .. } => None,
        })
        .await
    }
}

impl Drop for Polls {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn a_poll_brings_every_part_and_the_task_that_is_followed() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    assert_eq!(snapshot.queue.as_ref().unwrap().rows.len(), 1);
    assert_eq!(snapshot.counts.as_ref().unwrap().pending, 1);
    assert!(snapshot.stats.is_ok() && snapshot.staleness.is_ok() && snapshot.log.is_ok());
    assert!(snapshot.detail.is_none());

    polls.follow.send_replace(Some(TaskId(dead.task)));
    polls.wake.notify_one();
    let steps = polls
        .until(|heard| match heard {
            PollResult::Snapshot(snapshot) => {
                let (_, detail) = snapshot.detail.as_ref()?;
                Some(
                    detail
                        .as_ref()
                        .unwrap()
                        .as_ref()
                        .clone()
                        .unwrap()
                        .steps
                        .len(),
                )
            }
            PollResult::Unreachable { .. } => None,
        })
        .await;
    assert_eq!(steps, 2);
}

#[tokio::test]
async fn one_broken_view_costs_one_pane() {
    let db = Database::new().await;
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    db.run("alter view v_dlq_recent_dashboard rename to gone")
        .await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    let broken = snapshot.stats.as_ref().unwrap_err().one_line();
    assert!(
        broken.contains(
            "could not read the statistics: relation \"public.v_dlq_recent_dashboard\" does not exist"
        ),
        "{broken}"
    );
    assert_eq!(snapshot.queue.as_ref().unwrap().rows.len(), 1);
    assert!(snapshot.log.is_ok(), "the part after the broken one");

    db.run("alter view gone rename to v_dlq_recent_dashboard")
        .await;
    polls
        .until(|heard| matches!(heard, PollResult::Snapshot(s) if s.stats.is_ok()).then_some(()))
        .await;
}

#[tokio::test]
async fn a_lost_connection_is_replaced_without_a_word() {
    let db = Database::new().await;
    let mut polls = Polls::start(&db.options);
    polls.snapshot().await;
    for _ in 0..3 {
        db.run(
            "select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and application_name = 'dlqtop'",
        )
        .await;
        polls.snapshot().await;
    }
}

#[tokio::test]
async fn a_statement_that_hangs_is_cancelled_on_the_server() {
    let db = Database::new().await;
    db.run(
        "alter view v_archive_statistics rename to real_one;
            create view public.v_archive_statistics as
            select r.* from real_one r, pg_sleep(60)",
    )
    .await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    let slow = snapshot.stats.as_ref().unwrap_err().one_line();
    assert!(slow.contains("statement timeout"), "{slow}");
    assert!(snapshot.queue.is_ok());
    let sleeping: i64 = db
        .one(
            "select count(*) from pg_stat_activity
              where application_name = 'dlqtop' and datname = current_database()
                and state = 'active' and now() - query_start > interval '3 seconds'",
        )
        .await;
    assert_eq!(sleeping, 0);
}

#[tokio::test]
async fn two_views_that_hang_cost_two_panes() {
    let db = Database::new().await;
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    for view in ["v_archive_statistics", "v_dlq_investigation_queue"] {
        db.run(&format!(
            "alter view {view} rename to {view}_real;
             create view public.{view} as select r.* from {view}_real r, pg_sleep(60)"
        ))
        .await;
    }
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    assert!(snapshot.stats.is_err() && snapshot.queue.is_err());
    assert!(snapshot.staleness.is_ok() && snapshot.log.is_ok() && snapshot.counts.is_ok());
}

#[tokio::test]
async fn a_refused_connection_is_said_in_words() {
    let db = Database::new().await;
    let nowhere = db.options.clone().database("no_such_database");
    let mut polls = Polls::start(&nowhere);
    let words = polls
        .until(|heard| match heard {
            PollResult::Unreachable { error, .. } => Some(error.one_line()),
            PollResult::Snapshot(_) => None,
        })
        .await;
    assert_eq!(
        words,
        "could not connect to the database: database \"no_such_database\" does not exist: \
         check the database's name, or create it"
    );
}

#[tokio::test]
async fn nothing_can_be_written_inside_a_poll() {
    let db = Database::new().await;
    let mut conn = db.pool.acquire().await.unwrap();
    begin(
        &mut conn,
        Source::native().session(),
        Duration::from_secs(1),
    )
    .await
    .unwrap();
    let refused = conn
        .execute(
            "insert into dlqtop.notes (entry, author, body) values (gen_random_uuid(), 'x', 'y')",
        )
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("read-only transaction"),
        "{refused}"
    );
}

#[tokio::test]
async fn odd_values_are_shown_and_never_fatal() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    db.run(&format!(
        "alter type dlq_reason add value 'brand_new';
         update tasker_tasks_dlq set dlq_timestamp = 'infinity';
         update tasker_workflow_steps set last_error = E'\\x1b]52;c;x\\x07 \\u202e evil',
             next_retry_at = '-infinity', last_failure_at = 'infinity';
         update tasker_tasks set created_at = '4000-01-01 BC' where task_uuid = '{}'",
        dead.task
    ))
    .await;
    db.run(
        "update tasker_tasks_dlq set dlq_reason = 'brand_new';
         insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
         select 'odd', s.at::timestamptz, '1 s', 1, 1, 0, 0, false
         from (values ('infinity'), ('-infinity'), ('4000-01-01 BC'), ('290000-01-01')) s (at)",
    )
    .await;
    let mut polls = Polls::start(&db.options);
    polls.follow.send_replace(Some(TaskId(dead.task)));
    let snapshot = polls
        .until(|heard| match heard {
            PollResult::Snapshot(snapshot) if snapshot.detail.is_some() => {
                Some(Arc::clone(snapshot))
            }
            _ => None,
        })
        .await;
    for error in [
        snapshot.counts.as_ref().err(),
        snapshot.staleness.as_ref().err(),
        snapshot.queue.as_ref().err(),
        snapshot.stats.as_ref().err(),
        snapshot.detail.as_ref().unwrap().1.as_ref().err(),
    ] {
        assert!(error.is_none(), "{}", error.unwrap().one_line());
    }
    let row = &snapshot.queue.as_ref().unwrap().rows[0];
    assert_eq!(row.dlq_reason, "brand_new");
    assert_eq!(
        row.current_error.as_ref().unwrap().as_str(),
        "\\x1b]52;c;x\\x07 \\u{202e} evil"
    );
}
