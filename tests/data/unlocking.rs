//! A lock that holds in the data layer as well: without an unlock there is nobody who could write,
//! and what an unlock let happen is in the log with its incident.

use std::time::Duration;

use dlqtop::data::messages::command::{
    Change, Command, ItemResult, Pace, Report, StepTarget, StepVerb, Write,
};
use dlqtop::data::model::incident::Incident;
use dlqtop::data::model::{StepId, TaskId};
use dlqtop::data::worker::{self, Lock, Rights, Writer};
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use support::scene::DeadLetter;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::acting::wires;

const NAME: &str = "locked worker";
const SESSIONS: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'locked worker'";

/// A worker that is locked, and the screen's ends of its channels.
struct Locked {
    commands: mpsc::Sender<Command>,
    reports: mpsc::Receiver<Report>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

fn start(options: &PgConnectOptions, rights: impl FnOnce(Lock) -> Rights) -> Locked {
    let stop = CancellationToken::new();
    let (wires, commands, reports) = wires(&stop);
    let options = options.clone().application_name(NAME);
    let journals = TempDir::new().unwrap();
    let lock = Lock {
        of: "profile prod-eu".to_owned(),
        writer: Box::new(move || {
            let runs = Some(journals.path().to_owned());
            Writer::new(&options, "ana".to_owned()).with_journal(runs, "prod-eu")
        }),
    };
    Locked {
        commands,
        reports,
        stop,
        running: tokio::spawn(worker::run(wires, rights(lock))),
    }
}

impl Locked {
    async fn unlock(&self, lasting: Duration, incident: &str) {
        let incident = Incident::new(incident).unwrap();
        let unlock = Command::Unlock { lasting, incident };
        self.commands.send(unlock).await.unwrap();
    }

    /// Asks for a retry and waits for what becomes of it.
    async fn act(&mut self, dead: &DeadLetter) -> ItemResult {
        self.send(retry(&[dead], Pace::default())).await;
        self.outcome().await.remove(0)
    }

    async fn send(&self, write: Write) {
        let write = Command::Write(Box::new(write));
        self.commands.send(write).await.unwrap();
    }

    async fn outcome(&mut self) -> Vec<ItemResult> {
        loop {
            if let Report::Ended(outcome) = self.reports.recv().await.unwrap() {
                return outcome.items.into_iter().map(|item| item.result).collect();
            }
        }
    }

    async fn end(self) {
        self.stop.cancel();
        drop(self.commands);
        self.running.await.unwrap();
    }
}

fn retry(dead: &[&DeadLetter], pace: Pace) -> Write {
    let target = |dead: &&DeadLetter| StepTarget {
        step: StepId(dead.step),
        task: TaskId(dead.task),
        seen_state: "error".into(),
        seen_error: None,
        label: "pay/charge · first".into(),
    };
    Write {
        batch: Uuid::now_v7(),
        change: Change::Steps(StepVerb::ResetForRetry, dead.iter().map(target).collect()),
        reason: "[INC-1] gateway is back".to_owned(),
        pace,
    }
}

/// The log's lines: action, subject, incident, reason, and how it ended.
async fn log(db: &Database) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws('|', action, subject, coalesce(incident, 'none'), reason,
                          split_part(outcome, ':', 1))
         from dlqtop.operator_log order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

async fn scene() -> (Database, DeadLetter) {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    (db, dead)
}

fn why(result: &ItemResult) -> &str {
    match result {
        ItemResult::Failed { why } => why.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_rights_no_unlock_makes_a_writer() {
    let (db, dead) = scene().await;
    let mut worker = start(&db.options, |_| Rights::Never);
    worker.unlock(Duration::from_mins(1), "INC-1").await;
    let refused = worker.act(&dead).await;
    assert_eq!(why(&refused), "this session is read-only");
    assert_eq!(db.one::<i64>(SESSIONS).await, 0);
    worker.end().await;
    let rows: i64 = db.one("select count(*) from dlqtop.operator_log").await;
    assert_eq!((rows, db.state(dead.task).await.as_str()), (0, "error"));
}

#[tokio::test]
async fn a_locked_worker_has_no_session_and_an_unlock_is_logged_with_what_it_let_happen() {
    let (db, dead) = scene().await;
    let mut worker = start(&db.options, Rights::WhenUnlocked);
    let refused = worker.act(&dead).await;
    assert_eq!(why(&refused), "this session is read-only");
    assert_eq!(db.one::<i64>(SESSIONS).await, 0);

    worker.unlock(Duration::from_mins(15), "INC-1").await;
    let done = worker.act(&dead).await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
    // Refused by the database: there is no such step.
    let nowhere = DeadLetter {
        step: Uuid::nil(),
        ..dead
    };
    assert!(matches!(
        worker.act(&nowhere).await,
        ItemResult::Failed { .. }
    ));

    worker.commands.send(Command::Lock).await.unwrap();
    let refused = worker.act(&dead).await;
    assert_eq!(why(&refused), "the unlock has ended");
    worker.end().await;
    assert_eq!(db.one::<i64>(SESSIONS).await, 0);

    let lines = log(&db).await;
    let wanted = [
        "unlock|profile prod-eu|INC-1|[INC-1] unlocked for 15m|unlocked",
        "reset_for_retry|pay/charge",
        "reset_for_retry|pay/charge",
        "lock|profile prod-eu|INC-1|[INC-1] the unlock has ended|locked",
    ];
    assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{line}");
    }
    assert!(
        lines[1].ends_with("|INC-1|[INC-1] gateway is back|done"),
        "{lines:#?}"
    );
    assert!(
        lines[2].ends_with("|INC-1|[INC-1] gateway is back|failed"),
        "{lines:#?}"
    );
}

#[tokio::test]
async fn a_run_that_was_confirmed_in_time_goes_on_and_none_is_begun_afterwards() {
    let (db, first) = scene().await;
    let second = db.dead_letter("HTTP 503").await;
    let third = db.dead_letter("HTTP 503").await;
    let mut worker = start(&db.options, Rights::WhenUnlocked);
    worker.unlock(Duration::from_mins(1), "INC-1").await;
    let all = [&first, &second, &third];
    worker.send(retry(&all, Pace::default())).await;
    worker.commands.send(Command::Lock).await.unwrap();
    let results = worker.outcome().await;
    let done = |result: &ItemResult| matches!(result, ItemResult::Done { .. });
    assert!(
        results.len() == 3 && results.iter().all(done),
        "{results:?}"
    );
    worker.send(retry(&all, Pace::default())).await;
    for result in worker.outcome().await {
        assert_eq!(why(&result), "the unlock has ended");
    }
    worker.end().await;
    let lines = log(&db).await;
    let acts = lines
        .iter()
        .filter(|line| line.starts_with("reset_for_retry"));
    assert!(
        acts.clone().all(|line| line.contains("|INC-1|")),
        "{lines:#?}"
    );
    assert_eq!(acts.count(), 3, "{lines:#?}");
}

#[tokio::test]
async fn a_run_at_a_pace_is_cut_short_when_the_unlock_ends() {
    let (db, first) = scene().await;
    let second = db.dead_letter("HTTP 503").await;
    let mut worker = start(&db.options, Rights::WhenUnlocked);
    worker.unlock(Duration::from_mins(1), "INC-1").await;
    let slowly = Pace {
        per_second: Some(0.01),
        ..Pace::default()
    };
    worker.send(retry(&[&first, &second], slowly)).await;
    // Its first act is done before the lock comes.
    let acted = support::eventually::eventually(Duration::from_secs(20), async || {
        (db.state(first.task).await != "error").then_some(())
    });
    assert!(acted.await.is_some(), "nothing happens");
    worker.commands.send(Command::Lock).await.unwrap();
    let results = worker.outcome().await;
    assert!(matches!(results[0], ItemResult::Done { .. }), "{results:?}");
    let ItemResult::Untried { why } = &results[1] else {
        panic!("{results:?}");
    };
    assert!(why.as_str().contains("can be resumed"), "{why}");
    worker.end().await;
    assert_eq!(db.state(second.task).await, "error");
}

#[tokio::test]
async fn an_unlock_ends_by_itself_and_what_is_done_without_one_names_no_incident() {
    let (db, dead) = scene().await;
    let mut worker = start(&db.options, Rights::WhenUnlocked);
    worker.unlock(Duration::from_millis(1), "INC-1").await;
    let ended = support::eventually::eventually(Duration::from_secs(20), async || {
        let lines: i64 = db
            .one("select count(*) from dlqtop.operator_log where action = 'lock'")
            .await;
        (lines == 1).then_some(())
    });
    assert!(ended.await.is_some(), "it goes on for ever");
    assert_eq!(why(&worker.act(&dead).await), "the unlock has ended");
    worker.end().await;

    let mut free = start(&db.options, |lock| {
        Rights::Always(Box::new((lock.writer)()))
    });
    let done = free.act(&dead).await;
    assert!(matches!(done, ItemResult::Done { .. }), "{done:?}");
    free.end().await;
    let incident: Option<String> = db
        .one("select incident from dlqtop.operator_log where action = 'reset_for_retry'")
        .await;
    assert_eq!(incident, None);
}
