//! `dlqtop detect`: the detector without a screen, for one sweep or for ever.

use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub mod args;
mod control;
mod once;
mod stream;

use super::dashboard::instance;
use super::metrics::Metrics;
use super::target::{self, Target};
use crate::config;
use crate::config::global::Global;
use crate::config::write_lock::refuses_writes;
use crate::data::native::sweep::{SweepOptions, Sweeper};
use crate::failure::Failure;
use crate::ui::input::signals;

pub use self::args::DetectArgs;

/// A sweep that was asked for by hand or by a timer may take its time.
const ONCE_BUDGET: Duration = Duration::from_mins(10);

/// Detects, once or until a signal ends it.
///
/// # Errors
///
/// [`Failure`] if the database cannot be asked, or if this session may not sweep.
pub async fn run(global: &Global, args: DetectArgs) -> Result<ExitCode, Failure> {
    if let Some(what) = args.control.to_decide() {
        return control::run(global, what, &args).await;
    }
    if let Some(who) = refuses_writes(global) {
        return Err(Failure::usage(format!(
            "{who} and detect contradict each other: `dlqtop staleness` only looks"
        )));
    }
    let settings = &global.settings;
    if let Some(why) = settings.detector_off() {
        return Err(Failure::usage(if why.starts_with("--") {
            format!("{why} and detect contradict each other: leave one out")
        } else {
            format!("the detector is off {why}: see staleness_detection.enabled")
        }));
    }
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    // One sweep is over before anybody could ask about it.
    let metrics = if args.once {
        Metrics::off()
    } else {
        Metrics::listen(global).await?
    };
    let target = Target::open(options, &target::native(global), String::new(), None)
        .await?
        .with_meters(metrics);
    may_sweep(&target)?;
    let sweeping = SweepOptions {
        instance: instance(&actor),
        dry_run: args.dry_run || settings.program.detection.dry_run,
        budget: if args.once {
            ONCE_BUDGET
        } else {
            settings.program.detection.budget
        },
    };
    let sweeper = Sweeper::new(&target.site.options, sweeping);
    let stop = CancellationToken::new();
    let signal = tokio::spawn(signals::without_terminal(stop.clone()));
    let ended = if args.once {
        once::once(sweeper, &args, &stop).await
    } else {
        let sweeps = stream::Sweeps {
            interval: (args.interval).unwrap_or(settings.program.detection.interval),
            poll_budget: settings.program.polling.db_budget,
            sweeper,
        };
        stream::run_until_stopped(sweeps, target, args.output.json, &stop).await
    };
    stop.cancel();
    let code = ended?;
    match signal.await {
        Ok(Some(number)) => Ok(ExitCode::from(128 + number)),
        _ => Ok(code),
    }
}

/// Why this session cannot sweep, if it cannot.
fn may_sweep(target: &Target) -> Result<(), Failure> {
    let session = &target.session;
    let why = if session.in_recovery {
        "this server is a standby: run detect against the primary"
    } else if session.read_only_by_default {
        "this role or database is set to read only: detect has to write"
    } else if !session.may_sweep {
        "this role may not sweep: ask for a grant of dlqtop_detector"
    } else {
        return Ok(());
    };
    Err(Failure::unavailable(why))
}
