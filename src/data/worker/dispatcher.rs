//! Passes each command from the screen to the task that carries it out.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::data::bulk::receipt_file::save;
use crate::data::messages::command::{Command, Question, Report};
use crate::data::model::{RowsWanted, TaskId};
use crate::data::worker::lifecycle::{Rights, WriteTask};

/// The channels of the dispatcher.
#[derive(Debug)]
pub struct WorkerChannels {
    /// What the screen asks for.
    pub asked: mpsc::Receiver<Command>,
    /// Where results go.
    pub done: mpsc::Sender<Report>,
    /// The poller's: which task to follow.
    pub follow: watch::Sender<Option<TaskId>>,
    /// The poller's: how many rows of the lists to bring.
    pub reach: watch::Sender<RowsWanted>,
    /// Where questions go.
    pub questions: mpsc::Sender<Question>,
    /// Where questions go that only the server that was written to can answer: a replica may not have heard
    /// of a retry yet, and would still show the failure before it.
    pub outcomes: mpsc::Sender<Question>,
    /// The poller's: poll now.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Dispatches commands until stopped. Without rights, or while they are locked, there is no writing
/// task: then no statement that writes can be reached from here.
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
            // Only once the queue is empty: what was confirmed is carried out.
            () = channels.stop.cancelled() => None,
        };
        let Some(command) = command else { break };
        let refused = match command {
            Command::Write(write) => writing.take(*write),
            Command::Resume(run) => writing.resume(*run),
            Command::Decide(order) => {
                if let Some(refused) = writing.decide(*order) {
                    let _ = channels.done.send(Report::Decided(refused)).await;
                }
                None
            }
            plain => {
                dispatch(plain, &channels, &mut writing);
                None
            }
        };
        if let Some(refused) = refused {
            // If this fails, the screen has closed.
            let _ = channels.done.send(Report::Ended(refused)).await;
        }
    }
    writing.finish().await;
}

/// Dispatches a command that starts no change.
fn dispatch(command: Command, channels: &WorkerChannels, writing: &mut WriteTask) {
    match command {
        Command::PollNow => channels.wake.notify_one(),
        Command::Follow(task) => {
            channels.follow.send_replace(task);
        }
        Command::RowsWanted(reach) => {
            channels.reach.send_replace(reach);
        }
        Command::Query(question @ Question::Retried(_)) => {
            let _ = channels.outcomes.try_send(question);
        }
        Command::Query(question) => {
            // At most one query of a kind is running, so there is room.
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
        | Command::Decide(_)
        | Command::Resume(_) => {}
    }
}
