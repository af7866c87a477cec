//! What an action leads to besides new state: one line for the operator, and work for others.
//!
//! Plain data. The rooms below the screen return it; only `app.rs` shows the line and sends the
//! command.

use crate::data::messages::command::Command;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// Something was done.
    Good,
    /// Something was not.
    Bad,
}

/// One line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub text: String,
}

impl Message {
    /// For information.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Plain,
            text: text.into(),
        }
    }

    /// Something was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Good,
            text: text.into(),
        }
    }

    /// Something was not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Bad,
            text: text.into(),
        }
    }
}

/// What an action leads to besides new state.
#[derive(Debug, Default)]
pub struct Reply {
    /// The line for the operator, if any.
    pub message: Option<Message>,
    /// What others have to do, if anything.
    pub command: Option<Command>,
}

impl Reply {
    /// Work for others, and a line that says so.
    #[must_use]
    pub const fn new(message: Message, command: Command) -> Self {
        Self {
            message: Some(message),
            command: Some(command),
        }
    }
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Message> for Reply {
    fn from(message: Message) -> Self {
        Some(message).into()
    }
}

impl From<Option<Message>> for Reply {
    fn from(message: Option<Message>) -> Self {
        Self {
            message,
            command: None,
        }
    }
}

impl From<Command> for Reply {
    fn from(command: Command) -> Self {
        Some(command).into()
    }
}

impl From<Option<Command>> for Reply {
    fn from(command: Option<Command>) -> Self {
        Self {
            message: None,
            command,
        }
    }
}

impl<T: Into<Self>> From<Result<T, Message>> for Reply {
    fn from(result: Result<T, Message>) -> Self {
        result.map_or_else(Self::from, T::into)
    }
}
