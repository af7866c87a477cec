//! The line at the bottom: the latest message, until it has been read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::message::{Message, Tone};

/// A message on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub text: String,
    /// When it came.
    pub at: DateTime<Utc>,
}

impl Notification {
    /// A message that came now.
    #[must_use]
    pub fn new(message: Message, now: DateTime<Utc>) -> Self {
        Self {
            tone: message.tone,
            text: message.text,
            at: now,
        }
    }

    /// Whether it has stood long enough to be read.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let seconds = match self.tone {
            Tone::Plain => 5,
            Tone::Good => 15,
            Tone::Bad => 30,
        };
        now - self.at > TimeDelta::seconds(seconds)
    }
}
