//! How far behind a replica is.

use std::time::Duration;

use sqlx::FromRow;

/// What the replica says of itself.
#[derive(Debug, Clone, Copy, PartialEq, FromRow)]
pub struct Position {
    /// It is a standby at all.
    pub standby: bool,
    /// It is connected to the server that it follows.
    pub receiving: bool,
    /// It has replayed all that it received.
    pub caught_up: bool,
    /// Seconds since the newest commit that it shows; `None` if it has replayed none since it
    /// started.
    pub seconds_behind: Option<f64>,
}

/// How a server stands that the polls are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    /// It is a standby. If not, there is nothing to be behind of.
    pub standby: bool,
    /// It is connected to the server that it follows.
    pub receiving: bool,
    /// How old what it shows is at most; `None` if that cannot be known.
    pub lag: Option<Duration>,
}
