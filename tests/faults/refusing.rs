//! Rows 3, 4 and 7: half of what a sweep writes for a task is never left behind.

use std::time::Duration;

use dlqtop::data::native::sweep::{SweepOutcome, SweepReport, Sweeper};
use sqlx::{Connection as _, Executor as _, PgConnection};
use support::database::Database;
use support::eventually::eventually;
use support::invariants::{DLQ_WITHOUT_ERROR, ERROR_WITHOUT_DLQ, NOT_IN_ERROR};
use support::report::Row;
use support::seed::Tasks;
use tokio_util::sync::CancellationToken;

use crate::waiting::somebody_waits;

/// A trigger that refuses half of all rows, other ones in each cycle. It also notes who writes
/// what: every row of `written` has the subtransaction that wrote it in its `xmin`.
fn refuse_half(seed: u64, table: &str, when: &str) -> String {
    format!(
        "create table public.cycle (n int); insert into cycle values (1);
         create table public.written (top xid8, task uuid);
         create function refuse() returns trigger language plpgsql security definer as $$ begin
             if hashint8extended((select priority from public.tasker_tasks where task_uuid = new.task_uuid)
                                 + 1000 * (select n from public.cycle), {seed}) % 2 = 0 then
                 raise exception 'no space left on device';
             end if;
             insert into public.written values (pg_current_xact_id(), new.task_uuid);
             return new;
         end $$;
         create trigger refuse before insert on {table} for each row {when} execute function refuse()"
    )
}

/// The most subtransactions that one transaction had when it committed.
const MOST_SUBTRANSACTIONS: &str = "
    select coalesce(max(subs), 0) from (
        select count(distinct xmin::text) as subs from written group by top) t";

/// Sweeps until nothing is left, refusing half each time; checks after each cycle.
async fn drain(db: &Database, broken: &str) -> (usize, i64, i64) {
    let (mut failed, mut cycles) = (0, 0);
    let mut wrong = 0;
    while db.count(NOT_IN_ERROR).await > 0 {
        db.allow_one_large_sweep().await;
        let report = db.sweep().await;
        failed += i64::from(report.count(SweepOutcome::Failed));
        wrong += db.count(broken).await + db.partial().await;
        db.run("update cycle set n = n + 1").await;
        cycles += 1;
        assert!(cycles <= 60, "it does not drain");
    }
    (cycles, wrong, failed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_cannot_be_written_takes_its_error_with_it() {
    let row = Row::begin("3", 11);
    let db = Database::with(Tasks::STALE).await;
    db.run(&refuse_half(11, "tasker_tasks_dlq", "")).await;
    let (cycles, wrong, failed) = drain(&db, ERROR_WITHOUT_DLQ).await;
    let subs = db.count(MOST_SUBTRANSACTIONS).await;
    row.found(
        100,
        format!("error without DLQ {wrong}, cycles to drain {cycles}, refused {failed}, subtransactions {subs}"),
    );
    assert_eq!(wrong, 0);
    assert!(failed > 20, "hardly anything was refused");
    assert!(subs <= 64, "{subs} subtransactions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_cannot_be_written_takes_its_entry_with_it() {
    let row = Row::begin("4", 12);
    let db = Database::with(Tasks::STALE).await;
    let when = "when (new.to_state = 'error')";
    db.run(&refuse_half(12, "tasker_task_transitions", when))
        .await;
    let (cycles, wrong, failed) = drain(&db, DLQ_WITHOUT_ERROR).await;
    row.found(
        100,
        format!("DLQ without error {wrong}, cycles to drain {cycles}, refused {failed}"),
    );
    assert_eq!(wrong, 0);
    assert!(failed > 20, "hardly anything was refused");
}

/// A session that is in the middle of opening entries for the first five of twenty tasks: whoever
/// opens one for them has to wait for it.
async fn in_the_way(db: &Database) -> PgConnection {
    let mut other = PgConnection::connect_with(&db.options).await.unwrap();
    other
        .execute(
            "begin;
             set local deadlock_timeout = '1min';
             insert into tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
             select task_uuid, 'steps_in_process', 'manual_dlq', '{}'
             from tasker_tasks where priority <= 5 order by task_uuid",
        )
        .await
        .unwrap();
    other
}

async fn swept(mut sweeper: Sweeper) -> Result<SweepReport, String> {
    let swept = sweeper.sweep(&CancellationToken::new()).await;
    swept.map_err(|error| error.one_line())
}

/// What there is of 20 tasks while five are held up: moved, and partial.
async fn found(db: &Database) -> (i64, i64) {
    (20 - db.count(NOT_IN_ERROR).await, db.partial().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_does_not_come_in_time_costs_its_own_task_only() {
    let row = Row::begin("7, lock_timeout", 0);
    let db = Database::with(Tasks::STALE.count(20)).await;
    let mut other = in_the_way(&db).await;
    let report = swept(db.sweeper("d1")).await.unwrap();
    let (moved, partial) = found(&db).await;
    let skipped = report.count(SweepOutcome::Skipped);
    row.found(
        "5 of 20",
        format!(
            "partial {partial}, moved {moved}, skipped {skipped}, failed {}",
            report.count(SweepOutcome::Failed)
        ),
    );
    assert_eq!((partial, moved), (0, 15));
    assert_eq!(
        (skipped, report.count(SweepOutcome::Failed)),
        (5, 0),
        "{report:?}"
    );
    other.execute("rollback").await.unwrap();
    assert_eq!(db.sweep().await.count(SweepOutcome::Moved), 5);
    assert_eq!(db.partial().await, 0);
}

/// The other session wants, in turn, what the sweep holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_costs_its_own_task_only() {
    let row = Row::begin("7, deadlock", 0);
    let db = Database::with(Tasks::STALE.count(20)).await;
    let mut other = in_the_way(&db).await;
    let pool = db.pool.clone();
    // As the sweep does, but with nothing to give way before the deadlock is found.
    let sweep = tokio::spawn(async move {
        sqlx::query_as::<_, (String, i64)>(
            "select action_taken, count(*)
             from dlqtop.detect_and_transition_stale_tasks(false, 100) group by 1 order by 1",
        )
        .fetch_all(&pool)
        .await
        .unwrap()
    });
    assert!(somebody_waits(&db).await, "the sweep waits for nobody");
    other
        .execute("select from tasker_tasks order by task_uuid for no key update")
        .await
        .unwrap();
    other.execute("rollback").await.unwrap();
    let taken = sweep.await.unwrap();
    let (moved, partial) = found(&db).await;
    let how = |wanted: &str| {
        taken
            .iter()
            .filter(|(how, _)| how == wanted)
            .map(|(_, n)| n)
            .sum::<i64>()
    };
    let skipped = how("skipped");
    row.found(
        "5 of 20",
        format!(
            "partial {partial}, moved {moved}, skipped {skipped}, failed {}",
            how("failed")
        ),
    );
    assert_eq!(partial, 0);
    assert_eq!((how("failed"), moved + skipped), (0, 20), "{taken:?}");
    db.sweep().await;
    assert_eq!(found(&db).await, (20, 0));
}

/// The server gives the whole chunk up and nothing of it is left; it is tried again as smaller ones,
/// until only the slow task is left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_takes_too_long_leaves_out_only_what_is_slow() {
    let row = Row::begin("7, statement_timeout", 0);
    let db = Database::with(Tasks::STALE.count(20)).await;
    db.run(
        "create function slow() returns trigger language plpgsql security definer as $$ begin
             perform pg_sleep(case when new.task_uuid =
                 (select max(task_uuid::text)::uuid from public.tasker_tasks) then 60 else 0 end);
             return new; end $$;
         create trigger slow after insert on tasker_tasks_dlq for each row execute function slow()",
    )
    .await;
    // What the server does when a statement's time is up, without the wait for it.
    let mut killer = PgConnection::connect_with(&db.options).await.unwrap();
    let sweep = tokio::spawn(swept(db.sweeper("d1")));
    let cancelled = eventually(Duration::from_secs(20), async || {
        let cancelled: i64 = sqlx::query_scalar(
            "select count(*) from (
                 select pg_cancel_backend(pid) from pg_stat_activity
                 where datname = current_database() and wait_event = 'PgSleep') t",
        )
        .fetch_one(&mut killer)
        .await
        .unwrap();
        (cancelled > 0).then_some(())
    });
    assert!(cancelled.await.is_some(), "it was never slow");
    let ended = sweep.await.unwrap();
    let (moved, partial) = found(&db).await;
    row.found(
        "1 of 20",
        format!("partial {partial}, moved {moved}, the sweep said {ended:?}"),
    );
    assert_eq!((partial, moved), (0, 19));
    let ended = ended.unwrap();
    let failed: Vec<_> = ended
        .tasks
        .iter()
        .filter(|task| task.action_taken == "failed")
        .collect();
    assert_eq!(failed.len(), 1, "{ended:?}");
    let why = failed[0].detail.as_ref().unwrap().as_str();
    assert!(why.contains("statement timeout"), "{why}");
    db.run("drop trigger slow on tasker_tasks_dlq").await;
    assert_eq!(db.sweep().await.count(SweepOutcome::Moved), 1);
    assert_eq!(found(&db).await, (20, 0));
}
