//! Where the focus of the box is, and what keys do there.

use crate::app::action::Edit;
use crate::app::capabilities::cycle;
use crate::app::text_input::TextInput;
use crate::app::writes::confirm::target_drift::TargetDrift;
use crate::app::writes::confirm::typed_confirmation::{COUNT_FROM, TypedConfirmation};
use crate::app::writes::pace::PaceMode;
use crate::data::messages::command::{Change, EntryVerb};

use super::{Confirm, ExtraField};

/// Where the focus of the box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Whether the step is meant or the whole task.
    What,
    /// How to close the investigation.
    Resolution,
    /// All at once, or a canary first.
    Pace,
    /// How often a step may run, being typed.
    Attempts,
    /// How long a run may take, being typed.
    Timeout,
    /// For how long or until when, being typed.
    Span,
    /// What a step is to have returned; written in an editor.
    Result,
    /// The reason being typed.
    Reason,
    /// The count being typed.
    Count,
    /// The profile's name being typed.
    Name,
    /// The button that changes nothing.
    Cancel,
    /// The button that does it.
    DoIt,
}

impl Confirm {
    /// Where that is typed.
    fn confirmation_field(&self) -> Option<Field> {
        match self.gate() {
            TypedConfirmation::None => None,
            TypedConfirmation::Count(_) => Some(Field::Count),
            TypedConfirmation::Profile(_) => Some(Field::Name),
        }
    }

    /// What has places for the focus, in order.
    #[must_use]
    pub fn spots(&self) -> Vec<Field> {
        let mut spots = Vec::with_capacity(6);
        if self.instead.is_some() {
            spots.push(Field::What);
        }
        let closes = matches!(self.plan.change, Change::Entries(EntryVerb::Close(_), _));
        if closes && self.left.is_none() {
            spots.push(Field::Resolution);
        }
        if self.how.is_some() {
            spots.push(Field::Pace);
        }
        if self.left.is_none() {
            spots.extend(self.more.iter().flat_map(ExtraField::spots));
            spots.push(Field::Reason);
        }
        spots.extend(self.confirmation_field());
        spots.extend([Field::Cancel, Field::DoIt]);
        spots
    }

    /// Moves the focus, round and round.
    pub fn step(&mut self, by: isize) {
        let spots = self.spots();
        let at = spots
            .iter()
            .position(|spot| *spot == self.spot)
            .unwrap_or(0);
        let len = spots.len().cast_signed();
        self.spot = spots[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()];
    }

    /// Chooses the next or previous way to close or to go about it; between the buttons, the
    /// other one.
    pub fn choose(&mut self, by: isize) {
        match (self.spot, &mut self.plan.change) {
            (Field::Cancel, _) => self.spot = Field::DoIt,
            (Field::DoIt, _) => self.spot = Field::Cancel,
            // As it was begun, so it goes on.
            _ if self.left.is_some() => {}
            (Field::Span, _) => {
                if let Some(ExtraField::Span(span)) = &mut self.more {
                    span.choose(by);
                }
                self.complaint = None;
            }
            (_, Change::Entries(EntryVerb::Close(resolution), _)) => {
                let all = self.plan.source.resolutions();
                *resolution = cycle(&all, *resolution, by).unwrap_or(*resolution);
            }
            _ if self.instead.is_some() => self.turn(),
            _ => self.how = self.how.map(PaceMode::other),
        }
    }

    /// Takes the other plan. A count that was typed was for this one.
    fn turn(&mut self) {
        if let Some(instead) = &mut self.instead {
            std::mem::swap(&mut self.plan, instead);
            self.how = PaceMode::of(&self.plan.change, COUNT_FROM);
            self.since = TargetDrift::default();
            self.count = TextInput::default();
            self.complaint = None;
        }
    }

    /// Changes the line that has the focus.
    pub fn edit(&mut self, edit: &Edit) {
        match self.spot {
            Field::Reason => self.reason.apply(edit),
            Field::Name => self.count.apply(edit),
            // Digits and nothing else, so that `y` can mean what it means everywhere in the box.
            Field::Count => match edit {
                Edit::Insert(letter) if !letter.is_ascii_digit() => return,
                Edit::Paste(text) => {
                    let digits = text.chars().filter(char::is_ascii_digit).collect();
                    self.count.apply(&Edit::Paste(digits));
                }
                edit => self.count.apply(edit),
            },
            spot => match self.more.as_mut().and_then(|more| more.field(spot)) {
                Some(field) => field.apply(edit),
                None => return,
            },
        }
        self.complaint = None;
    }

    /// Whether it may be done; if not, says why and goes to the place to mend.
    pub fn ready(&mut self) -> bool {
        let asked = self.put();
        let gate = self.gate();
        let (spot, complaint) = if self.hidden.get() {
            let why = "The terminal is too small to show what would be changed.";
            (self.spot, why.to_owned())
        } else if let Err(wrong) = asked {
            wrong
        } else if self.reason.is_blank() {
            (Field::Reason, self.plan.no_reason().to_owned())
        } else if !gate.passes(self.count.text()) {
            let spot = self.confirmation_field().unwrap_or(self.spot);
            (spot, gate.complaint())
        } else {
            return true;
        };
        self.spot = spot;
        self.complaint = Some(complaint);
        false
    }

    /// Puts what else was asked into the change.
    fn put(&mut self) -> Result<(), (Field, String)> {
        match &self.more {
            Some(more) => more.put(&mut self.plan.change, self.now),
            None => Ok(()),
        }
    }

    /// Enter in a field: on to the next field, then to Cancel. It never does anything.
    pub fn onward(&mut self) {
        match self.spot {
            Field::What | Field::Resolution | Field::Pace => self.spot = Field::Reason,
            Field::Attempts => self.spot = Field::Timeout,
            Field::Timeout | Field::Span | Field::Result => match self.put() {
                Ok(()) => self.spot = Field::Reason,
                Err((spot, why)) => {
                    self.spot = spot;
                    self.complaint = Some(why);
                }
            },
            Field::Reason if self.reason.is_blank() => {
                self.ready();
            }
            Field::Reason if self.wants_count() => {
                self.spot = self.confirmation_field().unwrap_or(Field::Cancel);
            }
            Field::Reason | Field::Count | Field::Name => {
                if self.ready() {
                    self.spot = Field::Cancel;
                }
            }
            Field::Cancel | Field::DoIt => {}
        }
    }
}
