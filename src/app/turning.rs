//! From one profile's database to another's, without leaving the terminal: asked for here, opened
//! elsewhere, and the screen begins anew once it is known to be usable.

use super::App;
use super::notice::Tone;
use super::overlay::Overlay;
use super::words::plural;
use crate::data::command::Command;

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Turning {
    /// Nobody has asked.
    #[default]
    No,
    /// This profile's database is being looked at.
    Looking(String),
    /// It can be used: the loop ends, and begins again there.
    Ready(String),
}

impl App {
    /// Asks for another profile. What is wrong is said where it was typed, and stays there.
    pub(super) fn turn_to_profile(&mut self, typed: &str) -> Option<Command> {
        if let Err(complaint) = self.may_turn_to(typed) {
            match &mut self.overlay {
                Some(Overlay::Palette(palette)) => palette.complaint = Some(complaint),
                _ => self.tell(Tone::Bad, complaint),
            }
            return None;
        }
        self.overlay = None;
        self.turning = Turning::Looking(typed.to_owned());
        self.say(format!("looking at {typed}…"));
        Some(Command::Turn(typed.to_owned()))
    }

    fn may_turn_to(&self, name: &str) -> Result<(), String> {
        if self.profiles.is_empty() {
            return Err("there are no profiles here: [profiles.NAME] in config.toml".to_owned());
        }
        let names = self.profiles.join(", ");
        if name.is_empty() {
            return Err(format!("which profile? there are {names}"));
        }
        if !self.profiles.iter().any(|known| known == name) {
            return Err(format!("there is no profile {name}: there are {names}"));
        }
        if let Turning::Looking(other) = &self.turning {
            return Err(format!("still looking at {other}"));
        }
        self.is_settled()
    }

    /// Nobody must lose sight of what they have asked for.
    fn is_settled(&self) -> Result<(), String> {
        match self.unanswered() {
            0 => Ok(()),
            n => Err(format!(
                "{} not answered yet: wait for the outcome, then :profile again",
                plural(n, "change")
            )),
        }
    }

    /// The other database was looked at.
    pub(super) fn turned(&mut self, answer: Result<String, String>) {
        self.turning = Turning::No;
        let ready = answer.and_then(|name| self.is_settled().map(|()| name));
        match ready {
            Ok(name) => self.turning = Turning::Ready(name),
            Err(why) => self.tell(Tone::Bad, format!("still here: {why}")),
        }
    }

    /// Nobody has heard of it.
    pub(super) fn turning_was_refused(&mut self) {
        self.turning = Turning::No;
        self.tell(Tone::Bad, "still busy; try again".to_owned());
    }
}
