//! The groups of the whole queue: of any length, by whoever looks, and as the rows say.

mod who_stores;

use std::collections::BTreeMap;
use std::sync::Arc;

use dlqtop::data::fingerprint::fingerprint;
use dlqtop::data::model::{ErrorGroup, ErrorGroups, PollResult, RowsWanted, Snapshot};
use dlqtop::data::native::fingerprints::store_round;
use dlqtop::data::native::migrate;
use support::database::Database;

use crate::polling::Polls;

/// So many open entries with one failed step each, the last a minute ago; `{n}` in the error is their number.
pub async fn fail(db: &Database, count: usize, error: &str, since: &str) {
    db.run(&format!(
        "with made as materialized (
             select tasker_uuid_v7() as task, tasker_uuid_v7() as step, n
             from generate_series(1, {count}) n
         ), tasks as (
             insert into tasker_tasks (task_uuid, named_task_uuid)
             select task, (select min(named_task_uuid::text)::uuid from tasker_named_tasks) from made
         ), moved as (
             insert into tasker_task_transitions (task_uuid, to_state, most_recent, sort_key)
             select task, 'error', true, 1 from made
         ), steps as (
             insert into tasker_workflow_steps (workflow_step_uuid, task_uuid, step_name, step_number, last_error)
             select step, task, 'charge', 1, replace('{error}', '{{n}}', n::text) from made
         ), failed as (
             insert into tasker_workflow_step_transitions
                 (workflow_step_uuid, to_state, most_recent, sort_key)
             select step, 'error', true, 1 from made
         )
         insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot)
         select task, 'error', 'max_retries_exceeded',
                now() - interval '1 minute' - (1 - n::float8 / {count}) * interval '{since}', '{{}}'
         from made"
    ))
    .await;
}

/// Stores rounds of so many entries until nothing is left; how many rounds it took.
async fn store_all(db: &Database, limit: i32) -> usize {
    let mut rounds = 1;
    while round(db, limit).await {
        rounds += 1;
    }
    rounds
}

async fn round(db: &Database, limit: i32) -> bool {
    let mut session = db.pool.begin().await.unwrap();
    let more = store_round(&mut session, limit).await.unwrap();
    session.commit().await.unwrap();
    more
}

/// What a plain reading of all rows says: by step and fingerprint.
async fn counted_plainly(db: &Database) -> BTreeMap<(String, String), i64> {
    let rows: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as("select step_name, current_error from v_dlq_investigation_queue")
            .fetch_all(&db.pool)
            .await
            .unwrap();
    let mut counted = BTreeMap::new();
    for (step, error) in rows {
        let key = (
            step.unwrap_or_default(),
            fingerprint(&error.unwrap_or_default()),
        );
        *counted.entry(key).or_default() += 1;
    }
    counted
}

fn by_key(groups: &ErrorGroups) -> BTreeMap<(String, String), i64> {
    let mut counted = BTreeMap::new();
    for group in &groups.groups {
        let key = &group.key;
        let name = (key.step_name.as_str().to_owned(), key.fingerprint.clone());
        *counted.entry(name).or_default() += group.entries;
    }
    counted
}

async fn counted_in_store(db: &Database) -> BTreeMap<(String, String), i64> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "select step_name, fingerprint, sum(entries)::bigint from v_error_groups group by 1, 2",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(step, print, entries)| ((step, print), entries))
        .collect()
}

fn groups(snapshot: &Snapshot) -> &Arc<ErrorGroups> {
    snapshot.error_groups.as_ref().unwrap()
}

fn group_of<'a>(snapshot: &'a Snapshot, error: &str) -> Option<&'a ErrorGroup> {
    let print = fingerprint(error);
    (groups(snapshot).groups.iter()).find(|group| group.key.fingerprint == print)
}

async fn drift(db: &Database) -> i64 {
    db.one("select count(*) from v_drift where kept = 'group'")
        .await
}

/// A queue that is too long to be read in one poll.
const LONG: usize = 120_000;
/// The longest that is promised.
const LONGEST: usize = 1_000_000;

/// So many open entries that nobody has looked at.
async fn queue_of(entries: usize) -> Database {
    Database::filled_once(&format!("queue_of_{entries}"), async |db| {
        let mut session = db.pool.acquire().await.unwrap();
        migrate::apply(&mut session).await.unwrap();
        db.template("{}").await;
        fail(db, entries, "connection to 10.0.0.{n} refused", "30 days").await;
        db.run("analyze").await;
    })
    .await
}

#[tokio::test]
async fn a_burst_in_a_long_queue_that_nobody_stores_is_a_group_within_two_polls() {
    a_burst_is_found_by_scanning(LONG).await;
}

#[tokio::test]
async fn a_burst_in_a_long_queue_that_is_stored_is_a_group_within_two_polls() {
    a_burst_is_found_in_the_store(LONG).await;
}

#[tokio::test]
#[ignore = "takes minutes: a million entries are written"]
async fn a_burst_among_a_million_that_nobody_stores_is_a_group_within_two_polls() {
    a_burst_is_found_by_scanning(LONGEST).await;
}

#[tokio::test]
#[ignore = "takes minutes: a million entries are written and stored"]
async fn a_burst_among_a_million_that_is_stored_is_a_group_within_two_polls() {
    a_burst_is_found_in_the_store(LONGEST).await;
}

async fn a_burst_is_found_by_scanning(entries: usize) {
    let db = queue_of(entries).await;
    let mut polls = Polls::start(&db.options);
    let first = polls.snapshot().await;
    assert!(!groups(&first).whole, "not all of it is read at once");
    let before = groups(&first).read;
    fail(&db, 300, "quota of tenant {n} exceeded", "10 seconds").await;
    let mut seen = None;
    for _ in 0..2 {
        polls.wake.notify_one();
        // The poll that was under way when the burst came does not count.
        let snapshot = polls.snapshot().await;
        seen = group_of(&snapshot, "quota of tenant 7 exceeded").cloned();
        if seen.is_some() {
            break;
        }
    }
    assert!(seen.is_some(), "two polls, and no group");
    let burst = seen.unwrap();
    assert_eq!(burst.entries, 300);
    // The rest is read as well: by whichever poll has the budget for it.
    polls
        .until(|polled| match polled {
            PollResult::Snapshot(snapshot) => (groups(snapshot).read > before + 300).then_some(()),
            PollResult::Unreachable { .. } => None,
        })
        .await;
}

async fn a_burst_is_found_in_the_store(entries: usize) {
    let db = queue_of(entries).await;
    store_all(&db, 20_000).await;
    let mut polls = Polls::start(&db.options);
    let first = polls.snapshot().await;
    assert!(groups(&first).whole);
    assert_eq!(usize::try_from(groups(&first).read), Ok(entries));
    fail(&db, 300, "quota of tenant {n} exceeded", "10 seconds").await;
    polls.wake.notify_one();
    polls.snapshot().await;
    let second = polls.snapshot().await;
    let burst = group_of(&second, "quota of tenant 7 exceeded").unwrap();
    assert_eq!(burst.entries, 300);
    assert_eq!(usize::try_from(groups(&second).read), Ok(entries + 300));
    let id = burst.key.id();
    // None of its rows are among the first, and all of them come when they are wanted.
    let is_burst = |snapshot: &Snapshot| {
        let rows = &snapshot.queue.as_ref().unwrap().rows;
        let of_it = |error: &str| error.starts_with("quota");
        (rows.iter())
            .filter(|row| {
                row.current_error
                    .as_ref()
                    .is_some_and(|it| of_it(it.as_str()))
            })
            .count()
    };
    assert_eq!(is_burst(&second), 0);
    polls.reach.send_replace(RowsWanted {
        group: Some(id),
        ..RowsWanted::default()
    });
    let rows = polls
        .until(|heard| match heard {
            PollResult::Snapshot(snapshot) => Some(is_burst(snapshot)).filter(|rows| *rows > 0),
            PollResult::Unreachable { .. } => None,
        })
        .await;
    assert_eq!(rows, 300);
}

#[tokio::test]
async fn stored_counts_are_what_the_rows_say_whatever_happens_to_them() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 300, "connection {n} refused", "1 day").await;
    fail(&db, 200, "quota of {n} exceeded", "1 day").await;
    store_all(&db, 70).await;
    assert_eq!(counted_in_store(&db).await, counted_plainly(&db).await);
    for change in [
        // closed, reopened, gone
        "update tasker_tasks_dlq set resolution_status = 'cancelled', resolved_by = 'ana',
             resolution_timestamp = now()
         where dlq_entry_uuid in (select dlq_entry_uuid from tasker_tasks_dlq order by md5(dlq_entry_uuid::text) limit 90)",
        "update tasker_tasks_dlq set resolution_status = 'pending', resolved_by = null,
             resolution_timestamp = null
         where dlq_entry_uuid in (select dlq_entry_uuid from tasker_tasks_dlq
                                  where resolution_status = 'cancelled' limit 30)",
        "delete from tasker_tasks_dlq where dlq_entry_uuid in (
             select dlq_entry_uuid from tasker_tasks_dlq where resolution_status = 'pending' limit 20)",
        // another error, another step that needs somebody, another reason
        "update tasker_workflow_steps set last_error = 'disk full on node ' || step_number
         where workflow_step_uuid in (select workflow_step_uuid from tasker_workflow_steps
                                      order by md5(workflow_step_uuid::text) limit 120)",
        "update tasker_workflow_step_transitions set most_recent = false
         where workflow_step_uuid in (select workflow_step_uuid from tasker_workflow_steps limit 50);
         insert into tasker_workflow_step_transitions
             (workflow_step_uuid, from_state, to_state, most_recent, sort_key)
         select s.workflow_step_uuid, 'error', 'complete', true, 2 from tasker_workflow_steps s
         where not exists (select from tasker_workflow_step_transitions t
                           where t.workflow_step_uuid = s.workflow_step_uuid and t.most_recent)",
        "update tasker_tasks_dlq set dlq_reason = 'manual_dlq'
         where dlq_entry_uuid in (select dlq_entry_uuid from tasker_tasks_dlq limit 40)",
    ] {
        db.run(change).await;
        store_all(&db, 50).await;
        assert_eq!(counted_in_store(&db).await, counted_plainly(&db).await, "{change}");
        assert_eq!(drift(&db).await, 0, "{change}");
    }
    db.run("truncate tasker_tasks_dlq").await;
    assert!(counted_in_store(&db).await.is_empty());
}

#[tokio::test]
async fn what_nobody_has_stored_yet_is_added_by_who_looks() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 400, "connection {n} refused", "1 day").await;
    store_all(&db, 1_000).await;
    fail(&db, 30, "connection {n} refused", "1 minute").await;
    fail(&db, 20, "quota of {n} exceeded", "1 minute").await;
    db.run(
        "update tasker_tasks_dlq set resolution_status = 'cancelled', resolved_by = 'ana',
             resolution_timestamp = now()
         where dlq_entry_uuid in (select dlq_entry_uuid from tasker_tasks_dlq
                                  order by dlq_timestamp limit 7)",
    )
    .await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    assert!(groups(&snapshot).whole && groups(&snapshot).unread);
    assert_eq!(by_key(groups(&snapshot)), counted_plainly(&db).await);
    assert_eq!(groups(&snapshot).read, 443);
}

#[tokio::test]
async fn storing_goes_on_where_it_was_left_and_begins_with_the_newest() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 500, "connection {n} refused", "1 day").await;
    assert!(round(&db, 100).await);
    let newest: bool = db
        .one(
            "select min(e.opened_at) > (select max(d.dlq_timestamp) from tasker_tasks_dlq d
                 where not exists (select from dlqtop.entry_errors k where k.entry = d.dlq_entry_uuid))
             from dlqtop.entry_errors e",
        )
        .await;
    assert!(newest);
    // Another session, another program: it does the rest, and no entry twice.
    assert_eq!(store_all(&db, 100).await, 5);
    assert_eq!(counted_in_store(&db).await, counted_plainly(&db).await);
    let left: i64 = db.one("select count(*) from dlqtop.error_changes").await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn one_session_stores_at_a_time_and_nobody_waits_for_it() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 50, "connection {n} refused", "1 day").await;
    let mut one = db.pool.begin().await.unwrap();
    assert!(!store_round(&mut one, 1_000).await.unwrap());
    assert!(!round(&db, 1_000).await, "somebody else is at it");
    assert!(counted_in_store(&db).await.is_empty());
    // Workers and operators go on meanwhile.
    fail(&db, 5, "quota of {n} exceeded", "1 minute").await;
    db.run(
        "set lock_timeout = '1s';
         update tasker_tasks_dlq set resolution_status = 'cancelled', resolved_by = 'ana',
             resolution_timestamp = now()
         where dlq_entry_uuid in (select dlq_entry_uuid from tasker_tasks_dlq limit 5)",
    )
    .await;
    one.commit().await.unwrap();
    store_all(&db, 1_000).await;
    assert_eq!(counted_in_store(&db).await, counted_plainly(&db).await);
}

#[tokio::test]
async fn other_rules_make_everything_unread_and_an_older_program_replaces_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 400, "connection {n} refused", "1 day").await;
    // As an earlier program left it: everything in one group.
    db.run(
        "select dlqtop.store_fingerprints(0, 'earlier',
             array(select change from dlqtop.error_changes),
             array(select entry from dlqtop.error_changes),
             array(select 'all alike' from dlqtop.error_changes))",
    )
    .await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    assert_eq!(
        by_key(groups(&snapshot)),
        counted_plainly(&db).await,
        "it scans for itself"
    );
    assert!(groups(&snapshot).unread);
    assert_eq!(store_all(&db, 100).await, 5, "a hundred at a time");
    assert_eq!(counted_in_store(&db).await, counted_plainly(&db).await);
    // That program again.
    fail(&db, 1, "quota of {n} exceeded", "1 minute").await;
    let answer: i32 = db
        .one(
            "select dlqtop.store_fingerprints(0, 'earlier', array(select change from dlqtop.error_changes),
                 array(select entry from dlqtop.error_changes), array['all alike'])",
        )
        .await;
    assert_eq!(answer, -1);
    // A newer one has stored: this one scans, and leaves the store alone.
    db.run("update dlqtop.fingerprint_rules set algorithm = 99, rules = '99'")
        .await;
    assert!(!round(&db, 100).await);
    polls.wake.notify_one();
    let plainly = counted_plainly(&db).await;
    let unread = polls
        .until(|heard| match heard {
            PollResult::Snapshot(snapshot) if by_key(groups(snapshot)) == plainly => {
                Some(groups(snapshot).unread)
            }
            _ => None,
        })
        .await;
    assert!(!unread, "nothing for it to do");
}
