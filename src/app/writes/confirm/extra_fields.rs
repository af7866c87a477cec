//! What a dialog asks besides the reason, for the verbs that need more than that.

use chrono::{DateTime, Utc};

use super::field::{Field, FieldError};
use super::limits::LimitFields;
use crate::app::text_input::TextInput;
use crate::app::writes::confirm::duration_field::Span;
use crate::app::writes::confirm::json_field::JsonResult;
use crate::data::messages::command::{Change, EntryVerb, StepVerb, Until};

/// What else is asked.
#[derive(Debug, Clone)]
pub enum ExtraField {
    /// How often a step may run, and for how long.
    Limits(LimitFields),
    /// For how long, or until when.
    Span(Span),
    /// What a step is to have returned.
    Result(JsonResult),
}

impl ExtraField {
    /// Its places for the focus, in order.
    #[must_use]
    pub const fn fields(&self) -> &'static [Field] {
        match self {
            Self::Limits(_) => &[Field::Attempts, Field::Timeout],
            Self::Span(_) => &[Field::Span],
            Self::Result(_) => &[Field::Result],
        }
    }

    /// The line that is typed there.
    pub const fn input(&mut self, field: Field) -> Option<&mut TextInput> {
        match (self, field) {
            (Self::Limits(limits), Field::Attempts) => Some(&mut limits.attempts),
            (Self::Limits(limits), Field::Timeout) => Some(&mut limits.timeout),
            (Self::Span(span), Field::Span) => Some(&mut span.field),
            _ => None,
        }
    }

    /// Puts what was asked into the change; if it cannot be used, says where and why not.
    ///
    /// # Errors
    ///
    /// The field to correct, and what is wrong there.
    pub fn apply_to(&self, change: &mut Change, now: DateTime<Utc>) -> Result<(), FieldError> {
        match (self, change) {
            (Self::Limits(fields), Change::Steps(StepVerb::SetLimits(limits), _)) => {
                *limits = fields.read()?;
            }
            (Self::Result(result), Change::Steps(StepVerb::CompleteManually(value), _)) => {
                *value = result
                    .value()
                    .map_err(|why| FieldError::new(Field::Result, why))?;
            }
            (Self::Span(span), Change::Entries(EntryVerb::Snooze(until), _)) => {
                *until = span
                    .until(now)
                    .map_err(|why| FieldError::new(Field::Span, why))?;
            }
            (Self::Span(span), Change::Entries(EntryVerb::Claim { minutes, .. }, _)) => {
                let until = span
                    .until(now)
                    .map_err(|why| FieldError::new(Field::Span, why))?;
                *minutes = match until {
                    Until::Minutes(minutes) => minutes,
                    Until::At(at) => {
                        let left = (at - now).num_seconds();
                        i32::try_from(left / 60 + 1).unwrap_or(i32::MAX)
                    }
                };
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether it is a result that can be sent.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self, Self::Result(result) if result.value().is_ok())
    }

    /// Takes what was typed for the same thing before.
    pub fn recall(&mut self, typed: Self) {
        match (self, typed) {
            (Self::Limits(now), Self::Limits(before)) => {
                now.attempts = before.attempts;
                now.timeout = before.timeout;
            }
            (Self::Span(now), Self::Span(before)) => now.field = before.field,
            (Self::Result(now), Self::Result(before)) => now.recall(before),
            _ => {}
        }
    }
}
