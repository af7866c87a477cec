//! Whether there is a writing task: it comes with the right to write, and goes with it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::{Writer, write_all};
use crate::data::command::{Report, Write};
use crate::data::incident::Incident;

/// The screen ends an unlock, at its next tick; if it should not, it ends so much later.
const GRACE: Duration = Duration::from_secs(2);

/// Whether this session may write.
pub enum Rights {
    /// Never: nothing that could write exists.
    Never,
    /// From the start to the end.
    Always(Box<Writer>),
    /// While it is unlocked.
    WhenUnlocked(Lock),
}

/// A lock that can be lifted.
pub struct Lock {
    /// What it locks, for the log: `profile prod-eu`.
    pub of: String,
    /// Makes a writer once it is lifted.
    pub writer: Box<dyn Fn() -> Writer + Send + Sync>,
}

impl From<Option<Writer>> for Rights {
    fn from(writer: Option<Writer>) -> Self {
        writer.map_or(Self::Never, |writer| Self::Always(Box::new(writer)))
    }
}

/// The writing task, and what ended ones still have to finish.
pub(super) struct Writing {
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
    until: Option<Instant>,
}

impl Writing {
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
            Rights::Always(mut writer) => writing.begin(None, |to_do, done, wake| async move {
                write_all(&mut writer, to_do, done, wake).await;
                writer.close().await;
            }),
            Rights::WhenUnlocked(lock) => writing.lock = Some(lock),
        }
        writing
    }

    fn begin<F>(
        &mut self,
        until: Option<Instant>,
        task: impl FnOnce(mpsc::Receiver<Write>, mpsc::Sender<Report>, Arc<Notify>) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (orders, to_do) = mpsc::channel(8);
        let task = tokio::spawn(task(to_do, self.done.clone(), Arc::clone(&self.wake)));
        self.now = Some(Running {
            orders,
            task,
            until,
        });
    }

    /// Makes a writing task for so long, if the lock can be lifted. That it was, and that it is no
    /// more, is in the log.
    pub(super) fn unlock(&mut self, lasting: Duration, incident: Incident) {
        let Some(lock) = &self.lock else { return };
        let (of, writer) = (lock.of.clone(), (lock.writer)());
        self.end();
        self.was_unlocked = true;
        self.begin(
            Some(Instant::now() + lasting + GRACE),
            |to_do, done, wake| async move {
                let time = humantime::format_duration(lasting);
                let mut writer = writer.under(incident.clone());
                let reason = incident.in_reason(&format!("unlocked for {time}"));
                writer.log_lock(("unlock", &of, "unlocked"), &reason).await;
                write_all(&mut writer, to_do, done, wake).await;
                let reason = incident.in_reason("the unlock has ended");
                writer.log_lock(("lock", &of, "locked"), &reason).await;
                writer.close().await;
            },
        );
    }

    /// Ends what an unlock began. What was asked for before is carried out.
    pub(super) fn lock(&mut self) {
        if self.lock.is_some() {
            self.end();
        }
    }

    fn end(&mut self) {
        self.finishing.retain(|task| !task.is_finished());
        // Without orders it comes to its end.
        self.finishing
            .extend(self.now.take().map(|running| running.task));
    }

    /// Waits until the unlock is over, if there is one.
    pub(super) async fn over(&self) {
        match self.now.as_ref().and_then(|running| running.until) {
            Some(until) => sleep_until(until).await,
            None => pending().await,
        }
    }

    /// Hands a write to the writing task; or says why not, and gives it back.
    pub(super) fn take(&mut self, write: Box<Write>) -> Result<(), (Box<Write>, &'static str)> {
        let late = |running: &Running| running.until.is_some_and(|until| until <= Instant::now());
        if self.now.as_ref().is_some_and(late) {
            self.end();
        }
        let Some(running) = &self.now else {
            let why = if self.was_unlocked {
                "the unlock has ended"
            } else {
                "this session is read-only"
            };
            return Err((write, why));
        };
        running.orders.try_send(*write).map_err(|refused| {
            let why = "still busy with the last acts; try again";
            (Box::new(refused.into_inner()), why)
        })
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

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgConnectOptions;
    use uuid::Uuid;

    use super::*;
    use crate::data::command::{Change, Pace, StepVerb};

    fn writer() -> Writer {
        // Nobody listens there, and nobody is asked before the first write.
        Writer::new(
            &PgConnectOptions::new_without_pgpass().port(1),
            "ana".to_owned(),
        )
    }

    fn writing(rights: Rights) -> Writing {
        let (done, _) = mpsc::channel(1);
        Writing::new(rights, done, Arc::new(Notify::new()))
    }

    fn locked() -> Writing {
        writing(Rights::WhenUnlocked(Lock {
            of: "profile p".to_owned(),
            writer: Box::new(writer),
        }))
    }

    fn refusal(writing: &mut Writing) -> Option<&'static str> {
        let write = Write {
            batch: Uuid::nil(),
            change: Change::Steps(StepVerb::ResetForRetry, Vec::new()),
            reason: "why".to_owned(),
            pace: Pace::default(),
        };
        writing.take(Box::new(write)).err().map(|(_, why)| why)
    }

    fn unlock(writing: &mut Writing, seconds: u64) {
        let incident = Incident::new("INC-1").unwrap();
        writing.unlock(Duration::from_secs(seconds), incident);
    }

    #[tokio::test]
    async fn without_rights_nothing_can_make_a_writing_task() {
        let mut writing = writing(Rights::Never);
        unlock(&mut writing, 60);
        assert!(writing.now.is_none());
        assert_eq!(refusal(&mut writing), Some("this session is read-only"));
    }

    #[tokio::test]
    async fn a_locked_one_has_none_until_it_is_unlocked_and_none_afterwards() {
        let mut writing = locked();
        assert!(writing.now.is_none());
        assert_eq!(refusal(&mut writing), Some("this session is read-only"));
        unlock(&mut writing, 60);
        assert!(writing.now.is_some());
        writing.lock();
        assert!(writing.now.is_none());
        assert_eq!(refusal(&mut writing), Some("the unlock has ended"));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_by_itself_even_if_nobody_says_so() {
        let mut writing = locked();
        unlock(&mut writing, 60);
        let before = Instant::now();
        writing.over().await;
        assert_eq!(before.elapsed().as_secs(), 62);
        assert_eq!(refusal(&mut writing), Some("the unlock has ended"));
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
