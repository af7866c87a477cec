//! How far behind a replica is.

use std::time::Duration;

use sqlx::FromRow;

/// The replication state that a replica reports.
#[derive(Debug, Clone, Copy, PartialEq, FromRow)]
pub struct Position {
    /// It is a standby.
    pub standby: bool,
    /// It is connected to the server that it follows.
    pub receiving: bool,
    /// It has replayed all that it received.
    pub caught_up: bool,
    /// Seconds since the newest commit that it shows; `None` if it has replayed none since it
    /// started.
    pub seconds_behind: Option<f64>,
}

/// The state of a server that the polls read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    /// It is a standby. If not, it cannot lag.
    pub standby: bool,
    /// It is connected to the server that it follows.
    pub receiving: bool,
    /// The maximum age of its data; `None` if unknown.
    pub lag: Option<Duration>,
}
