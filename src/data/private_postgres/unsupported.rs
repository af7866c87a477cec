//! Stands in where there are no Unix sockets to keep a server private by. There is never one.
#![expect(clippy::unused_async, reason = "the signatures are those on Unix")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

use super::binaries::{Binaries, ServerVersion};
use super::error::PrivatePostgresError;
use super::options::Options;

/// A running server; on this system there is none.
#[derive(Debug)]
pub struct PrivatePostgres(Infallible);

impl PrivatePostgres {
    /// Says to pass `--database-url`.
    ///
    /// # Errors
    /// Always.
    pub async fn start(_options: Options) -> Result<Self, PrivatePostgresError> {
        Err(PrivatePostgresError::Unsupported)
    }

    /// Says to pass `--database-url`.
    ///
    /// # Errors
    /// Always.
    pub async fn start_from(
        _binaries: &Binaries,
        _options: &Options,
    ) -> Result<Self, PrivatePostgresError> {
        Err(PrivatePostgresError::Unsupported)
    }

    /// How to connect to one of its databases.
    #[must_use]
    pub fn connect_options(&self, _database: &str) -> PgConnectOptions {
        match self.0 {}
    }

    /// The same as an address.
    #[must_use]
    pub fn url(&self, _database: &str) -> String {
        match self.0 {}
    }

    /// The folder with its data, socket and logs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self.0 {}
    }

    /// The server's log.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        match self.0 {}
    }

    /// The process id of the server's main process.
    #[must_use]
    pub fn postmaster_pid(&self) -> Option<u32> {
        match self.0 {}
    }

    /// The process id of the guard.
    #[must_use]
    pub fn guard_pid(&self) -> Option<u32> {
        match self.0 {}
    }

    /// Which PostgreSQL it is.
    #[must_use]
    pub fn server_version(&self) -> ServerVersion {
        match self.0 {}
    }

    /// Stops the server as a crash would.
    ///
    /// # Errors
    /// Never called.
    pub async fn stop_server(&mut self) -> Result<(), PrivatePostgresError> {
        match self.0 {}
    }

    /// Starts the server again.
    ///
    /// # Errors
    /// Never called.
    pub async fn start_server(&mut self) -> Result<(), PrivatePostgresError> {
        match self.0 {}
    }

    /// Ends when the guard does.
    pub async fn died(&mut self) {
        match self.0 {}
    }

    /// Stops the server and removes its folder.
    ///
    /// # Errors
    /// Never called.
    pub async fn stop(self) -> Result<(), PrivatePostgresError> {
        match self.0 {}
    }
}
