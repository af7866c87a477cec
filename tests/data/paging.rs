//! Long lists, page by page: every row once, in order, whatever happens between two pages.

use std::collections::HashSet;

use dlqtop::data::model::{PAGE_SIZE, Page, QueueRow, StalenessRow, TaskId};
use dlqtop::data::reads::keyset_pages;
use dlqtop::data::reads::keyset_pages::{Keyed, Pages};
use dlqtop::data::source::Source;
use sqlx::postgres::PgConnection;
use support::database::Database;
use uuid::Uuid;

/// So many tasks that wait for a retry, some at the same instant.
pub async fn waiting(db: &Database, tasks: usize) {
    db.run(&format!(
        "with made as (
             insert into tasker_tasks (named_task_uuid, created_at)
             select named_task_uuid, now() - interval '1 hour'
             from tasker_named_tasks, generate_series(1, {tasks})
             returning task_uuid
         )
         insert into tasker_task_transitions
             (task_uuid, to_state, most_recent, sort_key, created_at)
         select task_uuid, 'waiting_for_retry', true, 1,
                date_trunc('minute', now()) - row_number() over (order by task_uuid desc) % 50
                    * interval '1 minute'
         from made"
    ))
    .await;
}

/// An open investigation for each task, of every reason; every ninth is put aside.
async fn dead(db: &Database) {
    db.run(
        "insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot)
         select task_uuid, 'waiting_for_retry',
                (enum_range(null::dlq_reason))[1 + n % 5],
                date_trunc('minute', now()) - n % 50 * interval '1 minute', '{}'
         from (select task_uuid, row_number() over (order by task_uuid) as n
               from tasker_tasks) numbered;
         insert into dlqtop.snoozes (entry, until, snoozed_by)
         select dlq_entry_uuid, now() + interval '1 hour', 'ana'
         from (select dlq_entry_uuid, row_number() over (order by dlq_entry_uuid) as n
               from tasker_tasks_dlq) numbered
         where n % 9 = 0",
    )
    .await;
}

/// What the lists must hold.
const STALE: &str = "select task_uuid from v_task_staleness_monitoring
                     order by breaches_at, task_uuid";
const OPEN: &str = "select dlq_entry_uuid from v_dlq_investigation_queue
                    order by snoozed_until is not null, priority_score desc, dlq_entry_uuid";

async fn all(db: &Database, sql: &str) -> Vec<Uuid> {
    db.one(&format!("select array({sql})")).await
}

/// Walks down a list as a cursor does, a page at a time.
async fn walked<R: Keyed>(db: &mut PgConnection) -> Page<R> {
    let mut pages = Pages::default();
    for wanted in (PAGE_SIZE..).step_by(PAGE_SIZE) {
        let listed: Page<R> = pages
            .read(db, &Source::native(), wanted, false)
            .await
            .unwrap();
        // The first page, the one that is new and two in turn; and the length of the list.
        let most = 4 * R::STATEMENTS + 1;
        assert!(
            pages.statements() <= most,
            "{} statements",
            pages.statements()
        );
        assert!(listed.rows.is_sorted_by_key(R::key), "down to {wanted}");
        if !listed.has_more() {
            return listed;
        }
        assert_eq!(listed.rows.len(), wanted);
    }
    unreachable!("the walk ends where the list does")
}

#[tokio::test]
async fn a_walk_down_meets_every_row_once_and_in_order() {
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 1_234).await;
    dead(&db).await;
    let mut conn = db.pool.acquire().await.unwrap();

    let stale = walked::<StalenessRow>(&mut conn).await;
    let ids: Vec<Uuid> = stale.rows.iter().map(|row| row.task_uuid.0).collect();
    assert_eq!(ids.len(), 1_234);
    assert_eq!(ids, all(&db, STALE).await);
    assert_eq!(stale.total.rows, 1_234);
    assert!(!stale.total.is_estimate);

    let queue = walked::<QueueRow>(&mut conn).await;
    let ids: Vec<Uuid> = queue.rows.iter().map(|row| row.dlq_entry_uuid.0).collect();
    assert_eq!(ids.len(), 1_234);
    assert_eq!(ids, all(&db, OPEN).await);
    let snoozed = queue.rows.iter().map(|row| row.snoozed_until.is_some());
    assert!(snoozed.is_sorted(), "what is put aside comes last");

    let top: Page<QueueRow> = keyset_pages::top(&mut conn, &Source::native(), 1_000, 300)
        .await
        .unwrap();
    assert!(
        top.rows
            .iter()
            .map(Keyed::key)
            .eq(queue.rows[..1_000].iter().map(Keyed::key))
    );
    assert_eq!(top.total.rows, 1_234);
}

/// One thing that happens to the list between two polls.
async fn happen(db: &Database, random: &mut fastrand::Rng) {
    let any =
        "(select task_uuid from dlqtop.deadlines order by md5(task_uuid::text || $SEED) limit $N)"
            .replace("$SEED", &format!("'{}'", random.u64(..)))
            .replace("$N", &random.usize(1..30).to_string());
    match random.u8(..3) {
        0 => waiting(db, random.usize(1..60)).await,
        1 => {
            db.run(&format!(
                "delete from tasker_task_transitions where task_uuid in {any}"
            ))
            .await;
        }
        _ => {
            let minutes = random.i32(-20..40);
            db.run(&format!(
                "update tasker_task_transitions
                 set created_at = created_at + {minutes} * interval '1 minute'
                 where task_uuid in {any}"
            ))
            .await;
        }
    }
}

#[tokio::test]
async fn what_comes_and_goes_between_two_pages_is_neither_lost_nor_doubled() {
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 700).await;
    let mut conn = db.pool.acquire().await.unwrap();
    let mut pages = Pages::<StalenessRow>::default();
    let wanted = 500;
    let mut before = HashSet::new();
    for _ in 0..40 {
        happen(&db, &mut random).await;
        let listed = pages
            .read(&mut conn, &Source::native(), wanted, true)
            .await
            .unwrap();
        let ids: HashSet<TaskId> = listed.rows.iter().map(|row| row.task_uuid).collect();
        assert_eq!(ids.len(), listed.rows.len(), "a row is there twice");
        assert!(listed.rows.is_sorted_by_key(Keyed::key));
        // What stood still, and stands above the last row shown, is still shown.
        let truth: Page<StalenessRow> =
            keyset_pages::top(&mut conn, &Source::native(), 10_000, 1_000)
                .await
                .unwrap();
        let present: HashSet<_> = truth.rows.iter().map(Keyed::key).collect();
        let bottom = listed.rows.last().unwrap().key();
        let stood = before.intersection(&present).filter(|key| **key <= bottom);
        let missing: Vec<_> = stood.filter(|key| !ids.contains(&key.task)).collect();
        assert_eq!(missing, Vec::<&<StalenessRow as Keyed>::Key>::new());
        before = listed.rows.iter().map(Keyed::key).collect();
    }
    // Once it is quiet, the pages in turn bring everything up to date: two a poll.
    for _ in 0..3 {
        pages
            .read(&mut conn, &Source::native(), wanted, true)
            .await
            .unwrap();
    }
    let listed = pages
        .read(&mut conn, &Source::native(), wanted, true)
        .await
        .unwrap();
    let ids: Vec<Uuid> = listed.rows.iter().map(|row| row.task_uuid.0).collect();
    let present = all(&db, STALE).await;
    assert_eq!(ids, present[..wanted.min(present.len())]);
    assert_eq!(listed.total.rows, i64::try_from(present.len()).unwrap());
}

#[tokio::test]
async fn rows_that_newer_ones_push_off_the_first_page_stay() {
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 300).await;
    let mut conn = db.pool.acquire().await.unwrap();
    let mut pages = Pages::<StalenessRow>::default();
    pages
        .read(&mut conn, &Source::native(), 200, false)
        .await
        .unwrap();
    // Sixty that are worse than all others.
    db.run(
        "update tasker_task_transitions set created_at = now() - interval '55 minutes'
         where task_uuid in (select task_uuid from dlqtop.deadlines
                             order by breaches_at desc, task_uuid desc limit 60)",
    )
    .await;
    let listed = pages
        .read(&mut conn, &Source::native(), 200, false)
        .await
        .unwrap();
    let ids: Vec<Uuid> = listed.rows.iter().map(|row| row.task_uuid.0).collect();
    assert_eq!(ids, all(&db, STALE).await[..200]);
}

#[tokio::test]
async fn a_list_too_long_to_be_counted_is_estimated() {
    let db = Database::new().await;
    db.template("{}").await;
    waiting(&db, 150).await;
    // Deadlines alone: the length of the list is theirs, and no row of them is read here.
    db.run(
        "insert into dlqtop.deadlines
         select n.*
         from (select * from dlqtop.deadlines limit 100) d, generate_series(1, 130) g,
             jsonb_populate_record(null::dlqtop.deadlines, to_jsonb(d) || jsonb_build_object(
                 'task_uuid', md5(d.task_uuid::text || g)::uuid,
                 'breaches_at', d.breaches_at + interval '1 day')) n",
    )
    .await;
    let mut conn = db.pool.acquire().await.unwrap();
    db.run("analyze dlqtop.deadlines").await;
    let listed: Page<StalenessRow> = keyset_pages::top(&mut conn, &Source::native(), 100, 100)
        .await
        .unwrap();
    assert!(listed.total.is_estimate, "{:?}", listed.total);
    assert!(
        (13_000..13_300).contains(&listed.total.rows),
        "{:?}",
        listed.total
    );
    let json = serde_json::to_value(&listed).unwrap();
    assert_eq!(json["total_is_estimate"], true);
    assert_eq!(json["rows"].as_array().unwrap().len(), 100);

    db.run("delete from dlqtop.deadlines where breaches_at > now() + interval '12 hours'; analyze dlqtop.deadlines")
        .await;
    let listed: Page<StalenessRow> = keyset_pages::top(&mut conn, &Source::native(), 100, 100)
        .await
        .unwrap();
    assert_eq!(listed.total, dlqtop::data::model::Total::exact(150));
}
