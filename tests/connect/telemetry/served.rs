//! A server with its poller, as the program starts them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use dlqtop::data::native::sweep::{SweepOptions, Sweeper};
use dlqtop::data::poller::{self, PollOptions};
use dlqtop::detector;
use dlqtop::detector::status::Status;
use dlqtop::telemetry::{Meters, server};
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use support::eventually::eventually;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::exposition::Scrape;
use super::http::get;

/// Between two polls.
pub const EVERY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(30);

/// The clock that last sweeps are told by.
pub fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// A server at work.
pub struct Served {
    pub address: SocketAddr,
    pub meters: Meters,
    options: PgConnectOptions,
    status: watch::Sender<Status>,
    _follow: watch::Sender<Option<dlqtop::data::model::TaskId>>,
    _reach: watch::Sender<dlqtop::data::model::RowsWanted>,
    _stop: DropGuard,
}

impl Served {
    pub async fn start(options: &PgConnectOptions) -> Self {
        let stop = CancellationToken::new();
        let (newest, polls) = watch::channel(None);
        let (follow, followed) = watch::channel(None);
        let (reach, reached) = watch::channel(dlqtop::data::model::RowsWanted::default());
        let (status, detector) = watch::channel(Status::default());
        let polling = PollOptions {
            every: EVERY,
            budget: dlqtop::data::poller::schedule::Budget::Off,
            ..PollOptions::default()
        };
        let channels = poller::PollerChannels {
            newest,
            follow: followed,
            reach: reached,
            wake: Arc::new(Notify::new()),
            stop: stop.clone(),
        };
        tokio::spawn(poller::run(options.clone(), polling, channels));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let meters = Meters::new().unwrap();
        let channels = server::Channels {
            meters: meters.clone(),
            polls,
            every: EVERY,
            detector,
            source: "tasker".to_owned(),
            clock: noon,
            stop: stop.clone(),
        };
        tokio::spawn(server::run(listener, channels));
        Self {
            address,
            meters,
            options: options.clone(),
            status,
            _follow: follow,
            _reach: reach,
            _stop: stop.drop_guard(),
        }
    }

    /// Runs a detector until its first sweep has ended well, or failed.
    pub async fn detect(&self, dry_run: bool) -> Status {
        let stop = CancellationToken::new();
        let sweeping = SweepOptions {
            instance: "test:1".to_owned(),
            dry_run,
            budget: Duration::from_secs(30),
        };
        let channels = detector::DetectorChannels {
            status: self.status.clone(),
            clock: noon,
            meters: self.meters.clone(),
            stop: stop.clone(),
        };
        self.status.send_replace(Status::default());
        let mut heard = self.status.subscribe();
        let sweeper = Sweeper::new(&self.options, sweeping);
        let running = tokio::spawn(detector::run(sweeper, EVERY, channels));
        let swept = heard.wait_for(|status| {
            let failing = matches!(status.phase, detector::status::Phase::Failing(_));
            status.last.is_some() || failing
        });
        let status = timeout(PATIENCE, swept).await.unwrap().unwrap().clone();
        stop.cancel();
        running.await.unwrap();
        status
    }

    pub async fn scrape(&self) -> Scrape {
        let answer = get(self.address, "/metrics").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.headers["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        Scrape::parse(&answer.body)
    }

    /// Scrapes until this holds.
    pub async fn scrape_until(&self, wanted: impl Fn(&Scrape) -> bool) -> Scrape {
        let found = eventually(PATIENCE, async || {
            let scrape = self.scrape().await;
            wanted(&scrape).then_some(scrape)
        });
        match found.await {
            Some(scrape) => scrape,
            None => panic!("{:#?}", self.scrape().await),
        }
    }
}

/// A database in which something of every kind is stuck: each state and time bucket, each thing
/// that a template may want done, and a task that nothing can be done to.
pub async fn all_kinds_of_stuck() -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    db.blocked("card_declined").await;
    db.in_state_since("steps_in_process", 100.0).await;
    db.in_state_since("waiting_for_retry", 200.0).await;
    db.in_state_since("waiting_for_dependencies", 500.0).await;
    let refused = db.in_state_since("steps_in_process", 90.0).await;
    db.run(&format!(
        "create function boom() returns trigger language plpgsql security definer as $$ begin
             if new.task_uuid = '{refused}' then raise exception 'disk full'; end if;
             return new; end $$;
         create trigger boom before insert on tasker_tasks_dlq for each row execute function boom()"
    ))
    .await;
    for (name, lifecycle) in [
        ("no_dlq", r#"{"auto_dlq_on_timeout": false}"#),
        ("no_fail", r#"{"auto_fail_on_timeout": false}"#),
    ] {
        db.template_named(name, lifecycle, "[]").await;
        let task = db
            .one(&format!("select dlqtop.create_task('pay', '{name}')"))
            .await;
        db.run(&format!(
            "update tasker_task_transitions set to_state = 'steps_in_process'
             where most_recent and task_uuid = '{task}'"
        ))
        .await;
        db.date_back(task, 100.0).await;
    }
    db
}
