//! How far what is shown is behind what is written.

use std::time::Duration;

use super::Polled;
use crate::app::session::Session;

/// Older than this is of no use on call.
const TOO_OLD: Duration = Duration::from_secs(30);

/// How far behind a replica is that the screen is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// Reads and writes go to one server, or there was no poll yet.
    None,
    /// The server that is polled is no standby.
    NoStandby,
    /// No more than two intervals.
    Fine(Duration),
    /// More than two intervals.
    Behind(Duration),
    /// More than half a minute, cut off from its primary, or unknown.
    Lost(Option<Duration>),
}

impl Polled {
    /// How far the screen is behind, if it is read from a replica.
    #[must_use]
    pub fn lag(&self, session: &Session) -> Lag {
        if session.read_replica.is_none() || self.polled_at.is_none() {
            return Lag::None;
        }
        let Some(replica) = self.replica else {
            return Lag::Lost(None);
        };
        match replica.lag {
            _ if !replica.standby => Lag::NoStandby,
            None => Lag::Lost(None),
            Some(lag) if !replica.receiving || lag > TOO_OLD => Lag::Lost(Some(lag)),
            Some(lag) if lag > session.poll_interval * 2 => Lag::Behind(lag),
            Some(lag) => Lag::Fine(lag),
        }
    }
}
