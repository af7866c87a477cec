//! The handle that dlqtop holds on its private server.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use url::form_urlencoded::byte_serialize;

use super::binaries::{Binaries, ServerVersion};
use super::error::{PrivatePostgresError, ServerContext};
use super::find::find;
use super::folder::Folder;
use super::options::{GUARD_ARGUMENT, Options, SUPERUSER};
use super::os_user::ServerUser;
use super::{abandoned, folder, guard, own_file};

/// The guard stops the server in milliseconds, and kills it after two seconds.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// A running server. When it is dropped, or the process that holds it ends in any way, the
/// server stops and its folder goes; [`PrivatePostgres::stop`] also waits for that.
#[derive(Debug)]
pub struct PrivatePostgres {
    folder: Folder,
    version: ServerVersion,
    guard: Child,
    /// The pipe whose end is the guard's sign to clean up.
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl PrivatePostgres {
    /// Finds or downloads a server, makes an empty cluster and starts it. Takes one to two
    /// seconds; may be cancelled.
    ///
    /// # Errors
    /// In one line: what is missing and what to install, or what the server said.
    pub async fn start(options: Options) -> Result<Self, PrivatePostgresError> {
        let binaries = find(&options).await?;
        Self::start_from(&binaries, &options).await
    }

    /// Starts a server that [`find`] found.
    ///
    /// # Errors
    /// As [`PrivatePostgres::start`].
    pub async fn start_from(
        binaries: &Binaries,
        options: &Options,
    ) -> Result<Self, PrivatePostgresError> {
        if let Some(base) = folder::base(ServerUser::choose()?) {
            abandoned::sweep(&base);
        }
        let (folder, temporary) = Folder::create(&binaries.bindir, options)?;
        let mut guard = spawn_guard(&folder).doing("start the guard of the private server")?;
        // From here on the guard removes it.
        let _ = temporary.keep();
        let (Some(orders), Some(answers)) = (guard.stdin.take(), guard.stdout.take()) else {
            return Err(PrivatePostgresError::GuardGone);
        };
        let mut private = Self {
            folder,
            version: binaries.version,
            guard,
            orders: Some(orders),
            answers: BufReader::new(answers).lines(),
        };
        match private.expect(guard::READY).await {
            Ok(()) => Ok(private),
            Err(error) => {
                // What it said matters more than how the cleaning up went.
                let _ = private.stop().await;
                Err(error)
            }
        }
    }

    /// How to connect to one of its databases; `postgres` is there from the start.
    #[must_use]
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.socket())
            .port(5432)
            .username(SUPERUSER)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// The same as an address that dlqtop's `--database-url` and `psql` take.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        use std::os::unix::ffi::OsStrExt;

        let encoded = |bytes: &[u8]| -> String {
            byte_serialize(bytes)
                .collect::<String>()
                .replace('+', "%20")
        };
        format!(
            "postgres://{SUPERUSER}@localhost:5432/{}?host={}&sslmode=disable",
            encoded(database.as_bytes()),
            encoded(self.folder.socket().as_os_str().as_bytes()),
        )
    }

    /// The folder with its data, socket and logs. It goes when the server does.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's log.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.folder.log()
    }

    /// The process id of the server's main process; `None` while it is stopped.
    #[must_use]
    pub fn postmaster_pid(&self) -> Option<u32> {
        self.folder.postmaster().map(|(pid, _)| pid)
    }

    /// The process id of the guard; `None` after it has ended.
    #[must_use]
    pub fn guard_pid(&self) -> Option<u32> {
        self.guard.id()
    }

    /// Which PostgreSQL it is.
    #[must_use]
    pub fn server_version(&self) -> ServerVersion {
        self.version
    }

    /// Stops the server as a crash would: connections break without a word. The folder
    /// stays, and [`PrivatePostgres::start_server`] brings everything committed back.
    ///
    /// # Errors
    /// If the guard is gone.
    pub async fn stop_server(&mut self) -> Result<(), PrivatePostgresError> {
        self.order(guard::STOP).await?;
        self.expect(guard::STOPPED).await
    }

    /// Starts the server again, recovering as after a crash; restarts it if it runs. Ends when it
    /// takes connections.
    ///
    /// # Errors
    /// What the server said, or that the guard is gone.
    pub async fn start_server(&mut self) -> Result<(), PrivatePostgresError> {
        self.order(guard::START).await?;
        self.expect(guard::READY).await
    }

    /// Ends when the guard does, which only `kill -9` can bring about. The server may then still
    /// run; dropping this stops it.
    pub async fn died(&mut self) {
        while let Ok(Some(_)) = self.answers.next_line().await {}
    }

    /// Stops the server, removes its folder, and waits for both.
    ///
    /// # Errors
    /// If something is left behind; the message says where.
    pub async fn stop(mut self) -> Result<(), PrivatePostgresError> {
        self.orders = None;
        let ended = timeout(ENDS_WITHIN, self.guard.wait()).await;
        if !self.folder.path().exists() {
            return Ok(());
        }
        if ended.is_ok() {
            // The guard was killed: do its work.
            abandoned::clean_up(&self.folder);
        }
        if self.folder.path().exists() {
            return Err(PrivatePostgresError::Server {
                why: format!("{} was left behind", self.folder.path().display())
                    .as_str()
                    .into(),
            });
        }
        Ok(())
    }

    async fn order(&mut self, order: &str) -> Result<(), PrivatePostgresError> {
        let Some(orders) = &mut self.orders else {
            return Err(PrivatePostgresError::GuardGone);
        };
        orders
            .write_all(format!("{order}\n").as_bytes())
            .await
            .map_err(|_| PrivatePostgresError::GuardGone)
    }

    async fn expect(&mut self, answer: &str) -> Result<(), PrivatePostgresError> {
        match self.answers.next_line().await {
            Ok(Some(line)) if line == answer => Ok(()),
            Ok(Some(line)) => Err(PrivatePostgresError::Server {
                why: line.strip_prefix(guard::ERROR).unwrap_or(&line).into(),
            }),
            Ok(None) | Err(_) => Err(PrivatePostgresError::GuardGone),
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.orders = None;
        // The guard cleans up, unless it was killed itself.
        if matches!(self.guard.try_wait(), Ok(Some(_))) && self.folder.path().exists() {
            abandoned::clean_up(&self.folder);
        }
    }
}

fn spawn_guard(folder: &Folder) -> std::io::Result<Child> {
    let log = own_file::append(&folder.guard_log())?;
    Command::new(folder.guard())
        .arg(GUARD_ARGUMENT)
        .arg(folder.path())
        // Not the terminal's foreground group: Ctrl-C is for dlqtop alone.
        .process_group(0)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
}
