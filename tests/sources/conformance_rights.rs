//! A role that may only read sees everything, changes nothing, and where it lacks a grant is told which.

use std::collections::BTreeSet;

use dlqtop::data::ad_hoc;
use dlqtop::data::reads::queries;
use dlqtop::data::source::NATIVE;
use sqlx::postgres::PgConnectOptions;

use crate::looking::{failures, parts, poll, tasks};
use crate::systems::{Standing, full, systems};

/// A role that may read everything and nothing else, and sessions under it.
async fn reader(standing: &Standing) -> (String, PgConnectOptions) {
    if standing.kind.name == NATIVE {
        let options = standing.db.options.clone();
        return (
            "dlqtop_viewer".to_owned(),
            options.options([("role", "dlqtop_viewer")]),
        );
    }
    let role = format!("reader_of_{}", standing.db.options.get_database().unwrap());
    standing
        .db
        .run(&format!("create role {role} nologin"))
        .await;
    for schema in standing.schemas().await {
        let sql = format!(
            "grant usage on schema {schema} to {role}; grant select on all tables in schema {schema} to {role}"
        );
        standing.db.run(&sql).await;
    }
    let options = standing
        .db
        .options
        .clone()
        .options([("role", role.as_str())]);
    (role, options)
}

/// Tables and views of the system's own.
async fn relations(standing: &Standing) -> Vec<String> {
    sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^pg_'
           and n.nspname <> 'information_schema' and (n.nspname, c.relname) <> ('dlqtop', 'migrations')
         order by 1",
    )
    .fetch_all(&standing.db.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn who_may_only_read_sees_everything_and_may_not_act() {
    for kind in systems() {
        let standing = full(&kind).await;
        let (_, options) = reader(&standing).await;
        let site = standing.site_with(options);
        let snapshot = poll(&site, None).await;
        assert_eq!(failures(&snapshot), Vec::<String>::new(), "{}", kind.name);
        let task = tasks(&*poll(&standing.site(), None).await)[0];
        let detail = poll(&site, Some(task)).await;
        assert_eq!(failures(&detail), Vec::<String>::new(), "{}", kind.name);
        let limit = std::time::Duration::from_secs(10);
        let session = ad_hoc::once(&site, "look", limit, async |db| {
            queries::session(db, &site.source).await
        });
        let session = session.await.unwrap();
        assert!(!session.may_act && !session.may_sweep, "{}", kind.name);
    }
}

#[tokio::test]
async fn one_missing_grant_is_named_and_costs_only_what_needs_it() {
    for kind in systems().into_iter().filter(|kind| kind.name != NATIVE) {
        let standing = full(&kind).await;
        let (role, options) = reader(&standing).await;
        let site = standing.site_with(options);
        let task = tasks(&*poll(&standing.site(), None).await)[0];
        let mut needed = BTreeSet::new();
        for relation in relations(&standing).await {
            standing
                .db
                .run(&format!("revoke select on {relation} from {role}"))
                .await;
            let snapshot = poll(&site, Some(task)).await;
            standing
                .db
                .run(&format!("grant select on {relation} to {role}"))
                .await;
            let grant = format!("ask for: grant select on {relation} to {role}");
            let failed = failures(&snapshot);
            for line in &failed {
                assert!(
                    line.ends_with(&grant),
                    "{}: {line}, and not {grant}",
                    kind.name
                );
            }
            assert!(
                failed.len() < parts(&snapshot).len(),
                "{}: {failed:?}",
                kind.name
            );
            if !failed.is_empty() {
                needed.insert(relation);
            }
        }
        assert!(!needed.is_empty(), "{} needs nothing", kind.name);
        assert_eq!(
            failures(&*poll(&site, Some(task)).await),
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn in_the_native_schema_the_role_to_ask_for_is_named() {
    let kind = systems()
        .into_iter()
        .find(|kind| kind.name == NATIVE)
        .unwrap();
    let standing = full(&kind).await;
    let (role, options) = reader(&standing).await;
    standing
        .db
        .run(&format!(
            "revoke select on v_dlq_investigation_queue from {role}"
        ))
        .await;
    let snapshot = poll(&standing.site_with(options), None).await;
    let failed = failures(&snapshot);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("dlqtop_viewer"), "{failed:?}");
}
