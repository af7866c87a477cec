//! Many are put back to work: one goes first, and what becomes of it decides about the others.

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{Outcome, Phase, Tally};
use tempfile::TempDir;

use super::*;

const LONG: Duration = Duration::from_secs(30);

/// A queue with dead letters of one type.
struct Letters {
    queue: Queue,
    tasks: Vec<Uuid>,
    folder: TempDir,
}

impl Letters {
    async fn of(count: usize) -> Self {
        let queue = Queue::new().await;
        let mut tasks = Vec::new();
        for _ in 0..count {
            let columns =
                "status, attempts, worker_id, claimed_at, started_at, completed_at, last_error";
            let values = "'dead_letter', 3, 'w1', utc(), utc(), utc(), 'dial tcp: refused'";
            tasks.push(queue.task(columns, values).await);
        }
        let folder = tempfile::tempdir().unwrap();
        Self {
            queue,
            tasks,
            folder,
        }
    }

    /// Retries them all behind a canary; `happens` to it as soon as it waits, as SQL.
    async fn retried(&self, within: Duration, happens: &str) -> Outcome {
        let target = |task: &Uuid| TaskTarget {
            task: TaskId(*task),
            seen_state: "dead_letter".into(),
            label: "mail".into(),
        };
        let write = Write {
            batch: Uuid::now_v7(),
            change: Change::Tasks(TaskVerb::Requeue, self.tasks.iter().map(target).collect()),
            reason: "gateway is back".to_owned(),
            pace: Pace {
                canary: Some(within),
                ..Pace::default()
            },
        };
        let writer = Writer::new(&self.queue.site, "ana".to_owned())
            .with_journal(Some(self.folder.path().join("runs")), "prod");
        let (sent, mut waits) = tokio::sync::watch::channel(false);
        let mut bulk = Bulk::new(writer);
        let brakes = StopSignals::default();
        let mut told = |progress: dlqtop::data::messages::command::Progress| {
            if matches!(progress.phase, Phase::Canary { .. }) {
                assert_eq!(progress.tally.done, 1, "{progress:?}");
                sent.send_replace(true);
            }
        };
        let run = bulk.carry_out(&write, &brakes, &mut told);
        let fate = async {
            let waits = tokio::time::timeout(LONG, waits.wait_for(|waits| *waits));
            waits.await.unwrap().unwrap();
            let canary = self.tasks[0];
            let fate = format!("update tasks set {happens} where id = '{canary}'");
            self.queue.db.run(&fate).await;
        };
        let (outcome, ()) = tokio::join!(run, fate);
        outcome
    }

    async fn put_back(&self) -> i64 {
        let those = "select count(*) from tasks where attempts = 0 and status = 'pending'";
        self.queue.db.one(those).await
    }
}

fn whys(outcome: &Outcome) -> Vec<String> {
    let why = |item: &dlqtop::data::messages::command::Item| match &item.result {
        ItemResult::Untried { why } => Some(why.to_string()),
        _ => None,
    };
    outcome.items.iter().filter_map(why).collect()
}

#[tokio::test]
async fn the_others_follow_a_canary_that_was_completed() {
    let letters = Letters::of(3).await;
    let outcome = letters
        .retried(
            LONG,
            "status = 'completed', attempts = 1, completed_at = utc()",
        )
        .await;
    assert_eq!(outcome.tally().done, 3, "{outcome:?}");
    assert_eq!(letters.put_back().await, 2);
}

#[tokio::test]
async fn nothing_follows_a_canary_that_failed_again() {
    for again in [
        "status = 'failed', attempts = 1",
        "status = 'dead_letter', attempts = 3",
        // It has attempts left, and waits for the next.
        "attempts = 1, next_retry_at = utc() + interval '8 s'",
        "attempts = 1, claimed_at = utc(), started_at = utc()",
    ] {
        let letters = Letters::of(3).await;
        let happens = format!(r"{again}, last_error = E'\n smtp: 550\nmore'");
        let outcome = letters.retried(LONG, &happens).await;
        let tally = Tally {
            done: 1,
            untried: 2,
            ..Tally::default()
        };
        assert_eq!(outcome.tally(), tally, "{again}");
        assert_eq!(
            whys(&outcome),
            ["the canary failed: smtp: 550"; 2],
            "{again}"
        );
        for task in &letters.tasks[1..] {
            assert_eq!(letters.queue.status(*task).await, "dead_letter");
        }
    }
}

#[tokio::test]
async fn a_canary_at_work_has_no_verdict_yet() {
    let letters = Letters::of(2).await;
    let outcome = letters
        .retried(
            Duration::from_millis(1200),
            "status = 'running', attempts = 1, claimed_at = utc(), started_at = utc()",
        )
        .await;
    assert_eq!(
        whys(&outcome),
        ["the canary failed: no verdict within 1s 200ms"]
    );
}
