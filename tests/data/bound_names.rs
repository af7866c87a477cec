//! Nothing of the schema's own is looked up where others may create something.

use std::collections::BTreeSet;

use support::database::Database;

use crate::unqualified::{Names, unqualified};

/// The functions, types and relations there are, and what PostgreSQL brings along.
async fn names(db: &Database) -> Names {
    let all = async |sql: &str| -> BTreeSet<String> {
        db.one::<Vec<String>>(sql).await.into_iter().collect()
    };
    Names {
        built_in: all("select array_agg(distinct proname::text) from pg_proc
                       where pronamespace = 'pg_catalog'::regnamespace")
        .await,
        catalogs: all("select array_agg(distinct relname::text) from pg_class
                       where relnamespace = 'pg_catalog'::regnamespace")
        .await,
        relations: all("select array_agg(distinct relname::text) from pg_class
                        where relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
                          and relkind <> 'i'")
        .await,
        types: all("select array_agg(distinct typname::text) from pg_type
                    where typnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
                      and typelem = 0")
        .await,
        rows_of_triggers: all("select array_agg(distinct name::text) from pg_trigger,
                 unnest(array[tgoldtable, tgnewtable]) as t (name) where name is not null")
        .await,
    }
}

#[tokio::test]
async fn every_body_that_is_kept_as_text_names_the_schema_of_what_it_uses() {
    let db = Database::new().await;
    let names = names(&db).await;
    let bodies: Vec<(String, String)> = sqlx::query_as(
        "select oid::regprocedure::text, prosrc from pg_proc
         where pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and prosqlbody is null",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(bodies.len() > 60, "{}", bodies.len());
    let found: Vec<String> = (bodies.iter())
        .flat_map(|(function, body)| {
            (unqualified(body, &names).into_iter()).map(move |name| format!("{function}: {name}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn every_body_is_bound_or_searches_the_catalog_only() {
    let db = Database::new().await;
    let open: Vec<String> = sqlx::query_scalar(
        "select oid::regprocedure::text from pg_proc
         where pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and (prosqlbody is null or prosecdef or prorettype = 'trigger'::regtype)
           and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(open.is_empty(), "{open:#?}");
}

#[tokio::test]
async fn public_holds_tables_views_two_enums_and_seven_functions() {
    let db = Database::new().await;
    let functions: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(
        functions,
        [
            "archive_completed_tasks",
            "complete_manually",
            "reevaluate_task",
            "reset_for_retry",
            "resolve_manually",
            "step_readiness",
            "tasker_uuid_v7",
        ]
    );
    let types: Vec<String> = sqlx::query_scalar(
        "select typname::text from pg_type
         where typnamespace = 'public'::regnamespace and typrelid = 0 and typelem = 0 order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(types, ["dlq_reason", "dlq_resolution_status"]);
}

#[tokio::test]
async fn no_trigger_asks_a_setting_whether_to_fire() {
    let db = Database::new().await;
    let asking: Vec<String> = sqlx::query_scalar(
        "select tgname::text from pg_trigger
         where pg_get_triggerdef(oid) ~ 'current_setting|pg_trigger_depth|current_user'
         union all
         select oid::regprocedure::text from pg_proc
         where pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and prorettype = 'trigger'::regtype and prosrc ~ 'current_setting'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(asking.is_empty(), "{asking:#?}");
}

/// What a session sets of its own changes no count.
#[tokio::test]
async fn a_session_that_claims_to_be_a_sweep_is_counted_like_any_other() {
    let db = Database::new().await;
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    db.in_state_since("steps_in_process", 100.0).await;
    db.run(
        "set dlqtop.sweeps = 'on';
         delete from tasker_tasks_dlq;
         insert into tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
         select task_uuid, 'error', 'manual_dlq', '{}' from tasker_tasks limit 1;
         update tasker_task_transitions set most_recent = false
         where most_recent and to_state = 'steps_in_process'",
    )
    .await;
    let drift: i64 = db.one("select count(*) from v_drift").await;
    assert_eq!(drift, 0);
}
