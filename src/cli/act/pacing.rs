//! How fast a command of many acts goes, and what stops it.

use std::time::Duration;

use clap::Args;

use crate::config::value::interval;
use crate::data::messages::command::Pace;

/// How fast, and what stops it.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Pacing {
    /// Change one first, and the others only if it succeeds within this time.
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true,
          default_missing_value = "2m", value_parser = interval)]
    pub canary: Option<Duration>,

    /// Maximum rate: 5/s, 30/m.
    #[arg(long, value_name = "N/s", value_parser = rate)]
    pub rate: Option<f64>,

    /// Stop after this many have failed again with the same error.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub halt_after: Option<u32>,
}

/// `5/s`, `30/m`, `100/h`, or `5` for five a second.
fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err("a rate is written as 5/s, 30/m or 100/h".to_owned()),
    };
    let per_second = number.trim().parse::<f64>().map(|number| number / seconds);
    match per_second {
        Ok(rate) if (1e-4..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number above 0, as in 5/s".to_owned()),
    }
}

impl From<Pacing> for Pace {
    fn from(pacing: Pacing) -> Self {
        Self {
            canary: pacing.canary,
            per_second: pacing.rate,
            halt_after: pacing.halt_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_numbers_a_unit_of_time() {
        assert_eq!(rate("5/s"), Ok(5.0));
        assert_eq!(rate("30/m"), Ok(0.5));
        assert_eq!(rate("2"), Ok(2.0));
        for wrong in ["", "0/s", "-1/s", "5/d", "five/s", "inf/s", "NaN", "1e9/s"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
