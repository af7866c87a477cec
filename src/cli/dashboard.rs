//! Starts the tasks, lends the terminal to the loop, and gives it back whatever happens.

mod tasks;

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::failure::Failure;
use super::metrics::Metrics;
use super::target::Target;
use super::{Global, parse_id, replica};
use crate::app::access::{Access, Why};
use crate::app::words::plural;
use crate::app::{App, Place};
use crate::config::settings::Settings;
use crate::config::{self, in_force};
use crate::data::sweep::{Sweeper, Sweeping};
use crate::telemetry::log;
use crate::ui::keyboard::Keyboard;
use crate::ui::run::run;
use crate::ui::{signals, terminal};

/// How long the tasks may take to end once the screen is closed.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long they may take while changes that were confirmed are still under way.
const FAREWELL_TO_CHANGES: Duration = Duration::from_secs(20);

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
    let profile = config::called(global, &options);
    let metrics = Metrics::listen(global).await?;
    let target = Target::open(options, profile, id)
        .await?
        .counted_by(metrics);
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
    let profile = config::called(global, &options);
    let metrics = Metrics::listen(global).await?;
    let target = Target::open(options, profile, None)
        .await?
        .counted_by(metrics);
    let target = replica::join(target, global).await?;
    let place = place(global, &target, Access::ReadOnly(Why::Wall))?;
    show(
        global,
        target,
        Box::new(App::new_watch(place)),
        None,
        CancellationToken::new(),
    )
    .await
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
    let place = place(global, &target, target.access(global))?;
    let sweeper = sweeper(&global.settings, &target, &place);
    if sweeper
        .as_ref()
        .is_ok_and(|(sweeper, _)| !sweeper.dry_run())
        && let Some(line) = in_force::put(&target.options, &global.settings, &place.actor).await
    {
        say(&line);
    }
    let mut app = Box::new(App::new(place));
    app.pacing = global.settings.bulk;
    app.receipts = log::folder().map(|state| state.join("receipts"));
    show(global, target, app, Some(sweeper), stop).await
}

fn place(global: &Global, target: &Target, access: Access) -> Result<Place, Failure> {
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let production = profile.filter(|profile| profile.production);
    Ok(Place {
        profile: target.profile.clone(),
        source: "tasker".to_owned(),
        database: target.session.database.clone(),
        actor: config::actor(global)?,
        access,
        production: production.map(|profile| profile.name.clone()),
        poll_interval: global.settings.polling.interval,
        reads: target.reads.as_ref().map(config::address),
    })
}

/// The detector to run and its interval, or why there is none.
type Sweeps = Result<(Sweeper, Duration), &'static str>;

fn sweeper(settings: &Settings, target: &Target, place: &Place) -> Sweeps {
    if let Some(why) = settings.detector_off() {
        return Err(why);
    }
    if place.access.read_only().is_some() {
        // An unlock is for what an operator does: it starts none.
        return Err("read-only");
    }
    if !target.session.may_sweep {
        return Err("this role may not sweep");
    }
    let sweeping = Sweeping {
        instance: instance(&place.actor),
        dry_run: settings.detection.dry_run,
        budget: settings.detection.budget,
    };
    let sweeper = Sweeper::new(&target.options, sweeping);
    Ok((sweeper, settings.detection.interval))
}

/// Names this detector among all that run: `ana@lap7:4711`.
pub(super) fn instance(actor: &str) -> String {
    format!("{actor}:{}", std::process::id())
}

fn need_terminal() -> Result<(), Failure> {
    if stdout().is_terminal() && stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(
        "this needs a terminal; for scripts there are staleness, queue, stats, show and steps with --json",
    ))
}

async fn show(
    global: &Global,
    target: Target,
    mut app: Box<App>,
    sweeps: Option<Sweeps>,
    stop: CancellationToken,
) -> Result<ExitCode, Failure> {
    let tasks = TaskTracker::new();
    let wiring = tasks::start(global, &target, &app, sweeps, (&tasks, &stop));
    let polls = (wiring.polls.clone(), global.settings.polling.interval);
    (target.metrics).serve(polls, wiring.detector.clone(), (&tasks, &stop));
    if let Some(task) = target.task
        && let Some(command) = app.open_task(task)
    {
        // The channel is new and empty.
        let _ = wiring.commands.try_send(command);
    }
    let signal = tokio::spawn(signals::watch(stop.clone()));

    terminal::give_back_on_panic(stop.clone());
    let ended = match terminal::take() {
        Ok(mut screen) => run(&mut screen, Keyboard::open(), wiring, &mut app)
            .await
            .map_err(|report| format!("{report:#}")),
        Err(error) => Err(error.to_string()),
    };
    terminal::give_back();

    stop.cancel();
    tasks.close();
    finish(&tasks, app.unanswered()).await;
    if terminal::has_panicked() {
        return Err(Failure::could_not_ask(
            "stopped by a fault of its own, reported above: please pass it on",
        ));
    }
    if let Ok(Some(number)) = signal.await {
        return Ok(ExitCode::from(128 + number));
    }
    ended.map_err(Failure::could_not_ask)?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the tasks to end: for changes that were confirmed longer than for what only reads.
async fn finish(tasks: &TaskTracker, under_way: usize) {
    let (limit, changes) = match under_way {
        0 => (FAREWELL, String::new()),
        n => (FAREWELL_TO_CHANGES, plural(n, "change")),
    };
    if under_way > 0 {
        say(&format!("finishing {changes} …"));
    }
    let ended = tokio::time::timeout(limit, tasks.wait()).await;
    if ended.is_err() && under_way > 0 {
        say(&format!(
            "gave up waiting for {changes}: what was done stands in the log (open dlqtop, press @)"
        ));
    }
}

/// One line for the person at the keyboard, on the terminal that is theirs again.
fn say(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock that the screen is given"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
