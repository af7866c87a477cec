//! The dashboard and the wall: starts their tasks, runs the event loop, and restores the terminal whatever
//! happens. `setup` is what they need, `tasks` what runs in the background, `switch` changes to another
//! profile or source.

mod setup;
mod switch;
mod tasks;
pub(in crate::cli) mod theme;

pub(super) use self::setup::instance;

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::metrics::{Metrics, Polls};
use super::target::{self, Target};
use crate::app::App;
use crate::app::action::Action;
use crate::app::format::plural;
use crate::app::session::profile_switch::Switch;
use crate::app::session::read_only::{Access, LockReason};
use crate::cli::args::parse_id;
use crate::cli::dashboard::setup::{DashboardSetup, place};
use crate::cli::dashboard::switch::Opened;
use crate::cli::target::replica;
use crate::config;
use crate::config::global::Global;
use crate::config::settings::Settings;
use crate::failure::Failure;
use crate::keymap;
use crate::ui::input::keyboard::Keyboard;
use crate::ui::input::signals;
use crate::ui::run::{LoopDeps, run};
use crate::ui::terminal;

/// How long the tasks may take to end once the screen is closed.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);
/// How long they may take while changes that were confirmed are still under way.
const WRITE_GRACE: Duration = Duration::from_secs(20);

/// `dlqtop [ID]`.
///
/// # Errors
///
/// [`Failure`] if there is no terminal, or the database cannot be used.
pub async fn interactive(global: &Global, id: Option<&str>) -> Result<ExitCode, Failure> {
    let id = id.map(parse_id).transpose()?;
    config::actor(global)?;
    need_terminal()?;
    let options = config::connect_options(global)?;
    let profile = config::display_name(global, &options);
    let metrics = Metrics::listen(global).await?;
    let target = Target::open(options, &target::wanted(global), profile, id)
        .await?
        .with_meters(metrics);
    let target = replica::join(target, global).await?;
    open(global, target, CancellationToken::new()).await
}

/// `dlqtop watch`: there is no worker and no detector; every transaction is read only.
///
/// # Errors
///
/// [`Failure`] as [`interactive`].
pub async fn watch(global: &Global) -> Result<ExitCode, Failure> {
    need_terminal()?;
    let options = config::connect_options(global)?;
    let profile = config::display_name(global, &options);
    let metrics = Metrics::listen(global).await?;
    let wanted = target::wanted(global);
    let target = Target::open(options, &wanted, profile, None)
        .await?
        .with_meters(metrics);
    target::name_others(&target.site.source, &wanted);
    let target = replica::join(target, global).await?;
    let place = place(global, &target, Access::ReadOnly(LockReason::Wall))?;
    let mut app = Box::new(App::new_watch(place));
    app.session.tls_warning = target.tls_warning();
    let setup = DashboardSetup {
        global: global.clone(),
        target,
        app,
        sweeps: None,
    };
    Box::pin(show(setup, CancellationToken::new())).await
}

/// Opens the dashboard on a target. `stop` closes it from outside.
///
/// # Errors
///
/// [`Failure`] if the terminal fails.
pub async fn open(
    global: &Global,
    target: Target,
    stop: CancellationToken,
) -> Result<ExitCode, Failure> {
    let (mut setup, line) = DashboardSetup::new(global.clone(), target).await?;
    if let Some(line) = line {
        setup.app.update(Action::Message(Err(line)));
    }
    // Boxed: it holds a whole screen.
    Box::pin(show(setup, stop)).await
}

fn need_terminal() -> Result<(), Failure> {
    if stdout().is_terminal() && stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(
        "this needs a terminal; for scripts there are staleness, queue, stats, show and steps with --json",
    ))
}

/// The keys that the configuration has given to actions.
fn custom(settings: &Settings) -> Vec<keymap::CustomBinding> {
    let keys = settings.keys.iter();
    keys.map(|bound| bound.custom.clone()).collect()
}

async fn show(setup: DashboardSetup, stop: CancellationToken) -> Result<ExitCode, Failure> {
    keymap::install(&custom(&setup.global.settings));
    let signal = tokio::spawn(signals::watch(stop.clone()));
    terminal::restore_on_panic(stop.clone());
    let mut last = None;
    let ended = match terminal::enter() {
        Ok(mut screen) => {
            let mut keys = Keyboard::open();
            let mut next = Some(setup);
            let mut ended = Ok(());
            while let Some(mut setup) = next.take() {
                let tasks = TaskTracker::new();
                let session = stop.child_token();
                let (deps, mut opened) = begin(&mut setup, &tasks, &session);
                let played = run(&mut screen, &mut keys, deps, &mut setup.app).await;
                ended = played.map_err(|report| format!("{report:#}"));
                session.cancel();
                tasks.close();
                if let Switch::Ready(to) = &setup.app.session.switch {
                    // Nothing is under way: it was asked.
                    let _ = tokio::time::timeout(SHUTDOWN_GRACE, tasks.wait()).await;
                    next = switch::apply(&mut opened, to).await;
                } else {
                    let is_logged = setup.app.session.source.is_logged();
                    last = Some((tasks, setup.app.writes.unanswered(), is_logged));
                }
            }
            ended
        }
        Err(error) => Err(error.to_string()),
    };
    terminal::restore();

    stop.cancel();
    if let Some((tasks, under_way, is_logged)) = last {
        finish(&tasks, under_way, is_logged).await;
    }
    if terminal::has_panicked() {
        return Err(Failure::unavailable(
            "stopped by a fault of its own, reported above: please pass it on",
        ));
    }
    if let Ok(Some(number)) = signal.await {
        return Ok(ExitCode::from(128 + number));
    }
    ended.map_err(Failure::unavailable)?;
    Ok(ExitCode::SUCCESS)
}

/// Starts all that a scene needs.
fn begin(
    setup: &mut DashboardSetup,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> (LoopDeps, Opened) {
    let (opened, turn, answers) = switch::spawn(&setup.global, tasks, stop);
    let sweeps = setup.sweeps.take();
    let mut deps = tasks::start(setup, sweeps, tasks, stop);
    (deps.turn, deps.turned) = (turn, answers);
    let polls = Polls {
        latest: deps.polls.clone(),
        every: setup.global.settings.program.polling.interval,
    };
    let metrics = std::mem::replace(&mut setup.target.metrics, Metrics::off());
    metrics.serve(polls, deps.detector.clone(), tasks, stop);
    if let Some(task) = setup.target.task {
        let command = setup.app.open_task(task);
        // The channel is new and empty.
        let _ = deps.commands.try_send(command);
    }
    (deps, opened)
}

/// Waits for the tasks to end: for changes that were confirmed longer than for what only reads.
async fn finish(tasks: &TaskTracker, under_way: usize, is_logged: bool) {
    let (limit, changes) = match under_way {
        0 => (SHUTDOWN_GRACE, String::new()),
        n => (WRITE_GRACE, plural(n, "change")),
    };
    if under_way > 0 {
        say(&format!("finishing {changes} …"));
    }
    let ended = tokio::time::timeout(limit, tasks.wait()).await;
    if ended.is_err() && under_way > 0 {
        let look = if is_logged {
            "what was done stands in the log (open dlqtop, press @)"
        } else {
            "open dlqtop again to see what was done"
        };
        say(&format!("gave up waiting for {changes}: {look}"));
    }
}

/// One line for the person at the keyboard, on the terminal that is theirs again.
fn say(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}
