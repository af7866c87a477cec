//! What is asked once: all rows that match, however far down, and how the same error was fixed.

use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::fingerprint::fingerprint;
use dlqtop::data::messages::command::{
    Answer, CollectRequest, Question, Report, RowPredicate, Template,
};
use dlqtop::data::model::{FixRow, QueueRow};
use dlqtop::data::reads::collect::collect;
use dlqtop::data::reads::keyset_pages::SearchLimits;
use dlqtop::data::reads::queries;
use dlqtop::data::source::Source;
use support::database::Database;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// So many open investigations; every third of another reason, every hundredth put aside.
async fn open(db: &Database, count: usize) {
    db.template("{}").await;
    db.run(&format!(
        "with made as (
             insert into tasker_tasks (named_task_uuid)
             select named_task_uuid from tasker_named_tasks, generate_series(1, {count})
             returning task_uuid
         ), moved as (
             insert into tasker_task_transitions (task_uuid, to_state, most_recent, sort_key)
             select task_uuid, 'error', true, 1 from made
         )
         insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot)
         select task_uuid, 'waiting_for_retry',
                case when n % 3 = 0 then 'manual_dlq' else 'max_retries_exceeded' end::dlq_reason,
                now() - n % 7 * interval '1 minute', '{{}}'
         from (select task_uuid, row_number() over () as n from made) numbered;
         insert into dlqtop.snoozes (entry, until, snoozed_by)
         select dlq_entry_uuid, now() + interval '1 hour', 'ana'
         from (select dlq_entry_uuid, row_number() over () as n from tasker_tasks_dlq) numbered
         where n % 100 = 0"
    ))
    .await;
}

async fn expected(db: &Database, reason: &str) -> Vec<Uuid> {
    db.one(&format!(
        "select array(select dlq_entry_uuid from v_dlq_investigation_queue
                      where dlq_reason = '{reason}'
                      order by snoozed_until is not null, priority_instant, dlq_entry_uuid)"
    ))
    .await
}

fn ids(rows: &[QueueRow]) -> Vec<Uuid> {
    rows.iter().map(|row| row.dlq_entry_uuid.0).collect()
}

fn manual() -> RowPredicate {
    RowPredicate::new(|row| row.dlq_reason == "manual_dlq")
}

fn wanted(keep: RowPredicate) -> CollectRequest {
    CollectRequest {
        ticket: Uuid::nil(),
        keep,
        group: None,
    }
}

#[tokio::test]
async fn all_that_match_are_gathered_from_every_page_once_and_in_order() {
    let db = Database::new().await;
    open(&db, 2_500).await;
    let want = expected(&db, "manual_dlq").await;
    assert_eq!(want.len(), 833);
    let mut conn = db.pool.acquire().await.unwrap();

    let all = collect(
        &mut conn,
        &Source::native(),
        &wanted(manual()),
        SearchLimits {
            matches: 10_000,
            scanned: 100_000,
        },
    )
    .await
    .unwrap();
    assert_eq!(ids(&all.found.rows), want);
    assert_eq!((all.found.matching, all.found.looked_at), (833, 2_500));
    assert!(!all.found.is_cut());
    assert_eq!(all.found.total.rows, 2_500);

    let few = collect(
        &mut conn,
        &Source::native(),
        &wanted(manual()),
        SearchLimits {
            matches: 100,
            scanned: 100_000,
        },
    )
    .await
    .unwrap();
    assert_eq!(ids(&few.found.rows), want[..100]);
    assert_eq!(
        few.found.matching, 833,
        "those that are left out are counted"
    );

    let high = collect(
        &mut conn,
        &Source::native(),
        &wanted(RowPredicate::new(|_| true)),
        SearchLimits {
            matches: 10_000,
            scanned: 1_200,
        },
    )
    .await
    .unwrap();
    assert_eq!(high.found.looked_at, 1_200);
    assert!(high.found.is_cut(), "not all of the list was looked at");
    assert_eq!(high.found.total.rows, 2_500, "and that is known");
}

/// The asking task, and what it answers.
struct Asker {
    questions: mpsc::Sender<Question>,
    answers: mpsc::Receiver<Report>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Asker {
    fn start(db: &Database) -> Self {
        let (questions, asked) = mpsc::channel(8);
        let (answers, heard) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let asking = ad_hoc::run(db.options.clone(), asked, answers, stop.clone());
        Self {
            questions,
            answers: heard,
            stop,
            task: tokio::spawn(asking),
        }
    }

    async fn ask(&mut self, question: Question) -> Answer {
        self.questions.send(question).await.unwrap();
        let heard = timeout(Duration::from_secs(30), self.answers.recv()).await;
        match heard.unwrap().unwrap() {
            Report::Answer(answer) => *answer,
            other => panic!("{other:?}"),
        }
    }

    async fn gather(&mut self) -> Result<usize, String> {
        let ticket = Uuid::now_v7();
        let keep = manual();
        match self
            .ask(Question::Collect(CollectRequest {
                ticket,
                keep,
                group: None,
            }))
            .await
        {
            Answer::Collected(answered, rows) => {
                assert_eq!(answered, ticket);
                rows.map(|rows| rows.found.rows.len())
                    .map_err(|error| error.one_line())
            }
            other => panic!("rows were asked for: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_asker_outlives_its_connection_says_what_fails_and_ends_when_told() {
    let db = Database::new().await;
    open(&db, 9).await;
    let mut asker = Asker::start(&db);
    assert_eq!(asker.gather().await, Ok(3));
    let ended: i64 = db
        .one(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where application_name = 'dlqtop' and datname = current_database()",
        )
        .await;
    assert_eq!(ended, 1, "it has one connection");
    assert_eq!(asker.gather().await, Ok(3), "on a fresh connection");
    db.run("alter view v_dlq_investigation_queue rename to gone")
        .await;
    let said = asker.gather().await.unwrap_err();
    assert!(said.contains("v_dlq_investigation_queue"), "{said}");
    db.run("alter view gone rename to v_dlq_investigation_queue")
        .await;
    assert_eq!(asker.gather().await, Ok(3), "an error is not the end");
    asker.stop.cancel();
    timeout(Duration::from_secs(5), asker.task)
        .await
        .unwrap()
        .unwrap();
    assert!(
        db.logged_by("dlqtop")
            .iter()
            .all(|line| line.contains("ERROR")),
        "it only reads"
    );
}

async fn fixes(db: &Database, name: &str) -> Vec<FixRow> {
    let template = Template {
        namespace: "pay".into(),
        name: name.into(),
    };
    let mut conn = db.pool.acquire().await.unwrap();
    queries::fixes(&mut conn, &Source::native(), &template)
        .await
        .unwrap()
}

async fn close(db: &Database, entry: Uuid, how: &str, notes: &str, minutes: i32) {
    db.run(&format!(
        "update tasker_tasks_dlq
         set resolution_status = '{how}', resolved_by = 'ana', resolution_notes = '{notes}',
             resolution_timestamp = now() - {minutes} * interval '1 minute'
         where dlq_entry_uuid = '{entry}'"
    ))
    .await;
}

#[tokio::test]
async fn earlier_fixes_have_the_step_and_the_error_of_their_time() {
    let db = Database::new().await;
    db.template("{}").await;
    let first = db.dead_letter("card_declined: order 1").await;
    let second = db.dead_letter("card_declined: order 2").await;
    db.dead_letter("still open").await;
    assert!(fixes(&db, "charge").await.is_empty(), "none is closed yet");
    close(
        &db,
        first.entry,
        "manually_resolved",
        "restarted gateway",
        60,
    )
    .await;
    close(&db, second.entry, "permanently_failed", "gave up", 5).await;
    // What became of the step since does not matter.
    db.run(&format!(
        "update tasker_workflow_steps set last_error = 'another' where workflow_step_uuid = '{}'",
        first.step
    ))
    .await;
    let found = fixes(&db, "charge").await;
    let said: Vec<_> = found
        .iter()
        .map(|fix| {
            (
                fix.resolution_status.to_string(),
                fix.step_name.as_ref().unwrap().to_string(),
                fix.error.as_ref().unwrap().to_string(),
                fix.resolution_notes.as_ref().unwrap().to_string(),
            )
        })
        .collect();
    let row = |a: &str, b: &str, c: &str, d: &str| {
        (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())
    };
    assert_eq!(
        said,
        [
            row(
                "permanently_failed",
                "first",
                "card_declined: order 2",
                "gave up"
            ),
            row(
                "manually_resolved",
                "first",
                "card_declined: order 1",
                "restarted gateway"
            ),
        ],
        "newest first"
    );
    let prints: Vec<_> = said.iter().map(|one| fingerprint(&one.2)).collect();
    assert_eq!(prints[0], prints[1]);
    assert!(fixes(&db, "refund").await.is_empty(), "another template");
}

#[tokio::test]
async fn a_snapshot_of_another_shape_costs_its_step_and_nothing_else() {
    let db = Database::new().await;
    db.template("{}").await;
    for (n, steps) in [
        "{}",
        r#"{"steps": 7}"#,
        r#"{"steps": [1, null, {"state": "error"}]}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let letter = db.dead_letter("e").await;
        db.run(&format!(
            "update tasker_tasks_dlq set task_snapshot = '{steps}' where dlq_entry_uuid = '{}'",
            letter.entry
        ))
        .await;
        close(
            &db,
            letter.entry,
            "manually_resolved",
            "so",
            i32::try_from(n).unwrap(),
        )
        .await;
    }
    let found = fixes(&db, "charge").await;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|fix| fix.step_name.is_none()), "{found:?}");
}
