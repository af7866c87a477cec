//! The tasks behind the screen, and what joins them to it.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch as latest};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::setup::{DashboardSetup, Sweeps};
use crate::app::session::Session;
use crate::app::session::read_only::{Access, LockReason};
use crate::cli::clock::now;
use crate::cli::dashboard::theme::theme;
use crate::cli::target::Target;
use crate::data::ad_hoc;
use crate::data::messages::command::{Question, Report};
use crate::data::model::{LatestPoll, RowsWanted};
use crate::data::poller::{self, PollOptions};
use crate::data::source::Site;
use crate::data::worker::{self, Lock, Rights, Writer};
use crate::detector;
use crate::detector::status::Status;
use crate::telemetry::{Meters, log};
use crate::ui::input::{clipboard, editor};
use crate::ui::run::LoopDeps;

/// Starts the poller, the worker and the detector, and joins them to the screen.
pub(super) fn start(
    setup: &DashboardSetup,
    sweeps: Option<Sweeps>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> LoopDeps {
    let DashboardSetup {
        global,
        target,
        app,
        ..
    } = setup;
    let wake = Arc::new(Notify::new());
    let (newest, polls) = latest::channel(None);
    let (follow, followed) = latest::channel(None);
    let (reach, reached) = latest::channel(RowsWanted::default());
    let (commands, asked) = mpsc::channel(16);
    let (done, reports) = mpsc::channel(16);
    let (status, detector) = latest::channel(Status::default());

    let polling = PollOptions {
        every: global.settings.program.polling.interval,
        budget: global.settings.program.polling.db_budget,
        replica: target.reads.is_some(),
        ..PollOptions::default()
    };
    let poller = poller::PollerChannels {
        newest,
        follow: followed,
        reach: reached,
        wake: Arc::clone(&wake),
        stop: stop.clone(),
    };
    tasks.spawn(poller::run(target.poll_site(), polling, poller));
    let questions = asker(target.poll_site(), &done, tasks, stop);
    let outcomes = asker(target.site.clone(), &done, tasks, stop);

    let meters = target.metrics.meters.clone();
    let rights = rights(target, &app.session, &polls);
    let worker = worker::WorkerChannels {
        asked,
        done,
        follow,
        reach,
        questions,
        outcomes,
        wake,
        stop: stop.clone(),
    };
    tasks.spawn(worker::run(worker, rights));

    start_detector(sweeps, status, meters, tasks, stop);
    LoopDeps {
        polls,
        detector,
        reports,
        commands,
        stop: stop.clone(),
        theme: theme(global.flags.theme.unwrap_or_default()),
        clock: now,
        turn: mpsc::channel(1).0,
        turned: mpsc::channel(1).1,
        copy: Box::new(clipboard::osc52),
        edit: Box::new(editor::open),
    }
}

/// Starts the detector, or says why there is none.
fn start_detector(
    sweeps: Option<Sweeps>,
    status: latest::Sender<Status>,
    meters: Meters,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    match sweeps {
        Some(Ok((sweeper, interval))) => {
            let wires = detector::DetectorChannels {
                status,
                clock: now,
                meters,
                stop: stop.clone(),
            };
            tasks.spawn(detector::run(sweeper, interval, wires));
        }
        Some(Err(why)) => detector_off(&status, why, tasks, stop),
        None => detector_off(&status, "the wall only looks", tasks, stop),
    }
}

/// Who may write here: nobody, the operator, or the operator while it is unlocked.
fn rights(target: &Target, place: &Session, polls: &latest::Receiver<LatestPoll>) -> Rights {
    let (site, actor) = (target.site.clone(), place.actor.clone());
    let (meters, profile) = (target.metrics.meters.clone(), target.profile.clone());
    let polls = polls.clone();
    let writer = move || {
        let runs = log::folder().map(|state| state.join("runs"));
        let meters = meters.clone();
        Writer::new(&site, actor.clone())
            .with_journal(runs, &profile)
            .on_event(move |deed| meters.done(deed))
            .with_samples(polls.clone())
    };
    match &place.access {
        Access::Writable => Rights::Always(Box::new(writer())),
        Access::ReadOnly(why) if why.refusal().is_none() => Rights::WhenUnlocked(Lock {
            of: match why {
                LockReason::Unknown(address) => format!("server {address}"),
                _ => format!("profile {}", place.profile),
            },
            writer: Box::new(writer),
        }),
        Access::ReadOnly(_) | Access::Unlocked(_) => Rights::Never,
    }
}

/// Starts the task that answers what is asked once.
fn asker(
    reads: Site,
    answers: &mpsc::Sender<Report>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> mpsc::Sender<Question> {
    let (questions, asked) = mpsc::channel(8);
    let asking = ad_hoc::run(reads, asked, answers.clone(), stop.clone());
    tasks.spawn(asking);
    questions
}

/// Says why there is no detector, and keeps the channel open: a closed one means a dead task.
fn detector_off(
    status: &latest::Sender<Status>,
    why: &str,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    status.send_modify(|status| status.off_because = Some(why.into()));
    let (status, stop) = (status.clone(), stop.clone());
    tasks.spawn(async move {
        stop.cancelled().await;
        drop(status);
    });
}
