//! Sweeps act only where the detector is armed, and no sweep takes much more than usual unless somebody has
//! confirmed it.

use std::time::Duration;

use dlqtop::data::native::detector_control::{self, Decided, Decision};
use dlqtop::data::native::sweep::{SweepOptions, SweepOutcome, Sweeper};
use sqlx::{ConnectOptions as _, Connection as _};
use support::database::Database;
use support::seed::Tasks;
use tokio_util::sync::CancellationToken;

mod breaker;

const WHY: Decision<'static> = Decision {
    actor: "ana@lap7",
    reason: "looked at them",
    incident: None,
};

/// Tasks that have been in `steps_in_process` for two hours, in a database as everybody finds it.
async fn unarmed(count: usize) -> Database {
    let db = Database::unarmed().await;
    db.template_in(Tasks::STALE.of, "{}").await;
    db.seed(Tasks::STALE.count(count)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    db
}

/// The same where it is armed.
async fn armed(count: usize) -> Database {
    let db = Database::with(Tasks::STALE.count(count)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    db
}

async fn in_error(db: &Database) -> i64 {
    db.one("select count(*) from tasker_task_transitions where most_recent and to_state = 'error'")
        .await
}

/// What one call of the sweep did, by action.
async fn swept(db: &Database) -> String {
    db.one(
        "select coalesce(string_agg(action_taken || ' ' || tasks, ', '), 'nothing')
         from (select action_taken, count(*) as tasks
               from dlqtop.detect_and_transition_stale_tasks(false, 10000)
               group by 1 order by 1) actions",
    )
    .await
}

async fn arm(db: &Database, count: i32) -> Decided {
    detector_control::arm(&db.options, count, WHY)
        .await
        .unwrap()
}

async fn confirm(db: &Database, count: i32) -> Decided {
    detector_control::confirm(&db.options, count, WHY)
        .await
        .unwrap()
}

fn refusal(decided: &Decided) -> &str {
    match decided {
        Decided::Refused(why) => why.as_str(),
        Decided::Done => "done",
    }
}

#[tokio::test]
async fn until_somebody_arms_it_no_sweep_moves_anything() {
    let db = unarmed(3_000).await;
    let report = db.sweep().await;
    assert!(!report.armed && !report.acted());
    assert_eq!(report.tasks.len(), 3_000);
    assert_eq!(report.count(SweepOutcome::Moved), 3_000, "would be moved");
    assert_eq!(report.sweep_id, None);
    assert_eq!(swept(&db).await, "would_transitioned_to_dlq_and_error 3000");
    assert_eq!(in_error(&db).await, 0);
    let entries: i64 = db.one("select count(*) from tasker_tasks_dlq").await;
    assert_eq!(entries, 0);
    let recorded: bool = db.one("select bool_and(dry_run) from v_sweeps").await;
    assert!(recorded);
}

#[tokio::test]
async fn the_detectors_role_moves_nothing_either_and_may_not_arm() {
    let db = unarmed(60).await;
    let options = db.options.clone().options([("role", "dlqtop_detector")]);
    let mut detector = options.connect().await.unwrap();
    let actions: Vec<String> = sqlx::query_scalar(
        "select distinct action_taken from dlqtop.detect_and_transition_stale_tasks(false)",
    )
    .fetch_all(&mut detector)
    .await
    .unwrap();
    assert_eq!(actions, ["would_transitioned_to_dlq_and_error"]);
    for forbidden in [
        "select dlqtop.arm_detector(60, 'd', 'why')",
        "select dlqtop.disarm_detector('d', 'why')",
        "select dlqtop.confirm_sweep(60, 'd', 'why')",
        "select dlqtop.undo_sweep(1, 'd', 'why')",
        "update dlqtop.settings set detector_armed_at = now()",
        "insert into dlqtop.sweep_allowance (allowed, until) values (60, now() + interval '1 h')",
    ] {
        let refused = sqlx::raw_sql(forbidden)
            .execute(&mut detector)
            .await
            .unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}");
    }
    detector.close().await.unwrap();
    assert_eq!(in_error(&db).await, 0);
}

#[tokio::test]
async fn a_count_that_does_not_cover_what_is_due_arms_nothing() {
    let db = unarmed(60).await;
    let refused = arm(&db, 59).await;
    assert_eq!(
        refusal(&refused),
        "60 tasks are due now, more than 59: look again"
    );
    assert!(!db.sweep().await.armed);
    assert_eq!(arm(&db, 60).await, Decided::Done);
    let report = db.sweep().await;
    assert_eq!(
        (report.armed, report.count(SweepOutcome::Moved)),
        (true, 60)
    );
    assert_eq!(in_error(&db).await, 60);
    let state = detector_control::state(&mut db.pool.acquire().await.unwrap())
        .await
        .unwrap();
    assert_eq!(state.armed_by.unwrap().as_str(), "ana@lap7");
    assert_eq!(state.armed_reason.unwrap().as_str(), "looked at them");
    assert_eq!(
        (state.due, state.allowed, state.took_last_hour),
        (0, None, 60)
    );
}

#[tokio::test]
async fn disarming_ends_it_for_all_in_the_middle_of_a_sweep() {
    let db = armed(60).await;
    db.allow_one_large_sweep().await;
    db.run("update dlqtop.settings set batch_size = 10").await;
    let first: i64 = db
        .one("select max(sweep_id) from dlqtop.detect_and_transition_stale_tasks(false, 10)")
        .await;
    assert!(detector_control::disarm(&db.options, WHY).await.unwrap());
    let next: String = db
        .one(&format!(
            "select min(action_taken) from dlqtop.detect_and_transition_stale_tasks(
                 false, 10, p_sweep => {first})"
        ))
        .await;
    assert_eq!(next, "would_transitioned_to_dlq_and_error");
    assert_eq!(in_error(&db).await, 10);
    assert!(
        !detector_control::disarm(&db.options, WHY).await.unwrap(),
        "twice"
    );
    let log: String = db
        .one("select string_agg(action || ' by ' || actor || ': ' || reason, ', ') from dlqtop.operator_log")
        .await;
    assert_eq!(log, "disarm_detector by ana@lap7: looked at them");
}

#[tokio::test]
async fn a_change_of_thresholds_that_floods_the_queue_disarms() {
    let young = Tasks {
        minutes: 10.0,
        ..Tasks::STALE
    };
    let lower =
        r#"select dlqtop.configure('{"max_steps_in_process_minutes": 5}', 'ana', 'faster')"#;
    let db = Database::with(young.count(50)).await;
    db.run(lower).await;
    assert!(
        db.one::<bool>("select armed_at is not null from v_detector")
            .await,
        "50 are few"
    );

    let db = Database::with(young.count(51)).await;
    db.run(lower).await;
    assert!(
        db.one::<bool>("select armed_at is null from v_detector")
            .await
    );
    let log: String = db
        .one("select string_agg(action || ': ' || reason, ', ' order by log_id) from dlqtop.operator_log")
        .await;
    assert_eq!(
        log,
        "configure: faster, disarm_detector: a change of thresholds made 51 more tasks due at once"
    );
    assert_eq!(swept(&db).await, "would_transitioned_to_dlq_and_error 51");

    // By a template, and only what was not due before.
    let db = armed(60).await;
    db.run(r#"update tasker_named_tasks set configuration = configuration || '{"lifecycle": {"max_steps_in_process_minutes": 20}}'"#)
        .await;
    assert!(
        db.one::<bool>("select armed_at is not null from v_detector")
            .await,
        "all were due"
    );
    db.seed(
        Tasks {
            tag: "young",
            ..young
        }
        .count(51),
    )
    .await;
    db.run(r#"update tasker_named_tasks set configuration = configuration || '{"lifecycle": {"max_steps_in_process_minutes": 5}}'"#)
        .await;
    assert!(
        db.one::<bool>("select armed_at is null from v_detector")
            .await
    );
}

#[tokio::test]
async fn the_preview_says_what_the_first_sweep_would_take_oldest_first() {
    let db = Database::unarmed().await;
    db.template_in(("pay", "charge"), "{}").await;
    db.template_in(("ship", "pack"), "{}").await;
    db.seed(
        Tasks {
            tag: "a",
            ..Tasks::STALE
        }
        .count(3),
    )
    .await;
    db.seed(
        Tasks {
            tag: "b",
            minutes: 105.0,
            ..Tasks::FAILED
        }
        .count(2),
    )
    .await;
    db.seed(
        Tasks {
            tag: "c",
            of: ("ship", "pack"),
            minutes: 500.0,
            age: 600.0,
            ..Tasks::STALE
        }
        .count(1),
    )
    .await;
    let mut link = db.pool.acquire().await.unwrap();
    let rows = detector_control::preview(&mut link).await.unwrap();
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{}/{} {} {} {}",
                row.namespace, row.task_name, row.state, row.dlq_reason, row.tasks
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "ship/pack steps_in_process staleness_timeout 1",
            "pay/charge blocked_by_failures max_retries_exceeded 2",
            "pay/charge steps_in_process staleness_timeout 3",
        ]
    );
    assert!(rows[0].oldest_minutes.unwrap() > 499.0);
    assert_eq!(detector_control::state(&mut link).await.unwrap().due, 6);
}

#[tokio::test]
async fn a_sweep_that_died_between_two_chunks_is_on_record() {
    let db = armed(40).await;
    let stop = CancellationToken::new();
    stop.cancel();
    db.run("update dlqtop.settings set batch_size = 10").await;
    let options = SweepOptions {
        instance: "d1".to_owned(),
        dry_run: false,
        budget: Duration::from_secs(5),
    };
    let report = Sweeper::new(&db.options, options)
        .sweep(&stop)
        .await
        .unwrap();
    assert_eq!(report.count(SweepOutcome::Moved), 10, "one chunk");
    let kept: bool = db
        .one(
            "select moved = 10 and (select cardinality(tasks) = 10 from dlqtop.sweep_chunks c
                                    where c.sweep_id = s.sweep_id)
             from dlqtop.sweeps s",
        )
        .await;
    assert!(kept);
}
