//! Carries an act out by the engine of the dashboard, with a bar, until it is done or a signal ends it.

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::app::format::plural;
use crate::cli::target::Target;
use crate::data::bulk::{Bulk, StopSignals};
use crate::data::messages::command::{Outcome, Phase, Progress, Unfinished, Write};
use crate::data::worker::Writer;
use crate::telemetry::log;
use crate::ui::input::signals;

/// What was done, and the signal that ended it, if one did.
pub(super) struct Executed {
    pub(super) outcome: Outcome,
    pub(super) signal: Option<u8>,
}

/// The engine, with the journals where the dashboard keeps its own.
pub(in crate::cli) fn engine(target: &Target, actor: &str) -> Bulk {
    let runs = log::folder().map(|state| state.join("runs"));
    Bulk::new(Writer::new(&target.site, actor.to_owned()).with_journal(runs, &target.profile))
}

/// Does it. A signal ends it after the subject under way; what is left can be resumed.
pub(super) async fn run(target: &Target, write: &Write, actor: &str) -> Executed {
    let mut engine = engine(target, actor);
    let stops = StopSignals::default();
    let heard = tokio::spawn(signals::without_terminal(stops.cut.clone()));
    let bar = bar(write.change.count());
    let mut tell = |progress| show(&bar, &progress);
    let outcome = engine.carry_out(write, &stops, &mut tell).await;
    bar.finish_and_clear();
    engine.close().await;
    ended(outcome, &stops.cut, heard).await
}

/// Takes up a run that was interrupted.
pub(super) async fn resume(target: &Target, run: &Unfinished, actor: &str) -> Executed {
    let mut engine = engine(target, actor);
    let stops = StopSignals::default();
    let heard = tokio::spawn(signals::without_terminal(stops.cut.clone()));
    let bar = bar(run.write.change.count());
    let mut tell = |progress| show(&bar, &progress);
    let outcome = engine.resume(run, &stops, &mut tell).await;
    bar.finish_and_clear();
    engine.close().await;
    ended(outcome, &stops.cut, heard).await
}

async fn ended(
    outcome: Outcome,
    cut: &CancellationToken,
    heard: tokio::task::JoinHandle<Option<u8>>,
) -> Executed {
    cut.cancel();
    let signal = heard.await.ok().flatten();
    let tally = outcome.tally();
    // One alone is asked for again; its database does it once.
    if outcome.items.len() > 1 && (tally.unknown > 0 || (signal.is_some() && tally.untried > 0)) {
        say(&format!(
            "{} not done: `dlqtop resume {}` goes on with the rest, and does nothing twice",
            plural(tally.unknown + tally.untried, "change"),
            outcome.batch
        ));
    }
    Executed { outcome, signal }
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let tally = progress.tally;
    let tried = tally.done + tally.changed + tally.failed;
    bar.set_position(u64::try_from(tried).unwrap_or(u64::MAX));
    bar.set_message(match &progress.phase {
        Phase::Canary { label, state } => format!("canary {label} is {state}"),
        Phase::Settling => "asking what became of an answer that was lost".to_owned(),
        Phase::Running if tally.changed + tally.failed > 0 => {
            format!("{} changed, {} failed", tally.changed, tally.failed)
        }
        Phase::Running => String::new(),
    });
}

/// Draws on a terminal only, on standard error.
fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

pub(super) fn say(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}

/// 0 if all was done, 128 and the number of the signal that ended it, else 1.
pub(super) fn exit_code(all_done: bool, signal: Option<u8>) -> ExitCode {
    match signal {
        Some(signal) if !all_done => ExitCode::from(128 + signal),
        _ => ExitCode::from(u8::from(!all_done)),
    }
}
