//! The canary's verdicts, and the error that comes back.

use std::time::Duration;

use dlqtop::data::messages::command::{
    Change, ItemResult, Pace, Phase, Resolution, Tally, TaskTarget, TaskVerb, Write,
};
use dlqtop::data::messages::command::{EntryTarget, EntryVerb};
use dlqtop::data::model::{EntryId, TaskId};
use uuid::Uuid;

use super::{Fleet, Scene, untried};

fn canary(within: Duration) -> Pace {
    Pace {
        canary: Some(within),
        ..Pace::default()
    }
}

const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn the_others_follow_a_canary_that_turned_out_well() {
    let scene = Scene::of(4, "HTTP 503").await;
    let fleet = Fleet::of(&scene.db.pool, |_| None);
    let write = scene.retry(canary(LONG));
    let (outcome, told) = scene.carried_out(&write).await;
    fleet.end().await;
    assert_eq!(outcome.tally().done, 4, "{outcome:?}");
    assert!(
        told.iter().any(|progress| matches!(&progress.phase,
            Phase::Canary { label, .. } if label.as_str() == "pay/charge 0")
            && progress.tally.done == 1),
        "{told:?}"
    );
    let waited: bool = scene
        .db
        .one(&format!(
            "select min(l.at) > (select st.created_at from tasker_workflow_step_transitions st
                 where st.workflow_step_uuid = '{}' and st.to_state = 'complete')
             from dlqtop.operator_log l where l.subject_uuid <> '{}'",
            scene.targets[0].step, scene.targets[0].step
        ))
        .await;
    assert!(waited, "the others did not wait for the canary");
}

#[tokio::test]
async fn nothing_follows_a_canary_that_failed_again() {
    let scene = Scene::of(4, "HTTP 503").await;
    let fleet = Fleet::of(&scene.db.pool, |_| Some("HTTP 503\nat charge".to_owned()));
    let write = scene.retry(canary(LONG));
    let (outcome, _) = scene.carried_out(&write).await;
    fleet.end().await;
    assert_eq!(untried(&outcome), ["the canary failed: HTTP 503"; 3]);
    assert_eq!((scene.resets().await, outcome.tally().done), (1, 1));
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn nothing_follows_a_canary_without_a_verdict() {
    let scene = Scene::of(3, "HTTP 503").await;
    let write = scene.retry(canary(Duration::from_millis(700)));
    let (outcome, _) = scene.carried_out(&write).await;
    assert_eq!(
        untried(&outcome),
        ["the canary failed: no verdict within 700ms"; 2]
    );
    assert_eq!(scene.resets().await, 1);
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_no_canary() {
    let scene = Scene::of(3, "HTTP 503").await;
    let step = scene.targets[0].step;
    scene
        .db
        .run(&format!(
            "select resolve_manually('{step}', 'error', 'bob', 'by hand')"
        ))
        .await;
    let write = scene.retry(canary(Duration::from_millis(300)));
    let (outcome, _) = scene.carried_out(&write).await;
    let tally = Tally {
        done: 1,
        changed: 1,
        untried: 1,
        ..Tally::default()
    };
    assert_eq!(outcome.tally(), tally, "{outcome:?}");
}

#[tokio::test]
async fn nothing_follows_a_canary_that_was_refused() {
    let mut scene = Scene::of(2, "HTTP 503").await;
    scene.targets[0].step.0 = Uuid::nil();
    let (outcome, _) = scene.carried_out(&scene.retry(canary(LONG))).await;
    let tally = Tally {
        failed: 1,
        untried: 1,
        ..Tally::default()
    };
    assert_eq!(outcome.tally(), tally, "{outcome:?}");
    assert!(untried(&outcome)[0].starts_with("the canary was refused: "));
}

#[tokio::test]
async fn a_task_that_was_put_back_to_work_is_a_canary_too() {
    let scene = Scene::of(0, "").await;
    let mut targets = Vec::new();
    for _ in 0..2 {
        let task = scene.db.started().await;
        let step = scene.db.claimed().await;
        scene.db.date_back(task, 100.0).await;
        scene
            .db
            .run("select dlqtop.detect_and_transition_stale_tasks(false)")
            .await;
        scene
            .db
            .run(&format!(
                "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
            ))
            .await;
        targets.push(TaskTarget {
            task: TaskId(task),
            seen_state: "error".into(),
            label: "pay/charge".into(),
        });
    }
    let write = Write {
        batch: Uuid::now_v7(),
        change: Change::Tasks(TaskVerb::Requeue, targets),
        reason: "workers are back".to_owned(),
        pace: canary(LONG),
    };
    let fleet = Fleet::of(&scene.db.pool, |_| None);
    let (outcome, told) = scene.carried_out(&write).await;
    fleet.end().await;
    assert_eq!(outcome.tally().done, 2, "{outcome:?}");
    assert!(
        told.iter()
            .any(|progress| matches!(progress.phase, Phase::Canary { .. }))
    );
}

#[tokio::test]
async fn what_has_no_verdict_needs_only_to_be_done() {
    let scene = Scene::of(3, "HTTP 503").await;
    let entries: Vec<Uuid> = sqlx::query_scalar("select dlq_entry_uuid from tasker_tasks_dlq")
        .fetch_all(&scene.db.pool)
        .await
        .unwrap();
    let target = |entry| EntryTarget {
        entry: EntryId(entry),
        seen_version: 1,
        label: "pay/charge".into(),
    };
    let write = Write {
        batch: Uuid::now_v7(),
        change: Change::Entries(
            EntryVerb::Close(Resolution::ManuallyResolved),
            entries.into_iter().map(target).collect(),
        ),
        reason: "by hand".to_owned(),
        pace: canary(LONG),
    };
    let (outcome, _) = scene.carried_out(&write).await;
    assert_eq!(outcome.tally().done, 3, "{outcome:?}");
}

fn halting(after: u32) -> Pace {
    Pace {
        per_second: Some(15.0),
        halt_after: Some(after),
        ..Pace::default()
    }
}

#[tokio::test]
async fn a_run_halts_when_the_error_it_was_to_cure_comes_back() {
    let scene = Scene::of(40, "HTTP 503 from gateway 7").await;
    let fleet = Fleet::of(&scene.db.pool, |n| {
        Some(format!("HTTP 503 from gateway {n}"))
    });
    let (outcome, _) = scene.carried_out(&scene.retry(halting(3))).await;
    fleet.end().await;
    let (tally, why) = (outcome.tally(), untried(&outcome));
    assert!(tally.done >= 3 && tally.untried > 0, "{tally:?}");
    assert!(
        why[0].starts_with("halted: HTTP 503 from gateway "),
        "{why:?}"
    );
    assert!(why[0].ends_with(" times"), "{why:?}");
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn another_error_halts_nothing() {
    let scene = Scene::of(24, "HTTP 503").await;
    let fleet = Fleet::of(&scene.db.pool, |_| Some("card declined".to_owned()));
    let (outcome, _) = scene.carried_out(&scene.retry(halting(2))).await;
    fleet.end().await;
    assert_eq!(outcome.tally().done, 24, "{:?}", untried(&outcome));
    let failed: i64 = scene
        .db
        .one("select count(*) from v_retried_steps where failed_again")
        .await;
    assert!(failed >= 2, "nothing failed again");
}

#[tokio::test]
async fn an_unhurried_chunk_is_watched_before_the_next() {
    let scene = Scene::of(30, "HTTP 503").await;
    let fleet = Fleet::of(&scene.db.pool, |_| Some("HTTP 503".to_owned()));
    let pace = Pace {
        halt_after: Some(1),
        ..Pace::default()
    };
    let (outcome, _) = scene.carried_out(&scene.retry(pace)).await;
    fleet.end().await;
    assert!(outcome.tally().untried >= 10, "{:?}", outcome.tally());
    assert!(matches!(outcome.items[0].result, ItemResult::Done { .. }));
}
