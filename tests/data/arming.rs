//! Sweeps act only where the detector is armed, and no sweep takes much more than usual unless somebody has
//! confirmed it.

use std::time::Duration;

use dlqtop::data::native::detector_control::{self, Decided, Decision};
use dlqtop::data::native::sweep::{SweepOptions, SweepOutcome, Sweeper};
use sqlx::{ConnectOptions as _, Connection as _};
use support::database::Database;
use support::eventually::eventually;
use support::seed::Tasks;
use tokio_util::sync::CancellationToken;

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
async fn fifty_are_taken_and_fifty_one_are_held() {
    let db = armed(50).await;
    assert_eq!(db.sweep().await.count(SweepOutcome::Moved), 50);

    let db = armed(51).await;
    let report = db.sweep().await;
    let held = report.held.clone().unwrap();
    assert_eq!((held.due, held.breaker_limit), (51, 50));
    assert_eq!(held.why.as_str(), "51 tasks are due, more than 50");
    assert_eq!(
        (report.tasks.len(), report.detected(), report.sweep_id),
        (0, 51, None)
    );
    assert_eq!(swept(&db).await, "would_transitioned_to_dlq_and_error 51");
    assert_eq!(in_error(&db).await, 0);
    let recorded: String = db
        .one("select concat_ws(' ', detected, moved, dry_run, held) from v_sweeps")
        .await;
    assert_eq!(recorded, "51 0 t t");
}

#[tokio::test]
async fn no_way_of_calling_it_makes_what_is_due_look_less() {
    let db = armed(51).await;
    for call in [
        "false, 1",
        "false, 100, 'x', array(select task_uuid from dlqtop.deadlines limit 40)",
        "false, 100, 'x', '{}', true",
        "false, 100, 'x', '{}', true, now()",
        "false, 100, 'x', '{}', true, null, null, 4711",
    ] {
        let acted: i64 = db
            .one(&format!(
                "select count(*) from dlqtop.detect_and_transition_stale_tasks({call})
                 where action_taken not like 'would%'"
            ))
            .await;
        assert_eq!(acted, 0, "{call}");
    }
    assert_eq!(in_error(&db).await, 0);
}

#[tokio::test]
async fn five_percent_of_what_is_under_way_may_go() {
    let db = armed(100).await;
    let fresh = Tasks {
        minutes: 1.0,
        tag: "fresh",
        ..Tasks::STALE
    };
    db.seed(fresh.count(1_900)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    assert_eq!(
        db.sweep().await.count(SweepOutcome::Moved),
        100,
        "5 % of 2,000"
    );

    let db = armed(101).await;
    db.seed(fresh.count(1_900)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    let held = db.sweep().await.held.unwrap();
    assert_eq!(
        held.why.as_str(),
        "101 tasks are due, more than 5 % of the 2001 under way"
    );
    assert_eq!(in_error(&db).await, 0);
}

#[tokio::test]
async fn ten_times_the_usual_is_held_where_five_percent_would_not_be() {
    let db = armed(80).await;
    let fresh = Tasks {
        minutes: 1.0,
        tag: "fresh",
        ..Tasks::STALE
    };
    db.seed(fresh.count(3_000)).await;
    db.run(
        "delete from dlqtop.sweep_allowance;
         insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed, dry_run)
         select 'd', now() - n * interval '5 min', interval '1 s', n, n, 0, 0, false from generate_series(1, 15) n
         union all
         select 'd', now(), '1 s', 0, 0, 0, 0, false from generate_series(1, 30)
         union all
         select 'd', now(), '1 s', 900, 900, 0, 0, true from generate_series(1, 30)",
    )
    .await;
    assert_eq!(
        db.sweep().await.count(SweepOutcome::Moved),
        80,
        "ten times the usual 8"
    );
    db.seed(
        Tasks {
            tag: "more",
            ..Tasks::STALE
        }
        .count(91),
    )
    .await;
    db.run("delete from dlqtop.sweep_allowance").await;
    let held = db.sweep().await.held.unwrap();
    assert_eq!(held.breaker_limit, 80);
    assert_eq!(
        held.why.as_str(),
        "91 tasks are due, more than ten times the 8 that a sweep usually takes"
    );
}

#[tokio::test]
async fn a_confirmation_is_good_once_for_at_most_that_many() {
    let db = armed(120).await;
    let refused = confirm(&db, 119).await;
    assert_eq!(
        refusal(&refused),
        "120 tasks are due now, more than 119: look again"
    );
    assert_eq!(confirm(&db, 120).await, Decided::Done);
    db.seed(
        Tasks {
            tag: "more",
            minutes: 90.0,
            ..Tasks::STALE
        }
        .count(100),
    )
    .await;
    db.run("delete from dlqtop.sweep_allowance; select dlqtop.confirm_sweep(250, 'ana', 'again')")
        .await;
    db.seed(
        Tasks {
            tag: "most",
            minutes: 80.0,
            ..Tasks::STALE
        }
        .count(100),
    )
    .await;
    db.run("update dlqtop.sweep_allowance set allowed = 250, until = now() + interval '10 min'")
        .await;
    let report = db.sweep().await;
    assert_eq!(
        report.count(SweepOutcome::Moved),
        250,
        "of 320, over three chunks"
    );
    assert_eq!(db.sweep().await.held.unwrap().due, 70, "used up");
}

#[tokio::test]
async fn a_confirmation_ends_after_ten_minutes_and_needs_an_armed_detector() {
    let db = armed(60).await;
    assert_eq!(confirm(&db, 60).await, Decided::Done);
    let minutes: f64 = db
        .one("select extract(epoch from until - now())::float8 / 60 from dlqtop.sweep_allowance")
        .await;
    assert!((9.0..=10.0).contains(&minutes), "{minutes}");
    db.run("update dlqtop.sweep_allowance set until = now()")
        .await;
    assert!(db.sweep().await.held.is_some());
    detector_control::disarm(&db.options, WHY).await.unwrap();
    let refused = confirm(&db, 60).await;
    assert!(refusal(&refused).contains("not armed"), "{refused:?}");
    assert_eq!(in_error(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_detectors_at_once_use_a_confirmation_once() {
    let db = armed(120).await;
    assert_eq!(confirm(&db, 120).await, Decided::Done);
    // Both have begun before either has ended.
    let mut first = db.pool.begin().await.unwrap();
    let took: i64 = sqlx::query_scalar(
        "select count(*) from dlqtop.detect_and_transition_stale_tasks(false, 10, 'd1')
         where action_taken not like 'would%'",
    )
    .fetch_one(&mut *first)
    .await
    .unwrap();
    assert_eq!(took, 10);
    let pool = db.pool.clone();
    let second = tokio::spawn(async move {
        let took: i64 = sqlx::query_scalar(
            "select count(*) from dlqtop.detect_and_transition_stale_tasks(false, 100, 'd2')
             where action_taken not like 'would%'",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        took
    });
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    let waiting = eventually(Duration::from_secs(20), async || {
        (db.one::<i64>(waits).await > 0).then_some(())
    });
    waiting.await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), 0);
    assert_eq!(in_error(&db).await, 10);
}

#[tokio::test]
async fn a_sweep_goes_on_only_as_itself_and_only_for_its_time() {
    let db = armed(200).await;
    db.allow_one_large_sweep().await;
    let sweep: i64 = db
        .one("select max(sweep_id) from dlqtop.detect_and_transition_stale_tasks(false, 10, 'd1')")
        .await;
    let moved = async |instance: &str| -> i64 {
        db.one(&format!(
            "select count(*) from dlqtop.detect_and_transition_stale_tasks(
                 false, 10, '{instance}', p_sweep => {sweep})
             where action_taken not like 'would%'"
        ))
        .await
    };
    assert_eq!(moved("d2").await, 0, "another's sweep");
    assert_eq!(moved("d1").await, 10);
    db.run("update dlqtop.sweeps set cleared_until = now()")
        .await;
    assert_eq!(moved("d1").await, 0, "its time is up");
    assert_eq!(in_error(&db).await, 20);
}

#[tokio::test]
async fn limits_bound_a_sweep_and_a_rolling_hour() {
    let db = armed(40).await;
    db.run(
        r#"select dlqtop.configure('{"max_per_sweep": 15, "max_per_hour": 25, "batch_size": 10}', 'ana', 'slowly')"#,
    )
    .await;
    let took: Vec<i32> = [
        db.sweep().await.count(SweepOutcome::Moved),
        db.sweep().await.count(SweepOutcome::Moved),
        db.sweep().await.count(SweepOutcome::Moved),
    ]
    .into();
    assert_eq!(took, [15, 10, 0]);
    db.run("update dlqtop.sweep_chunks set at = at - interval '1 hour' where sweep_id = 1")
        .await;
    assert_eq!(
        db.sweep().await.count(SweepOutcome::Moved),
        15,
        "the hour rolls on"
    );
    assert_eq!(in_error(&db).await, 40);
}

#[tokio::test]
async fn a_false_report_does_not_make_large_sweeps_usual() {
    let db = armed(51).await;
    db.run(
        "select dlqtop.record_sweep('x', 1, 5000, 5000, 0, 0, false) from generate_series(1, 20)",
    )
    .await;
    assert!(db.sweep().await.held.is_some());
    let usual: Option<i32> = db.one("select usual from v_detector").await;
    assert_eq!(usual, None);
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
