//! Hands each command to whom it concerns: the poller, the acts on single subjects, the runs.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{READ_ONLY, Writer, refuse};
use crate::data::bulk::desk::Runs;
use crate::data::command::{Command, Outcome, Report, Write};
use crate::data::model::{Reach, TaskId};
use crate::data::saving::save;

/// What the worker and the command desk are joined to.
#[derive(Debug)]
pub struct Wires {
    /// What the screen asks for.
    pub asked: mpsc::Receiver<Command>,
    /// What became of it.
    pub done: mpsc::Sender<Report>,
    /// The poller's: which task to follow.
    pub follow: watch::Sender<Option<TaskId>>,
    /// The poller's: how many rows of the lists to bring.
    pub reach: watch::Sender<Reach>,
    /// The poller's: poll now.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Hands each command to whom it concerns until stopped. `writer` is `None` in read-only mode:
/// then no statement that writes can be reached from here.
pub async fn run(mut wires: Wires, writer: Option<Writer>) {
    let (orders, to_do) = mpsc::channel(8);
    let mut runs = writer.as_ref().map(|writer| {
        Runs::new(
            writer.another(),
            wires.done.clone(),
            Arc::clone(&wires.wake),
        )
    });
    if let Some(runs) = &runs {
        runs.look();
    }
    let writing = writer.map(|writer| {
        let (done, wake) = (wires.done.clone(), Arc::clone(&wires.wake));
        tokio::spawn(write_all(writer, to_do, done, wake))
    });
    loop {
        let command = tokio::select! {
            biased;
            command = wires.asked.recv() => command,
            // Only once nothing is asked any more: what was confirmed is carried out.
            () = wires.stop.cancelled() => None,
        };
        let Some(command) = command else { break };
        let refused = match command {
            Command::Write(write) if write.change.count() < 2 => {
                take(*write, &orders, runs.is_some())
            }
            Command::Write(write) => Runs::begin(runs.as_mut(), *write),
            Command::Resume(run) => Runs::resume(runs.as_mut(), *run),
            Command::Stop(batch) => {
                if let Some(runs) = &runs {
                    runs.stop(batch);
                }
                None
            }
            Command::GiveUp(run) => {
                if let Some(runs) = &runs {
                    runs.give_up(*run);
                }
                None
            }
            plain => {
                desk(plain, &wires);
                None
            }
        };
        if let Some(refused) = refused {
            // Nobody is left to hear it: the screen has closed.
            let _ = wires.done.send(Report::Ended(refused)).await;
        }
    }
    drop(orders);
    if let Some(runs) = runs {
        runs.leave().await;
    }
    if let Some(writing) = writing {
        let _ = writing.await;
    }
}

/// Hands a command that changes nothing to whom it concerns.
fn desk(command: Command, wires: &Wires) {
    match command {
        Command::PollNow => wires.wake.notify_one(),
        Command::Follow(task) => {
            wires.follow.send_replace(task);
        }
        Command::Reach(reach) => {
            wires.reach.send_replace(reach);
        }
        Command::Save(file) => {
            let done = wires.done.clone();
            tokio::spawn(async move {
                let saved = tokio::task::spawn_blocking(move || save(&file)).await;
                if let Ok(saved) = saved {
                    let _ = done.send(Report::Told(saved)).await;
                }
            });
        }
        // Copying is carried out by the terminal side, the others above.
        Command::Copy(_)
        | Command::Write(_)
        | Command::Stop(_)
        | Command::Resume(_)
        | Command::GiveUp(_) => {}
    }
}

/// Takes an act on one subject, or says why not.
fn take(write: Write, orders: &mpsc::Sender<Write>, may_write: bool) -> Option<Outcome> {
    let refused = orders.try_send(write).err()?;
    let why = if may_write {
        "still busy with the last acts; try again"
    } else {
        READ_ONLY
    };
    Some(refuse(&refused.into_inner(), why))
}

async fn write_all(
    mut writer: Writer,
    mut to_do: mpsc::Receiver<Write>,
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
) {
    while let Some(write) = to_do.recv().await {
        let outcome = writer.carry_out(&write).await;
        wake.notify_one();
        // The screen may have closed: the rest is carried out all the same, and is in the log.
        let _ = done.send(Report::Ended(outcome)).await;
    }
    writer.link.close().await;
}
