//! One connection that reconnects by itself, and what is sent over it: how a transaction begins
//! ([`transaction`]), statements of the program's own (`sql`), acts (`act_query`), the state of a replica
//! and of a PgBouncer.
//!
//! The poller, the worker and the detector hold one connection each, so a slow poll never delays a write. A
//! pool would hide the cause of a failure ("timed out while waiting for a connection") and can lose a slot
//! to an abandoned query.

pub(in crate::data) mod act_query;
mod other_server;
pub mod pgbouncer;
pub mod replica;
pub(in crate::data) mod sql;
pub mod transaction;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::time::timeout;

use super::error::{CONNECT, DataError, QueryContext as _};

/// The default time limit for connecting, name look-up and login included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The configured limit in seconds; 0 if there is none.
static LIMIT_SAID: AtomicU64 = AtomicU64::new(0);
/// The time limit for a rollback.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(2);

/// Sets the time limit for connecting in this process; five seconds by default.
pub fn limit_connecting(limit: Option<Duration>) {
    let seconds = limit.map_or(0, |limit| limit.as_secs());
    LIMIT_SAID.store(seconds, Ordering::Relaxed);
}

fn connect_limit() -> Duration {
    match LIMIT_SAID.load(Ordering::Relaxed) {
        0 => CONNECT_LIMIT,
        seconds => Duration::from_secs(seconds),
    }
}

/// A connection, or what is needed to open one.
pub struct Connection {
    options: PgConnectOptions,
    open: Option<PgConnection>,
    /// That it is a PostgreSQL has been seen.
    has_been_open: bool,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the options: they hold the password.
        f.debug_struct("Link")
            .field("is_open", &self.is_open())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects when first used.
    ///
    /// Works through a PgBouncer in transaction mode: it sends no start-up parameter that a
    /// stock one refuses, and nothing here relies on the session.
    #[must_use]
    pub fn new(options: &PgConnectOptions) -> Self {
        let name = options.get_application_name().unwrap_or("dlqtop");
        let options = options
            .clone()
            .application_name(name)
            .extra_float_digits(None)
            .log_statements(log::LevelFilter::Trace);
        Self {
            options,
            open: None,
            has_been_open: false,
        }
    }

    /// The connection; opens one if there is none.
    ///
    /// # Errors
    ///
    /// [`DataError::Query`] with what the server or the network said,
    /// [`DataError::TimedOut`] after five seconds, or [`DataError::NotPostgres`].
    pub async fn get(&mut self) -> Result<&mut PgConnection, DataError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => self.connect_first().await?,
        };
        self.has_been_open = true;
        Ok(self.open.insert(open))
    }

    async fn connect_first(&self) -> Result<PgConnection, DataError> {
        let error = match self.connect().await {
            Err(error) if !self.has_been_open && other_server::is_likely(&error) => error,
            answer => return answer,
        };
        match other_server::look(&self.options, &error).await {
            Some(what) => Err(DataError::NotPostgres { what }),
            None => Err(error),
        }
    }

    async fn connect(&self) -> Result<PgConnection, DataError> {
        let limit = connect_limit();
        match timeout(limit, self.options.connect()).await {
            Ok(connected) => connected.while_doing(CONNECT),
            Err(_) => Err(DataError::TimedOut {
                doing: CONNECT,
                seconds: limit.as_secs(),
            }),
        }
    }

    /// Whether a connection is open, as far as is known.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Drops the connection without telling the server: for one that is broken or in an unknown state.
    /// Closing it properly could wait for an answer that never comes.
    pub fn abandon(&mut self) {
        self.open = None;
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            // The server frees the session either way.
            let _ = timeout(Duration::from_secs(1), open.close()).await;
        }
    }

    /// Runs `work` on the connection for at most `limit`. If it fails, the transaction that it may
    /// have left open is rolled back; if the failure makes the connection useless, or the time ran
    /// out, the connection is abandoned.
    ///
    /// # Errors
    ///
    /// What `work` returned, or [`DataError::TimedOut`].
    pub async fn run<T>(
        &mut self,
        doing: &'static str,
        limit: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let open = self.get().await?;
        let answer = timeout(limit, work(open)).await.unwrap_or_else(|_| {
            Err(DataError::TimedOut {
                doing,
                seconds: limit.as_secs(),
            })
        });
        if let Err(error) = &answer
            && (error.is_connection() || !rolled_back(open).await)
        {
            self.abandon();
        }
        answer
    }
}

/// Whether the session is known to be outside any transaction. (sqlx cannot tell: it knows only the
/// transactions that it began itself.)
async fn rolled_back(db: &mut PgConnection) -> bool {
    let ended = timeout(ROLLBACK_LIMIT, db.execute("rollback")).await;
    matches!(ended, Ok(Ok(_)))
}
