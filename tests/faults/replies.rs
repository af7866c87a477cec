//! Rows 6 and 32: what was done and not heard of is not done twice, and not called failed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{
    Change, ItemResult, Outcome, Pace, StepTarget, StepVerb, Tally, Write,
};
use dlqtop::data::model::{StepId, TaskId};
use dlqtop::data::native::sweep::SweepOutcome;
use dlqtop::data::worker::Writer;
use fastrand::Rng;
use support::database::Database;
use support::invariants::{DUPLICATES, NOT_IN_ERROR};
use support::proxy::{Loses, Proxy};
use support::report::Row;
use support::seed::{Tasks, sweeper};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Loses answers with this chance.
fn with_chance(seed: u64, chance: f64) -> Loses {
    let rng = Mutex::new(Rng::with_seed(seed));
    Arc::new(move |_| rng.lock().unwrap().f64() < chance)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lost_reply_the_next_sweep_finds_nothing_to_do() {
    let row = Row::begin("6, one reply", 0);
    let db = Database::with(Tasks::STALE.count(20)).await;
    let proxy = Proxy::to(&db.options, Arc::new(|nth| nth == 0)).await;
    let mut sweeper = sweeper(&proxy.options, "d1");
    let stop = CancellationToken::new();
    let first = sweeper.sweep(&stop).await;
    assert_eq!(proxy.lost(), 1);
    assert_eq!(
        db.count(NOT_IN_ERROR).await,
        0,
        "it was done before the reply was lost"
    );
    let second = sweeper.sweep(&stop).await.unwrap();
    let duplicates = db.count(DUPLICATES).await;
    row.found(
        20,
        format!(
            "duplicates {duplicates}, the first sweep said {:?}, the second found {}",
            first
                .as_ref()
                .map_err(dlqtop::data::error::DataError::one_line),
            second.tasks.len()
        ),
    );
    assert!(first.is_err() || first.is_ok_and(|report| report.tasks.is_empty()));
    assert_eq!(
        (second.tasks.len(), duplicates, db.partial().await),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweeps_that_lose_every_other_reply_do_everything_once() {
    let seed = 6;
    let row = Row::begin("6", seed);
    let db = Database::with(Tasks::STALE.count(600)).await;
    db.run("update dlqtop.settings set batch_size = 20").await;
    let proxy = Proxy::to(&db.options, with_chance(seed, 0.5)).await;
    let mut sweeper = sweeper(&proxy.options, "d1");
    let stop = CancellationToken::new();
    let (mut failed, mut broken, mut sweeps) = (0, 0, 0);
    while db.count(NOT_IN_ERROR).await > 0 {
        db.allow_one_large_sweep().await;
        match sweeper.sweep(&stop).await {
            Ok(report) => failed += report.count(SweepOutcome::Failed),
            Err(error) => {
                assert!(error.is_connection(), "{}", error.one_line());
                broken += 1;
            }
        }
        sweeps += 1;
        assert!(sweeps < 200, "seed {seed}: it does not drain");
    }
    let duplicates = db.count(DUPLICATES).await;
    let partial = db.partial().await;
    row.found(
        600,
        format!("duplicates {duplicates}, false failed {failed}, partial {partial}; {} replies lost in {sweeps} sweeps, {broken} of them broken off", proxy.lost()),
    );
    assert_eq!((duplicates, failed, partial), (0, 0, 0), "seed {seed}");
    assert!(proxy.lost() > 5, "hardly a reply was lost");
}

/// Every failed step, as an operator sees it.
async fn failed_steps(db: &Database) -> Vec<StepTarget> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select workflow_step_uuid, task_uuid from tasker_workflow_steps
         where dlqtop.step_state(workflow_step_uuid) = 'error' order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let target = |(step, task)| StepTarget {
        step: StepId(step),
        task: TaskId(task),
        seen_state: "error".into(),
        seen_error: None,
        label: "pay/charge · first".into(),
    };
    rows.into_iter().map(target).collect()
}

fn retry(targets: Vec<StepTarget>) -> Write {
    Write {
        batch: Uuid::now_v7(),
        change: Change::Steps(StepVerb::ResetForRetry, targets),
        reason: "gateway is back".to_owned(),
        pace: Pace::default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_whose_reply_is_lost_is_settled_and_is_no_news_to_others() {
    let row = Row::begin("6, an operator's act", 0);
    let db = Database::with(Tasks::FAILED.count(1)).await;
    let proxy = Proxy::to(&db.options, Arc::new(|nth| nth == 0)).await;
    let mut writer = Writer::new(&proxy.options, "ana".to_owned());
    let write = retry(failed_steps(&db).await);
    let first = writer.carry_out(&write).await.items.remove(0);
    let again = writer.carry_out(&write).await.items.remove(0);
    let afresh = retry(match write.change {
        Change::Steps(_, targets) => targets,
        other => panic!("{other:?}"),
    });
    let other = writer.carry_out(&afresh).await.items.remove(0);
    row.found(
        1,
        format!(
            "first {:?}, repeated {:?}, another batch {:?}; replies lost {}",
            first.result,
            again.result,
            other.result,
            proxy.lost()
        ),
    );
    assert_eq!(proxy.lost(), 1);
    let done = ItemResult::Done {
        now: "pending".into(),
    };
    assert_eq!((&first.result, &again.result), (&done, &done));
    let ItemResult::Changed { by: Some(by), .. } = other.result else {
        panic!("{other:?}");
    };
    assert_eq!(by, "ana");
    assert_eq!(db.count(OPERATOR_TRANSITIONS).await, 1);
}

const OPERATOR_TRANSITIONS: &str = "
    select count(*) from tasker_workflow_step_transitions where metadata ? 'operator'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_fails_in_parts_is_repeated_without_doing_anything_twice() {
    let seed = 32;
    let row = Row::begin("32", seed);
    let db = Database::with(Tasks::FAILED.count(50)).await;
    refuse_a_fifth(&db).await;
    let proxy = Proxy::to(&db.options, with_chance(seed, 0.2)).await;
    let mut wrong = 0;
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::new(&proxy.options, "ana".to_owned())
        .with_journal(Some(folder.path().to_owned()), "prod");
    let mut bulk = Bulk::new(writer);
    let mut left = failed_steps(&db).await;
    assert_eq!(left.len(), 50);
    let (mut rounds, mut tally) = (0, [0; 4]);
    while !left.is_empty() {
        let write = retry(left.clone());
        let outcome = bulk
            .carry_out(&write, &StopSignals::default(), &mut |_| {})
            .await;
        assert_eq!(outcome.items.len(), left.len(), "an item has no outcome");
        wrong += wrongly_told(&db, &outcome).await;
        let Tally {
            done,
            changed,
            failed,
            unknown,
            ..
        } = outcome.tally();
        for (sum, n) in tally.iter_mut().zip([done, changed, failed, unknown]) {
            *sum += n;
        }
        let by_id: HashMap<Uuid, ItemResult> = outcome
            .items
            .into_iter()
            .map(|item| (item.id, item.result))
            .collect();
        // Only the failures are tried again.
        left.retain(|target| matches!(by_id[&target.step.0], ItemResult::Failed { .. }));
        db.run("update cycle set n = n + 1").await;
        rounds += 1;
        assert!(rounds < 30, "seed {seed}: it does not end");
    }
    let twice = "select count(*) from (
        select workflow_step_uuid from tasker_workflow_step_transitions where metadata ? 'operator'
        group by 1 having count(*) > 1) t";
    let double = db.count(twice).await;
    let applied = db.count(OPERATOR_TRANSITIONS).await;
    let [done, changed, failed, unknown] = tally;
    row.found(
        50,
        format!("double applies {double}, applied {applied} in {rounds} rounds; results that are not true {wrong}: done {done}, done before {changed}, failed {failed}, unknown {unknown}; {} replies lost", proxy.lost()),
    );
    assert_eq!((double, applied, wrong), (0, 50, 0), "seed {seed}");
    assert_eq!((done, changed, unknown), (50, 0, 0), "seed {seed}");
    assert!(
        failed > 0 && proxy.lost() > 0,
        "seed {seed}: nothing went wrong"
    );
    db.expect_tidy().await;
}

/// A fifth of the acts is refused, another one each time.
async fn refuse_a_fifth(db: &Database) {
    db.run(
        "create table public.cycle (n int); insert into cycle values (1);
         create function refuse() returns trigger language plpgsql security definer as $$ begin
             if new.metadata ? 'operator' and abs(hashint8extended(
                 (select t.priority from public.tasker_tasks t join public.tasker_workflow_steps s using (task_uuid)
                  where s.workflow_step_uuid = new.workflow_step_uuid)
                 + 1000 * (select n from public.cycle), 32)) % 5 = 0 then
                 raise exception 'no space left on device'; end if;
             return new; end $$;
         create trigger refuse before insert on tasker_workflow_step_transitions
             for each row execute function refuse()",
    )
    .await;
}

/// How many results say something else than the database.
async fn wrongly_told(db: &Database, outcome: &Outcome) -> usize {
    let mut wrong = 0;
    for item in &outcome.items {
        let is: String = db
            .one(&format!("select dlqtop.step_state('{}')", item.id))
            .await;
        wrong += usize::from(match &item.result {
            ItemResult::Done { now } => now.as_str() != is,
            ItemResult::Failed { .. } => is != "error",
            _ => true,
        });
    }
    wrong
}
