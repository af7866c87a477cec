//! `dlqtop entry close --status` takes the words that the system has.

use support::dlqtop::{Run, asked};
use uuid::Uuid;

use super::fresh;
use crate::systems::Standing;

async fn failed(standing: &Standing) -> Uuid {
    let sql = "insert into worker_failed_jobs (task_name, queue, error_type)
               values ('app.tasks.llm.summarize', 'llm', 'RateLimitError') returning id";
    standing.db.one(sql).await
}

async fn status(standing: &Standing, job: Uuid) -> String {
    let sql = format!("select status::text from worker_failed_jobs where id = '{job}'");
    standing.db.one(&sql).await
}

fn close(standing: &Standing, job: Uuid, word: &str) -> Run {
    let job = job.to_string();
    let arguments = [
        "entry", "close", "--status", word, &job, "--reason", "x", "--yes",
    ];
    asked(&standing.db.url(), &arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_the_system_close_and_so_do_the_native_ones() {
    let standing = fresh("celery").await;
    for (word, left) in [
        ("resolved", "resolved"),
        ("abandoned", "abandoned"),
        ("manually_resolved", "resolved"),
        ("permanently_failed", "abandoned"),
    ] {
        let job = failed(&standing).await;
        expect_done(&close(&standing, job, word));
        assert_eq!(status(&standing, job).await, left, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_not_one_of_them_is_refused_with_those_there_are() {
    let standing = fresh("celery").await;
    let job = failed(&standing).await;
    for word in ["cancelled", "done", "Resolved", ""] {
        let said = format!("Celery closes nothing as {word}: there are resolved, abandoned");
        close(&standing, job, word).expect_complaint(2, &[&said]);
        assert_eq!(status(&standing, job).await, "pending");
    }
    let orchestrator = fresh("task-orchestrator").await;
    close(&orchestrator, job, "resolved").expect_complaint(2, &["cannot close a dead letter"]);
}

/// Expects that it was done, whatever was said to a person.
fn expect_done(run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
}
