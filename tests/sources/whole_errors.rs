//! Every source hands on the whole error, wherever it tells of one: of a long one the beginning and the end.
//! The errors are what Python printed (`tracebacks/make.py`).

use std::time::Duration;

use dlqtop::app::group_key::GroupKey;
use dlqtop::app::lists::list::Row as _;
use dlqtop::data::ad_hoc::once_found;
use dlqtop::data::fingerprint::{fingerprint, telling_line};
use dlqtop::data::messages::command::Template;
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{QueueKey, QueueRow, StalenessKey, TaskId};
use dlqtop::data::reads::history::{EntryState, entries};
use dlqtop::data::reads::keyset_pages::SearchLimits;
use dlqtop::data::reads::queries;
use dlqtop::data::source::SourceCatalog;
use dlqtop::data::source::recognise::Wanted;
use support::database::Database;
use uuid::Uuid;

const TASK_ORCHESTRATOR: &str = include_str!("../../src/demo/fleets/task-orchestrator/schema.sql");
const CELERY: &str = include_str!("../../src/demo/fleets/celery/schema.sql");
const TASKER_CORE: &str = include_str!("../../src/demo/fleets/tasker-core/schema.sql");

/// The same failure of two orders.
struct Failure {
    of: [&'static str; 2],
    /// What the exception says, whatever the order.
    says: &'static str,
}

const SHORT: Failure = Failure {
    of: [
        include_str!("tracebacks/short_4711.txt"),
        include_str!("tracebacks/short_9182.txt"),
    ],
    says: "KeyError: 'timeout'",
};
const LONG: Failure = Failure {
    of: [
        include_str!("tracebacks/long_4711.txt"),
        include_str!("tracebacks/long_9182.txt"),
    ],
    says: "has no valid address",
};
const MANY_LINES: Failure = Failure {
    of: [
        include_str!("tracebacks/message_of_many_lines_4711.txt"),
        include_str!("tracebacks/message_of_many_lines_9182.txt"),
    ],
    says: "is not priced",
};

/// What a system tells of the error of one task, place by place.
#[derive(Default)]
struct Told {
    places: Vec<(&'static str, Option<SafeText>)>,
    groups: Vec<GroupKey>,
    same_elsewhere: i64,
}

/// All that is read of a task and its error.
async fn told(db: &Database, task: Uuid) -> Told {
    let wanted = Wanted {
        catalog: SourceCatalog::embedded().into(),
        ..Wanted::default()
    };
    let limit = Duration::from_secs(20);
    let read = once_found(&db.options, &wanted, "look", limit, async |db, source| {
        let mut told = Told::default();
        let rows = queries::queue(db, source, &QueueKey::START, 1_000).await?;
        let mine = |row: &&QueueRow| row.task_uuid.0 == task;
        for row in rows.iter().filter(mine) {
            told.places.push(("queue", row.current_error.clone()));
            told.groups.push(GroupKey::of(&row.filter_fields()));
        }
        let stale = queries::staleness(db, source, &StalenessKey::START, 1_000).await?;
        for row in stale.iter().filter(|row| row.task_uuid.0 == task) {
            told.places.push(("staleness", row.blocking_error.clone()));
        }
        let limits = SearchLimits {
            matches: 1_000,
            scanned: 1_000,
        };
        let (page, _) = entries(db, source, EntryState::All, limits, |_| true).await?;
        for entry in page.iter().filter(|entry| entry.task_uuid.0 == task) {
            told.places.push(("entries", entry.failed_error.clone()));
        }
        let detail = queries::detail(db, source, TaskId(task)).await?.unwrap();
        told.same_elsewhere = detail.task.same_error_elsewhere;
        if source.has("steps") {
            let failed = detail.steps.iter().filter(|step| step.last_error.is_some());
            let errors = failed.map(|step| ("steps", step.last_error.clone()));
            told.places.extend(errors);
        } else {
            let reasons = detail
                .transitions
                .iter()
                .filter(|change| change.reason.is_some());
            let newest = reasons.map(|change| ("history", change.reason.clone()));
            told.places.extend(newest.take(1));
        }
        let template = Template {
            namespace: detail.task.namespace_name.clone(),
            name: detail.task.task_name.clone(),
        };
        let fixes = queries::fixes(db, source, &template).await?;
        for fix in fixes.iter().filter(|fix| fix.task_uuid.0 == task) {
            told.places.push(("fixes", fix.error.clone()));
        }
        Ok(told)
    });
    read.await.unwrap()
}

impl Told {
    /// Every place has the whole error, or both of its ends, and all of them name the same one.
    #[track_caller]
    fn is_whole(&self, error: &str, says: &str, places: &[&str]) {
        let named: Vec<&str> = self.places.iter().map(|(place, _)| *place).collect();
        assert_eq!(named, places);
        let error = SafeText::new(error.trim());
        let error = error.as_str();
        for (place, told) in &self.places {
            let told = told.as_ref().map_or("", SafeText::as_str);
            let chars = told.chars().count();
            assert!(chars <= 4_200, "{place} has {chars} characters");
            if error.chars().count() <= 4_096 {
                assert!(told.starts_with(error), "{place}: {told}");
            } else {
                assert!(told.starts_with(&error[..1_000]), "{place}: {told}");
                assert!(
                    told.contains(&error[error.len() - 1_000..]),
                    "{place}: {told}"
                );
            }
            assert!(told.contains(says), "{place}: {told}");
            assert_eq!(
                fingerprint(told).replace(" (attempt # of #)", ""),
                fingerprint(error),
                "{place}"
            );
        }
    }
}

fn quoted(text: &str) -> String {
    format!("$error${text}$error$")
}

/// Two tasks that fail alike are one group, and each is told to have one like it.
#[track_caller]
fn are_alike(two: &[Told; 2]) {
    assert_eq!(two[0].groups, two[1].groups);
    assert_eq!(two[0].groups.len(), 1);
    assert!(!two[0].groups[0].error.is_empty());
    assert_eq!([two[0].same_elsewhere, two[1].same_elsewhere], [1, 1]);
}

#[test]
fn the_tracebacks_are_short_and_long_and_say_it_at_their_end() {
    assert!(SHORT.of[0].len() < 4_096);
    assert!(telling_line(SHORT.of[0]).contains(SHORT.says));
    for failure in [LONG, MANY_LINES] {
        for error in failure.of {
            assert!(error.len() > 10_000 && !error[..8_000].contains(failure.says));
        }
    }
}

#[tokio::test]
async fn of_the_task_orchestrator() {
    for failure in [SHORT, LONG, MANY_LINES] {
        let db = Database::empty().await;
        db.run(TASK_ORCHESTRATOR).await;
        let mut tasks: Vec<Uuid> = Vec::new();
        for error in failure.of {
            let failed = format!(
                "insert into tasks (type, status, last_error, attempts, max_retries, updated_at)
                 values ('mail', 'dead_letter', {}, 5, 5, now()) returning id",
                quoted(error)
            );
            tasks.push(db.one(&failed).await);
        }
        let both = [told(&db, tasks[0]).await, told(&db, tasks[1]).await];
        for (told, error) in both.iter().zip(failure.of) {
            told.is_whole(error, failure.says, &["queue", "entries", "history"]);
        }
        are_alike(&both);
        // One that a worker holds has failed before.
        db.run("update tasks set status = 'running', claimed_at = now(), started_at = now()")
            .await;
        let told = told(&db, tasks[0]).await;
        assert_eq!(told.places[0].0, "staleness");
        assert!(
            told.places[0]
                .1
                .as_ref()
                .unwrap()
                .as_str()
                .contains(failure.says)
        );
    }
}

#[tokio::test]
async fn of_celery_by_message_and_by_traceback() {
    for column in ["error_message", "traceback"] {
        for failure in [SHORT, LONG, MANY_LINES] {
            let db = Database::empty().await;
            db.run(CELERY).await;
            let mut jobs: Vec<Uuid> = Vec::new();
            for error in failure.of {
                let failed = format!(
                    "insert into worker_failed_jobs (task_name, queue, exception_class, {column})
                     values ('app.tasks.charge', 'pay', 'app.Failed', {}) returning id",
                    quoted(error)
                );
                jobs.push(db.one(&failed).await);
            }
            let both = [told(&db, jobs[0]).await, told(&db, jobs[1]).await];
            for (told, error) in both.iter().zip(failure.of) {
                told.is_whole(error, failure.says, &["queue", "entries", "history"]);
            }
            are_alike(&both);
            db.run("update worker_failed_jobs set status = 'resolved', resolved_at = now()")
                .await;
            let told = told(&db, jobs[0]).await;
            told.is_whole(
                failure.of[0],
                failure.says,
                &["entries", "history", "fixes"],
            );
        }
    }
}

#[tokio::test]
async fn of_celery_a_message_stands_behind_the_name_of_its_exception() {
    let db = Database::empty().await;
    db.run(CELERY).await;
    let cases = [
        ("'KeyError'", "'''timeout'''", "KeyError: 'timeout'"),
        (
            "'app.errors.TokenExpired'",
            "'of ad account 7'",
            "TokenExpired: of ad account 7",
        ),
        ("'app.Late'", "'Late: by 3 s'", "Late: by 3 s"),
        ("'app.Late'", "'app.Late: by 3 s'", "app.Late: by 3 s"),
        ("'app.Late'", "' '", "Late"),
        ("null", "'by 3 s'", "by 3 s"),
    ];
    for (class, message, said) in cases {
        let failed = format!(
            "insert into worker_failed_jobs (task_name, queue, exception_class, error_message, status)
             values ('app.tasks.charge', 'pay', {class}, {message}, 'in_progress') returning id"
        );
        let job = db.one(&failed).await;
        let told = told(&db, job).await;
        told.is_whole(said, said, &["queue", "staleness", "entries", "history"]);
    }
}

#[tokio::test]
async fn of_a_tasker_deployment() {
    for failure in [SHORT, LONG, MANY_LINES] {
        let db = Database::empty().await;
        db.run(TASKER_CORE).await;
        // Two tasks of the same template.
        db.run(include_str!("tasker_core/task.sql")).await;
        db.run(include_str!("tasker_core/second_task.sql")).await;
        let tasks: Vec<Uuid> = db
            .one("select array_agg(task_uuid order by created_at, task_uuid) from tasker.tasks")
            .await;
        for (task, error) in tasks.iter().zip(failure.of) {
            db.run(&format!(
                "update tasker.workflow_step_transitions t
                 set metadata = jsonb_build_object('error_message', {}::text)
                 from tasker.workflow_steps s
                 where s.workflow_step_uuid = t.workflow_step_uuid and s.task_uuid = '{task}'
                   and t.to_state = 'error'",
                quoted(error)
            ))
            .await;
        }
        let both = [told(&db, tasks[0]).await, told(&db, tasks[1]).await];
        for (told, error) in both.iter().zip(failure.of) {
            told.is_whole(error, failure.says, &["queue", "entries", "steps"]);
        }
        are_alike(&both);
        db.run(
            "update tasker.tasks_dlq
             set resolution_status = 'manually_resolved', resolution_timestamp = now()",
        )
        .await;
        let told = told(&db, tasks[0]).await;
        told.is_whole(failure.of[0], failure.says, &["entries", "steps", "fixes"]);
    }
}

#[tokio::test]
async fn of_the_native_schema() {
    for failure in [SHORT, LONG, MANY_LINES] {
        let db = Database::new().await;
        db.template("{}").await;
        let mut tasks: Vec<Uuid> = Vec::new();
        for error in failure.of {
            let dead = db.dead_letter(error).await;
            // As a sweep keeps it that cuts nothing.
            db.run(&format!(
                "update tasker_tasks_dlq
                 set task_snapshot = jsonb_set(task_snapshot, '{{steps,0,last_error}}', to_jsonb({}::text))
                 where dlq_entry_uuid = '{}'",
                quoted(error),
                dead.entry
            ))
            .await;
            tasks.push(dead.task);
        }
        let both = [told(&db, tasks[0]).await, told(&db, tasks[1]).await];
        for (told, error) in both.iter().zip(failure.of) {
            told.is_whole(error, failure.says, &["queue", "entries", "steps"]);
        }
        are_alike(&both);
    }
}

#[tokio::test]
async fn of_a_native_task_that_is_stale() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    db.run(&format!(
        "update tasker_workflow_steps set last_error = {}
         where task_uuid = '{task}' and step_name = 'first'",
        quoted(LONG.of[0])
    ))
    .await;
    let told = told(&db, task).await;
    told.is_whole(LONG.of[0], LONG.says, &["staleness", "steps"]);
}
