//! `dlqtop migrate`: says what it will do, does that, does nothing twice, and settles nothing by itself.

use support::database::{Database, OWNER};
use support::dlqtop::{Run, asked};

use crate::doctor_findings::{examined, expect};

const TABLES: &str = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'dlqtop')";

/// Expects that nothing was done, that the first line says why, and that there is a line with each of these.
fn expect_refusal(run: &Run, code: i32, why: &[&str], below: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:?}");
    let (first, rest) = run.stderr.split_once('\n').unwrap();
    assert!(first.starts_with("dlqtop: "), "{run:?}");
    for piece in why {
        assert!(first.contains(piece), "no {piece:?}: {run:?}");
    }
    for piece in below {
        assert!(rest.contains(piece), "no {piece:?}: {run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_lists_then_applies_and_then_has_nothing_to_do() {
    let db = Database::empty().await;
    let url = db.owners_url().await;

    let would = asked(&url, &["migrate", "--dry-run"]);
    let would = would.expect_answer();
    assert!(would.lines().count() > 10, "{would}");
    let conditional = would.lines().all(|line| line.starts_with("would "));
    assert!(conditional, "{would}");
    for said in [
        "would apply 20261122000001 tasks\n",
        "would create schema dlqtop\n",
        "would create in dlqtop ",
        "would create in public 2 types: dlq_reason, dlq_resolution_status\n",
        "tasker_tasks_dlq",
        "v_dlq_dashboard",
        "reset_for_retry(uuid,text,text,text,uuid)",
        "dlqtop_viewer, which exists",
        "would revoke from everybody the right to execute ",
    ] {
        assert!(would.contains(said), "no {said:?}: {would}");
    }
    let json = asked(&url, &["migrate", "--dry-run", "--json"]).expect_json();
    let listed = json["would_apply"].as_array().unwrap();
    assert_eq!(listed.len(), would.matches(" apply ").count());
    assert_eq!(db.one::<i64>(TABLES).await, 0, "a dry run made tables");

    asked(&url, &["migrate"]).expect_complaint(2, &["no terminal to ask on", "--yes"]);
    assert_eq!(db.one::<i64>(TABLES).await, 0, "nobody agreed to tables");
    let migrated = asked(&url, &["migrate", "--yes"]);
    let applied = migrated.expect_answer();
    // Said beforehand, in the words of the dry run.
    let before = would.replace("would ", "will ");
    let after = applied.strip_prefix(&before).unwrap();
    assert!(
        after.lines().all(|line| line.starts_with("applied ")),
        "{applied}"
    );
    assert_eq!(after.lines().count(), listed.len());
    assert!(db.one::<i64>(TABLES).await > 10);

    // What was listed is there, by its name.
    let created = json["would_create"].as_array().unwrap();
    let names = created.iter().filter(|one| one["kind"] != "function");
    for one in names {
        let name = one["name"].as_str().unwrap();
        let relation = format!(
            "select coalesce(to_regclass('{name}')::text, to_regtype('{name}')::text) is not null"
        );
        assert!(db.one::<bool>(&relation).await, "{name} is not there");
    }

    let again = asked(&url, &["migrate"]);
    assert!(again.expect_answer().contains("up to date"), "{again:?}");
    let json = asked(&url, &["migrate", "--json"]).expect_json();
    assert_eq!(
        json,
        serde_json::json!({
            "applied": [], "created": [], "created_roles": [], "revoked_from_public": []
        })
    );
    assert_eq!(
        asked(&url, &["queue"]).expect_answer(),
        "0 of 0 open investigations\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_is_refused_unless_told_and_the_doctor_keeps_saying_so() {
    let db = Database::empty().await;
    // On PostgreSQL 14 everybody may create there.
    db.run("revoke create on schema public from public").await;
    let url = db.url();
    let said = ["is a superuser", "--as-superuser"];
    expect_refusal(&asked(&url, &["migrate", "--yes"]), 2, &said, &[]);
    let dry = asked(&url, &["migrate", "--dry-run"]);
    assert!(dry.stdout.contains("would apply "), "{dry:?}");
    expect_refusal(&dry, 2, &said, &[]);
    assert_eq!(db.one::<i64>(TABLES).await, 0);

    let done = asked(&url, &["migrate", "--yes", "--as-superuser"]);
    assert!(done.expect_answer().contains("applied "), "{done:?}");
    let (_, json) = examined(&db, &[]);
    expect(
        &json,
        "owner",
        "warning",
        &["a superuser", "docs/upgrade.md"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_are_listed_before_anything_is_written() {
    let db = Database::empty().await;
    let url = db.owners_url().await;
    db.run(
        "create view public.v_dlq_dashboard as select 1 as one;
         create type public.tasker_tasks as enum ('a');
         create function public.reset_for_retry(uuid, text, text, text, uuid) returns int language sql as 'select 1';
         create function public.reset_for_retry(int) returns int language sql as 'select 1'",
    )
    .await;
    let taken = [
        "view public.v_dlq_dashboard, owned by ",
        "type public.tasker_tasks, owned by ",
        "function public.reset_for_retry(uuid,text,text,text,uuid), owned by ",
    ];
    for arguments in [&["migrate", "--yes"][..], &["migrate", "--dry-run"]] {
        let run = asked(&url, arguments);
        expect_refusal(&run, 3, &["3 names", "are taken"], &taken);
        assert!(!run.stderr.contains("reset_for_retry(integer)"), "{run:?}");
    }
    assert_eq!(db.one::<i64>(TABLES).await, 0);

    let other = Database::empty().await;
    let url = other.owners_url().await;
    other.run("create schema dlqtop").await;
    let run = asked(&url, &["migrate", "--yes"]);
    expect_refusal(
        &run,
        3,
        &["1 name", "is taken"],
        &["schema dlqtop, owned by "],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_others_may_create_the_statement_is_printed_and_not_run() {
    let db = Database::empty().await;
    let url = db.owners_url().await;
    db.run("grant create on schema public to public, pg_monitor")
        .await;
    let rights = "select nspacl::text from pg_namespace where nspname = 'public'";
    let before: String = db.one(rights).await;
    let statements = [
        "revoke create on schema public from public;",
        "revoke create on schema public from pg_monitor;",
    ];
    let run = asked(&url, &["migrate", "--yes"]);
    let said = ["pg_monitor, everybody may create objects in schema public"];
    expect_refusal(&run, 3, &said, &statements);
    assert_eq!(db.one::<i64>(TABLES).await, 0);
    assert_eq!(db.one::<String>(rights).await, before);

    db.run(&statements.concat()).await;
    let done = asked(&url, &["migrate", "--yes"]);
    assert!(done.expect_answer().contains("applied "), "{done:?}");
    expect(&examined(&db, &[]).1, "owner", "fine", &[OWNER]);
    // The doctor looks again, for good.
    db.run(
        &statements
            .concat()
            .replace("revoke", "grant")
            .replace(" from ", " to "),
    )
    .await;
    let (code, json) = examined(&db, &[]);
    assert_eq!(code, Some(1), "{json:#}");
    expect(
        &json,
        "owner",
        "wrong",
        &[
            "everybody may create objects in schema public",
            "revoke create on schema public from public",
            "pg_monitor may create objects in schema public",
            "revoke create on schema public from pg_monitor",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_missing_are_printed_as_statements() {
    let db = Database::empty().await;
    db.run(
        "do $$ begin create role newcomer nologin; exception when duplicate_object or unique_violation then null; end $$;
         revoke create on schema public from public",
    )
    .await;
    let url = format!("{}&options[role]=newcomer", db.url());
    let name = db.options.get_database().unwrap();
    let statements = [
        format!("grant create on database {name} to newcomer;"),
        "grant create, usage on schema public to newcomer;".to_owned(),
    ];
    let below: Vec<&str> = statements.iter().map(String::as_str).collect();
    let run = asked(&url, &["migrate", "--yes"]);
    expect_refusal(
        &run,
        3,
        &["may not create what the migrations create"],
        &below,
    );
    assert_eq!(db.one::<i64>(TABLES).await, 0);
    db.run(&statements.concat()).await;
    let done = asked(&url, &["migrate", "--yes"]);
    assert!(done.expect_answer().contains("applied "), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_of_the_schema_adds_to_it() {
    let db = Database::empty().await;
    let owners = db.owners_url().await;
    let begun = include_str!("../../src/data/sql/native/create_list.sql");
    db.run(&format!(
        "set role {OWNER}; {begun}; reset role;
         do $$ begin create role another nologin; exception when duplicate_object or unique_violation then null; end $$;
         grant usage on schema dlqtop to another;
         grant select on dlqtop.migrations to another"
    ))
    .await;
    let url = format!("{}&options[role]=another", db.url());
    let run = asked(&url, &["migrate", "--yes"]);
    expect_refusal(
        &run,
        3,
        &["only the owner of the schema", OWNER, "you are another"],
        &[],
    );
    let done = asked(&owners, &["migrate", "--yes"]);
    assert!(done.expect_answer().contains("applied "), "{done:?}");
}
