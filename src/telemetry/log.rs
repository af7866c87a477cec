//! Logs to a file, because the dashboard owns the screen.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use etcetera::{BaseStrategy as _, choose_base_strategy};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::data::redaction;
use crate::files::private;

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
/// (`warn,dlqtop=debug`), `warn` by default. Keep what is returned until the end: it flushes. Without a folder that
/// is ours and can be written to there is no log, and no error: a dashboard must open on a machine whose disk is
/// full.
#[must_use]
pub fn start() -> Option<WorkerGuard> {
    let folder = folder()?;
    // A log names people, errors and what failed of whose work.
    private::own(&folder).ok()?;
    let files = Builder::new()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS_KEPT)
        .filename_prefix("dlqtop")
        .filename_suffix("log")
        .build(&folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(PrivateFiles {
        files,
        folder,
        day: None,
    });
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

/// The files of the log. The appender makes one a day with whatever mode the umask leaves, so they are closed
/// after the first line of each day; until then the folder keeps others out.
struct PrivateFiles {
    files: RollingFileAppender,
    folder: PathBuf,
    /// The last day whose file was closed, counted from 1970.
    day: Option<u64>,
}

impl Write for PrivateFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // Before the line: if midnight comes in between, the next line sees it.
        let day = today();
        let text = String::from_utf8_lossy(line);
        self.files.write_all(redaction::text(&text).as_bytes())?;
        if self.day != day {
            private::own(&self.folder)?;
            self.day = day;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.flush()
    }
}

/// The day by UTC, as the appender counts days.
fn today() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs() / 86_400)
}

/// What is logged. Not `EnvFilter`: it brings a regex engine for spans and their fields, and there
/// are none here.
fn levels() -> Targets {
    let given = std::env::var("DLQTOP_LOG").ok();
    let levels = given.and_then(|levels| levels.parse().ok());
    levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}
