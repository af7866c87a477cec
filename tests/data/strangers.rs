//! A stranger's database: whatever is done there, what is not ours stays as it was.

use std::time::Duration;

use dlqtop::data::connection::transaction::begin;
use dlqtop::data::model::{QueueRow, StalenessRow};
use dlqtop::data::native::migrate::{self, MIGRATOR};
use dlqtop::data::native::sweep::{SweepOptions, Sweeper};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use support::database::{Database, OWNER};
use support::stranger::{contents, foreign, move_in};
use tokio_util::sync::CancellationToken;

/// A day at the interval that is the default, five minutes.
const SWEEPS_A_DAY: usize = 24 * 12;
/// What a dashboard asks for is the same with each poll: a hundred show what a day of them would.
const POLLS: usize = 100;
/// A day of polls at the interval that is the default, two seconds.
const POLLS_A_DAY: usize = 24 * 60 * 30;

/// A stranger's database where the owner of our schema may migrate.
async fn strange() -> Database {
    let db = Database::empty().await;
    db.owners_url().await;
    move_in(&db).await;
    db
}

fn as_role(db: &Database, role: &str) -> PgConnectOptions {
    db.options.clone().options([("role", role)])
}

/// A detector as it is by default: it acts where it may.
fn sweeping() -> SweepOptions {
    SweepOptions {
        instance: "d1".to_owned(),
        dry_run: false,
        budget: Duration::from_secs(10),
    }
}

/// What a dashboard reads.
async fn poll(db: &mut PgConnection) {
    let source = Source::native();
    begin(db, source.session(), Duration::from_secs(10))
        .await
        .unwrap();
    queries::counts(db, &source).await.unwrap();
    keyset_pages::top::<StalenessRow>(db, &source, 10, 10)
        .await
        .unwrap();
    keyset_pages::top::<QueueRow>(db, &source, 10, 10)
        .await
        .unwrap();
    queries::stats(db, &source).await.unwrap();
    queries::log(db, &source, 10).await.unwrap();
    db.execute("rollback").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_stranger_is_changed_by_migrating_nor_by_sweeps_and_polls() {
    nothing_is_changed_by(POLLS).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: as many polls as a whole day has"]
async fn nothing_of_a_stranger_is_changed_by_a_day_of_dashboards() {
    nothing_is_changed_by(POLLS_A_DAY).await;
}

async fn nothing_is_changed_by(polls: usize) {
    let db = strange().await;
    let (before, rows) = (foreign(&db).await, contents(&db).await);
    assert!(before.count() > 1_000, "{}", before.count());

    let mut owner = as_role(&db, OWNER).connect().await.unwrap();
    migrate::apply(&mut owner).await.unwrap();
    assert_eq!(before.changes(&foreign(&db).await), Vec::<String>::new());

    let mut sweeper = Sweeper::new(&as_role(&db, "dlqtop_detector"), sweeping());
    for _ in 0..SWEEPS_A_DAY {
        sweeper.sweep(&CancellationToken::new()).await.unwrap();
    }
    let mut viewer = as_role(&db, "dlqtop_viewer").connect().await.unwrap();
    for _ in 0..polls {
        poll(&mut viewer).await;
    }
    migrate::apply(&mut owner).await.unwrap();
    assert_eq!(before.changes(&foreign(&db).await), Vec::<String>::new());
    assert_eq!(contents(&db).await, rows);
    let swept: i64 = db.one("select count(*) from dlqtop.sweeps").await;
    assert_eq!(usize::try_from(swept), Ok(SWEEPS_A_DAY));
}

/// Every row of every table, ours or not, but for the list of sweeps.
async fn all_rows(db: &Database) -> Vec<(String, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname)
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'dlqtop') and c.relkind = 'r' and c.relname <> 'sweeps'
         order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let digest = format!(
            "select coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from {table} t"
        );
        rows.push((table, db.one::<String>(&digest).await));
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_default_an_hour_of_looking_writes_nothing_but_the_list_of_sweeps() {
    let db = Database::empty().await;
    db.owners_url().await;
    let mut owner = as_role(&db, OWNER).connect().await.unwrap();
    migrate::apply(&mut owner).await.unwrap();
    db.template("{}").await;
    for state in ["waiting_for_retry", "steps_in_process", "steps_in_process"] {
        db.in_state_since(state, 500.0).await;
    }
    let before = all_rows(&db).await;
    assert!(before.len() > 20, "{before:?}");

    let mut sweeper = Sweeper::new(&db.options, sweeping());
    for _ in 0..SWEEPS_A_DAY / 24 {
        let report = sweeper.sweep(&CancellationToken::new()).await.unwrap();
        assert_eq!(report.tasks.len(), 3, "{report:?}");
        assert!(
            report
                .tasks
                .iter()
                .all(|task| task.action_taken.as_str().starts_with("would_"))
        );
    }
    let mut session = db.options.connect().await.unwrap();
    for _ in 0..POLLS {
        poll(&mut session).await;
    }
    assert_eq!(all_rows(&db).await, before);
    let dry: i64 = db
        .one("select count(*) from dlqtop.sweeps where dry_run")
        .await;
    assert_eq!(usize::try_from(dry), Ok(SWEEPS_A_DAY / 24));
}

/// Somebody who holds every table of the stranger's, and has rights and objects of its own half done.
async fn busy(db: &Database) -> PgConnection {
    let mut busy = db.options.connect().await.unwrap();
    busy.execute(
        "begin;
         lock table public.orders, public.settings, public.notes, public.claims, public.tasker_orders,
             public._sqlx_migrations, public.v_orders in access exclusive mode;
         alter table public.orders add column paid boolean;
         grant select on public.orders to shop_reader;
         create table public.half_done (id int);
         create or replace function public.task_state(p_id uuid) returns text language sql as 'select null::text'",
    )
    .await
    .unwrap();
    busy
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_waits_for_no_lock_of_a_stranger() {
    let db = strange().await;
    let before = foreign(&db).await;
    let mut busy = busy(&db).await;
    // It would end with an error after three seconds of waiting.
    let mut owner = as_role(&db, OWNER).connect().await.unwrap();
    migrate::apply(&mut owner).await.unwrap();
    busy.execute("rollback").await.unwrap();
    assert_eq!(before.changes(&foreign(&db).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_holds_no_lock_that_a_stranger_would_feel() {
    let db = strange().await;
    let mut owner = as_role(&db, OWNER).connect().await.unwrap();
    owner
        .execute(include_str!("../../src/data/sql/native/create_list.sql"))
        .await
        .unwrap();
    // All of them in one transaction: their locks can be looked at together.
    owner.execute("begin").await.unwrap();
    owner
        .execute(include_str!("../../src/data/sql/session/migrate.sql"))
        .await
        .unwrap();
    for migration in MIGRATOR.iter() {
        owner.execute(migration.sql.clone()).await.unwrap();
    }
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    // The other session sees only the tables that were there before.
    let held: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', c.oid::regclass, l.mode)
         from pg_locks l
         join pg_class c on l.locktype = 'relation' and c.oid = l.relation
         where l.pid = $1
           and case when c.relnamespace in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
                   then l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
                   else c.relname !~ '^migrations' end",
    )
    .bind(pid)
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(held.is_empty(), "{held:#?}");
    // And a stranger goes on: reads, writes, and changes its own tables and rights.
    let mut shop = as_role(&db, "shop_owner").connect().await.unwrap();
    for statement in [
        "set lock_timeout = '100ms'",
        "insert into public.orders (note) values ('while others migrate')",
        "alter table public.orders add column paid boolean",
        "grant select on public.settings to shop_app",
        "alter function public.task_state(uuid) cost 50",
        "drop view public.v_settings_of_shop",
        "truncate public.notes",
    ] {
        let done = shop.execute(AssertSqlSafe(statement)).await;
        assert!(done.is_ok(), "{statement}: {done:?}");
    }
    owner.execute("rollback").await.unwrap();
}

/// A busy table of ours: whoever comes after us must not wait behind us for long.
#[tokio::test(flavor = "multi_thread")]
async fn migrating_gives_up_where_somebody_holds_what_it_needs() {
    let db = strange().await;
    let mut owner = as_role(&db, OWNER).connect().await.unwrap();
    owner
        .execute(include_str!("../../src/data/sql/native/create_list.sql"))
        .await
        .unwrap();
    let mut holder = db.options.connect().await.unwrap();
    holder
        .execute("begin; lock table dlqtop.migrations in share mode")
        .await
        .unwrap();
    let refused = migrate::apply(&mut owner).await.unwrap_err();
    assert!(refused.one_line().contains("lock timeout"), "{refused:?}");
    assert_eq!(
        db.one::<i64>("select count(*) from dlqtop.migrations")
            .await,
        0
    );
    holder.execute("rollback").await.unwrap();
    migrate::apply(&mut owner).await.unwrap();
    let left = migrate::status(&mut owner, &[]).await.unwrap().pending;
    assert_eq!(left, Vec::new());
}
