//! Where the focus of the dialog is, and what keys do there.

use crate::app::action::Edit;
use crate::app::capabilities::cycle;
use crate::app::text_input::TextInput;
use crate::app::writes::confirm::target_drift::TargetDrift;
use crate::app::writes::confirm::typed_confirmation::{COUNT_FROM, TypedConfirmation};
use crate::app::writes::pace::PaceMode;
use crate::data::messages::command::{Change, EntryVerb};

use super::Confirm;
use super::extra_fields::ExtraField;
use super::field::{Field, FieldError};

impl Confirm {
    /// Where that is typed.
    fn confirmation_field(&self) -> Option<Field> {
        match self.typed_confirmation() {
            TypedConfirmation::None => None,
            TypedConfirmation::Count(_) => Some(Field::Count),
            TypedConfirmation::Profile(_) => Some(Field::Name),
        }
    }

    /// What has places for the focus, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::with_capacity(6);
        if self.instead.is_some() {
            fields.push(Field::What);
        }
        let closes = matches!(self.plan.change, Change::Entries(EntryVerb::Close(_), _));
        if closes && self.left.is_none() {
            fields.push(Field::Resolution);
        }
        if self.how.is_some() {
            fields.push(Field::Pace);
        }
        if self.left.is_none() {
            fields.extend(self.extra.iter().flat_map(ExtraField::fields));
            fields.push(Field::Reason);
        }
        fields.extend(self.confirmation_field());
        fields.extend([Field::Cancel, Field::DoIt]);
        fields
    }

    /// Moves the focus, round and round.
    pub fn step(&mut self, by: isize) {
        let fields = self.fields();
        let at = fields
            .iter()
            .position(|field| *field == self.field)
            .unwrap_or(0);
        let len = fields.len().cast_signed();
        self.field = fields[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()];
    }

    /// Chooses the next or previous way to close or to go about it; between the buttons, the
    /// other one.
    pub fn choose(&mut self, by: isize) {
        match (self.field, &mut self.plan.change) {
            (Field::Cancel, _) => self.field = Field::DoIt,
            (Field::DoIt, _) => self.field = Field::Cancel,
            // As it was begun, so it goes on.
            _ if self.left.is_some() => {}
            (Field::Span, _) => {
                if let Some(ExtraField::Span(span)) = &mut self.extra {
                    span.choose(by);
                }
                self.complaint = None;
            }
            (_, Change::Entries(EntryVerb::Close(resolution), _)) => {
                let all = self.plan.source.resolutions();
                *resolution = cycle(&all, *resolution, by).unwrap_or(*resolution);
            }
            _ if self.instead.is_some() => self.swap_alternative(),
            _ => self.how = self.how.map(PaceMode::other),
        }
    }

    /// Takes the other plan. A count that was typed was for this one.
    fn swap_alternative(&mut self) {
        if let Some(instead) = &mut self.instead {
            std::mem::swap(&mut self.plan, instead);
            self.how = PaceMode::of(&self.plan.change, COUNT_FROM);
            self.drift = TargetDrift::default();
            self.count = TextInput::default();
            self.complaint = None;
        }
    }

    /// Changes the line that has the focus.
    pub fn edit(&mut self, edit: &Edit) {
        match self.field {
            Field::Reason => self.reason.apply(edit),
            Field::Name => self.count.apply(edit),
            // Digits and nothing else, so that `y` can mean what it means everywhere in the dialog.
            Field::Count => match edit {
                Edit::Insert(letter) if !letter.is_ascii_digit() => return,
                Edit::Paste(text) => {
                    let digits = text.chars().filter(char::is_ascii_digit).collect();
                    self.count.apply(&Edit::Paste(digits));
                }
                edit => self.count.apply(edit),
            },
            field => match self.extra.as_mut().and_then(|extra| extra.input(field)) {
                Some(field) => field.apply(edit),
                None => return,
            },
        }
        self.complaint = None;
    }

    /// Whether it may be done; if not, says why and moves the focus to the field to correct.
    pub fn ready(&mut self) -> bool {
        let asked = self.apply_inputs();
        let gate = self.typed_confirmation();
        let error = if self.hidden.get() {
            let why = "The terminal is too small to show what would be changed.";
            FieldError::new(self.field, why)
        } else if let Err(error) = asked {
            error
        } else if self.reason.is_blank() {
            FieldError::new(Field::Reason, self.plan.no_reason())
        } else if !gate.passes(self.count.text()) {
            let field = self.confirmation_field().unwrap_or(self.field);
            FieldError::new(field, gate.complaint())
        } else {
            return true;
        };
        self.show_error(error);
        false
    }

    fn show_error(&mut self, error: FieldError) {
        self.field = error.field;
        self.complaint = Some(error.why);
    }

    /// Puts what else was asked into the change.
    fn apply_inputs(&mut self) -> Result<(), FieldError> {
        match &self.extra {
            Some(extra) => extra.apply_to(&mut self.plan.change, self.now),
            None => Ok(()),
        }
    }

    /// Enter in a field: on to the next field, then to Cancel. It never does anything.
    pub fn advance(&mut self) {
        match self.field {
            Field::What | Field::Resolution | Field::Pace => self.field = Field::Reason,
            Field::Attempts => self.field = Field::Timeout,
            Field::Timeout | Field::Span | Field::Result => match self.apply_inputs() {
                Ok(()) => self.field = Field::Reason,
                Err(error) => self.show_error(error),
            },
            Field::Reason if self.reason.is_blank() => {
                self.ready();
            }
            Field::Reason if self.wants_count() => {
                self.field = self.confirmation_field().unwrap_or(Field::Cancel);
            }
            Field::Reason | Field::Count | Field::Name => {
                if self.ready() {
                    self.field = Field::Cancel;
                }
            }
            Field::Cancel | Field::DoIt => {}
        }
    }
}
