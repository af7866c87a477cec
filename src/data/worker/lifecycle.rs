//! Starts the writing task with the right to write, and ends it with that right.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use uuid::Uuid;

use super::detector::Decider;
use super::filler;
use super::sampler::due;
use super::writer::{READ_ONLY, Writer, refuse};
use crate::data::bulk::supervisor::Runs;
use crate::data::messages::command::{
    DetectorOrder, DetectorOutcome, Outcome, Report, Unfinished, Write,
};
use crate::data::model::incident::Incident;

/// The screen ends an unlock at its next tick; if it does not, the unlock ends this much later.
const LOCK_GRACE: Duration = Duration::from_secs(2);

/// Whether this session may write.
pub enum Rights {
    /// Never: nothing that could write exists.
    Never,
    /// From the start to the end.
    Always(Box<Writer>),
    /// Only while it is unlocked.
    WhenUnlocked(Lock),
}

/// A lock that an operator can unlock.
pub struct Lock {
    /// What it locks, for the log: `profile prod-eu`.
    pub of: String,
    /// Creates a writer when it is unlocked.
    pub writer: Box<dyn Fn() -> Writer + Send + Sync>,
}

impl From<Option<Writer>> for Rights {
    fn from(writer: Option<Writer>) -> Self {
        writer.map_or(Self::Never, |writer| Self::Always(Box::new(writer)))
    }
}

/// The writing task, and earlier ones that still have to finish.
pub(super) struct WriteTask {
    lock: Option<Lock>,
    now: Option<Running>,
    finishing: Vec<JoinHandle<()>>,
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
    was_unlocked: bool,
}

struct Running {
    orders: mpsc::Sender<Write>,
    task: JoinHandle<()>,
    runs: Runs,
    decider: Decider,
    until: Option<Instant>,
}

/// An unlock, for the log.
struct Unlocked {
    of: String,
    lasting: Duration,
    incident: Incident,
}

impl WriteTask {
    pub(super) fn new(rights: Rights, done: mpsc::Sender<Report>, wake: Arc<Notify>) -> Self {
        let mut writing = Self {
            lock: None,
            now: None,
            finishing: Vec::new(),
            done,
            wake,
            was_unlocked: false,
        };
        match rights {
            Rights::Never => {}
            Rights::Always(writer) => writing.begin(*writer, None),
            Rights::WhenUnlocked(lock) => writing.lock = Some(lock),
        }
        writing
    }

    fn begin(&mut self, writer: Writer, unlocked: Option<Unlocked>) {
        let (orders, to_do) = mpsc::channel(8);
        let until = unlocked
            .as_ref()
            .map(|unlocked| Instant::now() + unlocked.lasting + LOCK_GRACE);
        let (done, wake) = (self.done.clone(), Arc::clone(&self.wake));
        let runs = Runs::new(
            writer.with_new_connection(),
            done.clone(),
            Arc::clone(&wake),
        );
        runs.report_unfinished();
        let decider = Decider {
            options: writer.site.options.clone(),
            actor: writer.actor.clone(),
            incident: writer.incident.clone(),
        };
        let task = tokio::spawn(write_all(writer, unlocked, to_do, done, wake));
        self.now = Some(Running {
            orders,
            task,
            runs,
            decider,
            until,
        });
    }

    /// Starts a writing task for this long, if the session can be unlocked. Both the unlock and its end
    /// are logged.
    pub(super) fn unlock(&mut self, lasting: Duration, incident: Incident) {
        let Some(lock) = &self.lock else { return };
        let (of, writer) = (
            lock.of.clone(),
            (lock.writer)().for_incident(incident.clone()),
        );
        self.end();
        self.was_unlocked = true;
        let unlocked = Unlocked {
            of,
            lasting,
            incident,
        };
        self.begin(writer, Some(unlocked));
    }

    /// Ends what an unlock began. What was asked for before is carried out; a run that keeps to a
    /// pace is interrupted, and can be resumed at the next unlock.
    pub(super) fn lock(&mut self) {
        if self.lock.is_some() {
            self.end();
        }
    }

    fn end(&mut self) {
        self.finishing.retain(|task| !task.is_finished());
        let Some(Running {
            orders, task, runs, ..
        }) = self.now.take()
        else {
            return;
        };
        // The task ends when its channel closes.
        drop(orders);
        self.finishing.extend([task, tokio::spawn(runs.leave())]);
    }

    /// Waits until the unlock has expired, if there is one.
    pub(super) async fn over(&self) {
        match self.now.as_ref().and_then(|running| running.until) {
            Some(until) => sleep_until(until).await,
            None => pending().await,
        }
    }

    /// The writing task, if there is one and its time has not expired; else why not.
    fn running(&mut self) -> Result<&mut Running, &'static str> {
        let late = |running: &Running| running.until.is_some_and(|until| until <= Instant::now());
        if self.now.as_ref().is_some_and(late) {
            self.end();
        }
        let was_unlocked = self.was_unlocked;
        self.now.as_mut().ok_or(if was_unlocked {
            "the unlock has ended"
        } else {
            READ_ONLY
        })
    }

    /// Passes a write on: an act on one subject to the writing task, others to a bulk run. Returns why
    /// not, if it cannot.
    pub(super) fn take(&mut self, write: Write) -> Option<Outcome> {
        let running = match self.running() {
            Ok(running) => running,
            Err(why) => return Some(refuse(&write, why)),
        };
        if write.change.count() > 1 {
            return running.runs.begin(write);
        }
        let refused = running.orders.try_send(write).err()?.into_inner();
        Some(refuse(&refused, "still busy with the last acts; try again"))
    }

    /// Carries out a decision about the detector, on a connection of its own: an undo takes its time, and no
    /// act waits for it. Returns why not, if it may not.
    pub(super) fn decide(&mut self, order: DetectorOrder) -> Option<DetectorOutcome> {
        let decider = match self.running() {
            Ok(running) => running.decider.clone(),
            Err(why) => return Some(DetectorOutcome::refused(order.act, why)),
        };
        let (done, wake) = (self.done.clone(), Arc::clone(&self.wake));
        self.finishing.push(tokio::spawn(async move {
            let outcome = decider.carry_out(&order).await;
            wake.notify_one();
            // The screen may have closed: what was decided is in the log.
            let _ = done.send(Report::Decided(outcome)).await;
        }));
        None
    }

    /// Takes up a run that was interrupted, or says why not.
    pub(super) fn resume(&mut self, run: Unfinished) -> Option<Outcome> {
        match self.running() {
            Ok(running) => running.runs.resume(run),
            Err(why) => Some(refuse(&run.write, why)),
        }
    }

    /// Gives a run up that was interrupted.
    pub(super) fn give_up(&mut self, run: Unfinished) {
        if let Ok(running) = self.running() {
            running.runs.give_up(run);
        }
    }

    /// Begins no further subject of this batch.
    pub(super) fn stop(&self, batch: Uuid) {
        if let Some(running) = &self.now {
            running.runs.stop(batch);
        }
    }

    /// Waits for what was confirmed.
    pub(super) async fn finish(mut self) {
        self.end();
        for task in self.finishing {
            // A task that panicked has nothing left to finish.
            let _ = task.await;
        }
    }
}

/// The writing task.
async fn write_all(
    mut writer: Writer,
    unlocked: Option<Unlocked>,
    mut to_do: mpsc::Receiver<Write>,
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
) {
    if let Some(Unlocked {
        of,
        lasting,
        incident,
    }) = &unlocked
    {
        let time = humantime::format_duration(*lasting);
        let reason = incident.in_reason(&format!("unlocked for {time}"));
        writer.log_lock("unlock", of, "unlocked", &reason).await;
    }
    let mut sampler = writer.sampler.take();
    loop {
        let write = tokio::select! {
            biased;
            write = to_do.recv() => write,
            reading = due(&mut sampler) => {
                writer.keep_sample(reading).await;
                continue;
            }
            () = filler::due(&mut writer.filler) => {
                writer.store_fingerprints().await;
                continue;
            }
        };
        let Some(write) = write else { break };
        let mut tell = |progress| {
            // A slow screen can miss one.
            let _ = done.try_send(Report::Progress(progress));
        };
        let outcome = writer.carry_out_with_progress(&write, &mut tell).await;
        wake.notify_one();
        // The screen may have closed: the rest is carried out all the same, and is in the log.
        let _ = done.send(Report::Ended(outcome)).await;
    }
    if let Some(Unlocked { of, incident, .. }) = &unlocked {
        let reason = incident.in_reason("the unlock has ended");
        writer.log_lock("lock", of, "locked", &reason).await;
    }
    writer.connection.close().await;
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgConnectOptions;
    use uuid::Uuid;

    use super::*;
    use crate::data::messages::command::{Change, ItemResult, Pace, TaskTarget, TaskVerb};
    use crate::data::model::TaskId;

    fn writer() -> Writer {
        // Nobody listens there, and nobody is asked before the first write.
        Writer::new(
            PgConnectOptions::new_without_pgpass().port(1),
            "ana".to_owned(),
        )
    }

    fn writing(rights: Rights) -> WriteTask {
        let (done, _) = mpsc::channel(1);
        WriteTask::new(rights, done, Arc::new(Notify::new()))
    }

    fn locked() -> WriteTask {
        writing(Rights::WhenUnlocked(Lock {
            of: "profile p".to_owned(),
            writer: Box::new(writer),
        }))
    }

    fn refusal(writing: &mut WriteTask) -> Option<String> {
        let write = Write {
            batch: Uuid::nil(),
            change: Change::Tasks(
                TaskVerb::Requeue,
                vec![TaskTarget {
                    task: TaskId(Uuid::nil()),
                    seen_state: "error".into(),
                    label: "payments/charge_order".into(),
                }],
            ),
            reason: "why".to_owned(),
            pace: Pace::default(),
        };
        let outcome = writing.take(write)?;
        match &outcome.items[0].result {
            ItemResult::Failed { why } => Some(why.to_string()),
            other => panic!("{other:?}"),
        }
    }

    fn unlock(writing: &mut WriteTask, seconds: u64) {
        let incident = Incident::new("INC-1").unwrap();
        writing.unlock(Duration::from_secs(seconds), incident);
    }

    #[tokio::test]
    async fn without_rights_nothing_can_make_a_writing_task() {
        let mut writing = writing(Rights::Never);
        unlock(&mut writing, 60);
        assert!(writing.now.is_none());
        assert_eq!(
            refusal(&mut writing).as_deref(),
            Some("this session is read-only")
        );
    }

    #[tokio::test]
    async fn a_locked_one_has_none_until_it_is_unlocked_and_none_afterwards() {
        let mut writing = locked();
        assert!(writing.now.is_none());
        assert_eq!(
            refusal(&mut writing).as_deref(),
            Some("this session is read-only")
        );
        unlock(&mut writing, 60);
        assert!(writing.now.is_some());
        writing.lock();
        assert!(writing.now.is_none());
        assert_eq!(
            refusal(&mut writing).as_deref(),
            Some("the unlock has ended")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_by_itself_even_if_nobody_says_so() {
        let mut writing = locked();
        unlock(&mut writing, 60);
        let before = Instant::now();
        writing.over().await;
        assert_eq!(before.elapsed().as_secs(), 62);
        assert_eq!(
            refusal(&mut writing).as_deref(),
            Some("the unlock has ended")
        );
        assert!(writing.now.is_none());
    }

    #[tokio::test]
    async fn what_was_never_locked_is_not_locked_by_a_slip() {
        let mut writing = writing(Some(writer()).into());
        writing.lock();
        unlock(&mut writing, 60);
        assert!(writing.now.as_ref().unwrap().until.is_none());
        assert_eq!(refusal(&mut writing), None);
    }
}
