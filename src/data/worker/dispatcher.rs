//! Hands each command to whom it concerns: the poller, the acts on single subjects, the runs.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::data::bulk::receipt_file::save;
use crate::data::messages::command::{Command, Question, Report};
use crate::data::model::{RowsWanted, TaskId};
use crate::data::worker::lifecycle::{Rights, WriteTask};

/// What the worker and the command desk are joined to.
#[derive(Debug)]
pub struct WorkerChannels {
    /// What the screen asks for.
    pub asked: mpsc::Receiver<Command>,
    /// What became of it.
    pub done: mpsc::Sender<Report>,
    /// The poller's: which task to follow.
    pub follow: watch::Sender<Option<TaskId>>,
    /// The poller's: how many rows of the lists to bring.
    pub reach: watch::Sender<RowsWanted>,
    /// Where questions go.
    pub questions: mpsc::Sender<Question>,
    /// The poller's: poll now.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Hands each command to whom it concerns until stopped. Without rights, or while they are locked,
/// there is no writing task: then no statement that writes can be reached from here.
pub async fn run(mut channels: WorkerChannels, rights: impl Into<Rights>) {
    let mut writing = WriteTask::new(
        rights.into(),
        channels.done.clone(),
        Arc::clone(&channels.wake),
    );
    loop {
        let command = tokio::select! {
            biased;
            command = channels.asked.recv() => command,
            () = writing.over() => Some(Command::Lock),
            // Only once nothing is asked any more: what was confirmed is carried out.
            () = channels.stop.cancelled() => None,
        };
        let Some(command) = command else { break };
        let refused = match command {
            Command::Write(write) => writing.take(*write),
            Command::Resume(run) => writing.resume(*run),
            plain => {
                dispatch(plain, &channels, &mut writing);
                None
            }
        };
        if let Some(refused) = refused {
            // Nobody is left to hear it: the screen has closed.
            let _ = channels.done.send(Report::Ended(refused)).await;
        }
    }
    writing.finish().await;
}

/// Hands a command that begins no change to whom it concerns.
fn dispatch(command: Command, channels: &WorkerChannels, writing: &mut WriteTask) {
    match command {
        Command::PollNow => channels.wake.notify_one(),
        Command::Follow(task) => {
            channels.follow.send_replace(task);
        }
        Command::RowsWanted(reach) => {
            channels.reach.send_replace(reach);
        }
        Command::Query(question) => {
            // One question of a kind is under way at most, so there is room.
            let _ = channels.questions.try_send(question);
        }
        Command::Save(file) => {
            let done = channels.done.clone();
            tokio::spawn(async move {
                let saved = tokio::task::spawn_blocking(move || save(&file)).await;
                if let Ok(saved) = saved {
                    let _ = done.send(Report::Message(saved)).await;
                }
            });
        }
        Command::GiveUp(run) => writing.give_up(*run),
        Command::Stop(batch) => writing.stop(batch),
        Command::Unlock { lasting, incident } => writing.unlock(lasting, incident),
        Command::Lock => writing.lock(),
        // These are carried out by the terminal side.
        Command::Copy(_)
        | Command::Edit(_)
        | Command::Switch(_)
        | Command::Write(_)
        | Command::Resume(_) => {}
    }
}
