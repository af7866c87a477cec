//! An address of a database that is kept elsewhere: in a file of its own, or with a program that
//! hands out secrets.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::address::{self, is_address};
use crate::config::paths::home;
use crate::files::trust::{self, Way};

/// A program that asks somebody for a finger must not hold up a dashboard for ever.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// No address is longer.
const MAX_SECRET_BYTES: u64 = 16 * 1024;

/// An address; it may hold a password, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address itself: for the driver's eyes only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it has its password with it.
    pub(crate) fn holds_password(&self) -> bool {
        address::holds_password(&self.0)
    }

    /// Whether it says anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Where an address is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretLocation {
    /// In the configuration itself.
    Here(Address),
    /// In a file.
    File(PathBuf),
    /// A program prints it: its name and arguments.
    Command(Vec<String>),
}

impl fmt::Debug for SecretLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments may be secrets, too.
        f.write_str(self.key())
    }
}

impl SecretLocation {
    /// The address, if it stands in the configuration itself.
    pub(crate) const fn here(&self) -> Option<&Address> {
        match self {
            Self::Here(address) => Some(address),
            Self::File(_) | Self::Command(_) => None,
        }
    }

    /// The key of the profile that says so.
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::Here(_) => "database_url",
            Self::File(_) => "database_url_file",
            Self::Command(_) => "database_url_command",
        }
    }

    /// Fetches it.
    ///
    /// # Errors
    ///
    /// Why it cannot be had, without a word of what the file or the program said.
    pub(crate) async fn fetch(&self) -> Result<Address, String> {
        let text = match self {
            Self::Here(address) => return Ok(address.clone()),
            Self::File(path) => trust::read_secret(path)?,
            Self::Command(words) => print(words).await?,
        };
        let text = text.trim();
        if is_address(text) {
            Ok(Address(text.to_owned()))
        } else {
            Err("what it holds is no address such as postgres://user@host:5432/database".to_owned())
        }
    }
}

/// A path as it stands in a configuration, if it means the same wherever we are.
pub(crate) fn path(text: &str) -> Option<PathBuf> {
    let path = match text.strip_prefix("~/") {
        Some(rest) => home()?.join(rest),
        None => PathBuf::from(text),
    };
    path.is_absolute().then_some(path)
}

/// What the program prints. What it complains of is not shown: it may say too much.
async fn print(words: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = words else {
        return Err("it names no program".to_owned());
    };
    trusted(program, arguments)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    // What it has started in its turn ends with it.
    #[cfg(unix)]
    command.process_group(0);
    let cannot = |error: std::io::Error| format!("{program} cannot be run: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    let group = child.id();
    let mut printed = Vec::new();
    let ended = timeout(COMMAND_TIMEOUT, async {
        if let Some(out) = child.stdout.take() {
            out.take(MAX_SECRET_BYTES).read_to_end(&mut printed).await?;
        }
        child.wait().await
    })
    .await;
    if ended.is_err() {
        end(group);
    }
    let seconds = COMMAND_TIMEOUT.as_secs();
    let status = ended
        .map_err(|_| format!("{program} has not answered within {seconds} s"))?
        .map_err(cannot)?;
    if !status.success() {
        return Err(format!(
            "{program} has failed ({status}): run it by hand to see why"
        ));
    }
    String::from_utf8(printed).map_err(|_| format!("what {program} prints is no text"))
}

/// That nobody else can have changed the program, nor a file that it is given: often that is the script.
fn trusted(program: &str, arguments: &[String]) -> Result<(), String> {
    let checked = |path: &Path, way| trust::check(path, way).map_err(|why| why.to_string());
    if program.contains('/') {
        checked(Path::new(program), Way::Strict)?;
    } else if let Some(path) = on_the_path(program) {
        checked(&path, Way::Shared)?;
    }
    for path in arguments.iter().map(Path::new) {
        if path.is_absolute() && path.is_file() {
            checked(path, Way::Strict)?;
        }
    }
    Ok(())
}

/// Where the system finds a program of this name.
fn on_the_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).map(|folder| folder.join(program));
    found.into_iter().find(|path| path.is_file())
}

#[cfg(unix)]
fn end(group: Option<u32>) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Some(group) = group.and_then(|group| i32::try_from(group).ok()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
const fn end(_group: Option<u32>) {}
