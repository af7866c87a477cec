//! Starts and stops the server itself. Runs in the guard process only.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::error::{PrivatePostgresError, ServerContext};
use super::folder::Folder;
use super::options::SUPERUSER;
use super::os_user::ServerUser;
use super::own_file;
use super::process::{Process, signal};

/// A busy machine takes seconds; a server that takes longer than this is not coming.
const STARTS_WITHIN: Duration = Duration::from_mins(1);
/// An immediate shutdown takes milliseconds. After this the server is killed.
const STOPS_WITHIN: Duration = Duration::from_secs(2);
/// How many lines of the log an error quotes: the reason is rarely in the last one alone.
const LAST_WORDS: usize = 3;
/// How much of the log's end is read for them.
const LOG_TAIL: u64 = 16 * 1024;

/// The server of one folder.
pub(super) struct Server {
    folder: Folder,
    user: ServerUser,
    /// `initdb` or the server, whichever runs; the leader of its own process group.
    process: Option<Child>,
}

impl Server {
    pub(super) fn new(folder: Folder) -> Result<Self, PrivatePostgresError> {
        Ok(Self {
            folder,
            user: ServerUser::choose()?,
            process: None,
        })
    }

    /// Starts the server, and makes its database cluster first if there is none. Ends when it
    /// takes connections. May be cancelled; [`Server::stop`] ends whatever had been started.
    pub(super) async fn start(&mut self) -> Result<(), PrivatePostgresError> {
        self.stop().await?;
        if !self.folder.data().join("PG_VERSION").exists() {
            self.initialise().await?;
        }
        let (data, settings) = (self.folder.data(), self.folder.settings());
        let mut config_file = std::ffi::OsString::from("config_file=");
        config_file.push(settings);
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(data).arg("-c").arg(config_file);
        let process = self
            .process
            .insert(command.spawn().doing("start postgres")?);
        if let Some(server) = process.id().and_then(Process::running) {
            self.folder
                .note_server(&server)
                .doing("note the server's process")?;
        }
        timeout(STARTS_WITHIN, self.ready())
            .await
            .unwrap_or_else(|_| Err(self.failure("it did not start within a minute")))
    }

    /// Stops whatever runs, at once and without a farewell to its clients, as a crash would.
    pub(super) async fn stop(&mut self) -> Result<(), PrivatePostgresError> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        let Some(leader) = process.id() else {
            return Ok(());
        };
        signal_group(leader, Signal::SIGQUIT);
        if timeout(STOPS_WITHIN, process.wait()).await.is_err() {
            signal_group(leader, Signal::SIGKILL);
        }
        process.wait().await.doing("wait for postgres to end")?;
        // A backend that is busy does not notice that its server was killed.
        for backend in self.folder.whereabouts().processes() {
            signal(backend, Signal::SIGKILL);
        }
        Ok(())
    }

    async fn initialise(&mut self) -> Result<(), PrivatePostgresError> {
        let data = self.folder.data();
        let mut command = self.command("initdb")?;
        command
            .arg("-D")
            .arg(data)
            .args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C"])
            .args(["-T", "english", "--no-sync", "--no-instructions"]);
        let process = self.process.insert(command.spawn().doing("start initdb")?);
        let status = process.wait().await.doing("wait for initdb")?;
        self.process = None;
        if status.success() {
            Ok(())
        } else {
            Err(self.failure("initdb failed"))
        }
    }

    /// Waits until the server takes connections, or ends. Its pid file says which; there is
    /// nothing to be told by.
    async fn ready(&mut self) -> Result<(), PrivatePostgresError> {
        loop {
            let Some(process) = &mut self.process else {
                return Err(self.failure("it was stopped"));
            };
            if process.try_wait().doing("look after postgres")?.is_some() {
                self.process = None;
                return Err(self.failure("it ended as it started"));
            }
            let pid = process.id();
            if self
                .folder
                .postmaster()
                .is_some_and(|(of, ready)| ready && Some(of) == pid)
            {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn command(&self, program: &str) -> Result<Command, PrivatePostgresError> {
        let log = own_file::append(&self.folder.log())
            .and_then(|log| Ok((log.try_clone()?, log)))
            .doing("open the server's log")?;
        let mut command = Command::new(self.folder.program(program));
        self.user.run(command.as_std_mut());
        command
            .current_dir(self.folder.data())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.0)
            .stderr(log.1);
        Ok(command)
    }

    /// The error for the screen: what happened, and the end of the log, which says why.
    fn failure(&self, what: &str) -> PrivatePostgresError {
        let log = self.end_of_log().unwrap_or_default();
        let said: Vec<&str> = log
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let last = &said[said.len().saturating_sub(LAST_WORDS)..];
        PrivatePostgresError::Server {
            why: format!("{what}: {}", last.join("; ")).as_str().into(),
        }
    }

    fn end_of_log(&self) -> io::Result<String> {
        let mut log = own_file::read(&self.folder.log())?;
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
        let mut bytes = Vec::new();
        log.take(LOG_TAIL).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Reaches `initdb` together with the backend that it runs.
fn signal_group(leader: u32, signal: Signal) {
    if let Ok(group) = i32::try_from(leader) {
        let _ = killpg(Pid::from_raw(group), signal);
    }
}
