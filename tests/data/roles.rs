//! What each role can do, and that it can do nothing else.

use std::time::Duration;

use dlqtop::data::messages::command::{Change, ItemResult, Pace, StepTarget, StepVerb, Write};
use dlqtop::data::model::{QueueRow, StalenessRow, StepId, TaskId};
use dlqtop::data::native::sweep::{SweepOptions, SweepOutcome, Sweeper};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use dlqtop::data::worker::Writer;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use support::database::Database;
use support::scene::DeadLetter;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Sessions that have only what the role gives them.
fn as_role(db: &Database, role: &str) -> PgConnectOptions {
    db.options.clone().options([("role", role)])
}

async fn scene() -> (Database, DeadLetter) {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    db.in_state_since("steps_in_process", 100.0).await;
    (db, dead)
}

async fn retry(options: &PgConnectOptions, dead: &DeadLetter) -> ItemResult {
    let write = Write {
        batch: Uuid::now_v7(),
        change: Change::Steps(
            StepVerb::ResetForRetry,
            vec![StepTarget {
                step: StepId(dead.step),
                task: TaskId(dead.task),
                seen_state: "error".into(),
                seen_error: None,
                label: "pay/charge · first".into(),
            }],
        ),
        reason: "gateway is back".to_owned(),
        pace: Pace::default(),
    };
    let mut writer = Writer::new(options, "ana".to_owned());
    writer.carry_out(&write).await.items.remove(0).result
}

async fn sweep(options: &PgConnectOptions) -> Result<i32, String> {
    let sweeping = SweepOptions {
        instance: "d1".to_owned(),
        dry_run: false,
        budget: Duration::from_mins(1),
    };
    Sweeper::new(options, sweeping)
        .sweep(&CancellationToken::new())
        .await
        .map(|report| report.count(SweepOutcome::Moved))
        .map_err(|error| error.one_line())
}

/// Everything that the screen reads, or what stood in the way.
async fn look(db: &mut PgConnection, task: Uuid) -> Result<(), String> {
    let failed = |error: dlqtop::data::error::DataError| error.one_line();
    queries::counts(db, &Source::native())
        .await
        .map_err(failed)?;
    keyset_pages::top::<StalenessRow>(db, &Source::native(), 10, 10)
        .await
        .map_err(failed)?;
    keyset_pages::top::<QueueRow>(db, &Source::native(), 10, 10)
        .await
        .map_err(failed)?;
    queries::staleness_total(db, &Source::native())
        .await
        .map_err(failed)?;
    queries::queue_total(db, &Source::native())
        .await
        .map_err(failed)?;
    queries::stats(db, &Source::native())
        .await
        .map_err(failed)?;
    queries::log(db, &Source::native(), 10)
        .await
        .map_err(failed)?;
    queries::find_task(db, &Source::native(), task)
        .await
        .map_err(failed)?;
    let detail = queries::detail(db, &Source::native(), TaskId(task))
        .await
        .map_err(failed)?;
    let detail = detail.ok_or("no detail")?;
    assert!(!detail.steps.is_empty() && !detail.transitions.is_empty());
    Ok(())
}

/// Rights that the role has and should not have: on any table, or to execute what writes.
async fn rights_beyond(db: &Database, role: &str, may_execute: &[&str]) -> Vec<String> {
    sqlx::query_scalar(
        "select c.oid::regclass || ' ' || p.privilege
         from pg_class c
         cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
             as p (privilege)
         where c.relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and (c.relkind in ('r', 'p', 'm') or (c.relkind = 'v' and p.privilege <> 'select'))
           and c.oid <> 'dlqtop.migrations'::regclass
           and has_table_privilege($1, c.oid, p.privilege)
         union all
         select f.oid::regprocedure::text
         from pg_proc f
         where f.pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and (f.provolatile = 'v' or f.prosecdef)
           and f.proname <> 'tasker_uuid_v7'
           and f.proname <> all ($2)
           and has_function_privilege($1, f.oid, 'execute')",
    )
    .bind(role)
    .bind(may_execute)
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_viewer_sees_everything_and_changes_nothing() {
    let (db, dead) = scene().await;
    let viewer = as_role(&db, "dlqtop_viewer");
    let mut session = viewer.connect().await.unwrap();
    look(&mut session, dead.task).await.unwrap();

    let ItemResult::Failed { why } = retry(&viewer, &dead).await else {
        panic!("a viewer retried a step");
    };
    assert!(why.as_str().contains("permission denied"), "{why}");
    let refused = sweep(&viewer).await.unwrap_err();
    assert!(refused.contains("permission denied"), "{refused}");
    for table in ["tasker_tasks", "tasker_tasks_dlq", "dlqtop.operator_log"] {
        let asked = sqlx::AssertSqlSafe(format!("select from {table}"));
        assert!(session.execute(asked).await.is_err(), "{table}");
    }
    assert_eq!(db.state(dead.task).await, "error");
    let beyond = rights_beyond(&db, "dlqtop_viewer", VIEWERS).await;
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// What a viewer may execute.
const VIEWERS: &[&str] = &[
    "task_steps",
    "settings_in_force",
    "detector_state",
    "sweep_preview",
    "sweep_verdict",
    "limit_that_disarms",
    "unread_errors",
];

/// What an operator may execute.
const OPERATORS: &[&str] = &[
    "detector_state",
    "sweep_preview",
    "sweep_verdict",
    "limit_that_disarms",
    "unread_errors",
    "store_fingerprints",
    "arm_detector",
    "disarm_detector",
    "confirm_sweep",
    "undo_sweep",
    "task_steps",
    "settings_in_force",
    "act_on_step",
    "reset_for_retry",
    "resolve_manually",
    "complete_manually",
    "cancel_step",
    "set_step_limits",
    "resume_task",
    "cancel_task",
    "update_investigation",
    "reopen_investigation",
    "add_investigation_note",
    "send_to_dlq",
    "log_refused_act",
    "apply_template",
    "own_entry",
    "release_entry",
    "snooze_entry",
    "unsnooze_entry",
];

#[tokio::test]
async fn an_operator_acts_through_the_functions_only_and_does_not_sweep() {
    let (db, dead) = scene().await;
    let operator = as_role(&db, "dlqtop_operator");
    let mut session = operator.connect().await.unwrap();
    look(&mut session, dead.task).await.unwrap();
    let done = retry(&operator, &dead).await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
    assert_eq!(db.state(dead.task).await, "enqueuing_steps");
    let (entry, step, task) = (dead.entry, dead.step, dead.task);
    for act in [
        format!("dlqtop.add_investigation_note('{entry}', 'ana', 'look')"),
        format!("dlqtop.update_investigation('{entry}', 1, 'manually_resolved', 'ana', 'done')"),
        format!("dlqtop.reopen_investigation('{entry}', 2, 'ana', 'not yet')"),
        format!("dlqtop.set_step_limits('{step}', 'pending', 'ana', 'slow', 5, 60)"),
        format!("resolve_manually('{step}', 'pending', 'ana', 'by hand')"),
        format!("dlqtop.cancel_task('{task}', 'enqueuing_steps', 'ana', 'enough')"),
    ] {
        session
            .execute(sqlx::AssertSqlSafe(format!("select {act}")))
            .await
            .unwrap_or_else(|error| panic!("{act}: {error}"));
    }
    // What was refused is kept too.
    let again = retry(&operator, &dead).await;
    assert!(!matches!(again, ItemResult::Done { .. }), "{again:?}");
    assert!(
        sweep(&operator)
            .await
            .unwrap_err()
            .contains("permission denied")
    );
    let beyond = rights_beyond(&db, "dlqtop_operator", OPERATORS).await;
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[tokio::test]
async fn a_detector_sweeps_and_does_nothing_else() {
    let (db, dead) = scene().await;
    let detector = as_role(&db, "dlqtop_detector");
    // What it would take is not for it to decide.
    let mut session = detector.connect().await.unwrap();
    let loosened = "select dlqtop.configure('{\"max_steps_in_process_minutes\": 1}', 'ana', 'x')";
    let refused = session.execute(loosened).await.unwrap_err().to_string();
    assert!(
        refused.contains("permission denied for function configure"),
        "{refused}"
    );
    assert_eq!(sweep(&detector).await.unwrap(), 1);
    let recorded = "select count(*) from dlqtop.sweeps where instance = 'd1' and moved = 1";
    assert_eq!(db.one::<i64>(recorded).await, 1);
    let refused = retry(&detector, &dead).await;
    assert!(matches!(refused, ItemResult::Failed { .. }), "{refused:?}");
    let mut session = detector.connect().await.unwrap();
    assert!(
        keyset_pages::top::<QueueRow>(&mut session, &Source::native(), 1, 1)
            .await
            .is_err()
    );
    let beyond = rights_beyond(
        &db,
        "dlqtop_detector",
        &[
            "detect_and_transition_stale_tasks",
            "record_sweep",
            "settings_in_force",
            "detector_state",
            "sweep_preview",
            "sweep_verdict",
            "limit_that_disarms",
            "unread_errors",
            "store_fingerprints",
            "archive_batch",
            "archive_policies",
            "archive_policy_batch",
        ],
    )
    .await;
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[tokio::test]
async fn nobody_else_can_do_anything() {
    let (db, _) = scene().await;
    db.run("do $$ begin create role passer_by nologin; exception when duplicate_object or unique_violation then null; end $$")
        .await;
    let beyond = rights_beyond(&db, "passer_by", &[]).await;
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[tokio::test]
async fn roles_that_are_missing_are_named_and_granted_later() {
    let db = Database::new().await;
    let missing: Vec<String> = db.one("select dlqtop.grant_roles()").await;
    assert!(missing.is_empty(), "{missing:?}");
}
