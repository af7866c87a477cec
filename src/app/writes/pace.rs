//! How a bulk run is carried out: all at once, or one first and then the others at a rate.

use std::time::Duration;

use crate::app::format::duration;
use crate::data::messages::command::{Change, Pace, StepVerb, TaskVerb};

/// How the operators of this place want many retries to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaceSettings {
    /// Retries a second, once the first one has passed.
    pub per_second: f64,
    /// The first one must have passed within this time.
    pub canary_timeout: Duration,
    /// Stop once so many have failed again with the error they had.
    pub halt_after: u32,
}

impl Default for PaceSettings {
    fn default() -> Self {
        Self {
            per_second: 5.0,
            canary_timeout: Duration::from_mins(2),
            halt_after: 1,
        }
    }
}

/// What is noticed of retries here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noticed {
    /// How the first of them turns out.
    pub outcome: bool,
    /// That others fail again.
    pub return_of_error: bool,
}

/// The choice that the dialog offers for retries of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceMode {
    /// One, then the others at a rate, and no further once the error comes back.
    Canary,
    /// All of them, as fast as the database answers.
    AllAtOnce,
}

impl PaceMode {
    /// How `change` is best done, if there is a choice: from `careful_from` targets up with a
    /// canary.
    #[must_use]
    pub const fn of(change: &Change, careful_from: usize) -> Option<Self> {
        let retries = matches!(
            change,
            Change::Steps(StepVerb::ResetForRetry, _) | Change::Tasks(TaskVerb::Requeue, _)
        );
        match change.count() {
            count if count < 2 || !retries => None,
            count if count >= careful_from => Some(Self::Canary),
            _ => Some(Self::AllAtOnce),
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Canary => Self::AllAtOnce,
            Self::AllAtOnce => Self::Canary,
        }
    }
}

impl PaceSettings {
    /// The pace for the worker.
    #[must_use]
    pub fn pace(&self, how: Option<PaceMode>, known: Noticed) -> Pace {
        match how {
            Some(PaceMode::Canary) if !known.outcome => Pace {
                per_second: Some(self.per_second),
                ..Pace::default()
            },
            Some(PaceMode::Canary) => Pace {
                canary: Some(self.canary_timeout),
                per_second: Some(self.per_second),
                halt_after: known.return_of_error.then_some(self.halt_after),
            },
            Some(PaceMode::AllAtOnce) | None => Pace::default(),
        }
    }

    /// What a canary means, in three sentences, the last of them if it halts; or why there is none.
    #[must_use]
    pub fn meaning(&self, no_canary: Option<&str>, halting: bool) -> String {
        if let Some(why) = no_canary {
            let rate = rate(self.per_second);
            return format!("No canary: {why}. One at a time, {rate}.");
        }
        let within = duration(self.canary_timeout.as_secs_f64());
        let within = within.trim_end_matches(" 00s");
        let rate = rate(self.per_second);
        let told =
            format!("Canary first; if it passes within {within}, the others follow at {rate}.");
        if halting {
            format!("{told} {}.", capital(&halts(self.halt_after)))
        } else {
            told
        }
    }
}

/// `5/s`, `0.5/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    let digits = format!("{per_second:.2}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}/s")
}

/// `halts when the error comes back`.
#[must_use]
pub fn halts(after: u32) -> String {
    match after {
        0 | 1 => "halts when the error comes back".to_owned(),
        n => format!("halts when {n} of them fail the same way"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_no_more_digits_than_they_need() {
        for (per_second, want) in [
            (5.0, "5/s"),
            (0.5, "0.5/s"),
            (0.25, "0.25/s"),
            (200.0, "200/s"),
        ] {
            assert_eq!(rate(per_second), want);
        }
    }

    #[test]
    fn the_halt_rule_is_said_in_the_sentence() {
        let pacing = PaceSettings::default();
        assert_eq!(
            pacing.meaning(None, true),
            "Canary first; if it passes within 2m, the others follow at 5/s. \
             Halts when the error comes back."
        );
        let patient = PaceSettings {
            halt_after: 3,
            ..pacing
        };
        assert!(patient.meaning(None, true).contains("when 3 of them"));
        assert!(pacing.meaning(None, false).ends_with("follow at 5/s."));
        assert_eq!(
            pacing.pace(
                Some(PaceMode::AllAtOnce),
                Noticed {
                    outcome: true,
                    return_of_error: true
                }
            ),
            Pace::default()
        );
        assert!(
            pacing
                .pace(
                    Some(PaceMode::Canary),
                    Noticed {
                        outcome: true,
                        return_of_error: true
                    }
                )
                .canary
                .is_some()
        );
        let without = pacing.pace(
            Some(PaceMode::Canary),
            Noticed {
                outcome: false,
                return_of_error: true,
            },
        );
        assert_eq!((without.canary, without.halt_after), (None, None));
        assert_eq!(without.per_second, Some(5.0));
        assert_eq!(
            pacing.meaning(Some("Celery does not tell"), true),
            "No canary: Celery does not tell. One at a time, 5/s."
        );
    }
}
