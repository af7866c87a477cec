//! `dlqtop demo`: a private PostgreSQL, a simulated fleet, and the dashboard on top.

mod args;
mod foreign;

use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::sync::watch as latest;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::args::DemoArgs;
use self::args::{FLEET_CONNECTIONS, SHUTDOWN_GRACE, say};
use super::dashboard;
use super::metrics::{Metrics, Polling};
use super::target::Target;
use crate::app::format::count;
use crate::cli::clock;
use crate::cli::output::json;
use crate::cli::target::open_command::open_command;
use crate::config::global::Global;
use crate::config::keys::{DB_BUDGET, DETECTION_INTERVAL};
use crate::config::origin::Origin;
use crate::data::connection::Connection;
use crate::data::error::DataError;
use crate::data::native::sweep::{SweepOptions, Sweeper};
use crate::data::poller::schedule::Budget;
use crate::data::private_postgres::{Options, PrivatePostgres, PrivatePostgresError, this_program};
use crate::data::source::recognise::Wanted;
use crate::demo::{self, Scenario, Summary};
use crate::detector;
use crate::detector::status::Status;
use crate::failure::Failure;

/// In the demo something should happen while one watches.
const DETECT_INTERVAL: Duration = Duration::from_secs(30);
/// Its database is there for nothing else.
const BUDGET: Budget = Budget::Percent(10.0);
/// The demo's database; `src/demo/sql/create_database.sql` names it too.
const DATABASE: &str = "demo";

/// Runs the demo.
///
/// # Errors
///
/// [`Failure`] if there is no terminal (and no `--headless`) or no server can be started.
pub async fn run(global: &Global, args: DemoArgs) -> Result<ExitCode, Failure> {
    // Before anything is started for somebody without a name.
    crate::config::actor(global)?;
    if args.headless.is_none() && !(stdout().is_terminal() && stdin().is_terminal()) {
        return Err(Failure::usage(
            "the demo needs a terminal; without one try `dlqtop demo --headless 20 --json`",
        ));
    }
    if global.flags.database_url.is_some() || global.flags.read_url.is_some() {
        say("the demo has a database of its own; the one that was given is not touched");
    }
    let mut global = global.clone();
    // Its database has settings of its own, which nothing is to be compared with.
    global.settings.leave_shared_at_default();
    if *global.settings.origin(DETECTION_INTERVAL) == Origin::Default {
        global.settings.program.detection.interval = DETECT_INTERVAL;
    }
    if *global.settings.origin(DB_BUDGET) == Origin::Default {
        global.settings.program.polling.db_budget = BUDGET;
    }
    let fleet = foreign::asked_for(&global, args)?;
    let metrics = Metrics::listen(&global).await?;
    say("starting a private PostgreSQL …");
    let mut server = PrivatePostgres::start(Options::new(this_program()?))
        .await
        .map_err(|error: PrivatePostgresError| Failure::unavailable(error.one_line()))?;
    let options = server.connect_options(DATABASE);
    let stop = CancellationToken::new();
    let mut show = pin!(async {
        create_database(&options).await?;
        match fleet {
            None => with_fleet(&global, args, options, metrics, &stop).await,
            Some(fleet) => {
                foreign::show(
                    &global,
                    args,
                    foreign::Stage {
                        fleet,
                        options,
                        metrics,
                    },
                    &stop,
                )
                .await
            }
        }
    });
    let ended = tokio::select! {
        ended = &mut show => ended,
        () = server.died() => {
            // Give the terminal back first; then say why.
            stop.cancel();
            let _ = show.await;
            Err(Failure::unavailable(
                "the private PostgreSQL was taken away: its guard has ended; start the demo again",
            ))
        }
    };
    let stopped = server.stop().await;
    let code = ended?;
    stopped.map_err(|error| Failure::unavailable(error.one_line()))?;
    Ok(code)
}

/// So that the header says "demo" and not "postgres".
async fn create_database(options: &PgConnectOptions) -> Result<(), Failure> {
    let mut link = Connection::new(&options.clone().database("postgres"));
    demo::create_database(link.get().await?).await?;
    link.close().await;
    Ok(())
}

async fn with_fleet(
    global: &Global,
    args: DemoArgs,
    options: PgConnectOptions,
    metrics: Metrics,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    say("filling it with work …");
    let mut link = Connection::new(&options);
    demo::migrate(link.get().await?).await?;
    link.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(FLEET_CONNECTIONS)
        .connect_lazy_with(options.clone());
    let backlog = usize::try_from(args.backlog).unwrap_or(usize::MAX);
    let scenario = Scenario {
        seed: args.seed,
        backlog,
        armed: !args.unarmed,
    };
    demo::prepare_scenario(&pool, scenario).await?;

    let fleet = tokio::spawn(demo::run(pool.clone(), args.seed, stop.clone()));
    let ended = if args.headless.is_some() {
        headless(global, args, &pool, metrics, stop).await
    } else {
        let target = Target::open(options, &Wanted::native(), "demo".to_owned(), None).await?;
        let mut target = target.with_meters(metrics);
        target.greeting = Some(format!(
            "from another terminal (:address): {}",
            open_command(global, &target)
        ));
        dashboard::open(global, target, stop.clone()).await
    };
    stop.cancel();
    // The demo's end depends on neither: the server goes in any case.
    let _ = timeout(SHUTDOWN_GRACE, async {
        let _ = fleet.await;
        pool.close().await;
    })
    .await;
    ended
}

async fn headless(
    global: &Global,
    args: DemoArgs,
    pool: &PgPool,
    metrics: Metrics,
    stop: &CancellationToken,
) -> Result<ExitCode, Failure> {
    let seconds = args.headless.unwrap_or_default();
    let started = demo::started_now(pool).await?;
    let tasks = TaskTracker::new();
    // Kept to the end: the detector reports to somebody.
    let (status, heard) = latest::channel(Status::default());
    let detection = global.settings.program.detection;
    if detection.enabled {
        let actor = crate::config::actor(global)?;
        let sweeping = SweepOptions {
            instance: dashboard::instance(&actor),
            dry_run: detection.dry_run,
            budget: detection.budget,
        };
        let wires = detector::DetectorChannels {
            status,
            clock: clock::now,
            meters: metrics.meters.clone(),
            stop: stop.clone(),
        };
        let sweeper = Sweeper::new(&pool.connect_options(), sweeping);
        tasks.spawn(detector::run(
            sweeper,
            detection.interval.min(Duration::from_secs(seconds) / 2),
            wires,
        ));
    }
    let budget = global.settings.program.polling.db_budget;
    let polling = Polling {
        options: pool.connect_options().as_ref().clone(),
        budget,
    };
    metrics.serve_without_screen(polling, heard, &tasks, stop);
    say(&format!("running without a screen for {seconds} s …"));
    let interrupted = tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(seconds)) => false,
        _ = tokio::signal::ctrl_c() => true,
        () = stop.cancelled() => true,
    };
    stop.cancel();
    tasks.close();
    let _ = timeout(SHUTDOWN_GRACE, tasks.wait()).await;
    let summary: Result<Summary, DataError> = demo::summary(pool, started).await;
    print(&summary?, args.json)?;
    Ok(if interrupted {
        ExitCode::from(130)
    } else {
        ExitCode::SUCCESS
    })
}

fn print(summary: &Summary, as_json: bool) -> Result<(), Failure> {
    let mut out = stdout().lock();
    if as_json {
        json::write(&mut out, summary)?;
        return Ok(());
    }
    writeln!(out, "ran for {:.0} s", summary.lasted_secs)?;
    let figures = [
        ("tasks created", summary.tasks_created),
        ("tasks completed", summary.tasks_completed),
        ("tasks in error now", summary.tasks_in_error),
        ("tasks stale now", summary.tasks_stale),
        ("sweeps", summary.sweeps),
        ("operator actions", summary.operator_actions),
    ];
    for (name, figure) in figures {
        writeln!(out, "{name}: {}", count(figure))?;
    }
    writeln!(out, "open entries:")?;
    for (reason, figure) in &summary.dead_letters {
        writeln!(out, "  {reason}: {}", count(*figure))?;
    }
    Ok(())
}
