//! A system that keeps no log of acts: what was done and not heard of is not done twice, and nobody
//! else is blamed for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{ItemResult, Outcome, Write};
use dlqtop::data::worker::Writer;
use support::database::Database;
use support::proxy::{Loses, Proxy};
use uuid::Uuid;

use crate::workshop::{jobs, note, redo, site, with};

const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a write of which these answers are lost.
async fn carried_out(db: &Database, loses: Loses, write: &Write) -> Outcome {
    let proxy = Proxy::to(&db.options, loses).await;
    let site = site(db, &proxy.options).await;
    let mut writer = Writer::new(site, "ana".to_owned()).with_timeout(PATIENCE);
    let outcome = writer.carry_out(write).await;
    assert_eq!(proxy.lost(), 1);
    outcome
}

fn first() -> Loses {
    Arc::new(|nth| nth == 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_that_is_what_was_wanted_is_done_though_its_answer_was_lost() {
    let db = with(1).await;
    let write = redo(&jobs(&db).await);
    let outcome = carried_out(&db, first(), &write).await;
    let done = ItemResult::Done {
        now: "waiting".into(),
    };
    assert_eq!(outcome.items[0].result, done);
    let version: i32 = db.one("select version from workshop_jobs").await;
    assert_eq!(version, 2, "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_gone_on_since_is_unknown_and_not_changed_by_somebody() {
    let db = with(1).await;
    db.run(
        "create function begin_at_once() returns trigger language plpgsql as $$
         begin new.state := 'turning'; return new; end $$;
         create trigger begin_at_once before update on workshop_jobs
         for each row when (new.state = 'waiting') execute function begin_at_once()",
    )
    .await;
    let write = redo(&jobs(&db).await);
    let outcome = carried_out(&db, first(), &write).await;
    assert_eq!(outcome.items[0].result, ItemResult::Unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_whose_answer_was_lost_is_not_written_twice() {
    let db = with(1).await;
    let job = jobs(&db).await[0];
    let outcome = carried_out(&db, first(), &note(job)).await;
    assert_eq!(outcome.items[0].result, ItemResult::Unknown);
    let notes: Vec<String> = db.one("select notes from workshop_jobs").await;
    assert_eq!(notes, ["ana: a new tool"]);
}

#[tokio::test]
async fn what_somebody_else_changed_is_said_to_be_changed() {
    let db = with(1).await;
    let write = redo(&jobs(&db).await);
    db.run("update workshop_jobs set state = 'scrapped'").await;
    let site = site(&db, &db.options).await;
    let outcome = Writer::new(site, "ana".to_owned()).carry_out(&write).await;
    let ItemResult::Changed { now, .. } = &outcome.items[0].result else {
        panic!("{outcome:?}")
    };
    assert_eq!(now.as_str(), "scrapped");
}

/// A folder for journals.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("workshop-{}", Uuid::now_v7()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_done_again_with_answers_lost_and_nothing_is_left_to_take_up() {
    let db = with(60).await;
    let proxy = Proxy::to(&db.options, Arc::new(|nth| nth % 20 == 7)).await;
    let site = site(&db, &proxy.options).await;
    let writer = Writer::new(site, "ana".to_owned()).with_timeout(PATIENCE);
    let mut bulk = Bulk::new(writer.with_journal(Some(folder()), "workshop"));
    let write = redo(&jobs(&db).await);
    let outcome = bulk
        .carry_out(&write, &StopSignals::default(), &mut |_| {})
        .await;
    assert!(proxy.lost() >= 3, "{}", proxy.lost());
    assert_eq!(outcome.tally().done, 60, "{:?}", outcome.tally());
    let once: i64 = db
        .one("select count(*) from workshop_jobs where version = 2 and state = 'waiting'")
        .await;
    assert_eq!(once, 60);
    assert_eq!(bulk.unfinished().await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_canary_that_nobody_could_judge_is_refused_before_anything_is_sent() {
    let db = with(3).await;
    let site = site(&db, &db.options).await;
    let writer = Writer::new(site, "ana".to_owned()).with_journal(Some(folder()), "workshop");
    let mut write = redo(&jobs(&db).await);
    write.pace.canary = Some(Duration::from_secs(5));
    let mut bulk = Bulk::new(writer);
    let outcome = bulk
        .carry_out(&write, &StopSignals::default(), &mut |_| {})
        .await;
    let ItemResult::Untried { why } = &outcome.items[0].result else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        why.as_str(),
        "Workshop does not report the outcome of a retried job: no canary can go first"
    );
    let broken: i64 = db
        .one("select count(*) from workshop_jobs where state = 'broken'")
        .await;
    assert_eq!((broken, outcome.tally().untried), (3, 3));
}
