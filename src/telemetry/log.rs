//! Logs to a file, because the dashboard owns the screen.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};
use etcetera::{BaseStrategy as _, choose_base_strategy};
use tracing_appender::non_blocking::WorkerGuard;
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
///
/// # Errors
///
/// One line for the operator, if there is a folder and the program has no right to it.
pub fn start() -> Result<Option<WorkerGuard>, String> {
    let Some(folder) = folder() else {
        return Ok(None);
    };
    let files = match DailyFiles::open(folder.clone()) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::PermissionDenied && folder.exists() => {
            let folder = folder.display();
            return Err(format!("no log is written: {folder}: {error}"));
        }
        Err(_) => return Ok(None),
    };
    let (writer, guard) = tracing_appender::non_blocking(files);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        // It would say on the screen what it cannot write.
        .log_internal_errors(false)
        .with_ansi(false);
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(levels())
        .try_init();
    Ok(started.ok().map(|()| guard))
}

/// The files of the log: one for each day by UTC, for their owner alone.
struct DailyFiles {
    folder: PathBuf,
    /// The file that is written to, and its day.
    today: File,
    day: NaiveDate,
}

impl DailyFiles {
    fn open(folder: PathBuf) -> io::Result<Self> {
        // A log names people, errors and what failed of whose work.
        private::own(&folder)?;
        let day = today();
        drop_old(&folder)?;
        Ok(Self {
            today: file_of(&folder, day)?,
            folder,
            day,
        })
    }
}

impl Write for DailyFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let day = today();
        if day != self.day {
            self.today = file_of(&self.folder, day)?;
            self.day = day;
            // What is left lying does no harm to today's log.
            let _ = drop_old(&self.folder);
        }
        let text = String::from_utf8_lossy(line);
        self.today.write_all(redaction::text(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.today.flush()
    }
}

fn file_of(folder: &Path, day: NaiveDate) -> io::Result<File> {
    let path = folder.join(format!("dlqtop.{day}.log"));
    private::options().append(true).create(true).open(path)
}

/// The day by UTC.
fn today() -> NaiveDate {
    DateTime::<Utc>::from(SystemTime::now()).date_naive()
}

/// Makes room for a new day: removes the oldest files beyond those that are kept.
fn drop_old(folder: &Path) -> io::Result<()> {
    let is_log = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let day = name.and_then(|name| name.strip_prefix("dlqtop.")?.strip_suffix(".log"));
        day.is_some_and(|day| day.parse::<NaiveDate>().is_ok())
    };
    let mut logs: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_log)
        .collect();
    logs.sort();
    let too_many = logs.len().saturating_sub(DAYS_KEPT);
    for old in &logs[..too_many] {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// What is logged. Not `EnvFilter`: it brings a regex engine for spans and their fields, and there
/// are none here. An empty variable says nothing.
fn levels() -> Targets {
    let given = std::env::var("DLQTOP_LOG").ok();
    let levels = given
        .filter(|levels| !levels.trim().is_empty())
        .and_then(|levels| levels.parse().ok());
    levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seven_days_are_kept_and_other_files_are_let_be() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(folder.path().join(name), "x").unwrap();
        for day in 1..=9 {
            put(&format!("dlqtop.2026-01-0{day}.log"));
        }
        put("dlqtop.old.log");
        put("receipt.json");
        drop_old(folder.path()).unwrap();
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left.len(), 9, "{left:?}");
        assert_eq!(left[0], "dlqtop.2026-01-03.log");
    }
}
