//! Starts the tasks, lends the terminal to the loop, and gives it back whatever happens.

mod switch;
mod tasks;
pub(in crate::cli) mod theme;

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::metrics::Metrics;
use super::target::{self, Target};
use super::{Global, parse_id};
use crate::app::App;
use crate::app::action::Action;
use crate::app::format::plural;
use crate::app::session::Session;
use crate::app::session::access::{Access, LockReason};
use crate::app::session::profile_switch::Switch;
use crate::cli::dashboard::switch::Opened;
use crate::cli::target::replica;
use crate::config::settings::Settings;
use crate::config::{self, shared_settings};
use crate::data::native::sweep::{SweepOptions, Sweeper};
use crate::failure::Failure;
use crate::telemetry::log;
use crate::ui::input::keyboard::Keyboard;
use crate::ui::input::signals;
use crate::ui::keymap;
use crate::ui::run::{LoopDeps, run};
use crate::ui::terminal;

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
    let target = Target::open((options, &target::wanted_on_screen(global)), profile, id)
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
    let profile = config::called(global, &options);
    let metrics = Metrics::listen(global).await?;
    let target = Target::open((options, &target::wanted_on_screen(global)), profile, None)
        .await?
        .with_meters(metrics);
    let target = replica::join(target, global).await?;
    let place = place(global, &target, Access::ReadOnly(LockReason::Wall))?;
    let mut app = Box::new(App::new_watch(place));
    app.session.tls_warning = target.doubt();
    let scene = DashboardSetup {
        global: global.clone(),
        target,
        app,
        sweeps: None,
    };
    Box::pin(show(scene, CancellationToken::new())).await
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
    let (scene, line) = DashboardSetup::new(global.clone(), target).await?;
    if let Some(line) = line {
        say(&line);
    }
    // Boxed: it holds a whole screen.
    Box::pin(show(scene, stop)).await
}

/// One database on the screen: a dashboard may show several, one after the other.
struct DashboardSetup {
    global: Global,
    target: Target,
    app: Box<App>,
    sweeps: Option<Sweeps>,
}

impl DashboardSetup {
    /// A dashboard that is about to begin, and what there is to tell.
    async fn new(global: Global, target: Target) -> Result<(Self, Option<String>), Failure> {
        let place = place(&global, &target, target.access(&global))?;
        let sweeper = sweeper(&global.settings, &target, &place);
        let acts = (sweeper.as_ref()).is_ok_and(|(sweeper, _)| !sweeper.dry_run());
        let line = if acts {
            shared_settings::push_to_database(&target.site.options, &global.settings, &place.actor)
                .await
        } else {
            None
        };
        let mut app = Box::new(App::new(place));
        app.writes.pace = global.settings.bulk;
        app.writes.receipt_folder = log::folder().map(|state| state.join("receipts"));
        app.session.tls_warning = target.doubt();
        if let Some(greeting) = &target.greeting {
            app.update(Action::Message(Ok(greeting.clone())));
        }
        app.begin_choosing_source(global.source.is_some());
        let profiles = global.settings.profiles.all.iter();
        app.session.profiles = profiles.map(|profile| profile.name.clone()).collect();
        let scene = Self {
            global,
            target,
            app,
            sweeps: Some(sweeper),
        };
        Ok((scene, line))
    }
}

fn place(global: &Global, target: &Target, access: Access) -> Result<Session, Failure> {
    let profile = global.settings.profile.as_ref().map(|it| &it.profile);
    let production = profile.filter(|profile| profile.production);
    Ok(Session {
        profile: target.profile.clone(),
        database: target.session.database.clone(),
        actor: config::actor(global)?,
        access,
        production: production.map(|profile| profile.name.clone()),
        poll_interval: global.settings.polling.interval,
        scope: target.session.scope.clone(),
        read_replica: target.reads.as_ref().map(config::address),
        ..Session::new(Arc::clone(&target.site.source))
    })
}

/// The detector to run and its interval, or why there is none.
type Sweeps = Result<(Sweeper, Duration), &'static str>;

fn sweeper(settings: &Settings, target: &Target, place: &Session) -> Sweeps {
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
    let sweeping = SweepOptions {
        instance: instance(&place.actor),
        dry_run: settings.detection.dry_run,
        budget: settings.detection.budget,
    };
    let sweeper = Sweeper::new(&target.site.options, sweeping);
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

/// The keys that the configuration has given to actions.
fn rebound(settings: &Settings) -> Vec<keymap::CustomBinding> {
    let keys = settings.keys.iter();
    keys.map(|bound| bound.rebound.clone()).collect()
}

async fn show(scene: DashboardSetup, stop: CancellationToken) -> Result<ExitCode, Failure> {
    keymap::install(&rebound(&scene.global.settings));
    let signal = tokio::spawn(signals::watch(stop.clone()));
    terminal::restore_on_panic(stop.clone());
    let mut last = None;
    let ended = match terminal::enter() {
        Ok(mut screen) => {
            let mut keys = Keyboard::open();
            let mut next = Some(scene);
            let mut ended = Ok(());
            while let Some(mut scene) = next.take() {
                let tasks = TaskTracker::new();
                let session = stop.child_token();
                let (wiring, mut opened) = begin(&mut scene, (&tasks, &session));
                let played = run(&mut screen, &mut keys, wiring, &mut scene.app).await;
                ended = played.map_err(|report| format!("{report:#}"));
                session.cancel();
                tasks.close();
                if let Switch::Ready(to) = &scene.app.session.switch {
                    // Nothing is under way: it was asked.
                    let _ = tokio::time::timeout(FAREWELL, tasks.wait()).await;
                    next = switch::apply(&mut opened, to).await;
                } else {
                    let is_logged = scene.app.session.source.is_logged();
                    last = Some((tasks, scene.app.writes.unanswered(), is_logged));
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

/// Starts all that a scene needs.
fn begin(
    scene: &mut DashboardSetup,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> (LoopDeps, Opened) {
    let (opened, turn, answers) = switch::spawn(&scene.global, (tasks, stop));
    let sweeps = scene.sweeps.take();
    let mut wiring = tasks::start(scene, sweeps, (tasks, stop));
    (wiring.turn, wiring.turned) = (turn, answers);
    let polls = (wiring.polls.clone(), scene.global.settings.polling.interval);
    let metrics = std::mem::replace(&mut scene.target.metrics, Metrics::off());
    metrics.serve(polls, wiring.detector.clone(), (tasks, stop));
    if let Some(task) = scene.target.task {
        let command = scene.app.open_task(task);
        // The channel is new and empty.
        let _ = wiring.commands.try_send(command);
    }
    (wiring, opened)
}

/// Waits for the tasks to end: for changes that were confirmed longer than for what only reads.
async fn finish(tasks: &TaskTracker, under_way: usize, is_logged: bool) {
    let (limit, changes) = match under_way {
        0 => (FAREWELL, String::new()),
        n => (FAREWELL_TO_CHANGES, plural(n, "change")),
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

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock that the screen is given"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
