//! The schema as a whole: every statement fits it, and it is told apart from others.

use std::fs;
use std::path::{Path, PathBuf};

use dlqtop::data::error::DataError;
use dlqtop::data::native::migrate;
use dlqtop::data::source::SourceCatalog;
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};
use support::database::Database;

#[tokio::test]
async fn every_statement_prepares() {
    let (db, installed) = (Database::new().await, Database::empty().await);
    // Where a pre-release listed its migrations.
    db.run("create table public._sqlx_migrations (version bigint)")
        .await;
    let install = fs::read_to_string("src/data/sql/companion/install.sql").unwrap();
    let install = install
        .replace("{source}", "'shop'")
        .replace("{grants}", "");
    installed.run(&install).await;
    let mut statements = native_source();
    for folder in own_folders().chain(["src/demo/sql".into()]) {
        statements.extend(sql_files(&folder));
    }
    let mut prepared = 0;
    for (name, sql) in statements {
        // A script of several statements runs whole; the companion schema needs a database of its own.
        let is_script = sql.contains("\nbegin;") || sql.contains("{role}");
        let is_companion = name.contains("/companion/");
        if is_companion && is_script {
            continue;
        }
        let at = if is_companion { &installed } else { &db };
        let mut conn = at.pool.acquire().await.unwrap();
        let answer = conn.prepare(AssertSqlSafe(sql).into_sql_str()).await;
        assert!(answer.is_ok(), "{name}: {}", answer.err().unwrap());
        prepared += 1;
    }
    assert!(prepared > 150, "only {prepared} statements were found");
}

/// The statements of the native source, with their parts in place.
fn native_source() -> Vec<(String, String)> {
    let catalog = SourceCatalog::embedded();
    let native = catalog.kinds.iter().find(|kind| kind.name == "tasker");
    native.unwrap().files.clone().into_iter().collect()
}

/// The folders of the program's own statements.
fn own_folders() -> impl Iterator<Item = PathBuf> {
    let folders = fs::read_dir("src/data/sql").unwrap();
    let folders = folders.map(|folder| folder.unwrap().path());
    folders.filter(|folder| !folder.ends_with("sources"))
}

/// The `.sql` files of a folder: their paths and texts.
fn sql_files(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.display().to_string(), text)
        })
        .collect()
}

#[test]
fn every_statement_says_what_it_is_for() {
    let sources = fs::read_dir("src/data/sql/sources").unwrap();
    let sources = sources.map(|folder| folder.unwrap().path());
    let files: Vec<_> = own_folders()
        .chain(sources)
        .flat_map(|folder| sql_files(&folder))
        .collect();
    for (name, sql) in &files {
        assert!(sql.starts_with("-- "), "{name} has no heading");
    }
    assert!(
        files.len() > 200,
        "only {} statements were found",
        files.len()
    );
}

#[tokio::test]
async fn an_empty_database_is_told_to_migrate_and_then_is_usable() {
    let db = Database::empty().await;
    let mut conn = db.pool.acquire().await.unwrap();

    let standing = migrate::status(&mut conn, &[]).await.unwrap();
    assert!(matches!(standing.usable(), Err(DataError::SchemaMissing)));
    assert!(!standing.pending.is_empty());

    migrate::apply(&mut conn).await.unwrap();
    let standing = migrate::status(&mut conn, &[]).await.unwrap();
    assert!(standing.usable().is_ok(), "{standing:?}");

    migrate::apply(&mut conn).await.unwrap(); // again: nothing to do, no error
}

#[tokio::test]
async fn a_schema_of_another_age_is_refused_in_words() {
    let db = Database::new().await;
    let mut conn = db.pool.acquire().await.unwrap();

    db.run(
        "insert into dlqtop.migrations (version, description, success, checksum, execution_time)
            values (20990101000000, 'from the future', true, '', 0)",
    )
    .await;
    let standing = migrate::status(&mut conn, &[]).await.unwrap();
    let ahead = standing.usable().unwrap_err();
    assert!(
        ahead.to_string().contains("newer than this dlqtop"),
        "{ahead}"
    );

    db.run("delete from dlqtop.migrations where version in
            (20990101000000, (select max(version) from dlqtop.migrations where version < 20990101000000))")
        .await;
    let standing = migrate::status(&mut conn, &[]).await.unwrap();
    let behind = standing.usable().unwrap_err();
    assert!(
        matches!(behind, DataError::SchemaBehind { behind: 1 }),
        "{behind}"
    );
}

#[tokio::test]
async fn steps_that_would_wait_for_each_other_are_refused() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let (first, second) = (db.step(task, "first").await, db.step(task, "second").await);

    let refused = db
        .pool
        .execute(AssertSqlSafe(format!(
            "insert into tasker_workflow_step_edges values ('{second}', '{first}')"
        )))
        .await
        .unwrap_err();

    assert!(
        refused.to_string().contains("would close a cycle"),
        "{refused}"
    );
}

#[tokio::test]
async fn steps_of_two_tasks_cannot_wait_for_each_other() {
    let db = Database::new().await;
    db.template("{}").await;
    let (one, two) = (db.started().await, db.started().await);
    let (parent, child) = (db.step(one, "first").await, db.step(two, "first").await);
    let refused = db
        .pool
        .execute(AssertSqlSafe(format!(
            "insert into tasker_workflow_step_edges values ('{parent}', '{child}')"
        )))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("different tasks"), "{refused}");
}

#[tokio::test]
async fn senseless_settings_are_refused() {
    let db = Database::new().await;
    for value in ["0", "-1", "'NaN'", "'Infinity'", "1e-308"] {
        let update = format!("update dlqtop.settings set max_task_lifetime_minutes = {value}");
        let refused = db.pool.execute(AssertSqlSafe(update)).await;
        assert!(
            refused.is_err_and(|error| error.to_string().contains("thresholds_are_sensible")),
            "{value}"
        );
    }
}

#[tokio::test]
async fn nobody_writes_without_a_grant() {
    let db = Database::new().await;
    let open_to_all: Vec<String> = sqlx::query_scalar(
        "select p.oid::regprocedure::text
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('public', 'dlqtop') and p.provolatile = 'v'
           and has_function_privilege('public', p.oid, 'execute')",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(open_to_all, ["tasker_uuid_v7()"]);
}

#[tokio::test]
async fn ids_carry_their_time_and_version() {
    let db = Database::new().await;
    let id: uuid::Uuid = db.one("select tasker_uuid_v7()").await;
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
    let now: f64 = db.one("select extract(epoch from now())::float8").await;
    let (seconds, _) = id.get_timestamp().unwrap().to_unix();
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century fit")]
    let apart = (seconds as f64 - now).abs();
    assert!(apart < 5.0, "{apart} s apart");
}

/// From PostgreSQL 17 on the server looks after tables with an empty search path.
#[tokio::test]
async fn the_servers_own_upkeep_finds_everything_it_needs() {
    let db = Database::new().await;
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    let mut conn = db.pool.acquire().await.unwrap();
    // One by one: in one go they would be one transaction.
    conn.execute("vacuum (full, analyze)").await.unwrap();
    let database: String = db.one("select quote_ident(current_database())").await;
    conn.execute(AssertSqlSafe(format!("reindex database {database}")))
        .await
        .unwrap();
}
