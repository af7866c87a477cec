//! Several systems in one database, and what passes for the native one.

use std::sync::Arc;

use dlqtop::data::ad_hoc;
use dlqtop::data::error::DataError;
use dlqtop::data::source::recognise::Wanted;
use dlqtop::data::source::{NATIVE, Source, SourceCatalog};
use support::database::Database;
use support::dlqtop::asked;

use super::{CELERY, ORCHESTRATOR, Planted};

/// What a dashboard opens.
async fn opened(db: &Database) -> Result<Arc<Source>, DataError> {
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog::embedded()),
        ..Wanted::default()
    };
    let limit = std::time::Duration::from_secs(10);
    ad_hoc::once_found(&db.options, &wanted, "look", limit, async |_, source| {
        Ok(Arc::clone(source))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_none_is_chosen_in_silence() {
    let planted = Planted::beside(&format!("{CELERY}; {ORCHESTRATOR}")).await;
    let says = "this database holds celery, task-orchestrator: say which with --source";
    let error = opened(&planted.db).await.unwrap_err();
    assert!(error.one_line().starts_with(says), "{error}");
    for command in ["queue", "doctor"] {
        planted.asked(&[command]).expect_complaint(3, &[says]);
    }
    let told = planted.asked(&["info"]);
    assert!(told.expect_answer().contains(says), "{told:?}");
    let home = planted.home("source = \"celery\"");
    let told = home.run(&["queue", "--profile", "shop"]);
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_native_schema_comes_first_and_the_others_are_named() {
    let db = Database::new().await;
    db.run(CELERY).await;
    let source = opened(&db).await.unwrap();
    assert_eq!(source.name, NATIVE);
    let names: Vec<&str> = (source.siblings.iter())
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["celery", NATIVE]);
    let told = asked(&db.url(), &["queue"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let note = "dlqtop: this is tasker; the database also holds celery (--source celery)\n";
    assert_eq!(told.stderr, note);
    // Who has said which one is told nothing.
    let told = asked(&db.url(), &["queue", "--source", NATIVE]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_plants_beside_a_system_is_said_and_changes_nothing() {
    let planted = Planted::beside(ORCHESTRATOR).await;
    planted
        .plant(&format!(
            "create view public.celery_task_failures as select {}",
            super::COLUMNS
        ))
        .await;
    let told = planted.asked(&["queue"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
    let says = "celery: public.celery_task_failures is a view of mallory";
    let told = planted.asked(&["info"]);
    let line = format!("\nnot read  {says}");
    assert!(told.expect_answer().contains(&line), "{told:?}");
    let json = planted.asked(&["info", "--json"]).expect_json();
    let refused = &json["database"]["source"]["refused"];
    assert_eq!(refused[0]["name"], "celery", "{json:#}");
    let told = planted.asked(&["doctor"]);
    assert!(
        told.stdout.contains(&format!("not read: {says}")),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_native_schema_is_not_read_and_hides_no_other() {
    let planted = Planted::beside("").await;
    planted
        .plant(
            "create table public.tasker_tasks (task_uuid uuid);
             create table public.tasker_tasks_dlq (dlq_entry_uuid uuid, task_uuid uuid)",
        )
        .await;
    let line = planted.line();
    let says =
        "tasker is not read here: the table public.tasker_tasks and 1 more belong to mallory";
    planted.expect_refused(&[says, &line]);
    for arguments in [["migrate", "--dry-run"], ["archive", "--dry-run"]] {
        planted.asked(&arguments).expect_complaint(3, &[says]);
    }
    planted.own(CELERY).await;
    assert_eq!(opened(&planted.db).await.unwrap().name, "celery");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_list_of_migrations_is_not_even_read() {
    let open_schema = "create schema dlqtop; grant create, usage on schema dlqtop to public";
    let planted = Planted::beside(open_schema).await;
    planted
        .plant(
            "create function public.spy() returns bigint language plpgsql as
                 $$ begin raise exception 'ran as %', current_user; end $$;
             create view dlqtop.migrations as
                 select public.spy() as version, true as success, ''::bytea as checksum",
        )
        .await;
    let says = "tasker is not read here: dlqtop.migrations is a view of mallory";
    for arguments in [
        ["queue"].as_slice(),
        &["doctor"],
        &["migrate", "--dry-run"],
        &["archive", "--dry-run"],
    ] {
        planted.asked(arguments).expect_complaint(3, &[says]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_the_native_schema_that_became_a_stranger_s_closes_it() {
    let db = Database::new().await;
    let name: String = db.one("select current_database()").await;
    let stranger = format!("mallory_{name}");
    db.run(&format!(
        "create role {stranger} nologin; create function public.spy() returns int language sql as 'select 1';
         alter function public.spy() owner to {stranger};
         create function public.resume_task(int) returns int language sql as 'select 1';
         alter function public.resume_task(int) owner to {stranger}"
    ))
    .await;
    // What is only called alike is no matter.
    assert!(opened(&db).await.is_ok());
    let owner: String = db
        .one("select relowner::regrole::text from pg_class where oid = 'dlqtop.settings'::regclass")
        .await;
    for (sql, says) in [
        (
            "alter view public.v_dlq_entries owner to STRANGER",
            "the view public.v_dlq_entries",
        ),
        (
            "alter table dlqtop.settings owner to STRANGER",
            "the table dlqtop.settings",
        ),
        (
            "create function dlqtop.more() returns int language sql as 'select 1';
          alter function dlqtop.more() owner to STRANGER",
            "the function dlqtop.more()",
        ),
        (
            "create policy spying on public.tasker_tasks using (public.spy() = 1)",
            "the function public.spy()",
        ),
    ] {
        let mut transaction = db.pool.begin().await.unwrap();
        let sql = sql.replace("STRANGER", &stranger);
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let error = opened(&db).await.unwrap_err().one_line();
        assert!(error.starts_with("tasker is not read here: "), "{error}");
        assert!(error.contains(says), "no {says:?}: {error}");
        db.run(&format!(
            "reassign owned by {stranger} to {owner};
             drop policy if exists spying on public.tasker_tasks;
             alter function public.spy() owner to {stranger}"
        ))
        .await;
        let again = opened(&db).await.map_err(|error| error.one_line());
        assert!(again.is_ok(), "after {says}: {again:?}");
    }
}
