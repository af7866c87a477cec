//! What a table leads to: policies, triggers, partitions, types, schemas, operators, and what stands beside it.

use dlqtop::data::ad_hoc;
use support::database::Database;
use support::dlqtop::asked;

use super::{CELERY, COLUMNS, Planted};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_table_runs_may_be_a_stranger_s() {
    let planted = Planted::beside(CELERY).await;
    planted
        .plant(
            "create function public.spy() returns boolean language sql as 'select true';
             create function public.spies(uuid, uuid) returns boolean language sql as 'select true';
             create operator public.@@@ (leftarg = uuid, rightarg = uuid, function = public.spies);
             create function public.on_write() returns trigger language plpgsql as 'begin return new; end';
             create function public.one(text) returns text immutable language sql as 'select $1';
             create domain public.odd as text check (public.spy())",
        )
        .await;
    let cases = [
        (
            "create policy spying on worker_failed_jobs using (public.spy())",
            "drop policy spying on worker_failed_jobs",
            "the function public.spy(), which public.worker_failed_jobs leads to,",
        ),
        (
            "create policy spying on worker_failed_jobs using (id operator(public.@@@) id)",
            "drop policy spying on worker_failed_jobs",
            "the function public.spies(uuid,uuid)",
        ),
        (
            "create trigger spying before update on worker_failed_jobs for each row execute function public.on_write()",
            "drop trigger spying on worker_failed_jobs",
            "the function public.on_write()",
        ),
        (
            "alter table worker_failed_jobs add spying text generated always as (public.one(queue)) stored",
            "alter table worker_failed_jobs drop spying",
            "the function public.one(text)",
        ),
        (
            "create index spying on worker_failed_jobs (public.one(queue))",
            "drop index spying",
            "the function public.one(text)",
        ),
        (
            "alter table worker_failed_jobs add spying public.odd",
            "alter table worker_failed_jobs drop spying",
            "the function public.spy(), which public.worker_failed_jobs leads to, and 1 more",
        ),
        (
            "create table spying () inherits (worker_failed_jobs); alter table spying owner to STRANGER",
            "drop table spying",
            "the table public.spying, which public.worker_failed_jobs leads to,",
        ),
    ];
    for (make, unmake, says) in cases {
        assert_eq!(planted.asked(&["queue"]).code, Some(0), "before {make}");
        planted.own(make).await;
        planted
            .asked(&["queue"])
            .expect_complaint(3, &["celery is not read here: ", says, &planted.line()]);
        planted.expect_read_with_trust();
        planted.own(unmake).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_of_a_stranger_s_and_a_foreign_one_are_no_part_of_it() {
    let planted = Planted::beside(
        "create table public.worker_failed_jobs (
            id uuid, task_id text, task_name text, queue text, worker text, task_args jsonb, task_kwargs jsonb,
            tenant_id uuid, error_type text, exception_class text, error_message text, traceback text,
            retry_count int, last_retry_at timestamptz, status text, remediation_notes text,
            resolved_at timestamptz, correlation_id text, failed_at timestamptz) partition by list (queue);
         create table public.of_mail partition of public.worker_failed_jobs for values in ('mail');
         create foreign data wrapper far; create server far foreign data wrapper far",
    )
    .await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted.own("alter table of_mail owner to STRANGER").await;
    planted.expect_refused(&[
        "the table public.of_mail, which public.worker_failed_jobs leads to, belongs to mallory",
    ]);
    planted.expect_read_with_trust();
    planted
        .own(
            "drop table of_mail;
             create foreign table of_mail partition of worker_failed_jobs for values in ('mail') server far",
        )
        .await;
    planted.expect_refused(&["public.of_mail is a foreign table of "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_the_schema_could_put_another_table_there() {
    let planted = Planted::beside("create schema shop").await;
    planted
        .own(&format!(
            "create table shop.worker_failed_jobs as select {COLUMNS}"
        ))
        .await;
    let name: String = planted.db.one("select current_database()").await;
    planted
        .own(&format!(
            "alter database {name} set search_path = shop, public"
        ))
        .await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted.own("alter schema shop owner to STRANGER").await;
    planted.expect_refused(&["the schema shop belongs to mallory", &planted.line()]);
    planted.expect_read_with_trust();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_schema_that_comes_first_in_the_search_path_is_not_read_instead() {
    let planted = Planted::beside(CELERY).await;
    let name: String = planted.db.one("select current_database()").await;
    planted
        .own(&format!(
            "create schema evil authorization STRANGER; alter database {name} set search_path = evil, public"
        ))
        .await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted
        .plant(&format!(
            "create view evil.worker_failed_jobs as select {COLUMNS}"
        ))
        .await;
    planted.expect_refused(&["evil.worker_failed_jobs is a view of mallory"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_it_can_do_without_is_left_out_if_it_is_a_stranger_s() {
    let planted = Planted::beside(CELERY).await;
    planted
        .own("drop table kombu_message; drop table kombu_queue")
        .await;
    planted
        .plant(
            "create function public.spy() returns bigint language plpgsql as
                 $$ begin raise exception 'ran as %', current_user; end $$;
             create view public.kombu_queue as select public.spy() as id, 'x'::text as name",
        )
        .await;
    let told = planted.asked(&["workers"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let told = planted.asked(&["doctor"]);
    let says = "kombu_queue is left out: public.kombu_queue is a view of mallory";
    assert!(told.stdout.contains(says), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_up_where_a_stranger_may_create() {
    let planted = Planted::beside(CELERY).await;
    planted
        .own(
            "insert into worker_failed_jobs (queue, error_type, exception_class, error_message)
             values ('mail', 'timeout', 'smtplib.Slow', 'the server is slow')",
        )
        .await;
    // It fits better than the server's own, which takes anything.
    planted
        .plant(
            "create function public.concat_ws(text, text, text) returns text language plpgsql as
                 $$ begin raise exception 'ran as %', current_user; end $$",
        )
        .await;
    let told = planted.asked(&["queue", "--json"]);
    // Row-level security is in force for this role, and no tenant was named.
    assert_eq!(told.stderr, "dlqtop: no tenant, others may be hidden\n");
    let rows = serde_json::from_str::<serde_json::Value>(&told.stdout).unwrap()["rows"].clone();
    assert_eq!(rows[0]["current_error"], "Slow: the server is slow");
    let path = ad_hoc::once(
        &planted.db.options,
        "look",
        std::time::Duration::from_secs(5),
        async |db| {
            let path: String = sqlx::query_scalar("select current_setting('search_path')")
                .fetch_one(db)
                .await
                .unwrap();
            Ok(path)
        },
    );
    assert_eq!(path.await.unwrap(), "pg_catalog, pg_temp");
}

/// Names something without its schema, as triggers of applications do.
const TRIGGER: &str = "
    create table closings (at timestamptz default now());
    grant insert on closings to public;
    create function note_closing() returns trigger language plpgsql as
        $$ begin insert into closings default values; return new; end $$;
    create trigger closing after update on worker_failed_jobs for each row execute function note_closing();
    insert into worker_failed_jobs (queue) values ('mail'), ('sms')";

#[tokio::test(flavor = "multi_thread")]
async fn a_system_s_own_triggers_find_its_tables_where_only_its_owners_may_create() {
    let planted = Planted::beside(&format!("{CELERY}; {TRIGGER}")).await;
    let claim = async |db: &Database, queue: &str| {
        let sql = format!("select id::text from worker_failed_jobs where queue = '{queue}'");
        let id: String = db.one(&sql).await;
        asked(
            &db.url(),
            &["entry", "claim", &id, "--reason", "looking", "--yes"],
        )
    };
    // The stranger may create there, and has not.
    let told = claim(&planted.db, "mail").await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(format!("{told:?}").contains("closings"), "{told:?}");
    planted
        .own("revoke create on schema public from STRANGER")
        .await;
    let told = claim(&planted.db, "sms").await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(
        planted.db.one::<i64>("select count(*) from closings").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_schema_of_a_stranger_s_is_neither_read_nor_written() {
    let planted = Planted::beside(CELERY).await;
    let told = asked(&planted.db.url(), &["install", "--yes"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    planted.may_read().await;
    let told = planted.asked(&["log"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    planted
        .own("alter table dlqtop.operator_log owner to STRANGER")
        .await;
    let told = planted.asked(&["log"]);
    let says = "the table dlqtop.operator_log, which dlqtop leads to,";
    told.expect_complaint(2, &[says, &planted.line()]);
    let told = planted.asked(&["info"]);
    assert!(
        told.expect_answer().contains("notes     not read: "),
        "{told:?}"
    );
    for command in ["install", "uninstall"] {
        let told = asked(&planted.db.url(), &[command, "--yes"]);
        told.expect_complaint(3, &["the schema dlqtop is left alone: ", says]);
    }
    let home = planted.home(&planted.line());
    assert_eq!(home.run(&["log", "--profile", "shop"]).code, Some(0));
}
