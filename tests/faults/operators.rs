//! Rows 30 and 33: two operators on the same thing, from screens that are no longer true.

use dlqtop::data::error::DataError;
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, StepTarget, StepVerb, TaskTarget,
    TaskVerb, Write,
};
use dlqtop::data::model::{EntryId, StepId, TaskId};
use dlqtop::data::worker::Writer;
use fastrand::Rng;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use support::database::Database;
use support::report::Row;
use support::seed::Tasks;
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::waiting::somebody_waits;

const ROUNDS: usize = 200;

fn because(change: Change) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: "gateway is back".to_owned(),
        pace: Pace::default(),
    }
}

/// What an operator may do to a failed step, or to the entry of its task, and what it is then.
fn any_act(
    rng: &mut Rng,
    (task, step, entry): (Uuid, Uuid, Uuid),
    on_step: bool,
) -> (Change, &'static str) {
    if on_step {
        let (verb, becomes) = match rng.u8(0..3) {
            0 => (StepVerb::ResetForRetry, "pending"),
            1 => (StepVerb::ResolveManually, "resolved_manually"),
            _ => (StepVerb::Cancel, "cancelled"),
        };
        let target = StepTarget {
            step: StepId(step),
            task: TaskId(task),
            seen_state: "error".into(),
            seen_error: None,
            label: "pay/charge · first".into(),
        };
        return (Change::Steps(verb, vec![target]), becomes);
    }
    let resolution = rng.choice(Resolution::ALL).unwrap();
    let target = EntryTarget {
        entry: EntryId(entry),
        seen_version: 1,
        label: "pay/charge".into(),
    };
    (
        Change::Entries(EntryVerb::Close(resolution), vec![target]),
        resolution.as_str(),
    )
}

/// A task, its failed step and its entry, for each of the tasks.
async fn dead_letters(db: &Database) -> Vec<(Uuid, Uuid, Uuid)> {
    db.run("update dlqtop.settings set batch_size = 1000").await;
    db.sweep().await;
    let letters = sqlx::query_as(
        "select d.task_uuid, s.workflow_step_uuid, d.dlq_entry_uuid
         from tasker_tasks_dlq d join tasker_workflow_steps s using (task_uuid)
         where s.step_number = 1 order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(letters.len(), ROUNDS);
    letters
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_operators_one_succeeds_and_the_other_reads_who() {
    let seed = 30;
    let row = Row::begin("30", seed);
    let mut rng = Rng::with_seed(seed);
    let db = Database::with(Tasks::FAILED.count(ROUNDS)).await;
    let letters = dead_letters(&db).await;
    let barrier = Barrier::new(2);
    let mut ana = Writer::new(&db.options, "ana".to_owned());
    let mut bob = Writer::new(&db.options, "bob".to_owned());
    let (mut lost, mut unexplained, mut won) = (0, 0, [0, 0]);
    for (n, letter) in letters.into_iter().enumerate() {
        let on_step = n % 2 == 0;
        let acts = [(); 2].map(|()| any_act(&mut rng, letter, on_step));
        let [first, second] = acts.clone().map(|(change, _)| because(change));
        let at_once = async |writer: &mut Writer, write: &Write| {
            barrier.wait().await;
            writer.carry_out(write).await.items.remove(0).result
        };
        let (one, other) = tokio::join!(at_once(&mut ana, &first), at_once(&mut bob, &second));
        let winner = usize::from(!matches!(one, ItemResult::Done { .. }));
        won[winner] += 1;
        let results = [&one, &other];
        let is = if on_step {
            format!("select dlqtop.step_state('{}')", letter.1)
        } else {
            format!(
                "select resolution_status::text || ' ' || resolved_by from tasker_tasks_dlq where dlq_entry_uuid = '{}'",
                letter.2
            )
        };
        let names = ["ana", "bob"];
        let expected = if on_step {
            acts[winner].1.to_owned()
        } else {
            format!("{} {}", acts[winner].1, names[winner])
        };
        let kept = db.one::<String>(&is).await == expected;
        let both = results
            .iter()
            .all(|result| matches!(result, ItemResult::Done { .. }));
        lost += usize::from(both || !kept);
        let told = matches!(results[1 - winner],
            ItemResult::Changed { by: Some(by), at: Some(_), .. } if by.as_str() == names[winner]);
        unexplained += usize::from(!told);
    }
    row.found(
        ROUNDS,
        format!("lost updates {lost}, losers who were not told by whom and when {unexplained}; ana won {}, bob {}", won[0], won[1]),
    );
    assert_eq!((lost, unexplained), (0, 0), "seed {seed}");
    assert!(won.iter().all(|won| *won > 0), "there was no race");
    db.expect_tidy().await;
}

/// The words that PostgreSQL uses and an operator should not have to read.
const RAW: [&str; 5] = ["duplicate key", "constraint", "violates", "_uuid", "23505"];

fn raw(words: &str) -> usize {
    RAW.iter().filter(|raw| words.contains(**raw)).count()
}

/// A task in error whose entry was closed, and which got a newer one.
async fn with_a_newer_entry(db: &Database) -> Uuid {
    db.sweep().await;
    db.run(
        "select dlqtop.update_investigation(dlq_entry_uuid, 1, 'manually_resolved', 'ana', 'fixed')
         from tasker_tasks_dlq",
    )
    .await;
    let closed = db.one("select dlq_entry_uuid from tasker_tasks_dlq").await;
    db.run("select dlqtop.send_to_dlq(task_uuid, 'error', 'bob', 'not fixed') from tasker_tasks")
        .await;
    closed
}

async fn reopen(conn: &mut PgConnection, entry: Uuid) -> String {
    let asked =
        format!("select outcome from dlqtop.reopen_investigation('{entry}', 2, 'ana', 'again')");
    let source = conn.execute(AssertSqlSafe(asked)).await.unwrap_err();
    let doing = "carry out the act";
    DataError::Query { doing, source }.one_line()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reopening_beside_a_newer_entry_is_refused_in_words() {
    let row = Row::begin("33", 0);
    let db = Database::with(Tasks::FAILED.count(1)).await;
    let closed = with_a_newer_entry(&db).await;
    let mut conn = PgConnection::connect_with(&db.options).await.unwrap();
    let words = reopen(&mut conn, closed).await;
    row.found(1, format!("raw SQL errors {}: {words}", raw(&words)));
    assert_eq!(raw(&words), 0);
    assert!(words.contains("work on that one"), "{words}");
}

/// Somebody who knows nothing of our locks opens an entry while we look.
async fn opened_meanwhile(db: &Database, act: impl AsyncFnOnce() -> String) -> String {
    let mut other = PgConnection::connect_with(&db.options).await.unwrap();
    other
        .execute(
            "begin;
             insert into tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
             select task_uuid, 'error', 'manual_dlq', '{}' from tasker_tasks",
        )
        .await
        .unwrap();
    let commits = async {
        assert!(somebody_waits(db).await, "nobody waits");
        other.execute("commit").await.unwrap();
    };
    let (words, ()) = tokio::join!(act(), commits);
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_is_opened_at_the_same_moment_is_no_raw_error_either() {
    let row = Row::begin("33, at once", 0);
    let db = Database::with(Tasks::FAILED.count(1)).await;
    db.sweep().await;
    db.run(
        "select dlqtop.update_investigation(dlq_entry_uuid, 1, 'manually_resolved', 'ana', 'fixed')
         from tasker_tasks_dlq",
    )
    .await;
    let (task, closed): (Uuid, Uuid) = (
        db.one("select task_uuid from tasker_tasks").await,
        db.one("select dlq_entry_uuid from tasker_tasks_dlq").await,
    );
    let mut conn = PgConnection::connect_with(&db.options).await.unwrap();
    let reopened = opened_meanwhile(&db, async || reopen(&mut conn, closed).await).await;

    db.run("delete from tasker_tasks_dlq where resolution_status = 'pending'")
        .await;
    let mut writer = Writer::new(&db.options, "ana".to_owned());
    let asked = because(Change::Tasks(
        TaskVerb::SendToDlq,
        vec![TaskTarget {
            task: TaskId(task),
            seen_state: "error".into(),
            label: "pay/charge".into(),
        }],
    ));
    let sent = opened_meanwhile(&db, async || {
        match writer.carry_out(&asked).await.items.remove(0).result {
            ItemResult::Failed { why } => why.to_string(),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let errors = raw(&reopened) + raw(&sent);
    row.found(2, format!("raw SQL errors {errors}: {reopened} | {sent}"));
    assert_eq!(errors, 0);
    for words in [reopened, sent] {
        assert!(words.contains("pending entry"), "{words}");
    }
    let pending = "select count(*) from tasker_tasks_dlq where resolution_status = 'pending'";
    assert_eq!(db.count(pending).await, 1);
}
