//! How the queue stood is kept beside a system that forgets what was closed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dlqtop::data::messages::command::{Command, Report};
use dlqtop::data::model::{
    Counts, FlowBucket, LatestPoll, PollResult, Reading, Sample, Snapshot, Stats,
};
use dlqtop::data::reads::queries;
use dlqtop::data::source::{Site, Source};
use dlqtop::data::worker::{self, Rights, WorkerChannels, Writer};
use sqlx::postgres::PgConnectOptions;
use support::eventually::eventually;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::scene::{NOTE, Shop, on};
use crate::looking::poll;

const LIMIT: Duration = Duration::from_secs(20);

/// The part of a dashboard that writes, with polls that are put before it.
struct Dashboard {
    newest: watch::Sender<LatestPoll>,
    commands: mpsc::Sender<Command>,
    reports: mpsc::Receiver<Report>,
    stop: CancellationToken,
    worker: JoinHandle<()>,
    poll: Arc<Snapshot>,
}

impl Dashboard {
    async fn of(place: &Shop) -> Self {
        let site = site(place, &place.db.options).await;
        let poll = poll(&site, None).await;
        let (newest, polls) = watch::channel(None);
        let (commands, asked) = mpsc::channel(4);
        let (done, reports) = mpsc::channel(4);
        let stop = CancellationToken::new();
        let wires = WorkerChannels {
            asked,
            done,
            follow: watch::channel(None).0,
            reach: watch::channel(dlqtop::data::model::RowsWanted::default()).0,
            questions: mpsc::channel(1).0,
            outcomes: mpsc::channel(1).0,
            wake: Arc::new(Notify::new()),
            stop: stop.clone(),
        };
        let writer = Writer::new(site, "ana".to_owned()).with_samples(polls);
        let worker = tokio::spawn(worker::run(wires, Rights::Always(Box::new(writer))));
        Self {
            newest,
            commands,
            reports,
            stop,
            worker,
            poll,
        }
    }

    /// A poll that has found this.
    fn show(&self, at: DateTime<Utc>, sample: Option<Sample>) {
        let stats = self.poll.stats.as_ref().unwrap();
        let stats = Ok(Arc::new(Stats {
            sample,
            ..(**stats).clone()
        }));
        let stats_read = Reading {
            at,
            ..self.poll.stats_read
        };
        let snapshot = Snapshot {
            stats,
            stats_read,
            ..(*self.poll).clone()
        };
        (self.newest).send_replace(Some(PollResult::Snapshot(Arc::new(snapshot))));
    }

    async fn close(self) {
        self.stop.cancel();
        self.worker.await.unwrap();
    }
}

async fn site(shop: &Shop, options: &PgConnectOptions) -> Site {
    Site {
        options: options.clone(),
        source: shop.source_as(options).await,
    }
}

/// What was kept, oldest first: minutes after `from`, what was open, what came and what was closed.
async fn kept(shop: &Shop, from: DateTime<Utc>) -> Vec<(i64, i64, Option<i64>, Option<i64>)> {
    sqlx::query_as(
        "select (extract(epoch from at - $1) / 60)::int8, pending, arrived, resolved
         from dlqtop.samples where source = 'shop' order by at",
    )
    .bind(from)
    .fetch_all(&shop.db.pool)
    .await
    .unwrap()
}

/// Waits until there are so many.
async fn until(shop: &Shop, many: i64) {
    let there = eventually(LIMIT, async || {
        let found: i64 = shop.db.one("select count(*) from dlqtop.samples").await;
        (found == many).then_some(())
    });
    there.await.unwrap();
}

/// Waits until so many have tried to keep one.
async fn tried(shop: &Shop, many: usize) {
    let tried = eventually(LIMIT, async || {
        let sent = shop.db.statements_of("dlqtop");
        let keeping = |(_, sql): &&(String, String)| sql.contains("insert into dlqtop.samples");
        (sent.iter().filter(keeping).count() >= many).then_some(())
    });
    tried.await.unwrap();
}

async fn told(shop: &Shop, source: &Source) -> (Counts, Stats) {
    let mut db = shop.db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut db, source).await.unwrap();
    (counts, queries::stats(&mut db, source).await.unwrap())
}

/// The beginning of five minutes, half an hour ago or a little more.
async fn half_an_hour_ago(shop: &Shop) -> DateTime<Utc> {
    (shop.db)
        .one("select date_bin('5 minutes', now(), 'epoch') - interval '30 minutes'")
        .await
}

/// What is open after so many minutes, and what of it is fresh; in the five minutes before.
fn sample(from: DateTime<Utc>, minute: i64, [pending, fresh, fresh_before]: [i64; 3]) -> Sample {
    Sample {
        bucket: from + TimeDelta::minutes(minute / 5 * 5),
        pending,
        fresh,
        fresh_before,
    }
}

/// An hour that somebody has looked at all along: two came and one was closed each five minutes.
async fn an_hour(shop: &Shop) {
    shop.db
        .run(
            "insert into dlqtop.samples
             select 'shop', at, date_bin('5 minutes', at, 'epoch'), 20, 0, 2, 1
             from generate_series(now() - interval '59 minutes', now(), interval '5 minutes') at",
        )
        .await;
}

/// Shows these to a dashboard, each once the one before is kept.
async fn sit_through(shop: &Shop, from: DateTime<Utc>, readings: &[(i64, [i64; 3])]) {
    let dashboard = Dashboard::of(shop).await;
    for (n, (minute, found)) in (1..).zip(readings) {
        let at = from + TimeDelta::minutes(*minute);
        dashboard.show(at, Some(sample(from, *minute, *found)));
        until(shop, n).await;
    }
    dashboard.close().await;
}

const READINGS: [(i64, [i64; 3]); 6] = [
    (1, [10, 2, 0]),
    (2, [12, 5, 0]),
    // One of the fresh ones was retried, and three others.
    (4, [8, 4, 0]),
    // Two more came in the old five minutes, one in the new.
    (6, [9, 1, 6]),
    // Nobody looked for so long that nothing can be told.
    (17, [9, 0, 0]),
    // More has come than the system says: it was retried before anybody looked.
    (18, [20, 1, 0]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_came_and_what_was_closed_follows_from_how_it_stood() {
    let shop = Shop::furnished(3).await;
    let from = half_an_hour_ago(&shop).await;
    sit_through(&shop, from, &READINGS).await;
    assert_eq!(
        kept(&shop, from).await,
        [
            (1, 10, None, None),
            (2, 12, Some(3), Some(1)),
            (4, 8, Some(0), Some(4)),
            (6, 9, Some(3), Some(2)),
            (17, 9, None, None),
            (18, 20, Some(11), Some(0)),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_tell_what_the_system_has_forgotten() {
    let shop = Shop::furnished(1).await;
    let from = half_an_hour_ago(&shop).await;
    let (counts, stats) = told(&shop, &*shop.source().await).await;
    assert_eq!(counts.resolved_last_hour, None);
    assert!(stats.flow.iter().all(|one| one.resolved.is_none()));
    let now: FlowBucket = *stats.flow.last().unwrap();
    assert_eq!((stats.flow.len(), now.pending), (36, 1));

    sit_through(&shop, from, &READINGS).await;
    let (counts, stats) = told(&shop, &*shop.source().await).await;
    // Nobody looked for most of that hour.
    assert_eq!(
        (counts.arrived_last_hour, counts.resolved_last_hour),
        (17, None)
    );
    let at = |minute: i64| {
        let bucket = from + TimeDelta::minutes(minute);
        let found = stats.flow.iter().find(|one| one.bucket == bucket).unwrap();
        (found.arrived, found.resolved, found.pending)
    };
    assert_eq!(at(0), (3, Some(5), 8));
    assert_eq!(at(5), (3, Some(2), 9));
    assert_eq!(at(15), (11, Some(0), 20));
    // Where there is no sample the system's own word stands.
    let (_, resolved, pending) = at(10);
    assert_eq!((resolved, pending), (None, 0));
    assert_eq!(stats.flow.last().unwrap().pending, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_keeps_what_its_polls_find_and_old_samples_go() {
    let shop = Shop::furnished(3).await;
    shop.db
        .run(
            "insert into dlqtop.samples (source, at, bucket, pending, fresh)
             select 'shop', at, at, 7, 0 from unnest(array[
                 now() - interval '8 days', now() - interval '6 days']) at",
        )
        .await;
    let dashboard = Dashboard::of(&shop).await;
    let found = dashboard.poll.stats.as_ref().unwrap().sample;
    dashboard.show(dashboard.poll.stats_read.at, found);
    let pending = eventually(LIMIT, async || {
        let rows = kept(&shop, dashboard.poll.taken_at).await;
        let pending: Vec<i64> = rows.iter().map(|row| row.1).collect();
        (pending.len() == 2 && pending[1] == 3).then_some(pending)
    });
    assert_eq!(pending.await, Some(vec![7, 3]));
    dashboard.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_dashboards_one_keeps_a_sample_and_none_within_a_minute() {
    let shop = Shop::furnished(1).await;
    let name = shop.db.options.get_database().unwrap().to_owned();
    (shop.db)
        .run(&format!("alter database {name} set log_statement = 'all'"))
        .await;
    let from = half_an_hour_ago(&shop).await;
    let mut dashboards = Vec::new();
    for _ in 0..4 {
        dashboards.push(Dashboard::of(&shop).await);
    }
    for (n, minute) in (1..).zip([1, 2, 3]) {
        for (late, dashboard) in (0..).zip(&dashboards) {
            let at = from + TimeDelta::minutes(minute) + TimeDelta::seconds(late);
            dashboard.show(at, Some(sample(from, minute, [10 - minute, 0, 0])));
        }
        tried(&shop, n * dashboards.len()).await;
    }
    for dashboard in dashboards {
        dashboard.close().await;
    }
    let kept = kept(&shop, from).await;
    let resolved: i64 = kept.iter().filter_map(|row| row.3).sum();
    assert_eq!((kept.len(), resolved), (3, 2), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_keeps_none_and_reads_those_of_others() {
    let shop = Shop::furnished(3).await;
    an_hour(&shop).await;
    let reader = shop
        .role(
            "shop_watcher",
            "grant select on all tables in schema public to shop_watcher;
             grant usage on schema dlqtop to shop_watcher;
             grant select on all tables in schema dlqtop to shop_watcher",
        )
        .await;
    let snapshot = poll(&site(&shop, &reader).await, None).await;
    let stats = snapshot.stats.as_ref().unwrap();
    assert_eq!(stats.sample, None);
    let counts = snapshot.counts.as_ref().unwrap();
    assert_eq!(
        (counts.arrived_last_hour, counts.resolved_last_hour),
        (24, Some(12))
    );
    let writer = poll(&site(&shop, &shop.db.options).await, None).await;
    assert!(writer.stats.as_ref().unwrap().sample.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_go_on_although_no_sample_can_be_kept() {
    let shop = Shop::furnished(1).await;
    let mut dashboard = Dashboard::of(&shop).await;
    let from = half_an_hour_ago(&shop).await;
    shop.db
        .run("alter table dlqtop.samples add check (pending < 100) not valid")
        .await;
    dashboard.show(from, Some(sample(from, 0, [100, 0, 0])));
    let note = on(1, NOTE);
    (dashboard.commands)
        .send(Command::Write(Box::new(note)))
        .await
        .unwrap();
    let done = tokio::time::timeout(LIMIT, dashboard.reports.recv()).await;
    let Some(Report::Ended(outcome)) = done.unwrap() else {
        panic!("the act was not reported");
    };
    assert_eq!(outcome.tally().done, 1, "{outcome:?}");
    // The next one is kept.
    let later = from + TimeDelta::minutes(1);
    dashboard.show(later, Some(sample(from, 1, [99, 0, 0])));
    until(&shop, 1).await;
    dashboard.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_a_condition_is_not_fine() {
    let bare = Shop::with(1).await;
    let asked = ["check", "--fail-if", "resolved<1"];
    let hint = "Shop keeps no record of what was closed";
    bare.asked(&asked)
        .expect_complaint(2, &[hint, "dlqtop install"]);
    let shop = Shop::furnished(1).await;
    (shop.asked(&asked)).expect_complaint(3, &["too few recent samples", "dashboard"]);
    an_hour(&shop).await;
    let answer = shop.asked(&["check", "--fail-if", "resolved<1", "--fail-if", "pending>9"]);
    assert_eq!(answer.expect_answer().lines().count(), 2, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_counted_before_they_are_taken_away() {
    let shop = Shop::furnished(1).await;
    sit_through(&shop, half_an_hour_ago(&shop).await, &READINGS).await;
    let would = shop.asked(&["uninstall", "--dry-run"]);
    let said = "0 lines of the log, 6 samples";
    assert!(would.expect_answer().contains(said), "{would:?}");
    shop.asked(&["uninstall", "--yes"]).expect_answer();
    let (counts, stats) = told(&shop, &*shop.source().await).await;
    assert_eq!((counts.resolved_last_hour, stats.sample), (None, None));
}
