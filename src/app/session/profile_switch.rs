//! From one profile's database to another's, without leaving the terminal: asked for here, opened
//! elsewhere, and the screen begins anew once it is known to be usable.

use crate::app::App;
use crate::app::action::Action;
use crate::app::format::plural;
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::{Menu, Popup};
use crate::data::messages::command::{Command, SwitchTo};
use crate::data::model::safe_text::SafeText;

/// How it stands.
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

impl App {
    /// Asks for another profile. What is wrong is said where it was typed, and stays there.
    pub(in crate::app) fn switch_profile(&mut self, typed: &str) -> Option<Command> {
        let may = self.check_profile(typed);
        self.switch_to(SwitchTo::Profile(typed.to_owned()), may)
    }

    /// Asks for another system in the same database; without a name, lets one be chosen.
    pub(in crate::app) fn switch_source(&mut self, typed: &str) -> Option<Command> {
        if typed.is_empty() && self.session.source.here.len() > 1 {
            self.screen.popup = Some(Popup::Menu(self.sources()));
            return None;
        }
        let may = self.check_source(typed);
        self.switch_to(SwitchTo::Source(typed.to_owned()), may)
    }

    /// Lets a system be chosen, if there are several and none was asked for.
    pub fn begin_choosing_source(&mut self, was_asked: bool) {
        if !was_asked && self.session.source.here.len() > 1 {
            self.screen.popup = Some(Popup::Menu(self.sources()));
        }
    }

    /// All systems in this database, the one on the screen first.
    fn sources(&self) -> Menu {
        let mut here = self.session.source.here.clone();
        here.sort_by_key(|(name, _)| *name != self.session.source.name);
        let item = |(name, title): (String, String)| {
            let text = SafeText::new(&format!("{name}  {title}")).to_string();
            (text, Action::Source(name))
        };
        Menu {
            title: "This database holds several systems",
            items: here.into_iter().map(item).collect(),
            at: 0,
        }
    }

    fn switch_to(&mut self, to: SwitchTo, may: Result<bool, String>) -> Option<Command> {
        match may {
            Ok(true) => {}
            // It is on the screen already.
            Ok(false) => {
                self.screen.popup = None;
                return None;
            }
            Err(complaint) => {
                match &mut self.screen.popup {
                    Some(Popup::Palette(palette)) => palette.complaint = Some(complaint),
                    _ => self.tell(Tone::Bad, complaint),
                }
                return None;
            }
        }
        self.screen.popup = None;
        self.say(format!("looking at {}…", to.name()));
        self.session.switch = Switch::Checking(to.clone());
        Some(Command::Switch(to))
    }

    fn check_source(&self, name: &str) -> Result<bool, String> {
        let source = &self.session.source;
        let names: Vec<&str> = source.here.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < 2 {
            return Err(format!(
                "this database holds {} and nothing else",
                source.name
            ));
        }
        let names = names.join(", ");
        if !source.here.iter().any(|(known, _)| known == name) {
            return Err(format!("there is no {name} here: there are {names}"));
        }
        if let Switch::Checking(other) = &self.session.switch {
            return Err(format!("still looking at {}", other.name()));
        }
        self.no_writes_pending()?;
        Ok(name != source.name)
    }

    fn check_profile(&self, name: &str) -> Result<bool, String> {
        if self.session.profiles.is_empty() {
            return Err("there are no profiles here: [profiles.NAME] in config.toml".to_owned());
        }
        let names = self.session.profiles.join(", ");
        if name.is_empty() {
            return Err(format!("which profile? there are {names}"));
        }
        if !self.session.profiles.iter().any(|known| known == name) {
            return Err(format!("there is no profile {name}: there are {names}"));
        }
        if let Switch::Checking(other) = &self.session.switch {
            return Err(format!("still looking at {}", other.name()));
        }
        self.no_writes_pending()?;
        Ok(true)
    }

    /// Nobody must lose sight of what they have asked for.
    fn no_writes_pending(&self) -> Result<(), String> {
        match self.unanswered() {
            0 => Ok(()),
            n => Err(format!(
                "{} not answered yet: wait for the outcome, then again",
                plural(n, "change")
            )),
        }
    }

    /// The other database was looked at.
    pub(in crate::app) fn turned(&mut self, answer: Result<SwitchTo, String>) {
        self.session.switch = Switch::Idle;
        let ready = answer.and_then(|to| self.no_writes_pending().map(|()| to));
        match ready {
            Ok(to) => self.session.switch = Switch::Ready(to),
            Err(why) => self.tell(Tone::Bad, format!("still here: {why}")),
        }
    }

    /// Nobody has heard of it.
    pub(in crate::app) fn on_switch_rejected(&mut self) {
        self.session.switch = Switch::Idle;
        self.tell(Tone::Bad, "still busy; try again".to_owned());
    }
}
