//! Why a task is stuck, in one sentence: a table of tasks and what is said of them.

mod advice;

use chrono::TimeDelta;
use dlqtop::app::detail::diagnosis::{Diagnosis, diagnose};
use dlqtop::data::model::{Detail, StepRow};
use support::rows::{detail, entry, noon, step};

/// The usual task, alone with its error, its steps replaced.
fn task(steps: Vec<StepRow>) -> Detail {
    let mut detail = detail();
    detail.task.same_error_elsewhere = 0;
    detail.task.minutes_since_namespace_finished = Some(0.4);
    detail.steps = steps;
    detail
}

fn charge(state: &str) -> StepRow {
    let mut step = step(12, "charge_card", state, &[]);
    step.attempts = 2;
    step
}

fn keys(verdict: &Diagnosis<'_>) -> String {
    verdict
        .advice
        .iter()
        .filter_map(|advice| advice.key)
        .collect()
}

#[test]
fn the_sentence_names_step_error_and_what_hangs_on_it() {
    let detail = detail();
    let verdict = diagnose(&detail, noon());
    assert_eq!(
        verdict.sentence,
        "charge_card failed 3 of 3: card_declined: insufficient funds; 4 steps wait for it; \
         37 other tasks have the same error; no worker of `payments` has finished anything for 22 min"
    );
    let waiting = [
        "send_receipt",
        "create_label",
        "book_carrier",
        "notify_customer",
    ];
    assert_eq!(verdict.waiting, waiting, "children and their children");
    assert_eq!(verdict.earlier.len(), 1, "the open entry is not history");
    assert_eq!(keys(&verdict), "RBX");
}

#[test]
fn the_sentence_can_say_everything_at_once() {
    let mut failing = charge("error");
    failing.attempts = 3;
    failing.last_error = Some("card_declined".into());
    let mut steps = vec![failing];
    steps.push(step(1, "send_receipt", "pending", &["charge_card"]));
    steps.push(step(2, "create_label", "pending", &["charge_card"]));
    steps.push(step(3, "book_carrier", "pending", &["create_label"]));
    steps.push(step(4, "notify_customer", "pending", &["book_carrier"]));
    steps.push(step(5, "close_order", "pending", &["notify_customer"]));
    let mut detail = task(steps);
    detail.task.same_error_elsewhere = 37;
    detail.task.minutes_since_namespace_finished = Some(22.4);
    assert_eq!(
        diagnose(&detail, noon()).sentence,
        "charge_card failed 3 of 3: card_declined; 5 steps wait for it; 37 other tasks have the \
         same error; no worker of `payments` has finished anything for 22 min"
    );
    detail.task.minutes_since_namespace_finished = Some(93.0);
    let sentence = diagnose(&detail, noon()).sentence;
    assert!(
        sentence.ends_with("finished anything for 1h33m"),
        "{sentence}"
    );
}

#[test]
fn each_state_of_the_root_has_its_words_and_its_keys() {
    let retry = |minutes: i64| {
        let mut step = charge("waiting_for_retry");
        step.next_retry_at = Some(noon() + TimeDelta::minutes(minutes));
        step
    };
    let mut transient = charge("error");
    transient.last_error = Some("Connection reset by peer".into());
    let mut ready = charge("pending");
    ready.ready_for_execution = true;
    let cases = [
        (charge("error"), "charge_card failed 2 of 3", "RBX"),
        (
            transient,
            "charge_card failed 2 of 3: Connection reset by peer",
            "RB",
        ),
        (
            retry(6),
            "charge_card failed 2 of 3 and is due again in 6m 00s",
            "R",
        ),
        (
            retry(-12),
            "charge_card failed 2 of 3 and was due again 12m ago, yet nothing took it",
            "RB",
        ),
        (
            charge("waiting_for_retry"),
            "charge_card failed 2 of 3 and has no next attempt set",
            "RB",
        ),
        (
            charge("in_progress"),
            "charge_card has been running for 1h33m, attempt 2 of 3",
            "XB",
        ),
        (
            charge("enqueued"),
            "charge_card has waited 1h33m in its queue and no worker has taken it",
            "XB",
        ),
        (
            ready,
            "charge_card has been ready (pending) for 1h33m and nothing has started it",
            "B",
        ),
    ];
    for (step, sentence, advised) in cases {
        let detail = task(vec![step]);
        let verdict = diagnose(&detail, noon());
        assert_eq!(verdict.sentence, sentence);
        assert_eq!(keys(&verdict), advised, "{sentence}");
    }
}

#[test]
fn a_task_without_a_root_is_explained_too() {
    let cycle = vec![
        step(1, "a", "pending", &["b"]),
        step(2, "b", "pending", &["a"]),
    ];
    let done = vec![step(1, "a", "complete", &[])];
    let half = vec![
        step(1, "a", "complete", &[]),
        step(2, "b", "cancelled", &["a"]),
    ];
    let cases = [
        (
            Vec::new(),
            "the task has no steps yet, and has been blocked_by_failures for 1h33m",
        ),
        (cycle, "its steps wait for each other: none can ever start"),
        (
            done,
            "every step is done, yet the task is still blocked_by_failures after 1h33m: it was not re-evaluated",
        ),
        (
            half,
            "1 step not done and none of them can run; the task has been blocked_by_failures for 1h33m",
        ),
    ];
    for (steps, sentence) in cases {
        let detail = task(steps);
        assert_eq!(diagnose(&detail, noon()).sentence, sentence);
    }
}

#[test]
fn a_cancelled_step_in_the_way_is_named_and_its_healthy_siblings_are_not() {
    let mut shards = vec![
        step(1, "index_shard_1", "cancelled", &[]),
        step(2, "index_shard_2", "in_progress", &[]),
        step(3, "merge", "pending", &["index_shard_1", "index_shard_2"]),
        step(4, "publish", "pending", &["merge"]),
    ];
    for waiting in &mut shards[2..] {
        waiting.blocked_by = vec!["index_shard_1".into()];
    }
    let detail = task(shards.clone());
    let verdict = diagnose(&detail, noon());
    let sentence = "index_shard_1 was cancelled; 2 steps can never run";
    assert_eq!(verdict.sentence, sentence);
    assert_eq!(verdict.root, Some(shards[0].workflow_step_uuid));
    assert!(!keys(&verdict).contains('B'), "nothing resolves it");

    shards[1] = step(2, "index_shard_2", "error", &[]);
    let detail = task(shards);
    let sentence = diagnose(&detail, noon()).sentence;
    assert!(sentence.starts_with("index_shard_2 failed"), "{sentence}");
}

#[test]
fn of_a_task_that_is_over_only_the_investigation_is_left() {
    let mut detail = task(vec![charge("error")]);
    detail.task.current_state = "complete".into();
    let verdict = diagnose(&detail, noon());
    assert_eq!(
        verdict.sentence,
        "the task is complete and no longer stuck; its investigation is still open"
    );
    assert_eq!(keys(&verdict), "U");

    detail.entries = vec![entry(92, "manually_resolved")];
    let verdict = diagnose(&detail, noon());
    assert_eq!(verdict.sentence, "the task is complete: nothing is stuck");
    assert_eq!(keys(&verdict), "");
}

#[test]
fn without_an_entry_one_is_suggested() {
    let mut detail = task(vec![charge("in_progress")]);
    detail.entries.clear();
    assert_eq!(keys(&diagnose(&detail, noon())), "XBD");
}

#[test]
fn a_task_that_is_merely_at_work_is_left_to_it() {
    let mut detail = task(vec![charge("in_progress")]);
    detail.entries.clear();
    detail.task.staleness_threshold_minutes = Some(30.0);
    detail.task.minutes_since_namespace_finished = Some(1.0);
    detail.task.current_state = "steps_in_process".into();
    detail.task.same_error_elsewhere = 0;

    detail.task.time_in_state_minutes = 3.0;
    let verdict = diagnose(&detail, noon());
    assert_eq!(
        verdict.advice[0].text,
        "nothing yet: it is running, 3m 00s into the 30m it may stay steps_in_process"
    );
    assert_eq!(keys(&verdict), "");

    detail.task.time_in_state_minutes = 24.0; // 80 %: worth a look
    assert_eq!(keys(&diagnose(&detail, noon())), "XBD");
}

#[test]
fn a_huge_error_stays_a_sentence() {
    let mut failing = charge("error");
    failing.last_error = Some("é".repeat(60_000).as_str().into());
    let detail = task(vec![failing]);
    assert!(diagnose(&detail, noon()).sentence.chars().count() < 250);
}

#[test]
fn a_task_in_error_that_needs_nothing_is_put_back_to_work_first() {
    let mut ready = charge("pending");
    ready.ready_for_execution = true;
    let cases = [
        (charge("enqueued"), true),
        (charge("in_progress"), true),
        (charge("enqueued_for_orchestration"), true),
        (charge("complete"), true),
        (ready, true),
        (charge("error"), false),
        (charge("waiting_for_retry"), false),
        (charge("cancelled"), false),
    ];
    for (step, wanted) in cases {
        let state = step.current_state.clone();
        let mut detail = task(vec![step]);
        let first = "requeue the task: none of its steps needs a change";
        for (task_state, wanted) in [("error", wanted), ("blocked_by_failures", false)] {
            detail.task.current_state = task_state.into();
            let verdict = diagnose(&detail, noon());
            let is_first = verdict
                .advice
                .first()
                .is_some_and(|advice| advice.key == Some('R') && advice.text == first);
            assert_eq!(is_first, wanted, "{task_state} with {state}");
        }
    }
}

#[test]
fn a_result_that_nobody_takes_up_has_its_words() {
    let detail = task(vec![charge("enqueued_for_orchestration")]);
    assert_eq!(
        diagnose(&detail, noon()).sentence,
        "charge_card has run, and nothing has processed its result for 1h33m"
    );
}

#[test]
fn what_has_just_been_put_to_work_is_left_alone() {
    let mut detail = task(vec![step(12, "charge_card", "pending", &[])]);
    detail.task.current_state = "enqueuing_steps".into();
    detail.task.time_in_state_minutes = 0.1;
    detail.task.staleness_threshold_minutes = None;
    detail.steps[0].time_in_state_minutes = 514.0;
    detail.steps[0].ready_for_execution = true;
    let verdict = diagnose(&detail, noon());
    assert!(
        verdict.sentence.contains("has been ready (pending) for 6s"),
        "{}",
        verdict.sentence
    );
    assert_eq!(keys(&verdict), "", "{:?}", verdict.advice);

    detail.task.time_in_state_minutes = 20.0;
    let verdict = diagnose(&detail, noon());
    assert_eq!(keys(&verdict), "B", "then it is worth a look");
}

#[test]
fn a_sentence_does_not_say_what_the_task_is_no_longer() {
    // Others fail the same way only as long as this one fails.
    let mut detail = task(vec![charge("in_progress")]);
    detail.task.same_error_elsewhere = 37;
    let verdict = diagnose(&detail, noon());
    assert!(
        !verdict.sentence.contains("same error"),
        "{}",
        verdict.sentence
    );
    let advice: Vec<&str> = verdict.advice.iter().map(|one| one.text.as_str()).collect();
    assert!(
        !advice.iter().any(|text| text.contains("same way")),
        "{advice:?}"
    );

    // What is over waits for no worker.
    detail.task.current_state = "complete".into();
    detail.task.minutes_since_namespace_finished = Some(93.0);
    detail.entries.clear();
    let sentence = diagnose(&detail, noon()).sentence;
    assert_eq!(sentence, "the task is complete: nothing is stuck");

    // No attempt is due where none is left.
    let mut spent = charge("waiting_for_retry");
    spent.attempts = 3;
    spent.next_retry_at = Some(noon() + TimeDelta::minutes(6));
    let detail = task(vec![spent]);
    assert_eq!(
        diagnose(&detail, noon()).sentence,
        "charge_card failed 3 of 3 and waits for an attempt that it no longer has"
    );
}

#[test]
fn a_task_that_goes_on_by_itself_is_not_to_be_retried() {
    let mut waiting = charge("waiting_for_retry");
    waiting.next_retry_at = Some(noon() + TimeDelta::seconds(20));
    let mut detail = task(vec![waiting]);
    detail.entries.clear();
    detail.task.current_state = "waiting_for_retry".into();
    detail.task.staleness_threshold_minutes = Some(60.0);
    detail.task.time_in_state_minutes = 1.5;
    let verdict = diagnose(&detail, noon());
    assert_eq!(keys(&verdict), "");
    assert_eq!(
        verdict.advice[0].text,
        "nothing yet: charge_card goes on by itself"
    );
    detail.steps[0].next_retry_at = Some(noon() - TimeDelta::seconds(20));
    assert_eq!(keys(&diagnose(&detail, noon())), "RBD", "it should have");
}

#[test]
fn where_no_step_needs_a_change_none_is_advised() {
    let mut detail = task(vec![charge("in_progress")]);
    detail.task.current_state = "error".into();
    assert_eq!(keys(&diagnose(&detail, noon())), "R");
}
