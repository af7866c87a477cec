//! The incident for which an operator unlocks a locked session.

use std::fmt;

use super::safe_text::is_unsafe;

/// A longer name was probably pasted by mistake.
const LONGEST: usize = 64;

/// The name of an incident: `INC-4411`. One word, of characters that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident(String);

impl Incident {
    /// The incident of this name.
    ///
    /// # Errors
    ///
    /// Why this is not a name.
    pub fn new(name: &str) -> Result<Self, String> {
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err("an incident is one word, as INC-4411".to_owned());
        }
        if name.chars().any(is_unsafe) {
            return Err("the incident has characters that cannot be shown".to_owned());
        }
        if name.chars().count() > LONGEST {
            return Err(format!("the incident has more than {LONGEST} characters"));
        }
        Ok(Self(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A reason that names it: `[INC-4411] the gateway is back`. Once only.
    #[must_use]
    pub fn in_reason(&self, reason: &str) -> String {
        let name = format!("[{}]", self.0);
        if reason.starts_with(&name) {
            return reason.to_owned();
        }
        format!("{name} {reason}")
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_that_can_be_shown() {
        for name in ["INC-4411", "#77", "é", "https://status.example/i/7"] {
            assert_eq!(Incident::new(name).unwrap().as_str(), name);
        }
        for name in ["", "two words", "a\u{1b}[2J", "a\u{200b}", &"x".repeat(65)] {
            assert!(Incident::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_reason_names_it_once() {
        let incident = Incident::new("INC-1").unwrap();
        let reason = incident.in_reason("it is back");
        assert_eq!(reason, "[INC-1] it is back");
        assert_eq!(incident.in_reason(&reason), reason);
    }
}
