//! Row 15: a big backlog is worked off in short transactions, and workers are not held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use support::database::Database;
use support::eventually::eventually;
use support::invariants::DUPLICATES;
use support::report::Row;
use support::seed::Tasks;
use tokio_util::sync::CancellationToken;

/// Notes who writes an entry, and for how long its transaction has gone on by then. Every fiftieth
/// entry is refused, so that chunks are halved. A row's `xmin` is its subtransaction.
const INSTRUMENT: &str = "
    create table public.written (top xid8, lasted interval);
    create function note() returns trigger language plpgsql security definer as $$ begin
        if (select priority from public.tasker_tasks where task_uuid = new.task_uuid) % 50 = 0 then
            raise exception 'no space left on device';
        end if;
        insert into public.written values (pg_current_xact_id(), clock_timestamp() - transaction_timestamp());
        return new;
    end $$;
    create trigger note before insert on tasker_tasks_dlq for each row execute function note()";

/// A worker that claims and finishes steps, until it is told that so many are enough; how long each
/// took.
async fn work(mut conn: PgConnection, name: &str, more: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut waits = Vec::new();
    while more(waits.len()) {
        let begun = Instant::now();
        let step: Option<uuid::Uuid> =
            sqlx::query_scalar("select workflow_step_uuid from dlqtop.claim_step($1, 'live')")
                .bind(name)
                .fetch_optional(&mut conn)
                .await
                .unwrap();
        let Some(step) = step else {
            conn.execute(
                "select dlqtop.create_task('live', 'charge'), dlqtop.create_task('live', 'charge')",
            )
            .await
            .unwrap();
            conn.execute("select dlqtop.advance_tasks('orchestrator')")
                .await
                .unwrap();
            continue;
        };
        sqlx::query("select dlqtop.finish_step($1, $2, '{}')")
            .bind(step)
            .bind(name)
            .execute(&mut conn)
            .await
            .unwrap();
        waits.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    waits
}

fn p99(waits: &mut [f64]) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits
        .get(waits.len() * 99 / 100)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The longest that one of our transactions was seen to last.
async fn longest(db: &Database, go_on: Arc<AtomicBool>) -> f64 {
    let mut longest: f64 = 0.0;
    let _ = eventually(Duration::from_hours(1), async || {
        let now: f64 = db
            .one(
                "select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8
                 from pg_stat_activity
                 where datname = current_database() and application_name = 'dlqtop'",
            )
            .await;
        longest = longest.max(now);
        (!go_on.load(Ordering::Relaxed)).then_some(())
    })
    .await;
    longest
}

async fn connect(db: &Database) -> PgConnection {
    let options = db.options.clone().application_name("worker");
    PgConnection::connect_with(&options).await.unwrap()
}

/// How long steps take while nobody sweeps.
async fn undisturbed(db: &Database) -> Vec<f64> {
    work(connect(db).await, "w1", |done| done < 100).await
}

async fn work_off(row: &Row, stale: usize) {
    let db = Database::with(Tasks::STALE.count(stale)).await;
    db.template_in(("live", "charge"), "{}").await;
    db.run("analyze").await;
    println!("row 15: {stale} tasks are there");
    let mut alone = undisturbed(&db).await;
    db.run(INSTRUMENT).await;
    let go_on = Arc::new(AtomicBool::new(true));
    let mut workers = Vec::new();
    for name in ["w1", "w2"] {
        let go_on = Arc::clone(&go_on);
        let conn = connect(&db).await;
        workers.push(tokio::spawn(work(conn, name, move |_| {
            go_on.load(Ordering::Relaxed)
        })));
    }
    let begun = Instant::now();
    let sweeping = async {
        let report = db
            .sweeper("d1")
            .sweep(&CancellationToken::new())
            .await
            .unwrap();
        go_on.store(false, Ordering::Relaxed);
        report
    };
    let (report, longest) = tokio::join!(sweeping, longest(&db, Arc::clone(&go_on)));
    let took = begun.elapsed().as_secs_f64();
    println!("row 15: swept in {took:.1} s");
    let mut waits = Vec::new();
    for worker in workers {
        waits.extend(worker.await.unwrap());
    }
    let subs = db
        .count("select coalesce(max(n), 0) from (select count(distinct xmin::text) as n from written group by top) t")
        .await;
    let wrong = db.partial().await + db.count(DUPLICATES).await;
    let left = db
        .count("select count(*) from v_task_staleness_monitoring where health_status = 'stale'")
        .await;
    row.found(
        stale,
        format!(
            "worker p99 {:.0} ms (alone {:.0} ms, {} steps), longest xact {longest:.2} s, max subxids {subs}, wrong {wrong}, left {left} of {} refused, sweep {took:.1} s",
            p99(&mut waits), p99(&mut alone), waits.len(), stale / 50,
        ),
    );
    assert!(
        subs > 1 && subs <= 64,
        "{subs} subtransactions in one transaction"
    );
    assert_eq!(wrong, 0);
    assert_eq!(report.tasks.len(), stale);
    // The refused ones, and nothing else, are for the next sweep.
    db.run("drop trigger note on tasker_tasks_dlq").await;
    db.allow_one_large_sweep().await;
    db.sweep().await;
    let left = "select count(*) from v_task_staleness_monitoring where health_status = 'stale'";
    assert_eq!((db.count(left).await, db.partial().await), (0, 0));
    assert!(!waits.is_empty(), "no worker got anything done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_is_worked_off_in_short_transactions() {
    let row = Row::begin("15", 0);
    work_off(&row, 5_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: a hundred thousand tasks, or DLQTOP_BACKLOG"]
async fn a_backlog_of_a_hundred_thousand_is_worked_off_in_short_transactions() {
    let row = Row::begin("15", 0);
    let stale = std::env::var("DLQTOP_BACKLOG");
    let stale = stale.map_or(100_000, |text| text.parse().unwrap());
    work_off(&row, stale).await;
}
