//! Row 25: through a PgBouncer that hands a connection to somebody else after every transaction.

use dlqtop::data::connection::Connection;
use dlqtop::data::connection::pgbouncer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use support::bouncer::{self, Bouncer};
use support::database::Database;
use support::dlqtop::asked;
use support::report::Row;

use crate::operating::{EACH, OPERATORS, operate};

/// What a session has been left with, on every connection of the pool.
async fn left_behind(options: &PgConnectOptions) -> Vec<(i32, Vec<String>)> {
    let mut lent = Vec::new();
    let mut found = Vec::new();
    for _ in 0..2 {
        let mut db = PgConnection::connect_with(options).await.unwrap();
        // Holds on to it, so that the next gets the other one.
        db.execute("begin").await.unwrap();
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .persistent(false)
            .fetch_one(&mut db)
            .await
            .unwrap();
        let set: Vec<String> = sqlx::query_scalar(
            "select name || ' = ' || setting from pg_settings
             where source = 'session'
                 and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
             union all select 'prepared: ' || statement from pg_prepared_statements where name <> ''",
        )
        .persistent(false)
        .fetch_all(&mut db)
        .await
        .unwrap();
        found.push((pid, set));
        lent.push(db);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_and_acts_through_a_pool_of_two_all_succeed_and_leave_nothing_behind() {
    if bouncer::is_missing() {
        return;
    }
    let row = Row::begin("25", 0);
    let db = Database::new().await;
    let bouncer = Bouncer::before(&db, &[]);
    let asked = operate(&db, &bouncer.options()).await;
    let failed = asked.failed.len();
    let (polls, acts) = (asked.polls, asked.acts);
    let server = db.server_version().await;
    row.found(
        polls + acts,
        format!("{server}, through PgBouncer: polls {polls}, acts {acts}, failed {failed}"),
    );
    assert_eq!(asked.failed, Vec::<String>::new(), "{}", bouncer.log());
    assert_eq!((polls, acts), (EACH, EACH));

    let by_operator: Vec<i64> = sqlx::query_scalar(
        "select count(*) from dlqtop.operator_log
         where actor like 'operator %' and outcome = 'done' group by actor",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(
        by_operator,
        [i64::try_from(EACH / OPERATORS).unwrap(); OPERATORS]
    );
    let left = left_behind(&bouncer.options()).await;
    assert_ne!(left[0].0, left[1].0, "both are looked at");
    let left: Vec<&String> = left.iter().flat_map(|(_, left)| left).collect();
    assert_eq!(left, Vec::<&String>::new());
    let locks: i64 = db
        .one(
            "select count(*) from pg_locks where locktype = 'advisory'
             and database = (select oid from pg_database where datname = current_database())",
        )
        .await;
    assert_eq!(locks, 0);
    row.found(
        polls + acts,
        "lost or leaked SETs 0, stray locks 0, prepared 0",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_behind_would_be_seen() {
    if bouncer::is_missing() {
        return;
    }
    let db = Database::new().await;
    let bouncer = Bouncer::before(&db, &[("default_pool_size", "2")]);
    let mut sloppy = PgConnection::connect_with(&bouncer.options())
        .await
        .unwrap();
    sloppy
        .execute("set statement_timeout = 1234567")
        .await
        .unwrap();
    sloppy.close().await.unwrap();
    let left = left_behind(&bouncer.options()).await;
    let left: Vec<&String> = left.iter().flat_map(|(_, left)| left).collect();
    assert_eq!(left, ["statement_timeout = 1234567"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_of_transactions_is_known_and_migrations_refuse_it() {
    if bouncer::is_missing() {
        return;
    }
    let db = Database::empty().await;
    // On PostgreSQL 14 everybody may create in public.
    db.owners_url().await;
    let bouncer = Bouncer::before(&db, &[]);
    assert!(
        pgbouncer::shares_sessions(&bouncer.options())
            .await
            .unwrap()
    );
    assert!(!pgbouncer::shares_sessions(&db.options).await.unwrap());
    let url = bouncer.url("dlqtop", "127.0.0.1", "?sslmode=disable");
    asked(&url, &["migrate", "--as-superuser"])
        .expect_complaint(3, &["PgBouncer", "connect to the server itself"]);
    let run = asked(&url, &["migrate", "--dry-run", "--as-superuser"]);
    assert!(run.expect_answer().contains("would apply"), "{run:?}");
    assert!(
        asked(&db.url(), &["migrate", "--yes", "--as-superuser"])
            .expect_answer()
            .contains("applied")
    );

    let sessions = Bouncer::before(&db, &[("pool_mode", "session")]);
    assert!(
        !pgbouncer::shares_sessions(&sessions.options())
            .await
            .unwrap()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_pgbouncer_refuses_is_said_with_what_to_do() {
    if bouncer::is_missing() {
        return;
    }
    let db = Database::new().await;
    let bouncer = Bouncer::before(&db, &[]);
    let url = bouncer.url("dlqtop", "127.0.0.1", "");
    let line = asked(&format!("{url}?options=-c%20jit%3Doff"), &["queue"]);
    line.expect_complaint(3, &["unsupported startup parameter", "leave out PGOPTIONS"]);
    asked(&format!("{url}_nowhere"), &["queue"])
        .expect_complaint(3, &["a PgBouncer in between does not know this database"]);

    let statements = Bouncer::before(&db, &[("pool_mode", "statement")]);
    let url = statements.url("dlqtop", "127.0.0.1", "");
    asked(&url, &["queue"]).expect_complaint(3, &["pool_mode = transaction or session"]);

    let strict = Bouncer::before(&db, &[("auth_type", "scram-sha-256")]);
    asked(&strict.url("bo:x", "127.0.0.1", ""), &["queue"])
        .expect_complaint(3, &["check the user and the password"]);

    let busy = Bouncer::before(
        &db,
        &[("default_pool_size", "1"), ("query_wait_timeout", "1")],
    );
    let mut holder = Connection::new(&busy.options());
    holder.get().await.unwrap().execute("begin").await.unwrap();
    asked(&busy.url("dlqtop", "127.0.0.1", ""), &["queue"])
        .expect_complaint(3, &["query_wait_timeout", "its pool is too small"]);
}
