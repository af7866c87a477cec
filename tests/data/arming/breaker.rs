//! What holds a sweep: too much at once, or more than the limits allow; and the confirmation that lets it go.

use std::time::Duration;

use dlqtop::data::native::detector_control::{self, Decided};
use dlqtop::data::native::sweep::SweepOutcome;
use support::eventually::eventually;
use support::seed::Tasks;

use super::{WHY, armed, confirm, in_error, refusal, swept};

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
