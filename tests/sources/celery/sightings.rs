//! Since when messages wait whose broker does not tell: by the samples of the companion schema.

use dlqtop::data::messages::command::{Command, Report};
use dlqtop::data::model::{LatestPoll, PollResult, RowsWanted};
use dlqtop::data::worker::{self, Rights, WorkerChannels};
use support::dlqtop::asked;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::looking::poll;

const LIMIT: Duration = Duration::from_secs(20);

/// The writing part of a dashboard, which is shown one poll; ends once it has kept so many samples.
async fn dashboard_that_keeps(jobs: &Jobs, many: i64) {
    let snapshot = poll(&jobs.site, None).await;
    let (newest, polls) = watch::channel::<LatestPoll>(None);
    let (_commands, asked) = mpsc::channel::<Command>(1);
    let (done, _reports) = mpsc::channel::<Report>(1);
    let stop = CancellationToken::new();
    let wires = WorkerChannels {
        asked,
        done,
        follow: watch::channel(None).0,
        reach: watch::channel(RowsWanted::default()).0,
        questions: mpsc::channel(1).0,
        outcomes: mpsc::channel(1).0,
        wake: Arc::new(Notify::new()),
        stop: stop.clone(),
    };
    let writer = Writer::new(jobs.site.clone(), "ana".to_owned()).with_samples(polls);
    let worker = tokio::spawn(worker::run(wires, Rights::Always(Box::new(writer))));
    newest.send_replace(Some(PollResult::Snapshot(snapshot)));
    let there = eventually(LIMIT, async || {
        let kept: i64 = jobs.db.one("select count(*) from dlqtop.samples").await;
        (kept == many).then_some(())
    });
    there.await.unwrap();
    stop.cancel();
    worker.await.unwrap();
}

/// A queue with messages as kombu has them, and the companion schema.
async fn furnished() -> Jobs {
    let jobs = Jobs::new().await;
    jobs.db
        .run(
            "insert into kombu_queue (id, name) values (1, 'llm');
             insert into kombu_message (payload, queue_id) values ('{}', 1), ('{}', 1), ('{}', 1)",
        )
        .await;
    let installed = asked(&jobs.db.url(), &["install", "--yes"]);
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let site = attach(&jobs.db, Given::default()).await;
    Jobs { site, ..jobs }
}

const LATER: &str = "update dlqtop.samples set at = at - interval '20 minutes'";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_waited_at_least_since_it_was_first_seen() {
    let jobs = furnished().await;
    let llm = async || jobs.fleet().await.queues[0].clone();
    assert_eq!((llm().await.depth, llm().await.at_least_seconds), (3, None));
    dashboard_that_keeps(&jobs, 1).await;
    jobs.db.run(LATER).await;
    let queue = llm().await;
    let seconds = queue.at_least_seconds.unwrap();
    assert!((1_200.0..1_260.0).contains(&seconds), "{seconds}");
    assert_eq!(queue.oldest(|_| "20m".to_owned()), "≥20m");
    let alert = jobs.alert("waiting").await;
    assert!(alert.over, "{alert:?}");
    assert_eq!(alert.text.as_str(), "llm: oldest message at least 20m");
    let shown = asked(&jobs.db.url(), &["workers"]);
    assert!(shown.stdout.contains("≥20m"), "{shown:?}");

    // Those that were there are taken; one that came since then was not seen.
    jobs.db
        .run(
            "update kombu_message set visible = false, timestamp = now();
             insert into kombu_message (payload, queue_id) values ('{}', 1)",
        )
        .await;
    assert_eq!((llm().await.depth, llm().await.at_least_seconds), (1, None));
    assert!(!jobs.alert("waiting").await.over);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_began_anew_say_nothing_of_what_was_seen_before() {
    let jobs = furnished().await;
    dashboard_that_keeps(&jobs, 1).await;
    jobs.db.run(LATER).await;
    jobs.db
        .run(
            "truncate kombu_message;
             select setval('message_id_sequence', 1, false);
             insert into kombu_message (payload, queue_id) values ('{}', 1)",
        )
        .await;
    dashboard_that_keeps(&jobs, 2).await;
    let queue = jobs.fleet().await.queues[0].clone();
    let seconds = queue.at_least_seconds.unwrap();
    assert!(seconds < 60.0, "{seconds}");
    assert!(!jobs.alert("waiting").await.over);
}
