//! Tracing to a file: the screen belongs to the dashboard.

use std::path::PathBuf;

use etcetera::{BaseStrategy as _, choose_base_strategy};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

/// How many days of log are kept, so that a wall screen does not fill its disk.
const DAYS_KEPT: usize = 7;

/// Where the log goes: `$XDG_STATE_HOME/dlqtop`, or none if there is no home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Some(state.join("dlqtop"))
}

/// Starts logging. The level is `DLQTOP_LOG` (as `RUST_LOG` elsewhere), `warn` by default. Keep
/// what is returned until the end: it flushes. Without a writable folder there is no log, and no
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
    let filter = EnvFilter::try_from_env("DLQTOP_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .try_init()
        .ok()?;
    Some(guard)
}
