//! Acts by SQL leave the rows that Tasker's state machine would have left.

use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::bulk::retry_outcome::{Retried, Verdict, request, retried};
use dlqtop::data::messages::command::{
    EntryVerb, ItemResult, Resolution, StepVerb, TaskVerb, Write,
};
use dlqtop::data::source::Site;
use serde_json::{Value, json};

use super::deployment::{Deployment, Stuck, carry_out, on_entry, on_step, on_task};

/// The present transition of the step, the one before it, and the step's flags.
async fn rows(on: &Deployment, stuck: Stuck) -> Value {
    on.one(&format!(
        "select jsonb_build_object(
             'from', p.from_state, 'to', p.to_state, 'key', p.sort_key,
             'event', (p.metadata ->> 'event')::jsonb ->> 'type',
             'who', coalesce(p.metadata ->> 'reset_by', p.metadata ->> 'resolved_by',
                             p.metadata ->> 'completed_by', p.metadata ->> 'cancelled_by'),
             'present', (select count(*) from tasker.workflow_step_transitions o
                         where o.workflow_step_uuid = s.workflow_step_uuid and o.most_recent),
             'attempts', s.attempts, 'in_process', s.in_process, 'processed', s.processed,
             'dated', s.processed_at is not null)
         from tasker.workflow_steps s
         join tasker.workflow_step_transitions p
             on p.workflow_step_uuid = s.workflow_step_uuid and p.most_recent
         where s.workflow_step_uuid = '{}'",
        stuck.step
    ))
    .await
}

fn done(now: &str) -> ItemResult {
    ItemResult::Done { now: now.into() }
}

#[tokio::test]
async fn a_retry_goes_from_error_to_pending_with_no_attempts() {
    let (on, stuck) = Deployment::stuck().await;
    let write = on_step(StepVerb::ResetForRetry, stuck, "error");
    assert_eq!(
        carry_out(&on.site, "ana@lap", &write).await,
        done("pending")
    );
    assert_eq!(
        rows(&on, stuck).await,
        json!({"from": "error", "to": "pending", "key": 5, "event": "ResetForRetry", "who": "ana@lap",
               "present": 1, "attempts": 0, "in_process": false, "processed": false, "dated": false})
    );
}

/// The step goes to this state, as Tasker would move it.
async fn moves(on: &Deployment, stuck: Stuck, to: &str) {
    on.run(&format!(
        "with ended as (
             update tasker.workflow_step_transitions set most_recent = false
             where workflow_step_uuid = '{step}' and most_recent
             returning to_state, sort_key)
         insert into tasker.workflow_step_transitions
             (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
         select '{step}', to_state, '{to}', '{{\"error_message\": \"HTTP 503 again\"}}', sort_key + 1, true,
                now() at time zone 'UTC', now() at time zone 'UTC'
         from ended",
        step = stuck.step
    ))
    .await;
}

/// What became of the one step of a retry.
async fn became(site: &Site, write: &Write) -> Option<Retried> {
    let asked = request(write.batch, &write.change, write.change.ids());
    let limit = Duration::from_secs(20);
    let found = ad_hoc::once(site.clone(), "look", limit, async |db| {
        retried(db, &site.source, &asked).await
    });
    found.await.unwrap().pop()
}

#[tokio::test]
async fn a_retry_has_passed_or_failed_again_by_the_transitions_after_it() {
    let (on, stuck) = Deployment::stuck().await;
    let write = on_step(StepVerb::ResetForRetry, stuck, "error");
    assert_eq!(became(&on.site, &write).await, None, "it was not sent");
    carry_out(&on.site, "ana@lap", &write).await;
    let sent = became(&on.site, &write).await.unwrap();
    assert_eq!((sent.verdict, sent.settled), (None, false), "{sent:?}");
    assert_eq!(sent.error, None, "the error it had is no news");

    moves(&on, stuck, "waiting_for_retry").await;
    let again = became(&on.site, &write).await.unwrap();
    assert_eq!(again.verdict, Some(Verdict::FailedAgain));
    assert!(!again.settled, "it is tried again");
    assert_eq!(again.error.unwrap().as_str(), "HTTP 503 again");
    moves(&on, stuck, "error").await;
    assert!(became(&on.site, &write).await.unwrap().settled);
    moves(&on, stuck, "complete").await;
    let passed = became(&on.site, &write).await.unwrap();
    assert_eq!(
        (passed.verdict, passed.settled),
        (Some(Verdict::Passed), true)
    );
}

#[tokio::test]
async fn steps_are_resolved_completed_and_cancelled_as_processed() {
    for (verb, to, event) in [
        (
            StepVerb::ResolveManually,
            "resolved_manually",
            "ResolveManually",
        ),
        (
            StepVerb::CompleteManually(json!({"paid": 12.5})),
            "complete",
            "CompleteManually",
        ),
        (StepVerb::Cancel, "cancelled", "Cancel"),
    ] {
        let (on, stuck) = Deployment::stuck().await;
        let write = on_step(verb.clone(), stuck, "error");
        assert_eq!(carry_out(&on.site, "ana@lap", &write).await, done(to));
        assert_eq!(
            rows(&on, stuck).await,
            json!({"from": "error", "to": to, "key": 5, "event": event, "who": "ana@lap", "present": 1,
                   "attempts": 3, "in_process": false, "processed": true, "dated": true})
        );
        let result: Value = on
            .one(&format!(
                "select results -> 'result' from tasker.workflow_steps
                 where workflow_step_uuid = '{}' and results ->> 'success' = 'true'
                 union all select 'null'::jsonb limit 1",
                stuck.step
            ))
            .await;
        let expected = match verb {
            StepVerb::CompleteManually(result) => result,
            _ => Value::Null,
        };
        assert_eq!(result, expected);
    }
}

#[tokio::test]
async fn what_the_state_machine_forbids_is_refused_in_words() {
    let (on, stuck) = Deployment::stuck().await;
    on.run(
        "update tasker.workflow_step_transitions set to_state = 'waiting_for_retry'
            where to_state = 'error'",
    )
    .await;
    let write = on_step(StepVerb::ResetForRetry, stuck, "waiting_for_retry");
    let ItemResult::Failed { why } = carry_out(&on.site, "ana", &write).await else {
        panic!("it was not refused");
    };
    assert_eq!(
        why.as_str(),
        "Tasker's state machine does not retry a step in waiting_for_retry"
    );
    assert_eq!(on.state(stuck.step).await, "waiting_for_retry");
}

/// Everybody at once; who was done, and what the others heard.
async fn raced(on: &Deployment, writes: Vec<Write>) -> (usize, Vec<ItemResult>) {
    let mut running = tokio::task::JoinSet::new();
    for (n, write) in writes.into_iter().enumerate() {
        let site = on.site.clone();
        running.spawn(async move { carry_out(&site, &format!("operator-{n}"), &write).await });
    }
    let results = running.join_all().await;
    let (done, others): (Vec<_>, Vec<_>) =
        (results.into_iter()).partition(|result| matches!(result, ItemResult::Done { .. }));
    (done.len(), others)
}

#[tokio::test]
async fn of_many_operators_one_does_it() {
    for _ in 0..5 {
        let (on, stuck) = Deployment::stuck().await;
        let verbs = [
            StepVerb::ResetForRetry,
            StepVerb::ResolveManually,
            StepVerb::Cancel,
            StepVerb::CompleteManually(json!(1)),
        ];
        let writes = verbs.map(|verb| on_step(verb, stuck, "error")).to_vec();
        let (done, others) = raced(&on, writes).await;
        assert_eq!(done, 1, "{others:?}");
        let now = on.state(stuck.step).await;
        for other in others {
            // Whoever came a moment too late reads what it has become.
            let ItemResult::Changed { now: heard, by, .. } = other else {
                panic!("{other:?}");
            };
            assert_eq!(heard.as_str(), now);
            assert!(by.unwrap().as_str().starts_with("operator-"));
        }
        let version = on.named(stuck.entry).await.version.unwrap();
        let close = |resolution| on_entry(EntryVerb::Close(resolution), stuck, version);
        let writes = vec![
            close(Resolution::ManuallyResolved),
            close(Resolution::Cancelled),
            close(Resolution::PermanentlyFailed),
        ];
        let (done, others) = raced(&on, writes).await;
        assert_eq!(done, 1, "{others:?}");
        assert_eq!(others.len(), 2);
    }
}

#[tokio::test]
async fn one_batch_does_it_once() {
    let (on, stuck) = Deployment::stuck().await;
    let version = on.named(stuck.entry).await.version.unwrap();
    let step = on_step(StepVerb::ResetForRetry, stuck, "error");
    let note = on_entry(EntryVerb::Note, stuck, version);
    for _ in 0..2 {
        assert_eq!(carry_out(&on.site, "ana", &step).await, done("pending"));
        assert_eq!(carry_out(&on.site, "ana", &note).await, done("pending"));
    }
    let written: i64 = on
        .one("select count(*) from tasker.workflow_step_transitions where metadata ? 'batch'")
        .await;
    let notes: i32 = on
        .one("select jsonb_array_length(metadata -> 'investigation_notes') from tasker.tasks_dlq")
        .await;
    assert_eq!((written, notes), (1, 1));
    // Another batch is another act.
    let again = on_step(StepVerb::ResetForRetry, stuck, "error");
    let answer = carry_out(&on.site, "ben", &again).await;
    assert!(matches!(answer, ItemResult::Changed { by: Some(by), .. } if by == "ana"));
}

#[tokio::test]
async fn metadata_are_merged_so_that_the_systems_own_view_can_read_them() {
    let (on, stuck) = Deployment::stuck().await;
    let version = async || on.named(stuck.entry).await.version.unwrap();
    let note = on_entry(EntryVerb::Note, stuck, version().await);
    assert_eq!(carry_out(&on.site, "ana", &note).await, done("pending"));
    let close = EntryVerb::Close(Resolution::ManuallyResolved);
    let write = on_entry(close, stuck, version().await);
    assert_eq!(
        carry_out(&on.site, "ana", &write).await,
        done("manually_resolved")
    );
    let reopen = on_entry(EntryVerb::Reopen, stuck, version().await);
    assert_eq!(carry_out(&on.site, "ana", &reopen).await, done("pending"));
    // How it was closed is not how it stands; it is known all the same.
    let told: Value = on
        .one(
            "select jsonb_build_array(resolution_notes, resolved_by, resolution_timestamp,
                 metadata -> 'closed_before')
             from tasker.tasks_dlq",
        )
        .await;
    assert_eq!(
        told,
        json!([null, null, null,
               {"status": "manually_resolved", "notes": "gateway is back", "by": "ana"}])
    );
    let minutes: i32 = on
        .one("select time_in_state_minutes from tasker.v_dlq_investigation_queue")
        .await;
    assert_eq!(minutes, 20);
    let kept: Value = on
        .one("select metadata -> 'detection_method' from tasker.tasks_dlq")
        .await;
    assert_eq!(kept, json!("automatic"));
}

#[tokio::test]
async fn a_task_is_resumed_only_when_no_step_of_it_has_failed() {
    let (on, stuck) = Deployment::stuck().await;
    let resume = || on_task(TaskVerb::Requeue, stuck, "error");
    let ItemResult::Failed { why } = carry_out(&on.site, "ana", &resume()).await else {
        panic!("it was resumed");
    };
    assert_eq!(
        why.as_str(),
        "a failed step blocks the task: retry or resolve that step"
    );
    carry_out(
        &on.site,
        "ana",
        &on_step(StepVerb::ResetForRetry, stuck, "error"),
    )
    .await;
    assert_eq!(carry_out(&on.site, "ana", &resume()).await, done("pending"));
    let present: Value = on
        .one(
            "select jsonb_build_array(from_state, to_state, sort_key, transition_metadata ->> 'reset_by')
             from tasker.task_transitions where most_recent",
        )
        .await;
    assert_eq!(present, json!(["error", "pending", 8, "ana"]));
}

#[tokio::test]
async fn an_investigation_is_opened_by_hand_with_what_the_view_reads() {
    let (on, stuck) = Deployment::stuck().await;
    let open = || on_task(TaskVerb::SendToDlq, stuck, "error");
    let ItemResult::Failed { why } = carry_out(&on.site, "ana", &open()).await else {
        panic!("a second one was opened");
    };
    assert!(
        why.as_str()
            .starts_with("the task already has a pending entry")
    );
    on.run("update tasker.tasks_dlq set resolution_status = 'cancelled'")
        .await;
    assert_eq!(carry_out(&on.site, "ana", &open()).await, done("pending"));
    let seen: Value = on
        .one(
            "select jsonb_build_array(q.dlq_reason, q.namespace_name, q.task_name, q.current_state,
                 q.time_in_state_minutes between 48 and 51, jsonb_array_length(d.task_snapshot -> 'steps'))
             from tasker.v_dlq_investigation_queue q join tasker.tasks_dlq d using (dlq_entry_uuid)",
        )
        .await;
    assert_eq!(
        seen,
        json!(["manual_dlq", "pay", "charge", "error", true, 3])
    );
}

#[tokio::test]
async fn a_completed_step_has_the_metadata_that_those_after_it_can_read() {
    let (on, stuck) = Deployment::stuck().await;
    let write = on_step(
        StepVerb::CompleteManually(json!({"paid": 1})),
        stuck,
        "error",
    );
    carry_out(&on.site, "ana", &write).await;
    let metadata: Value = on
        .one(&format!(
            "select results -> 'orchestration_metadata' from tasker.workflow_steps
             where workflow_step_uuid = '{}'",
            stuck.step
        ))
        .await;
    // All members, as Tasker writes an empty one: it reads no results in which one is missing.
    assert_eq!(
        metadata,
        json!({"headers": {}, "error_context": null, "backoff_hint": null, "custom": {}})
    );
}
