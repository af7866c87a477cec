//! A home with a configuration in it, and what `config show` says there.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::dlqtop::{Run, command, run};

pub const RETRY: &str = "staleness_detection.thresholds.waiting_for_retry_minutes";
pub const RETRY_VARIABLE: &str =
    "DLQTOP_STALENESS_DETECTION__THRESHOLDS__WAITING_FOR_RETRY_MINUTES";

/// Writes a file that its owner alone can read and change: else dlqtop takes no configuration from it.
pub fn write_private(path: &Path, text: impl AsRef<[u8]>) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .unwrap()
        .write_all(text.as_ref())
        .unwrap();
}

/// A home with a configuration in it.
pub struct Home {
    /// The folder of configurations.
    pub folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// One without a configuration.
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// One whose `config.toml` is this.
    pub fn with(text: &str) -> Self {
        let home = Self::new();
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        write_private(&home.file(), text);
        home
    }

    /// Where it stands.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("dlqtop").join("config.toml")
    }

    /// A run of dlqtop about to begin there.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("XDG_CONFIG_HOME", self.folder.path());
        command
    }

    /// Runs dlqtop there.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }
}

/// The line of `config show --json` for one key.
pub fn setting<'a>(shown: &'a Json, key: &str) -> &'a Json {
    let settings = shown["settings"].as_array().unwrap();
    settings.iter().find(|line| line["key"] == key).unwrap()
}

/// Its value and origin.
pub fn shown(home: &Home, more: &[&str], variables: &[(&str, &str)], key: &str) -> (Json, String) {
    let mut arguments = vec!["config", "show", "--json"];
    arguments.extend(more);
    let mut command = home.command(&arguments);
    command.envs(variables.iter().copied());
    let json = run(&mut command).expect_json();
    let line = setting(&json, key);
    (
        line["value"].clone(),
        line["from"].as_str().unwrap().to_owned(),
    )
}
