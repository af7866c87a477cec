//! The limits of one step, or of several, as they are typed.

use super::field::{Field, FieldError};
use crate::app::text_input::TextInput;
use crate::data::messages::command::Limits;

/// What is typed, and what there was.
#[derive(Debug, Clone, Default)]
pub struct LimitFields {
    /// How often it may run; empty leaves it.
    pub attempts: TextInput,
    /// Seconds a run may take, or `none`; empty leaves it.
    pub timeout: TextInput,
    seen: Limits,
}

impl LimitFields {
    /// Fields that begin with what the steps have, where that is known and the same for all.
    #[must_use]
    pub fn new(seen: Limits) -> Self {
        let attempts = seen
            .max_attempts
            .map_or_else(String::new, |n| n.to_string());
        let timeout = match seen.timeout_seconds {
            None => String::new(),
            Some(0) => "none".to_owned(),
            Some(seconds) => seconds.to_string(),
        };
        Self {
            attempts: TextInput::with(&attempts),
            timeout: TextInput::with(&timeout),
            seen,
        }
    }

    /// What to change.
    ///
    /// # Errors
    ///
    /// The field to correct, and what is wrong with it.
    pub fn read(&self) -> Result<Limits, FieldError> {
        let attempts = number(&self.attempts, 1..=Limits::MOST_ATTEMPTS).map_err(|()| {
            let most = Limits::MOST_ATTEMPTS;
            let why = format!("attempts: a whole number from 1 to {most}, or empty to leave it");
            FieldError::new(Field::Attempts, why)
        })?;
        let timeout = if self.timeout.text().trim() == "none" {
            Some(0)
        } else {
            number(&self.timeout, 1..=Limits::LONGEST).map_err(|()| {
                let most = Limits::LONGEST;
                let why = format!("timeout: whole seconds from 1 to {most}, or none");
                FieldError::new(Field::Timeout, why)
            })?
        };
        let limits = Limits {
            max_attempts: attempts.filter(|_| attempts != self.seen.max_attempts),
            timeout_seconds: timeout.filter(|_| timeout != self.seen.timeout_seconds),
        };
        if limits == Limits::default() {
            let why = "Neither limit was changed.";
            return Err(FieldError::new(Field::Attempts, why));
        }
        Ok(limits)
    }
}

/// The number in a field; none if it is empty.
fn number(field: &TextInput, range: std::ops::RangeInclusive<i32>) -> Result<Option<i32>, ()> {
    let text = field.text().trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().map_err(drop)?;
    range.contains(&number).then_some(Some(number)).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(attempts: &str, timeout: &str) -> Result<Limits, FieldError> {
        let seen = Limits {
            max_attempts: Some(3),
            timeout_seconds: Some(30),
        };
        let mut fields = LimitFields::new(seen);
        assert_eq!(fields.timeout.text(), "30");
        fields.attempts.set(attempts);
        fields.timeout.set(timeout);
        fields.read()
    }

    fn limits(max_attempts: Option<i32>, timeout_seconds: Option<i32>) -> Limits {
        Limits {
            max_attempts,
            timeout_seconds,
        }
    }

    #[test]
    fn what_is_typed_is_set_and_what_is_as_it_was_is_left() {
        assert_eq!(typed("5", "30"), Ok(limits(Some(5), None)));
        assert_eq!(typed(" 5 ", ""), Ok(limits(Some(5), None)));
        assert_eq!(typed("3", "none"), Ok(limits(None, Some(0))));
        assert_eq!(typed("", "90"), Ok(limits(None, Some(90))));
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is_wrong() {
        for bad in ["0", "1001", "three", "2.5", "-1", "99999999999"] {
            let FieldError { field, why } = typed(bad, "30").unwrap_err();
            assert_eq!(field, Field::Attempts, "{bad}");
            assert!(why.contains("a whole number from 1 to 1000"), "{why}");
        }
        for bad in ["0", "soon", "31536001"] {
            let FieldError { field, why } = typed("5", bad).unwrap_err();
            assert_eq!(field, Field::Timeout, "{bad}");
            assert!(why.contains("whole seconds"), "{why}");
        }
        assert_eq!(typed("3", "30").unwrap_err().field, Field::Attempts);
    }
}
