//! What polls may cost, and what the screen is told about it.

use std::fmt;
use std::str::FromStr;

/// The share of one core that the database may spend on polls; `None` is any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget(Option<f64>);

impl Budget {
    /// Polls at the interval, whatever it costs.
    pub const OFF: Self = Self(None);

    /// Ten percent: for a database that is there for nothing else.
    pub const GENEROUS: Self = Self(Some(0.1));

    /// The share of one core: 0.01 is one percent.
    #[must_use]
    pub const fn share(self) -> Option<f64> {
        self.0
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self(Some(0.01))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // to a thousandth of a percent, so that 0.1 % is not written 0.10000000000000001 %
            Some(share) => write!(f, "{}%", (share * 100_000.0).round() / 1_000.0),
            None => f.write_str("off"),
        }
    }
}

/// A budget that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a share of one core from 0.1% to 100%, such as 1%, or off")]
pub struct BadBudget;

impl FromStr for Budget {
    type Err = BadBudget;

    fn from_str(text: &str) -> Result<Self, BadBudget> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self::OFF);
        }
        let number = text.strip_suffix('%').ok_or(BadBudget)?.trim_end();
        let percent: f64 = number.parse().map_err(|_| BadBudget)?;
        if (0.1..=100.0).contains(&percent) {
            Ok(Self(Some(percent / 100.0)))
        } else {
            Err(BadBudget)
        }
    }
}

/// Why the pause between two polls is as long as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// It is what the operator asked for.
    #[default]
    AsAsked,
    /// It is longer, so that the database spends no more than the budget.
    WithinBudget,
    /// It is as long as it may be, and the database spends more all the same.
    OverBudget,
    /// It is longer because answers take their time.
    SlowAnswers,
}

/// What polls cost the database.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Effort {
    /// The share of one core spent of late: 0.01 is one percent.
    pub share: f64,
    /// What may be spent.
    pub budget: Budget,
    /// What follows from it.
    pub pace: Pace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_percentage_or_off() {
        for (text, share, shown) in [
            ("1%", Some(0.01), "1%"),
            (" 0.1 % ", Some(0.001), "0.1%"),
            ("2.5%", Some(0.025), "2.5%"),
            ("100%", Some(1.0), "100%"),
            ("off", None, "off"),
            ("OFF", None, "off"),
        ] {
            let budget: Budget = text.parse().unwrap();
            let same = match (budget.share(), share) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a == b,
            };
            assert!(same, "{text:?} is {budget:?}");
            assert_eq!(budget.to_string(), shown);
        }
        for text in [
            "", "1", "%", "0.05%", "101%", "-1%", "nan%", "inf%", "1%%", "none",
        ] {
            assert_eq!(text.parse::<Budget>(), Err(BadBudget), "{text:?}");
        }
    }
}
