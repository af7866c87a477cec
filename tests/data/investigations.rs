//! Opening, closing and annotating investigations.

use dlqtop::app::lists::groups::grouped;
use dlqtop::data::fingerprint::fingerprint;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Resolution, TaskTarget, TaskVerb,
};
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::{EntryId, QueueRow, TaskId, Total};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use sqlx::{AssertSqlSafe, Executor as _};
use support::database::Database;
use uuid::Uuid;

use crate::acting::act;

fn entry(entry: Uuid, seen_version: i32) -> Vec<EntryTarget> {
    vec![EntryTarget {
        entry: EntryId(entry),
        seen_version,
        label: "pay/charge".into(),
    }]
}

#[tokio::test]
async fn an_investigation_goes_from_the_queue_to_the_stats() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let mut conn = db.pool.acquire().await.unwrap();

    let queue = keyset_pages::top::<QueueRow>(&mut conn, &Source::native(), 10, 10)
        .await
        .unwrap();
    assert_eq!(queue.total, Total::exact(1));
    let row = &queue.rows[0];
    assert_eq!(row.dlq_reason, "max_retries_exceeded");
    assert_eq!(row.step_name.as_ref().unwrap(), &"first");
    assert_eq!(row.current_error.as_ref().unwrap(), &"HTTP 503");
    assert!((row.priority_score - row.priority_base - row.priority_age).abs() < 1e-6);

    let detail = queries::detail(&mut conn, &Source::native(), TaskId(dead.task))
        .await
        .unwrap()
        .unwrap();
    let snapshot = detail.task_snapshot.unwrap();
    assert_eq!(snapshot["current_state"], "blocked_by_failures");
    assert_eq!(snapshot["steps"][0]["last_error"], "HTTP 503");
    assert_eq!(snapshot["steps"][1]["parents"][0], "first");

    db.run("update tasker_tasks_dlq set dlq_timestamp = now() - interval '30 minutes'")
        .await;
    let close = Change::Entries(
        EntryVerb::Close(Resolution::ManuallyResolved),
        entry(dead.entry, 1),
    );
    let closed = act(&db, "ana", "retried after the outage", close).await;
    assert_eq!(
        closed,
        ItemResult::Done {
            now: "manually_resolved".into()
        }
    );

    let queue = keyset_pages::top::<QueueRow>(&mut conn, &Source::native(), 10, 10)
        .await
        .unwrap();
    assert_eq!(queue.total, Total::exact(0));
    let stats = queries::stats(&mut conn, &Source::native()).await.unwrap();
    let reason = &stats.reasons[0];
    assert_eq!((reason.pending, reason.manually_resolved), (0, 1));
    let median = reason.p50_resolution_time_minutes.unwrap();
    assert!((29.9..30.5).contains(&median), "{median}");
    let log = queries::log(&mut conn, &Source::native(), 10)
        .await
        .unwrap();
    assert_eq!(log[0].action, "close_entry");
    assert_eq!(log[0].reason.as_ref().unwrap(), &"retried after the outage");
}

#[tokio::test]
async fn open_entries_do_not_count_as_resolved_now() {
    let db = Database::new().await;
    db.template("{}").await;
    db.dead_letter("HTTP 503").await;
    db.run("update tasker_tasks_dlq set dlq_timestamp = now() - interval '9 hours'")
        .await;
    let mut conn = db.pool.acquire().await.unwrap();
    let stats = queries::stats(&mut conn, &Source::native()).await.unwrap();
    assert_eq!(stats.reasons[0].avg_resolution_time_minutes, None);
    assert_eq!(stats.reasons[0].p90_resolution_time_minutes, None);
}

#[tokio::test]
async fn who_comes_second_reads_who_closed_it() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let close = |to| Change::Entries(EntryVerb::Close(to), entry(dead.entry, 1));
    act(&db, "ana", "fixed", close(Resolution::ManuallyResolved)).await;
    let second = act(&db, "bob", "hopeless", close(Resolution::PermanentlyFailed)).await;
    let ItemResult::Changed { by, now, .. } = second else {
        panic!("{second:?}");
    };
    assert_eq!(by.unwrap(), "ana");
    assert_eq!(now, "manually_resolved");
    let notes: String = db
        .one("select resolution_notes from tasker_tasks_dlq")
        .await;
    assert_eq!(notes, "fixed", "the loser must not overwrite the winner");
}

#[tokio::test]
async fn metadata_is_merged_and_notes_are_kept() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    act(
        &db,
        "ana",
        "looking",
        Change::Entries(EntryVerb::Note, entry(dead.entry, 1)),
    )
    .await;
    db.run(&format!(
        "select dlqtop.update_investigation('{}', 1, 'cancelled', 'ana', 'duplicate', '{{\"ticket\": 7}}')",
        dead.entry
    ))
    .await;
    let keys: String = db
        .one("select string_agg(k, ',' order by k) from tasker_tasks_dlq, jsonb_object_keys(metadata) k")
        .await;
    assert_eq!(keys, "detector,ticket");
    for rewrite in [
        "update dlqtop.notes set body = 'never said'",
        "delete from dlqtop.operator_log",
    ] {
        let refused = db.pool.execute(AssertSqlSafe(rewrite.to_owned())).await;
        assert!(refused.unwrap_err().to_string().contains("append-only"));
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let detail = queries::detail(&mut conn, &Source::native(), TaskId(dead.task))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.notes[0].body, "looking");
}

#[tokio::test]
async fn sending_by_hand_opens_one_entry_and_leaves_the_task_alone() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let send = || {
        Change::Tasks(
            TaskVerb::SendToDlq,
            vec![TaskTarget {
                task: TaskId(task),
                seen_state: "steps_in_process".into(),
                label: "pay/charge".into(),
            }],
        )
    };
    let first = act(&db, "ana", "looks odd", send()).await;
    assert!(matches!(first, ItemResult::Done { .. }), "{first:?}");
    assert_eq!(db.state(task).await, "steps_in_process");
    let again = act(&db, "bob", "looks odd", send()).await;
    let ItemResult::Failed { why } = again else {
        panic!("{again:?}");
    };
    assert!(
        why.as_str().contains("already has a pending entry"),
        "{why}"
    );
}

#[tokio::test]
async fn reopening_is_refused_while_a_newer_entry_is_pending() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let close = Change::Entries(
        EntryVerb::Close(Resolution::ManuallyResolved),
        entry(dead.entry, 1),
    );
    act(&db, "ana", "fixed", close).await;
    db.run(&format!(
        "select dlqtop.send_to_dlq('{}', 'error', 'bob', 'not fixed')",
        dead.task
    ))
    .await;
    let refused = db
        .pool
        .execute(AssertSqlSafe(format!(
            "select dlqtop.reopen_investigation('{}', 2, 'ana', 'again')",
            dead.entry
        )))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("work on that one"), "{refused}");
}

#[tokio::test]
async fn others_with_the_same_error_are_counted_whatever_their_ids() {
    let db = Database::new().await;
    db.template("{}").await;
    let mine = db
        .dead_letter("HTTP 503 from gw-1:8443, request req_1a2b")
        .await;
    db.dead_letter("HTTP 503 from gw-2:8443, request req_9f8e")
        .await;
    db.dead_letter("card_declined: insufficient_funds").await;
    let mut conn = db.pool.acquire().await.unwrap();
    let detail = queries::detail(&mut conn, &Source::native(), TaskId(mine.task))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.task.same_error_elsewhere, 1);
}

#[tokio::test]
async fn who_wrote_a_note_afterwards_is_not_taken_for_who_closed_it() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let close = |who: &str| {
        format!(
            "select concat_ws(' ', outcome, changed_by)
             from dlqtop.update_investigation('{}', 1, 'cancelled', '{who}', 'twice')",
            dead.entry
        )
    };
    assert_eq!(db.one::<String>(&close("bob")).await, "done");
    db.run(&format!(
        "select dlqtop.add_investigation_note('{}', 'ana', 'for the record')",
        dead.entry
    ))
    .await;
    assert_eq!(db.one::<String>(&close("eve")).await, "changed bob");
    db.run(&format!(
        "select dlqtop.reopen_investigation('{0}', 2, 'dan', 'it is back');
         select dlqtop.add_investigation_note('{0}', 'ana', 'again')",
        dead.entry
    ))
    .await;
    assert_eq!(db.one::<String>(&close("eve")).await, "changed dan");
}

fn traceback(frames: usize, raised: &str) -> String {
    let frame = "  File \"/srv/app/pay.py\", line 12, in charge\n    gateway.charge(card)\n";
    let frames = frame.repeat(frames);
    format!("Traceback (most recent call last):\n{frames}{raised}\n")
}

/// What the queue groups together is what one task is told to share, for every kind of error.
#[tokio::test]
async fn the_sentence_of_one_task_counts_what_the_queue_puts_into_its_group() {
    let db = Database::new().await;
    db.template("{}").await;
    let errors = [
        // alike but for what is in quotes, paths and letters with digits
        "no row '17' in /var/lib/x".to_owned(),
        "no row \"7f3a\" in /tmp/y/z".to_owned(),
        "\n  no row '4711' in /x".to_owned(),
        // alike but for their frames; one too long to be read whole
        traceback(1, "GatewayTimeout: no answer after 30 s"),
        traceback(200, "GatewayTimeout: no answer after 4 s"),
        // other errors in the same dress
        traceback(1, "KeyError: 'card'"),
        "Traceback (most recent call last):".to_owned(),
        "HTTP 503".to_owned(),
    ];
    let mut tasks = Vec::new();
    for error in &errors {
        tasks.push(TaskId(db.dead_letter(error).await.task));
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let rows = queries::queue(&mut conn, &Source::native(), &QueueKey::START, 100)
        .await
        .unwrap();
    assert_eq!(rows.len(), errors.len());
    let groups = grouped(rows.iter().enumerate());
    let sizes: Vec<usize> = groups.iter().map(|group| group.rows.len()).collect();
    assert_eq!(sizes, [3, 2, 1, 1, 1], "{groups:#?}");
    for task in tasks {
        let detail = queries::detail(&mut conn, &Source::native(), task)
            .await
            .unwrap()
            .unwrap();
        let at = rows.iter().position(|row| row.task_uuid == task).unwrap();
        let group = groups
            .iter()
            .find(|group| group.rows.contains(&at))
            .unwrap();
        let others = i64::try_from(group.rows.len() - 1).unwrap();
        assert_eq!(detail.task.same_error_elsewhere, others, "{:?}", group.key);
        let error = detail.steps.iter().find_map(|step| step.last_error.clone());
        let read = fingerprint(error.unwrap().as_str());
        assert_eq!(read, group.key.error, "what is read of one step is enough");
    }
}
