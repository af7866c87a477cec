//! Starts the tasks, lends the terminal to the loop, and gives it back whatever happens.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Notify, mpsc, watch as latest};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::failure::Failure;
use super::metrics::Metrics;
use super::theme::theme;
use super::{Global, parse_id, replica};
use crate::app::access::{Access, Why};
use crate::app::action::Action;
use crate::app::words::plural;
use crate::app::{App, Place};
use crate::config::settings::Settings;
use crate::config::{self, in_force};
use crate::data::asking;
use crate::data::command::{Question, Report};
use crate::data::error::DataError;
use crate::data::link::Link;
use crate::data::migrate;
use crate::data::model::{Reach, TaskId};
use crate::data::poller::{self, Polling};
use crate::data::queries::{self, Session};
use crate::data::sweep::{Sweeper, Sweeping};
use crate::data::worker::{self, Lock, Rights, Writer};
use crate::detector;
use crate::detector::status::Status;
use crate::telemetry::log;
use crate::ui::keyboard::Keyboard;
use crate::ui::run::{Wiring, run};
use crate::ui::{clipboard, editor, signals, terminal};

/// How long the tasks may take to end once the screen is closed.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long they may take while changes that were confirmed are still under way.
const FAREWELL_TO_CHANGES: Duration = Duration::from_secs(20);

/// A database that was looked at and found usable.
#[derive(Debug)]
pub struct Target {
    /// How to reach it.
    pub options: PgConnectOptions,
    /// What to call it: `local`, `demo`.
    pub profile: String,
    /// What kind of session it gives.
    pub session: Session,
    /// The task to open first.
    pub task: Option<TaskId>,
    /// What is counted here.
    pub metrics: Metrics,
    /// The server to poll, if it is another one.
    pub reads: Option<PgConnectOptions>,
    /// What to say first.
    pub greeting: Option<String>,
}

impl Target {
    /// Connects once: what is wrong is said before the screen is taken.
    ///
    /// # Errors
    ///
    /// [`DataError`] if the database cannot be asked, or holds another schema than ours, or has
    /// nothing with this id.
    pub async fn open(
        options: PgConnectOptions,
        profile: String,
        id: Option<uuid::Uuid>,
    ) -> Result<Self, DataError> {
        let mut link = Link::new(&options);
        let (session, task) = link
            .run(
                "look at the database",
                Duration::from_secs(20),
                async |db| {
                    poller::begin(db, Duration::from_secs(10)).await?;
                    migrate::standing(db).await?.usable()?;
                    let session = queries::session(db).await?;
                    let task = match id {
                        None => None,
                        Some(id) => {
                            let found = queries::find_task(db, id).await?;
                            Some(found.ok_or_else(|| DataError::NotFound {
                                id: id.to_string().into(),
                            })?)
                        }
                    };
                    Ok((session, task))
                },
            )
            .await?;
        link.close().await;
        Ok(Self {
            options,
            profile,
            session,
            task,
            metrics: Metrics::off(),
            reads: None,
            greeting: None,
        })
    }

    /// The same, counted by these.
    #[must_use]
    pub fn counted_by(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The server that is polled.
    fn polled(&self) -> &PgConnectOptions {
        self.reads.as_ref().unwrap_or(&self.options)
    }

    /// Whether anything can be changed here. What no unlock could lift comes first.
    pub(super) fn access(&self, global: &Global) -> Access {
        let profile = global.settings.profile.as_ref().map(|it| &it.profile);
        let why = if global.read_only {
            Why::Flag
        } else if self.session.in_recovery {
            Why::Standby
        } else if self.session.read_only_by_default {
            Why::Session
        } else if !self.session.may_act {
            Why::Role
        } else if let Some(profile) = profile.filter(|profile| profile.read_only) {
            Why::Profile(profile.name.clone())
        } else if let Some(profile) = profile.filter(|profile| profile.production) {
            Why::Production(profile.name.clone())
        } else {
            return Access::Writable;
        };
        Access::ReadOnly(why)
    }
}

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
    if let Some(greeting) = &target.greeting {
        app.update(Action::Told(Ok(greeting.clone())));
    }
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
    let wiring = start(global, &target, &app, sweeps, (&tasks, &stop));
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

/// Starts the poller, the worker and the detector, and joins them to the screen.
fn start(
    global: &Global,
    target: &Target,
    app: &App,
    sweeps: Option<Sweeps>,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Wiring {
    let wake = Arc::new(Notify::new());
    let (newest, polls) = latest::channel(None);
    let (follow, followed) = latest::channel(None);
    let (reach, reached) = latest::channel(Reach::default());
    let (commands, asked) = mpsc::channel(16);
    let (done, reports) = mpsc::channel(16);
    let (status, detector) = latest::channel(Status::default());

    let polling = Polling {
        every: global.settings.polling.interval,
        budget: global.settings.polling.db_budget,
        replica: target.reads.is_some(),
        ..Polling::default()
    };
    let poller = poller::Wires {
        newest,
        follow: followed,
        reach: reached,
        wake: Arc::clone(&wake),
        stop: stop.clone(),
    };
    tasks.spawn(poller::run(target.polled().clone(), polling, poller));
    let questions = asker(target.polled(), &done, (tasks, stop));

    let meters = target.metrics.meters.clone();
    let rights = rights(target, &app.place);
    let worker = worker::Wires {
        asked,
        done,
        follow,
        reach,
        questions,
        wake,
        stop: stop.clone(),
    };
    tasks.spawn(worker::run(worker, rights));

    match sweeps {
        Some(Ok((sweeper, interval))) => {
            let wires = detector::Wires {
                status,
                clock: now,
                meters,
                stop: stop.clone(),
            };
            tasks.spawn(detector::run(sweeper, interval, wires));
        }
        Some(Err(why)) => detector_off(&status, why, (tasks, stop)),
        None => detector_off(&status, "the wall only looks", (tasks, stop)),
    }
    Wiring {
        polls,
        detector,
        reports,
        commands,
        stop: stop.clone(),
        theme: theme(global.theme.unwrap_or_default()),
        clock: now,
        copy: Box::new(clipboard::osc52),
        edit: Box::new(editor::open),
    }
}

/// Who may write here: nobody, the operator, or the operator while it is unlocked.
fn rights(target: &Target, place: &Place) -> Rights {
    let (options, actor) = (target.options.clone(), place.actor.clone());
    let (meters, profile) = (target.metrics.meters.clone(), target.profile.clone());
    let writer = move || {
        let runs = log::folder().map(|state| state.join("runs"));
        let meters = meters.clone();
        Writer::new(&options, actor.clone())
            .keeping(runs, &profile)
            .telling(move |deed| meters.done(deed))
    };
    match &place.access {
        Access::Writable => Rights::Always(Box::new(writer())),
        Access::ReadOnly(why) if why.refusal().is_none() => Rights::WhenUnlocked(Lock {
            of: format!("profile {}", place.profile),
            writer: Box::new(writer),
        }),
        Access::ReadOnly(_) | Access::Unlocked(_) => Rights::Never,
    }
}

/// Starts the task that answers what is asked once.
fn asker(
    reads: &PgConnectOptions,
    answers: &mpsc::Sender<Report>,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> mpsc::Sender<Question> {
    let (questions, asked) = mpsc::channel(8);
    let asking = asking::run(reads.clone(), asked, answers.clone(), stop.clone());
    tasks.spawn(asking);
    questions
}

/// Says why there is no detector, and keeps the channel open: a closed one means a dead task.
fn detector_off(
    status: &latest::Sender<Status>,
    why: &str,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) {
    status.send_modify(|status| status.off_because = Some(why.into()));
    let (status, stop) = (status.clone(), stop.clone());
    tasks.spawn(async move {
        stop.cancelled().await;
        drop(status);
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock that the screen is given"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
