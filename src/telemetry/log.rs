//! Logs to a file, because the dashboard owns the screen.

use std::path::PathBuf;

use etcetera::{BaseStrategy as _, choose_base_strategy};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Days of log that are kept, so that a wall display does not fill its disk.
const DAYS_KEPT: usize = 7;

/// The folder of the log: `$XDG_STATE_HOME/dlqtop`, or none without a home directory.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Some(state.join("dlqtop"))
}

/// Starts logging. The level is `DLQTOP_LOG`, for all (`debug`) or for parts of the program
/// (`warn,dlqtop=debug`), `warn` by default. Keep what is returned until the end: it flushes. Without a writable folder there is no log, and no
/// error: a dashboard must open on a machine whose disk is full.
#[must_use]
pub fn start() -> Option<WorkerGuard> {
    let folder = folder()?;
    std::fs::create_dir_all(&folder).ok()?;
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS_KEPT)
        .filename_prefix("dlqtop")
        .filename_suffix("log")
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(levels())
        .try_init()
        .ok()?;
    Some(guard)
}

/// What is logged. Not `EnvFilter`: it brings a regex engine for spans and their fields, and there
/// are none here.
fn levels() -> Targets {
    let given = std::env::var("DLQTOP_LOG").ok();
    let levels = given.and_then(|levels| levels.parse().ok());
    levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}
