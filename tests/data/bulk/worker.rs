//! Runs beside single acts, through the writing task.

use std::time::Duration;

use dlqtop::data::messages::command::{
    Change, Command, Outcome, Pace, Phase, Report, StepVerb, Write,
};
use dlqtop::data::worker::{self, Writer};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Scene, per_second, untried};
use crate::acting::wires;

/// The far end of the writing task.
struct Desk {
    ask: mpsc::Sender<Command>,
    reports: mpsc::Receiver<Report>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Desk {
    fn of(writer: Option<Writer>) -> Self {
        let stop = CancellationToken::new();
        let (wires, ask, reports) = wires(&stop);
        let task = tokio::spawn(worker::run(wires, writer));
        Self {
            ask,
            reports,
            stop,
            task,
        }
    }

    async fn write(&self, write: &Write) {
        let write = Command::Write(Box::new(write.clone()));
        self.ask.send(write).await.unwrap();
    }

    async fn next(&mut self) -> Report {
        let next = timeout(Duration::from_mins(1), self.reports.recv()).await;
        next.unwrap().unwrap()
    }

    /// Waits until so many of this batch are done.
    async fn until_done(&mut self, batch: Uuid, done: usize) {
        loop {
            match self.next().await {
                Report::Progress(at) if at.batch == batch && at.tally.done >= done => return,
                Report::Ended(outcome) if outcome.batch == batch => panic!("{outcome:?}"),
                _ => {}
            }
        }
    }

    /// The outcome of this batch, and those that came before it.
    async fn outcome(&mut self, batch: Uuid) -> (Outcome, Vec<Uuid>) {
        let mut before = Vec::new();
        loop {
            if let Report::Ended(outcome) = self.next().await {
                if outcome.batch == batch {
                    return (outcome, before);
                }
                before.push(outcome.batch);
            }
        }
    }

    /// Leaves; the outcomes that had not been heard.
    async fn leave(mut self) -> Vec<Outcome> {
        self.stop.cancel();
        let mut outcomes = Vec::new();
        // Until the far end has gone.
        while let Ok(Some(report)) = timeout(Duration::from_mins(1), self.reports.recv()).await {
            if let Report::Ended(outcome) = report {
                outcomes.push(outcome);
            }
        }
        self.task.await.unwrap();
        outcomes
    }
}

fn first(mut write: Write) -> Write {
    let Change::Steps(verb, targets) = &mut write.change else {
        panic!("{write:?}");
    };
    write.change = Change::Steps(verb.clone(), targets.split_off(targets.len() - 1));
    write.batch = Uuid::now_v7();
    write
}

#[tokio::test]
async fn a_run_keeps_no_single_act_waiting_and_no_second_run_beside_it() {
    let scene = Scene::of(30, "HTTP 503").await;
    let mut desk = Desk::of(Some(scene.writer()));
    let run = scene.retry(per_second(10.0));
    desk.write(&run).await;
    desk.until_done(run.batch, 1).await;

    let single = first(scene.retry(Pace::default()));
    let second = scene.retry(Pace::default());
    desk.write(&second).await;
    desk.write(&single).await;
    let (outcome, before) = desk.outcome(single.batch).await;
    assert_eq!(outcome.tally().done, 1, "{outcome:?}");
    assert_eq!(before, [second.batch], "it waited for the run");

    desk.ask.send(Command::Stop(Uuid::nil())).await.unwrap();
    desk.ask.send(Command::Stop(run.batch)).await.unwrap();
    let (stopped, _) = desk.outcome(run.batch).await;
    assert!(untried(&stopped).iter().any(|why| why == "stopped"));

    // There is room for the next one.
    let third = scene.retry(Pace::default());
    desk.write(&third).await;
    let (outcome, _) = desk.outcome(third.batch).await;
    assert!(outcome.tally().failed == 0, "{outcome:?}");
    desk.leave().await;
}

#[tokio::test]
async fn a_second_run_is_refused_in_words() {
    let scene = Scene::of(4, "HTTP 503").await;
    let mut desk = Desk::of(Some(scene.writer()));
    let (run, second) = (scene.retry(per_second(5.0)), scene.retry(Pace::default()));
    desk.write(&run).await;
    desk.write(&second).await;
    let (refused, before) = desk.outcome(second.batch).await;
    assert_eq!((refused.tally().failed, before.len()), (4, 0));
    let why = format!("{:?}", refused.items[0].result);
    assert!(why.contains("another bulk run is in progress"), "{why}");
    assert_eq!(desk.outcome(run.batch).await.0.tally().done, 4);
    desk.leave().await;
}

#[tokio::test]
async fn a_run_with_a_pace_is_cut_short_by_leaving_and_taken_up_later() {
    let scene = Scene::of(12, "HTTP 503").await;
    let mut desk = Desk::of(Some(scene.writer()));
    let run = scene.retry(per_second(10.0));
    desk.write(&run).await;
    desk.until_done(run.batch, 2).await;
    let cut = desk.leave().await.remove(0);
    assert!(
        untried(&cut)
            .iter()
            .all(|why| why == "interrupted; the run can be resumed"),
        "{cut:?}"
    );
    assert!(cut.tally().done >= 2 && cut.tally().untried > 0, "{cut:?}");

    let left = scene.bulk().unfinished().await.unwrap().remove(0);
    let mut desk = Desk::of(Some(scene.writer()));
    desk.ask
        .send(Command::Resume(Box::new(left)))
        .await
        .unwrap();
    let (whole, _) = desk.outcome(run.batch).await;
    assert_eq!(whole.tally().done, 12, "{whole:?}");
    assert_eq!(scene.resets().await, 12);
    desk.leave().await;
}

#[tokio::test]
async fn a_run_without_a_pace_goes_to_its_end() {
    let scene = Scene::of(25, "HTTP 503").await;
    let desk = Desk::of(Some(scene.writer()));
    let run = scene.retry(Pace::default());
    desk.write(&run).await;
    desk.leave().await;
    assert_eq!(scene.done_lines(run.batch).await, 25);
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn a_session_that_only_looks_runs_nothing_and_takes_nothing_up() {
    let scene = Scene::of(2, "HTTP 503").await;
    let mut desk = Desk::of(None);
    let write = scene.retry(Pace::default());
    desk.write(&write).await;
    let (refused, _) = desk.outcome(write.batch).await;
    assert!(format!("{refused:?}").contains("read-only"), "{refused:?}");
    assert_eq!(refused.action, StepVerb::ResetForRetry.name());
    desk.leave().await;
    assert_eq!(scene.resets().await, 0);
    assert!(!scene.runs().exists());
}

#[tokio::test]
async fn a_single_act_says_that_it_finds_out_what_became_of_it() {
    let scene = Scene::of(1, "HTTP 503").await;
    scene
        .db
        .run(
            "create function boom() returns trigger language plpgsql security definer as $$ begin
                 perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
             create trigger boom before insert on dlqtop.operator_log
                 for each row execute function boom()",
        )
        .await;
    let patient = scene.writer().with_timeout(Duration::from_mins(1));
    let mut desk = Desk::of(Some(patient));
    let write = scene.retry(Pace::default());
    desk.write(&write).await;
    let Report::Progress(progress) = desk.next().await else {
        panic!("it does not say that it has to find out");
    };
    assert_eq!(
        (progress.batch, progress.phase),
        (write.batch, Phase::Settling)
    );
    scene
        .db
        .run("drop trigger boom on dlqtop.operator_log")
        .await;
    let (outcome, _) = desk.outcome(write.batch).await;
    assert_eq!(outcome.tally().done, 1, "{outcome:?}");
    assert_eq!(scene.resets().await, 1);
    desk.leave().await;
}
