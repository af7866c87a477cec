//! What lies over the screen: one at a time.

use super::action::Action;
use super::confirm::Confirm;
use super::field::Field;
use super::named::{self, Named};
use super::viewport::Viewport;

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
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
}

/// The command bar.
#[derive(Debug, Default)]
pub struct Palette {
    /// What was typed.
    pub field: Field,
    /// The place of the choice.
    pub at: usize,
}

impl Palette {
    /// What is offered.
    #[must_use]
    pub fn offers(&self) -> Vec<&'static Named> {
        named::matching(self.field.text())
    }

    /// The one chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Named> {
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
