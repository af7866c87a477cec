//! What must be typed before a change may be confirmed, so that no habit of the fingers does it.

/// From this many targets up, their number must be typed.
pub const COUNT_FROM: usize = 20;

/// What must be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedConfirmation {
    /// Nothing.
    None,
    /// How many there are.
    Count(usize),
    /// The name of the profile, because it is production.
    Profile(String),
}

impl TypedConfirmation {
    /// The gate before a change of `count` targets; `production` is the profile's name where it is
    /// marked so.
    #[must_use]
    pub fn of(count: usize, production: Option<&str>) -> Self {
        match production {
            Some(name) => Self::Profile(name.to_owned()),
            None if count >= COUNT_FROM => Self::Count(count),
            None => Self::None,
        }
    }

    /// Whether anything must be typed.
    #[must_use]
    pub const fn asks(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether this opens it. Blanks around it do not count; a name is compared to the letter.
    #[must_use]
    pub fn passes(&self, typed: &str) -> bool {
        match self {
            Self::None => true,
            Self::Count(count) => typed.trim() == count.to_string(),
            Self::Profile(name) => typed.trim() == name,
        }
    }

    /// What is asked: `Type 20 to confirm`.
    #[must_use]
    pub fn prompt(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Count(count) => format!("Type {count} to confirm"),
            Self::Profile(name) => format!("PRODUCTION: type {name} to confirm"),
        }
    }

    /// What is said when something else was typed.
    #[must_use]
    pub fn complaint(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Count(count) => format!("Type {count} to confirm that many."),
            Self::Profile(name) => format!("This is production: type {name} to confirm."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_are_counted_and_production_is_always_named() {
        let cases = [
            (1, None, TypedConfirmation::None),
            (19, None, TypedConfirmation::None),
            (20, None, TypedConfirmation::Count(20)),
            (
                1,
                Some("prod-eu"),
                TypedConfirmation::Profile("prod-eu".to_owned()),
            ),
            (
                500,
                Some("prod-eu"),
                TypedConfirmation::Profile("prod-eu".to_owned()),
            ),
        ];
        for (count, production, wanted) in cases {
            assert_eq!(
                TypedConfirmation::of(count, production),
                wanted,
                "{count} {production:?}"
            );
        }
    }

    #[test]
    fn only_what_is_asked_for_passes() {
        assert!(TypedConfirmation::None.passes(""));
        let count = TypedConfirmation::Count(20);
        assert!(count.passes(" 20 "));
        assert!(!count.passes("") && !count.passes("2") && !count.passes("020"));
        let name = TypedConfirmation::Profile("prod-eu".to_owned());
        assert!(name.passes(" prod-eu "));
        for typed in ["", "20", "prod", "PROD-EU", "prod-eu x"] {
            assert!(!name.passes(typed), "{typed}");
        }
    }
}
