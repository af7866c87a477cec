//! What became of what a batch has retried, as the database knows it.

use std::collections::HashMap;
use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::bulk::retry_outcome::{Retried, Verdict, VerdictTally, request, retried};
use dlqtop::data::messages::command::{Pace, Write};
use dlqtop::data::source::{Site, Source};
use support::eventually::eventually;
use uuid::Uuid;

use super::{Fleet, Scene};

const LIMIT: Duration = Duration::from_secs(30);

/// What the database says of the targets of a write.
async fn heard(scene: &Scene, write: &Write) -> HashMap<Uuid, Retried> {
    let asked = request(write.batch, &write.change, write.change.ids());
    let site = Site::from(scene.db.options.clone());
    let found = ad_hoc::once(site, "look", LIMIT, async |db| {
        retried(db, &Source::native(), &asked).await
    });
    let found = found.await.unwrap().into_iter();
    found.map(|one| (one.id, one)).collect()
}

async fn tally(scene: &Scene, write: &Write) -> VerdictTally {
    let heard = heard(scene, write).await;
    VerdictTally::of(write.change.ids().iter().map(|id| heard.get(id)))
}

/// Waits until nothing is on its way any more.
async fn known(scene: &Scene, write: &Write) -> VerdictTally {
    let known = eventually(LIMIT, async || {
        let tally = tally(scene, write).await;
        (tally.running == 0).then_some(tally)
    });
    known.await.unwrap()
}

async fn count(scene: &Scene, state: &str) -> i64 {
    let query = format!(
        "select count(*) from tasker_workflow_step_transitions t
         join tasker_workflow_steps s using (workflow_step_uuid)
         where t.most_recent and t.to_state = '{state}' and s.step_name = 'first'"
    );
    scene.db.one(&query).await
}

#[tokio::test]
async fn a_retry_is_sent_and_has_no_verdict_before_a_worker_has_run_it() {
    let scene = Scene::of(3, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    let (outcome, _) = scene.carried_out(&write).await;
    assert_eq!(outcome.tally().done, 3, "{outcome:?}");
    let all = heard(&scene, &write).await;
    assert_eq!(all.len(), 3);
    for one in all.values() {
        assert_eq!((one.verdict, one.settled), (None, false), "{one:?}");
        assert!(one.error.is_none(), "the error it had is no news");
    }
}

#[tokio::test]
async fn passed_and_failed_again_are_as_the_steps_are() {
    let scene = Scene::of(20, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    scene.carried_out(&write).await;
    let fleet = Fleet::of(&scene.db.pool, |n| {
        n.is_multiple_of(3)
            .then(|| "HTTP 503 again\nat charge".to_owned())
    });
    let told = known(&scene, &write).await;
    fleet.end().await;
    assert_eq!(told, tally(&scene, &write).await, "it is final");
    assert_eq!(
        i64::try_from(told.passed).unwrap(),
        count(&scene, "complete").await
    );
    assert_eq!(
        i64::try_from(told.failed_again).unwrap(),
        count(&scene, "error").await
    );
    assert!(told.passed > 0 && told.failed_again > 0, "{told:?}");
    assert_eq!((told.tried_again, told.all()), (0, 20));
    let all = heard(&scene, &write).await;
    let failed = |one: &&Retried| one.verdict == Some(Verdict::FailedAgain);
    for one in all.values().filter(failed) {
        let error = one.error.as_ref().unwrap();
        assert!(error.as_str().contains("HTTP 503 again"), "{error}");
    }
}

#[tokio::test]
async fn what_has_attempts_left_has_failed_again_and_may_still_pass() {
    let scene = Scene::of(1, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    scene.carried_out(&write).await;
    let step = scene.targets[0].step;
    scene
        .db
        .run("update tasker_workflow_steps set max_attempts = 3")
        .await;
    scene
        .db
        .run("select dlqtop.advance_tasks('orchestrator')")
        .await;
    scene.db.run("select dlqtop.claim_step('w1', 'pay')").await;
    scene
        .db
        .run(&format!(
            "select dlqtop.fail_step('{step}', 'w1', 'HTTP 502', true)"
        ))
        .await;
    let one = heard(&scene, &write).await.remove(&step.0).unwrap();
    assert_eq!(one.verdict, Some(Verdict::FailedAgain), "{one:?}");
    assert_eq!(
        (one.state.as_str(), one.settled),
        ("waiting_for_retry", false)
    );

    scene
        .db
        .run("update tasker_workflow_steps set next_retry_at = now()")
        .await;
    let fleet = Fleet::of(&scene.db.pool, |_| None);
    let passed = eventually(LIMIT, async || {
        (tally(&scene, &write).await.passed == 1).then_some(())
    });
    assert!(passed.await.is_some());
    fleet.end().await;
}

#[tokio::test]
async fn what_others_do_meanwhile_and_what_is_gone_is_told_as_it_is() {
    let scene = Scene::of(4, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    scene.carried_out(&write).await;
    let step = |at: usize| scene.targets[at].step;
    scene
        .db
        .run(&format!(
            "select dlqtop.cancel_step('{}', 'pending', 'bob', 'not wanted')",
            step(0)
        ))
        .await;
    scene
        .db
        .run(&format!(
            "select resolve_manually('{}', 'pending', 'bob', 'by hand')",
            step(1)
        ))
        .await;
    let gone = scene.targets[2].task;
    scene
        .db
        .run(&format!(
            "delete from tasker_tasks_dlq where task_uuid = '{gone}';
             delete from tasker_tasks where task_uuid = '{gone}'"
        ))
        .await;
    let all = heard(&scene, &write).await;
    let verdict = |at: usize| all[&step(at).0].verdict;
    assert_eq!(verdict(0), Some(Verdict::Cancelled));
    assert_eq!(verdict(1), Some(Verdict::Passed), "it is no longer failed");
    assert_eq!(verdict(2), Some(Verdict::Gone));
    assert_eq!(verdict(3), None);
}

#[tokio::test]
async fn of_what_a_batch_has_not_retried_nothing_is_known() {
    let scene = Scene::of(2, "HTTP 503").await;
    let mut write = scene.retry(Pace::default());
    scene.carried_out(&write).await;
    write.batch = Uuid::now_v7();
    assert!(heard(&scene, &write).await.is_empty());
}
