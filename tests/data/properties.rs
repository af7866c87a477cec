//! Whatever is done in whatever order, nothing gets into a state that it must not be in.
//!
//! Each case is a task of its own, so that a failing one shrinks by being tried again. The seed is
//! printed; `DLQTOP_SEED` sets another.

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Executor as _, FromRow};
use support::database::Database;
use uuid::Uuid;

use crate::oracle::{self, STEP_STATES, Step, TASK_STATES};

/// Runs a property, with a database for all of its cases.
fn hold<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: &impl AsyncFn(&Database, S::Value) -> Result<(), TestCaseError>,
) where
    S::Value: std::fmt::Debug,
{
    let seed: u64 = std::env::var("DLQTOP_SEED").map_or(1, |seed| seed.parse().unwrap());
    eprintln!("DLQTOP_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let db = runtime.block_on(Database::new());
    let held = runner.run(strategy, |value| runtime.block_on(property(&db, value)));
    held.unwrap_or_else(|error| panic!("{error}"));
}

/// What anybody may try. Steps are named by their number, what was seen by a state or none for the
/// present one.
#[derive(Debug, Clone)]
enum Act {
    Advance,
    Claim,
    Finish(usize),
    Fail(usize, bool),
    TimesOut,
    TimePasses,
    Sweep,
    Operator(&'static str, usize, Option<&'static str>),
    Resume(Option<&'static str>),
    CancelTask(Option<&'static str>),
    MoveTask(Option<&'static str>, &'static str),
    MoveStep(usize, Option<&'static str>, &'static str),
}

const STEPS: usize = 4;
/// A diamond: two steps side by side between a first and a last one.
const DIAMOND: &str = r#"[
    {"name": "0", "timeout_seconds": 60, "retry": {"max_attempts": 2}},
    {"name": "1", "dependencies": ["0"], "timeout_seconds": 60, "retry": {"max_attempts": 2}},
    {"name": "2", "dependencies": ["0"], "retry": {"retryable": false}},
    {"name": "3", "dependencies": ["1", "2"]}
]"#;

fn act() -> impl Strategy<Value = Act> {
    let step = 0..STEPS;
    let task_state = || prop::sample::select(&TASK_STATES[..]);
    let step_state = || prop::sample::select(&STEP_STATES[..]);
    let verbs = [
        "reset_for_retry",
        "resolve_manually",
        "complete_manually",
        "cancel",
    ];
    prop_oneof![
        6 => Just(Act::Advance),
        6 => Just(Act::Claim),
        4 => step.clone().prop_map(Act::Finish),
        4 => (step.clone(), any::<bool>()).prop_map(|(step, passes)| Act::Fail(step, passes)),
        1 => Just(Act::TimesOut),
        2 => Just(Act::TimePasses),
        2 => Just(Act::Sweep),
        6 => (
            prop::sample::select(verbs.to_vec()),
            step.clone(),
            prop::option::weighted(0.3, step_state()),
        )
            .prop_map(|(verb, step, seen)| Act::Operator(verb, step, seen)),
        1 => prop::option::weighted(0.3, task_state()).prop_map(Act::Resume),
        1 => prop::option::weighted(0.3, task_state()).prop_map(Act::CancelTask),
        2 => (prop::option::weighted(0.3, task_state()), task_state())
            .prop_map(|(from, to)| Act::MoveTask(from, to)),
        2 => (step, prop::option::weighted(0.3, step_state()), step_state())
            .prop_map(|(step, from, to)| Act::MoveStep(step, from, to)),
    ]
}

/// The statement for an act on this task.
fn statement(act: &Act, task: Uuid) -> String {
    let step = |step: usize| {
        format!(
            "(select workflow_step_uuid from tasker_workflow_steps
              where task_uuid = '{task}' and step_name = '{step}')"
        )
    };
    let quoted = |state: &str| format!("'{state}'");
    let task_seen =
        |seen: Option<&str>| seen.map_or(format!("dlqtop.task_state('{task}')"), quoted);
    let step_seen = |at: usize, seen: Option<&str>| {
        seen.map_or(format!("dlqtop.step_state({})", step(at)), quoted)
    };
    let call = match *act {
        Act::Advance => "dlqtop.advance_tasks('orchestrator', 1000)".to_owned(),
        Act::Claim => "dlqtop.claim_step('w1', 'pay')".to_owned(),
        Act::Finish(at) => format!("dlqtop.finish_step({}, 'w1', '{{}}')", step(at)),
        Act::Fail(at, passes) => format!("dlqtop.fail_step({}, 'w1', 'boom', {passes})", step(at)),
        Act::TimesOut => "dlqtop.fail_overdue_steps('orchestrator', 1000)".to_owned(),
        Act::TimePasses => return time_passes(task),
        Act::Sweep => "dlqtop.detect_and_transition_stale_tasks(false, 1000)".to_owned(),
        Act::Operator(verb, at, seen) => format!(
            "dlqtop.act_on_step('{verb}', {}, {}, 'ana', 'because', '{{}}')",
            step(at),
            step_seen(at, seen)
        ),
        Act::Resume(seen) => format!(
            "dlqtop.resume_task('{task}', {}, 'ana', 'why')",
            task_seen(seen)
        ),
        Act::CancelTask(seen) => {
            format!(
                "dlqtop.cancel_task('{task}', {}, 'ana', 'why')",
                task_seen(seen)
            )
        }
        Act::MoveTask(seen, to) => {
            format!(
                "dlqtop.transition_task('{task}', {}, '{to}', 'test')",
                task_seen(seen)
            )
        }
        Act::MoveStep(at, seen, to) => format!(
            "dlqtop.transition_step({}, {}, '{to}', 'test')",
            step(at),
            step_seen(at, seen)
        ),
    };
    format!("select from {call}")
}

/// Everything of the task happened 40 minutes earlier.
fn time_passes(task: Uuid) -> String {
    // The task is locked first and then its steps, as every writer does.
    format!(
        "select from tasker_tasks where task_uuid = '{task}' for no key update;
         select from tasker_workflow_steps where task_uuid = '{task}' for no key update;
         update tasker_task_transitions set created_at = created_at - interval '40 minutes'
         where task_uuid = '{task}';
         update tasker_workflow_step_transitions
         set created_at = created_at - interval '40 minutes'
         where workflow_step_uuid in
             (select workflow_step_uuid from tasker_workflow_steps where task_uuid = '{task}');
         update tasker_tasks set created_at = created_at - interval '40 minutes'
         where task_uuid = '{task}';
         update tasker_workflow_steps set next_retry_at = next_retry_at - interval '40 minutes'
         where task_uuid = '{task}'"
    )
}

/// Tries an act. To be refused in words is an answer; anything else is not.
async fn attempt(db: &Database, act: &Act, task: Uuid) -> Result<(), TestCaseError> {
    let tried = db.pool.execute(AssertSqlSafe(statement(act, task))).await;
    let Err(error) = tried else {
        return Ok(());
    };
    let code = error.as_database_error().and_then(DatabaseError::code);
    prop_assert_eq!(code.as_deref(), Some("23514"), "{:?}: {}", act, error);
    Ok(())
}

#[derive(Debug, FromRow)]
struct Move {
    is_task: bool,
    subject: Uuid,
    from_state: Option<String>,
    to_state: String,
    most_recent: bool,
    sort_key: i32,
    by_operator: bool,
}

/// Every move of a task and its steps was allowed; each subject has one present state, its last,
/// and its moves are numbered without a gap.
async fn is_lawful(db: &Database, task: Uuid) -> Result<(), TestCaseError> {
    let moves: Vec<Move> = sqlx::query_as(
        "select true as is_task, task_uuid as subject, from_state, to_state, most_recent, sort_key,
                metadata ? 'operator' as by_operator
         from tasker_task_transitions where task_uuid = $1
         union all
         select false, workflow_step_uuid, from_state, to_state, most_recent, sort_key,
                metadata ? 'operator'
         from tasker_workflow_step_transitions
         join tasker_workflow_steps using (workflow_step_uuid) where task_uuid = $1
         order by subject, sort_key",
    )
    .bind(task)
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let subjects = moves.chunk_by(|one, next| one.subject == next.subject);
    let mut count = 0;
    for subject in subjects {
        count += 1;
        let mut before: Option<&str> = None;
        for (at, step) in subject.iter().enumerate() {
            let may = if step.is_task {
                oracle::task_may
            } else {
                oracle::step_may
            };
            let last = at + 1 == subject.len();
            prop_assert_eq!(
                usize::try_from(step.sort_key).unwrap(),
                at + 1,
                "{:?}",
                subject
            );
            prop_assert_eq!(step.most_recent, last, "{:?}", subject);
            prop_assert_eq!(step.from_state.as_deref(), before, "{:?}", subject);
            prop_assert!(
                may(before, &step.to_state, step.by_operator),
                "{:?}",
                subject
            );
            before = Some(&step.to_state);
        }
    }
    prop_assert_eq!(count, 1 + STEPS);
    Ok(())
}

/// A task of a diamond, and nothing else that anybody could act on.
async fn diamond(db: &Database) -> Uuid {
    if db
        .one("select not exists (select from tasker_named_tasks)")
        .await
    {
        db.template_named("charge", "{}", DIAMOND).await;
    }
    // Tasks of earlier cases would only take the workers' time.
    db.run("delete from tasker_tasks_dlq; delete from tasker_tasks")
        .await;
    db.one("select dlqtop.create_task('pay', 'charge')").await
}

#[test]
fn no_sequence_of_acts_reaches_a_forbidden_state() {
    let acts = prop::collection::vec(act(), 1..40);
    hold(90, &acts, &async |db, acts| {
        let task = diamond(db).await;
        for act in &acts {
            attempt(db, act, task).await?;
        }
        is_lawful(db, task).await
    });
}

#[test]
fn nor_do_acts_of_several_at_once() {
    let acts = prop::collection::vec(act(), 1..12);
    let several = prop::collection::vec(acts, 4);
    hold(50, &several, &async |db, several| {
        let task = diamond(db).await;
        let all = several.iter().map(async |acts| {
            for act in acts {
                attempt(db, act, task).await?;
            }
            Ok::<(), TestCaseError>(())
        });
        join_all(all).await.into_iter().collect::<Result<(), _>>()?;
        is_lawful(db, task).await
    });
}

/// Up to six steps in any states; each may wait for any that come before it.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        prop::sample::select(&STEP_STATES[..]),
        prop::bool::weighted(0.8),
        0..4_i32,
        0..4_i32,
        any::<bool>(),
        any::<[bool; 6]>(),
    );
    prop::collection::vec(step, 0..6).prop_map(|drawn| {
        let steps = drawn.into_iter().enumerate();
        steps
            .map(
                |(at, (state, retryable, attempts, max_attempts, not_yet, waits))| Step {
                    state,
                    retryable,
                    attempts,
                    max_attempts,
                    not_yet,
                    parents: (0..at).filter(|parent| waits[*parent]).collect(),
                },
            )
            .collect()
    })
}

/// A task in this state with these steps.
async fn put(db: &Database, present: &str, steps: &[Step]) -> Uuid {
    let name = Uuid::now_v7().to_string();
    let configured: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let parents: Vec<String> = step.parents.iter().map(ToString::to_string).collect();
            serde_json::json!({"name": at.to_string(), "dependencies": parents})
        })
        .collect();
    let configured = serde_json::Value::from(configured).to_string();
    db.template_named(&name, "{}", &configured).await;
    let task: Uuid = db
        .one(&format!("select dlqtop.create_task('pay', '{name}')"))
        .await;
    for (at, step) in steps.iter().enumerate() {
        db.run(&format!(
            "update tasker_workflow_steps set retryable = {}, attempts = {}, max_attempts = {},
                 next_retry_at = case when {} then now() + interval '1 hour' end
             where task_uuid = '{task}' and step_name = '{at}';
             update tasker_workflow_step_transitions set to_state = '{}'
             where workflow_step_uuid = (select workflow_step_uuid from tasker_workflow_steps
                                         where task_uuid = '{task}' and step_name = '{at}')",
            step.retryable, step.attempts, step.max_attempts, step.not_yet, step.state
        ))
        .await;
    }
    db.run(&format!(
        "update tasker_task_transitions set to_state = '{present}' where task_uuid = '{task}'"
    ))
    .await;
    task
}

#[test]
fn a_task_becomes_what_its_steps_say_and_stays_so() {
    let cases = (
        prop::sample::select(&TASK_STATES[..]),
        steps(),
        any::<bool>(),
    );
    hold(300, &cases, &async |db, (present, steps, by_operator)| {
        let task = put(db, present, &steps).await;
        let operator = if by_operator { "'ana'" } else { "null" };
        let reevaluate = format!("select reevaluate_task('{task}', 'test', {operator})");
        let want = oracle::becomes(present, &steps, by_operator);
        let got: String = db.one(&reevaluate).await;
        prop_assert_eq!(&got, want);
        prop_assert_eq!(&db.state(task).await, want);

        let walked = format!(
            "select coalesce(string_agg(from_state || ' ' || to_state, ',' order by sort_key), '')
             from tasker_task_transitions where task_uuid = '{task}' and sort_key > 1"
        );
        let moves: String = db.one(&walked).await;
        for step in moves.split(',').filter(|step| !step.is_empty()) {
            let (from, to) = step.split_once(' ').unwrap();
            prop_assert!(oracle::task_may(Some(from), to, by_operator), "{}", moves);
        }
        let again: String = db.one(&reevaluate).await;
        prop_assert_eq!(&again, want);
        prop_assert_eq!(&db.one::<String>(&walked).await, &moves, "it moved again");
        Ok(())
    });
}
