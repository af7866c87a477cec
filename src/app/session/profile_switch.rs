//! From one profile's database to another's, without leaving the terminal: asked for here, opened
//! elsewhere, and the screen starts again once it is known to be usable.

use crate::app::format::plural;
use crate::app::message::{Message, Reply};
use crate::data::messages::command::{Command, SwitchTo};
use crate::data::source::Source;

/// Its state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Switch {
    /// Nobody has asked.
    #[default]
    Idle,
    /// This is being looked at.
    Checking(SwitchTo),
    /// It can be used: the loop ends, and begins again there.
    Ready(SwitchTo),
}

impl Switch {
    /// Whether another system in this database may be looked at; false if it is on the screen
    /// already.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_source(
        &self,
        name: &str,
        source: &Source,
        unanswered: usize,
    ) -> Result<bool, String> {
        let names: Vec<&str> = source
            .siblings
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        if names.len() < 2 {
            return Err(format!("this database holds only {}", source.name));
        }
        let names = names.join(", ");
        if !source.siblings.iter().any(|(known, _)| known == name) {
            return Err(format!("no {name} here; choose from {names}"));
        }
        self.is_free(unanswered)?;
        Ok(name != source.name)
    }

    /// Whether another profile's database may be looked at.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_profile(
        &self,
        name: &str,
        profiles: &[String],
        unanswered: usize,
    ) -> Result<bool, String> {
        if profiles.is_empty() {
            return Err("no profiles: add [profiles.NAME] to config.toml".to_owned());
        }
        let names = profiles.join(", ");
        if name.is_empty() {
            return Err(format!("which profile? choose from {names}"));
        }
        if !profiles.iter().any(|known| known == name) {
            return Err(format!("no profile {name}; choose from {names}"));
        }
        self.is_free(unanswered)?;
        Ok(true)
    }

    fn is_free(&self, unanswered: usize) -> Result<(), String> {
        if let Self::Checking(other) = self {
            return Err(format!("still checking {}", other.name()));
        }
        no_writes_pending(unanswered)
    }

    /// Asks the other side to look at it.
    pub fn begin(&mut self, to: SwitchTo) -> Reply {
        let text = format!("checking {}…", to.name());
        *self = Self::Checking(to.clone());
        Reply::new(Message::info(text), Command::Switch(to))
    }

    /// The other database was looked at, with so many changes unanswered here.
    pub fn on_checked(
        &mut self,
        answer: Result<SwitchTo, String>,
        unanswered: usize,
    ) -> Option<Message> {
        let ready = answer.and_then(|to| no_writes_pending(unanswered).map(|()| to));
        match ready {
            Ok(to) => {
                *self = Self::Ready(to);
                None
            }
            Err(why) => {
                *self = Self::Idle;
                Some(Message::bad(format!("could not switch: {why}")))
            }
        }
    }

    /// The request could not be handed on.
    pub fn on_rejected(&mut self) -> Message {
        *self = Self::Idle;
        Message::bad("still busy; try again")
    }
}

/// Nobody must lose sight of what they have asked for.
fn no_writes_pending(unanswered: usize) -> Result<(), String> {
    match unanswered {
        0 => Ok(()),
        n => Err(format!(
            "{} not answered yet: wait for the outcome, then try again",
            plural(n, "change")
        )),
    }
}
