//! What lies over the screen: one at a time.

use std::sync::Arc;

use crate::app::action::{Action, Edit};
use crate::app::capabilities;
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;
use crate::app::text_input::TextInput;
use crate::app::viewport::Viewport;
use crate::app::writes::confirm::Confirm;
use crate::data::model::LogRow;
use crate::data::source::Source;

/// What lies over the screen.
#[derive(Debug)]
pub enum Popup {
    /// Asks before anything is changed.
    Confirm(Box<Confirm>),
    /// The keys that work where the operator is.
    Help(Viewport),
    /// The command bar.
    Palette(Palette),
    /// A short list to choose from.
    Menu(Menu),
    /// What became of a write, row by row.
    Results(Viewport),
    /// One line of the log, whole.
    LogLine(Box<LogRow>, Viewport),
}

/// The command bar.
#[derive(Debug)]
pub struct Palette {
    /// Whose commands are offered.
    pub source: Arc<Source>,
    /// What was typed.
    pub field: TextInput,
    /// The place of the choice.
    pub at: usize,
    /// What is wrong with what was typed after the name.
    pub complaint: Option<String>,
}

impl Palette {
    /// One in which nothing has been typed.
    #[must_use]
    pub fn of(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            field: TextInput::default(),
            at: 0,
            complaint: None,
        }
    }

    /// Changes what is typed.
    pub fn edit(&mut self, edit: &Edit) {
        self.field.apply(edit);
        self.at = 0;
        self.complaint = None;
    }

    /// Writes the chosen name; where words follow it, what they usually begin with.
    pub fn complete(&mut self) {
        let Some(named) = self.chosen() else { return };
        let typed = commands::with_args(self.field.text());
        match (named.words, typed) {
            (None, _) => self.field.set(named.name),
            (Some(_), Some((_, rest))) if !rest.is_empty() => {}
            (Some(words), _) => self.field.set(&format!("{} {}", named.name, words.usual)),
        }
        self.at = 0;
        self.complaint = None;
    }

    /// The action of the chosen command. One that takes words stays in the bar, where what is wrong
    /// with them is said; it closes the bar itself.
    #[must_use]
    pub fn take(&mut self) -> Option<(Action, bool)> {
        let named = self.chosen()?;
        let Some(words) = named.words else {
            return Some(((named.action)(), false));
        };
        let Some((_, rest)) = commands::with_args(self.field.text()) else {
            self.field.set(&format!("{} ", named.name));
            return Some(((words.action)(""), true));
        };
        Some(((words.action)(rest), true))
    }

    /// What is offered.
    #[must_use]
    pub fn offers(&self) -> Vec<&'static CommandSpec> {
        capabilities::matching(&self.source, self.field.text())
    }

    /// The one chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static CommandSpec> {
        let offers = self.offers();
        offers
            .get(self.at.min(offers.len().saturating_sub(1)))
            .copied()
    }

    /// Chooses the next or previous one.
    pub fn choose(&mut self, by: isize) {
        let last = self.offers().len().saturating_sub(1);
        self.at = self.at.min(last).saturating_add_signed(by).min(last);
    }
}

/// A short list to choose from.
#[derive(Debug)]
pub struct Menu {
    /// What is being chosen.
    pub title: &'static str,
    /// The choices.
    pub items: Vec<(String, Action)>,
    /// The place of the cursor.
    pub at: usize,
}

impl Menu {
    /// Chooses the next or previous one.
    pub fn choose(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }
}
