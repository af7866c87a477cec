//! The sweep: each stale task recorded and failed together or not at all, by whoever comes first.

use std::time::Duration;

use dlqtop::data::native::sweep::{SweepOptions, SweepOutcome, SweepReport, Sweeper};
use dlqtop::data::source::Source;
use sqlx::Executor as _;
use support::database::Database;
use tokio_util::sync::CancellationToken;

use crate::states::assert_tidy;

fn sweeper(db: &Database, instance: &str, dry_run: bool) -> Sweeper {
    Sweeper::new(
        &db.options,
        SweepOptions {
            instance: instance.to_owned(),
            dry_run,
            budget: Duration::from_mins(1),
        },
    )
}

/// A database with so many stale tasks.
async fn with_stale(count: usize) -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    for _ in 0..count {
        db.in_state_since("steps_in_process", 100.0).await;
    }
    db
}

async fn sweep(db: &Database) -> SweepReport {
    sweeper(db, "d1", false)
        .sweep(&CancellationToken::new())
        .await
        .unwrap()
}

fn actions(report: &SweepReport) -> Vec<(&str, &str)> {
    report
        .tasks
        .iter()
        .map(|task| {
            let reason = task
                .dlq_reason
                .as_ref()
                .map_or("", |reason| reason.as_str());
            (reason, task.action_taken.as_str())
        })
        .collect()
}

/// No dead letter without its error, no error without its dead letter, nothing twice.
async fn assert_whole(db: &Database) {
    let partial: i64 = db
        .one(
            "select count(*) from tasker_tasks t
             left join tasker_tasks_dlq d on d.task_uuid = t.task_uuid and d.resolution_status = 'pending'
             where (dlqtop.task_state(t.task_uuid) = 'error') <> (d.task_uuid is not null)",
        )
        .await;
    assert_eq!(partial, 0, "a task was recorded or failed, not both");
    assert_tidy(db).await;
}

#[tokio::test]
async fn a_stale_task_is_recorded_and_failed_and_leaves_the_staleness_view() {
    for state in [
        "waiting_for_dependencies",
        "waiting_for_retry",
        "steps_in_process",
    ] {
        let db = Database::new().await;
        db.template("{}").await;
        let task = db.in_state_since(state, 100.0).await;
        let report = sweep(&db).await;
        assert_eq!(
            actions(&report),
            [("staleness_timeout", "transitioned_to_dlq_and_error")]
        );
        assert_eq!(db.state(task).await, "error");
        let correlation = "select correlation_id from tasker_tasks";
        assert_eq!(
            report.tasks[0].correlation_id,
            Some(db.one(correlation).await)
        );
        let kept: String = db
            .one("select original_state || ' ' || (task_snapshot ->> 'current_state') from tasker_tasks_dlq")
            .await;
        assert_eq!(kept, format!("{state} {state}"));
        let left: i64 = db
            .one("select count(*) from v_task_staleness_monitoring")
            .await;
        assert_eq!(left, 0);
        assert_whole(&db).await;
    }
}

#[tokio::test]
async fn templates_say_what_may_be_done() {
    let db = Database::new().await;
    for (name, lifecycle) in [
        ("alert", r#"{"staleness_action": "alert"}"#),
        ("no_dlq", r#"{"auto_dlq_on_timeout": false}"#),
        ("no_fail", r#"{"auto_fail_on_timeout": false}"#),
        (
            "neither",
            r#"{"auto_fail_on_timeout": false, "auto_dlq_on_timeout": false}"#,
        ),
    ] {
        db.template_named(name, lifecycle, "[]").await;
        db.run(&format!("select dlqtop.create_task('pay', '{name}')"))
            .await;
    }
    db.run("update tasker_task_transitions set to_state = 'steps_in_process', created_at = now() - interval '2 hours';
            update tasker_tasks set created_at = now() - interval '2 hours'")
        .await;
    let mut found: Vec<String> = sweep(&db)
        .await
        .tasks
        .into_iter()
        .map(|task| task.action_taken.to_string())
        .collect();
    found.sort();
    assert_eq!(found, ["moved_to_dlq_only", "transitioned_to_error_only"]);
    // What was only recorded stays in its state: it must not be found for ever.
    assert!(sweep(&db).await.tasks.is_empty());
}

#[tokio::test]
async fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.in_state_since("steps_in_process", 100.0).await;
    let report = sweeper(&db, "d1", true)
        .sweep(&CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(
        actions(&report),
        [("staleness_timeout", "would_transitioned_to_dlq_and_error")]
    );
    assert_eq!(db.state(task).await, "steps_in_process");
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_tasks_dlq").await,
        0
    );
    let kept: bool = db.one("select bool_and(dry_run) from dlqtop.sweeps").await;
    assert!(kept);
}

#[tokio::test]
async fn retries_exhausted_workers_gone_and_cycles_are_found() {
    let db = Database::new().await;
    db.template("{}").await;
    db.blocked("card_declined").await;
    assert_eq!(
        actions(&sweep(&db).await),
        [("max_retries_exceeded", "transitioned_to_dlq_and_error")]
    );

    let waiting = db.started().await;
    db.date_back(waiting, 15.0).await;
    assert_eq!(
        actions(&sweep(&db).await),
        [("worker_unavailable", "moved_to_dlq_only")]
    );
    assert_eq!(db.state(waiting).await, "steps_in_process");

    let circle = db.in_state_since("waiting_for_dependencies", 1.0).await;
    let (first, second) = (
        db.step(circle, "first").await,
        db.step(circle, "second").await,
    );
    db.run(&format!(
        "begin; set local session_replication_role = replica;
         insert into tasker_workflow_step_edges values ('{second}', '{first}'); commit"
    ))
    .await;
    assert_eq!(
        actions(&sweep(&db).await),
        [("dependency_cycle_detected", "transitioned_to_dlq_and_error")]
    );
}

#[tokio::test]
async fn a_namespace_whose_workers_are_heard_is_left_alone() {
    let db = Database::new().await;
    db.template("{}").await;
    let waiting = db.started().await;
    db.date_back(waiting, 15.0).await;
    db.run("select dlqtop.worker_heartbeat('w1', 'pay')").await;
    assert!(sweep(&db).await.tasks.is_empty());
}

#[tokio::test]
async fn rows_that_others_hold_or_move_are_skipped_and_not_waited_for() {
    let db = with_stale(10).await;
    let mut other = db.pool.begin().await.unwrap();
    other
        .execute("select from tasker_tasks order by task_uuid limit 3 for update")
        .await
        .unwrap();
    let report = sweep(&db).await;
    assert_eq!(
        (
            report.count(SweepOutcome::Moved),
            report.count(SweepOutcome::Skipped)
        ),
        (7, 3)
    );
    other.rollback().await.unwrap();
    assert_eq!(sweep(&db).await.count(SweepOutcome::Moved), 3);
    assert_whole(&db).await;
}

#[tokio::test]
async fn an_insert_that_fails_takes_its_error_with_it_and_nobody_elses() {
    let db = with_stale(30).await;
    db.run("create table public.refuse (task_uuid uuid);
            insert into refuse select task_uuid from tasker_tasks order by task_uuid limit 4;
            create function boom() returns trigger language plpgsql security definer as $$ begin
                if new.task_uuid in (select task_uuid from public.refuse) then
                    raise exception 'disk full'; end if;
                return new; end $$;
            create trigger boom before insert on tasker_tasks_dlq for each row execute function boom()")
        .await;

    let report = sweep(&db).await;
    assert_eq!(
        (
            report.count(SweepOutcome::Moved),
            report.count(SweepOutcome::Failed)
        ),
        (26, 4)
    );
    let failed = report
        .tasks
        .iter()
        .find(|task| task.action_taken == "failed")
        .unwrap();
    assert_eq!(failed.detail.as_ref().unwrap(), &"disk full");
    assert_whole(&db).await;

    db.run("drop trigger boom on tasker_tasks_dlq").await;
    assert_eq!(sweep(&db).await.count(SweepOutcome::Moved), 4);
    assert_whole(&db).await;
}

#[tokio::test]
async fn a_task_whose_entry_somebody_else_opens_meanwhile_is_skipped() {
    let db = with_stale(10).await;
    // One that does not ask for the task first, between the sweep's look and its insert.
    db.run("create table public.raced as select task_uuid from tasker_tasks order by task_uuid limit 1;
            create function rival() returns trigger language plpgsql security definer as $$ begin
                if pg_trigger_depth() = 1 and new.task_uuid in (select task_uuid from public.raced) then
                    insert into public.tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
                    values (new.task_uuid, 'steps_in_process', 'manual_dlq', '{}'); end if;
                return new; end $$;
            create trigger rival before insert on tasker_tasks_dlq for each row execute function rival()")
        .await;
    let report = sweep(&db).await;
    assert_eq!(
        (
            report.count(SweepOutcome::Moved),
            report.count(SweepOutcome::Skipped),
            report.count(SweepOutcome::Failed)
        ),
        (9, 1, 0)
    );
    assert_whole(&db).await;
}

#[tokio::test]
async fn an_error_that_cannot_be_written_leaves_no_dead_letter() {
    let db = with_stale(5).await;
    db.run(
        "create function boom() returns trigger language plpgsql security definer as $$ begin
                if new.to_state = 'error' then raise exception 'no'; end if; return new; end $$;
            create trigger boom before insert on tasker_task_transitions
                for each row execute function boom()",
    )
    .await;
    assert_eq!(sweep(&db).await.count(SweepOutcome::Failed), 5);
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_tasks_dlq").await,
        0
    );
    assert_whole(&db).await;
}

#[tokio::test]
async fn many_detectors_move_each_task_once() {
    let db = with_stale(60).await;
    db.run("update dlqtop.settings set batch_size = 7").await;
    db.allow_one_large_sweep().await;
    let sweeps = (0..4).map(|n| {
        let mut sweeper = sweeper(&db, &format!("d{n}"), false);
        async move { sweeper.sweep(&CancellationToken::new()).await.unwrap() }
    });
    let reports = futures_util::future::join_all(sweeps).await;
    // Whoever stood aside has left the rest to the others, or to the next sweep.
    sweep(&db).await;
    assert!(
        reports
            .iter()
            .all(|report| report.count(SweepOutcome::Failed) == 0)
    );
    let (entries, errors): (i64, i64) = (
        db.one("select count(*) from tasker_tasks_dlq").await,
        db.one("select count(*) from tasker_task_transitions where to_state = 'error'")
            .await,
    );
    assert_eq!((entries, errors), (60, 60));
    assert_whole(&db).await;
}

#[tokio::test]
async fn a_task_that_an_operator_retried_is_not_swept_again_at_once() {
    let db = Database::new().await;
    db.template(r#"{"max_duration_minutes": 1440}"#).await;
    let dead = db.dead_letter("HTTP 503").await;
    db.date_back(dead.task, 25.0 * 60.0).await;
    db.run(&format!(
        "select reset_for_retry('{}', 'error', 'ana', 'gateway is back')",
        dead.step
    ))
    .await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    db.run("select dlqtop.worker_heartbeat('w1', 'pay')").await;
    for _ in 0..3 {
        assert!(sweep(&db).await.tasks.is_empty());
    }
    assert_eq!(db.state(dead.task).await, "steps_in_process");
}

#[tokio::test]
async fn the_sweep_is_recorded() {
    let db = Database::new().await;
    db.template("{}").await;
    db.in_state_since("steps_in_process", 100.0).await;
    sweep(&db).await;
    let mut conn = db.pool.acquire().await.unwrap();
    let sweeps = dlqtop::data::reads::queries::stats(&mut conn, &Source::native())
        .await
        .unwrap()
        .sweeps;
    assert_eq!(sweeps.len(), 1);
    assert_eq!((sweeps[0].detected, sweeps[0].moved), (1, 1));
    assert_eq!(sweeps[0].instance, "d1");
}

#[tokio::test]
async fn a_task_that_a_cancelled_or_exhausted_step_blocks_is_found() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let step = db.step(task, "first").await;
    db.run(&format!(
        "select dlqtop.cancel_step('{step}', 'enqueued', 'ana', 'never')"
    ))
    .await;
    assert_eq!(
        actions(&sweep(&db).await),
        [("max_retries_exceeded", "transitioned_to_dlq_and_error")]
    );
}

#[tokio::test]
async fn what_an_operator_closed_is_not_opened_again_until_the_task_moves() {
    let db = Database::new().await;
    db.template("{}").await;
    let waiting = db.started().await;
    db.date_back(waiting, 15.0).await;
    assert_eq!(sweep(&db).await.count(SweepOutcome::Moved), 1);
    db.run(
        "select dlqtop.update_investigation(dlq_entry_uuid, 1, 'permanently_failed', 'ana', 'known')
         from tasker_tasks_dlq",
    )
    .await;
    assert!(sweep(&db).await.tasks.is_empty());
}

#[tokio::test]
async fn a_sweep_that_is_told_to_stop_ends_after_its_chunk_and_is_recorded() {
    let db = with_stale(6).await;
    db.run("update dlqtop.settings set batch_size = 2").await;
    let stop = CancellationToken::new();
    stop.cancel();
    let report = sweeper(&db, "d1", false).sweep(&stop).await.unwrap();
    assert_eq!(report.count(SweepOutcome::Moved), 2);
    assert_eq!(db.one::<i32>("select moved from dlqtop.sweeps").await, 2);
    assert_whole(&db).await;
}
