//! Row 32: a run of many that is cut anywhere, or killed, and taken up, does everything once. Every
//! step that it has reset fails again at once, so that its state alone would let it be reset again.

mod full_disk;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{
    Change, ItemResult, Outcome, Pace, StepTarget, StepVerb, Write,
};
use dlqtop::data::model::{StepId, TaskId};
use dlqtop::data::worker::Writer;
use fastrand::Rng;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use support::cutting::{Cut, Point};
use support::database::Database;
use support::eventually::eventually;
use support::report::Row;
use support::seed::Tasks;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SUBJECTS: usize = 30;

/// Makes every step that was reset fail again, as a worker would that finds the cause unchanged.
const FAIL_AGAIN: &str = "
    create function fail_again() returns int language plpgsql as $$
    declare
        step record;
        failed int := 0;
    begin
        for step in
            select st.workflow_step_uuid
            from tasker_workflow_step_transitions st
            join tasker_workflow_steps s using (workflow_step_uuid)
            join tasker_tasks t using (task_uuid)
            where st.most_recent and st.to_state = 'pending' and st.metadata ? 'operator'
            for no key update of t skip locked
        loop
            perform dlqtop.transition_step(step.workflow_step_uuid, 'pending', 'enqueued', 'w1');
            perform dlqtop.transition_step(step.workflow_step_uuid, 'enqueued', 'in_progress', 'w1');
            perform dlqtop.transition_step(step.workflow_step_uuid, 'in_progress', 'error', 'w1');
            failed := failed + 1;
        end loop;
        return failed;
    end $$";

/// Goes on failing until it is told to stop.
struct Failing {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Failing {
    fn start(pool: &PgPool) -> Self {
        let (pool, stop) = (pool.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            while !stopped.is_cancelled() {
                let failed: i32 = sqlx::query_scalar("select fail_again()")
                    .fetch_one(&pool)
                    .await
                    .unwrap();
                if failed == 0 {
                    // There is no event for new work: a worker polls.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// New failed steps, and their retry. The reason names the run.
async fn retry_of_new(db: &Database, run: &str, pace: Pace) -> Write {
    db.seed(Tasks {
        tag: run,
        ..Tasks::FAILED.count(SUBJECTS)
    })
    .await;
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select workflow_step_uuid, task_uuid from tasker_workflow_steps
         join tasker_tasks using (task_uuid) where initiator = $1 and step_number = 1 order by 1",
    )
    .bind(run)
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let target = |(step, task)| StepTarget {
        step: StepId(step),
        task: TaskId(task),
        seen_state: "error".into(),
        seen_error: Some("HTTP 503".into()),
        label: "pay/charge · first".into(),
    };
    Write {
        batch: Uuid::now_v7(),
        change: Change::Steps(
            StepVerb::ResetForRetry,
            rows.into_iter().map(target).collect(),
        ),
        reason: run.to_owned(),
        pace,
    }
}

fn bulk(options: &PgConnectOptions, folder: &Path, patience: Duration) -> Bulk {
    let writer = Writer::new(options, "ana".to_owned())
        .with_journal(Some(folder.to_owned()), "prod")
        .with_timeout(patience);
    Bulk::new(writer)
}

async fn carried_out(bulk: &mut Bulk, write: &Write) -> Outcome {
    let outcome = bulk
        .carry_out(write, &StopSignals::default(), &mut |_| {})
        .await;
    bulk.close().await;
    outcome
}

/// How many subjects were done more than once, and how many never.
async fn double_and_lost(db: &Database, write: &Write) -> (i64, i64) {
    sqlx::query_as(
        "select count(*) filter (where resets > 1 or lines > 1),
                count(*) filter (where resets = 0 or lines = 0)
         from (select
                   (select count(*) from tasker_workflow_step_transitions st
                    where st.workflow_step_uuid = s.id
                      and st.metadata ->> 'action' = 'reset_for_retry' and st.reason = $2) as resets,
                   (select count(*) from dlqtop.operator_log l
                    where l.subject_uuid = s.id and l.batch = $3 and l.outcome = 'done') as lines
               from unnest($1::uuid[]) as s (id)) subject",
    )
    .bind(write.change.ids())
    .bind(&write.reason)
    .bind(write.batch)
    .fetch_one(&db.pool)
    .await
    .unwrap()
}

#[derive(Debug, Default)]
struct Figures {
    cut: usize,
    settled: usize,
    resumed: usize,
    repeated: usize,
    unknown: usize,
    double: i64,
    lost: i64,
}

/// How many bytes and commits a whole run takes.
async fn whole(db: &Database, folder: &Path) -> (usize, usize) {
    let write = retry_of_new(db, "whole", Pace::default()).await;
    let wire = Cut::at(Point::Byte(usize::MAX), false, &db.options).await;
    let mut uncut = bulk(&wire.options, folder, Duration::ZERO);
    let outcome = carried_out(&mut uncut, &write).await;
    assert_eq!(outcome.tally().done, SUBJECTS, "{outcome:?}");
    wire.carried()
}

/// One run that is cut; then whatever it takes until all is done.
async fn cut_and_take_up(
    db: &Database,
    folder: &Path,
    (write, point, heals): (&Write, Point, bool),
    figures: &mut Figures,
) {
    let wire = Cut::at(point, heals, &db.options).await;
    let patience = Duration::from_millis(if heals { 20_000 } else { 150 });
    let mut first = bulk(&wire.options, folder, patience);
    let mut outcome = carried_out(&mut first, write).await;
    figures.cut += usize::from(wire.is_cut());
    figures.unknown += outcome.tally().unknown;
    let mut later = bulk(&db.options, folder, Duration::from_secs(20));
    let left = later.unfinished().await.unwrap();
    if let Some(left) = left.first() {
        assert_eq!((left.write.batch, heals), (write.batch, false));
        outcome = later
            .resume(left, &StopSignals::default(), &mut |_| {})
            .await;
        figures.resumed += 1;
    } else if outcome.tally().failed == SUBJECTS {
        // It was cut before anything was sent, and says so.
        assert_eq!(db.count(&done_lines(write)).await, 0, "{outcome:?}");
        outcome = carried_out(&mut later, write).await;
        figures.repeated += 1;
    } else {
        figures.settled += usize::from(wire.is_cut());
    }
    later.close().await;
    let is_done = |item: &&dlqtop::data::messages::command::Item| {
        matches!(item.result, ItemResult::Done { .. })
    };
    let done = outcome.items.iter().filter(is_done).count();
    assert_eq!(done, SUBJECTS, "{outcome:?}");
    let (double, lost) = double_and_lost(db, write).await;
    figures.double += double;
    figures.lost += lost;
}

fn done_lines(write: &Write) -> String {
    format!(
        "select count(*) from dlqtop.operator_log where outcome = 'done' and batch = '{}'",
        write.batch
    )
}

async fn cut_at_random_points(row: &Row, seed: u64, runs: usize) {
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    db.template_in(Tasks::FAILED.of, "{}").await;
    db.run(FAIL_AGAIN).await;
    let folder = tempfile::tempdir().unwrap();
    let (bytes, commits) = whole(&db, folder.path()).await;
    let failing = Failing::start(&db.pool);
    let mut figures = Figures::default();
    for run in 0..runs {
        let write = retry_of_new(&db, &format!("run {run}"), Pace::default()).await;
        // Anywhere; and every other time where it hurts most.
        let point = match rng.u8(0..4) {
            0 => Point::Byte(rng.usize(0..bytes)),
            1 => Point::ByteDeaf(rng.usize(0..bytes)),
            _ => Point::Commit(rng.usize(0..commits)),
        };
        let heals = run % 2 == 0;
        cut_and_take_up(&db, folder.path(), (&write, point, heals), &mut figures).await;
    }
    failing.end().await;
    let again: i64 = db
        .one("select count(*) from v_retried_steps where failed_again")
        .await;
    let Figures { double, lost, .. } = figures;
    row.found(
        runs,
        format!(
            "double {double}, lost {lost} of {}; {figures:?}; {again} had failed again",
            runs * SUBJECTS
        ),
    );
    assert_eq!((double, lost), (0, 0), "seed {seed}");
    assert!(figures.cut * 10 >= runs * 9, "hardly any was cut");
    assert!(
        figures.settled * 4 >= runs && figures.resumed * 4 >= runs,
        "{figures:?}"
    );
    db.expect_tidy().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cut_at_fifty_points_does_everything_once() {
    let row = Row::begin("32, cut", 320);
    cut_at_random_points(&row, 320, 50).await;
}

/// Cuts so many lines and a half off a journal, but never its header.
fn lose_lines(journal: &Path, lines: usize) {
    let text = std::fs::read_to_string(journal).unwrap();
    let mut kept: Vec<&str> = text.split_inclusive('\n').collect();
    for _ in 0..lines.min(kept.len() - 1) {
        kept.pop();
    }
    let mut rest = kept.concat();
    if kept.len() > 1 {
        rest.truncate(rest.len() - 10);
    }
    std::fs::write(journal, rest).unwrap();
}

/// Not a test: what is killed by the test below, as a process of its own.
#[tokio::test]
#[ignore = "a process for the test below"]
async fn the_process_that_is_killed() {
    let Ok(folder) = std::env::var("DLQTOP_TEST_RUNS") else {
        return;
    };
    let url = std::env::var("DATABASE_URL").unwrap();
    let folder = Path::new(&folder);
    let order = std::fs::read(folder.join("order.json")).unwrap();
    let write: Write = serde_json::from_slice(&order).unwrap();
    let mut bulk = bulk(&url.parse().unwrap(), folder, Duration::from_secs(20));
    let outcome = carried_out(&mut bulk, &write).await;
    panic!("nobody killed it: {:?}", outcome.tally());
}

/// The program of these tests again, with this to carry out.
fn process(db: &Database, folder: &Path, write: &Write) -> Child {
    let order = serde_json::to_vec(write).unwrap();
    std::fs::write(folder.join("order.json"), order).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "interrupted::the_process_that_is_killed",
        ])
        .env("DLQTOP_TEST_RUNS", folder)
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_process_is_killed_is_taken_up_and_does_everything_once() {
    const RUNS: usize = 6;
    let seed = 321;
    let row = Row::begin("32, killed", seed);
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    db.template_in(Tasks::FAILED.of, "{}").await;
    db.run(FAIL_AGAIN).await;
    let failing = Failing::start(&db.pool);
    let (mut double, mut lost, mut points) = (0, 0, Vec::new());
    for run in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace {
            per_second: Some(80.0),
            ..Pace::default()
        };
        let write = retry_of_new(&db, &format!("killed {run}"), pace).await;
        let mut child = process(&db, folder.path(), &write);
        let point = rng.i64(1..22);
        let lines = done_lines(&write);
        let reached = eventually(Duration::from_mins(1), async || {
            (db.count(&lines).await >= point).then_some(())
        });
        assert!(reached.await.is_some(), "seed {seed}: it does nothing");
        let mut later = bulk(&db.options, folder.path(), Duration::from_secs(20));
        let alive = later.unfinished().await.unwrap();
        assert_eq!(alive, [], "a run that is alive is offered to others");
        child.kill().unwrap();
        child.wait().unwrap();

        // What was not brought to the disk would be lost with the machine.
        lose_lines(
            &folder.path().join(format!("{}.jsonl", write.batch)),
            rng.usize(0..15),
        );
        let left = later.unfinished().await.unwrap();
        assert_eq!(left.len(), 1, "seed {seed}, run {run}");
        points.push(left[0].done.done);
        let outcome = later
            .resume(&left[0], &StopSignals::default(), &mut |_| {})
            .await;
        assert_eq!(outcome.tally().done, SUBJECTS, "{outcome:?}");
        later.close().await;
        let (twice, never) = double_and_lost(&db, &write).await;
        double += twice;
        lost += never;
    }
    failing.end().await;
    row.found(
        RUNS,
        format!(
            "double {double}, lost {lost} of {}; killed after {points:?}",
            RUNS * SUBJECTS
        ),
    );
    assert_eq!((double, lost), (0, 0), "seed {seed}");
    assert!(points.iter().any(|done| *done < SUBJECTS), "{points:?}");
    db.expect_tidy().await;
}
