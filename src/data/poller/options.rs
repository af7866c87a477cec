//! How the poller polls.

use std::time::Duration;

use crate::data::poller::schedule::Budget;

/// How to poll.
#[derive(Debug, Clone)]
pub struct PollOptions {
    /// From the end of one poll to the start of the next, while all is well.
    pub every: Duration,
    /// What the database may spend on it.
    pub budget: Budget,
    /// The server cancels a statement that takes longer.
    pub statement_limit: Duration,
    /// The server is not the one that is written to: ask how far behind it is.
    pub replica: bool,
}

impl Default for PollOptions {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2),
            budget: Budget::default(),
            statement_limit: Duration::from_secs(5),
            replica: false,
        }
    }
}
