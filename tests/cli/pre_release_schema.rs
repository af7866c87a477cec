//! A database that a pre-release made: its migrations were squashed, so nothing leads on from them.

use crate::doctor_findings::{examined, expect};
use support::database::Database;
use support::dlqtop::asked;

/// What every command says about it.
const SAID: [&str; 3] = [
    "a pre-release of dlqtop made this schema",
    "dump what you need, create a new database",
    "`dlqtop migrate`",
];

/// All tables and functions there are, and the migrations applied.
const CONTENTS: &str = "select md5(concat(
    (select string_agg(oid::regclass::text, ' ' order by oid) from pg_class),
    (select string_agg(oid::regprocedure::text, ' ' order by oid) from pg_proc),
    (select string_agg(m::text, ' ' order by version) from public._sqlx_migrations m)))";

/// A schema with the versions of the pre-releases' migrations, listed where those did.
async fn of_a_pre_release() -> Database {
    let db = Database::new().await;
    db.run(
        "create table public._sqlx_migrations (like dlqtop.migrations including all);
         drop table dlqtop.migrations;
         insert into public._sqlx_migrations (version, description, success, checksum, execution_time)
         select 20261121000000 + n, 'one of them', true, '', 0
         from unnest(array[1, 2, 24, 46, 51]) n",
    )
    .await;
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_refuses_it_and_changes_nothing() {
    let db = of_a_pre_release().await;
    let before: String = db.one(CONTENTS).await;
    for arguments in [
        &["migrate"][..],
        &["migrate", "--dry-run"],
        &["migrate", "--json"],
    ] {
        asked(&db.url(), arguments).expect_complaint(3, &SAID);
    }
    assert_eq!(db.one::<String>(CONTENTS).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_migration_of_a_pre_release_is_enough() {
    let db = of_a_pre_release().await;
    db.run("delete from public._sqlx_migrations where version > 20261121000001")
        .await;
    asked(&db.url(), &["migrate"]).expect_complaint(3, &SAID);
    // The same where a newer program has been at work since.
    db.run(
        "insert into public._sqlx_migrations (version, description, success, checksum, execution_time)
         values (99991231235959, 'from the future', true, '', 0)",
    )
    .await;
    asked(&db.url(), &["migrate"]).expect_complaint(3, &SAID);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_it_is_told_too() {
    let db = of_a_pre_release().await;
    let url = db.url();
    for arguments in [
        &["queue"][..],
        &["staleness", "--json"],
        &["stats"],
        &["archive", "--dry-run"],
        &["detect", "--once"],
    ] {
        asked(&url, arguments).expect_complaint(3, &SAID);
    }
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(&json, "schema", "wrong", &SAID);
    expect(&json, "drift", "not_looked_at", &["the schema comes first"]);
    let info = asked(&url, &["info"]);
    let lines = info.expect_answer();
    assert!(SAID.iter().all(|piece| lines.contains(piece)), "{lines}");
    assert_eq!(lines.matches("pre-release").count(), 1, "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_another_program_is_not_taken_for_ours() {
    let db = Database::empty().await;
    db.run(
        "create table public._sqlx_migrations (
             version bigint primary key, description text, installed_on timestamptz default now(),
             success boolean, checksum bytea, execution_time bigint);
         insert into public._sqlx_migrations (version, description, success)
         values (20251101000001, 'orders', true)",
    )
    .await;
    let run = asked(&db.owners_url().await, &["migrate", "--yes"]);
    assert!(run.expect_answer().contains("applied"), "{run:?}");
    let listed: Vec<i64> = sqlx::query_scalar("select version from public._sqlx_migrations")
        .fetch_all(&db.pool)
        .await
        .unwrap();
    assert_eq!(listed, [20_251_101_000_001]);
}
