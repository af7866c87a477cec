//! The budget of polls, and their cost for the screen.

use std::fmt;
use std::str::FromStr;

/// How much of one core of the database server polls may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// No limit: polls come at the interval, whatever they cost.
    Off,
    /// This many per cent.
    Percent(f64),
}

impl Budget {
    /// What a user can write.
    pub const WANTED: &str = "a share of one core from 0.1% to 100%, or off";

    /// The share of one core, from 0.001 to 1; `None` if there is no bound.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        match self {
            Self::Off => None,
            Self::Percent(percent) => Some(percent / 100.0),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::Percent(1.0)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => write!(f, "off"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "off" {
            return Ok(Self::Off);
        }
        text.strip_suffix('%')
            .and_then(|number| number.trim_end().parse().ok())
            .filter(|percent| (0.1..=100.0).contains(percent))
            .map(Self::Percent)
            .ok_or_else(|| format!("write {}", Self::WANTED))
    }
}

/// The reason for the pause between two polls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// It is the configured interval.
    #[default]
    AsAsked,
    /// It is longer, so that the database spends no more than the budget.
    WithinBudget,
    /// It is at its maximum, and polls exceed the budget all the same.
    OverBudget,
    /// It is longer because answers are slow.
    SlowAnswers,
}

/// What polls cost the database.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PollCost {
    /// The share of one core spent recently: 0.01 is one percent.
    pub share: f64,
    /// The budget.
    pub budget: Budget,
    /// The reason for the pause.
    pub pace: Pace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_percentage_or_off() {
        for (text, budget, shown) in [
            ("1%", Budget::default(), "1%"),
            (" 0.1 % ", Budget::Percent(0.1), "0.1%"),
            ("2.5%", Budget::Percent(2.5), "2.5%"),
            ("100%", Budget::Percent(100.0), "100%"),
            ("off", Budget::Off, "off"),
        ] {
            assert_eq!(text.parse(), Ok(budget), "{text:?}");
            assert_eq!(budget.to_string(), shown);
        }
        for text in [
            "", "1", "%", "0.05%", "101%", "-1%", "nan%", "inf%", "1%%", "none",
        ] {
            assert!(text.parse::<Budget>().is_err(), "{text:?}");
        }
    }
}
