//! A rate limit that never catches up after a delay.

use std::time::Duration;

use tokio::time::Instant;

use crate::data::messages::command::Pace;

/// The longest wait from one subject to the next.
const SLOWEST: Duration = Duration::from_hours(1);

/// With such a gap a chunk takes a second or longer.
const SLOW: Duration = Duration::from_millis(50);

/// Decides when the next subject is due.
#[derive(Debug)]
pub struct Pacer {
    gap: Duration,
    next: Instant,
}

impl Pacer {
    /// A pacer for this pace. The first subject is due at once.
    #[must_use]
    pub fn new(pace: &Pace) -> Self {
        let gap = pace.per_second.map_or(Duration::ZERO, |rate| {
            Duration::try_from_secs_f64(1.0 / rate).map_or(SLOWEST, |gap| gap.min(SLOWEST))
        });
        Self {
            gap,
            next: Instant::now(),
        }
    }

    /// When the next subject is due; taking it moves the one after it.
    pub fn take(&mut self) -> Instant {
        let due = self.next.max(Instant::now());
        self.next = due + self.gap;
        due
    }

    /// Whether it allows at most twenty a second.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.gap >= SLOW
    }

    /// How long it is until the next is due.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }
}

/// Why this pace is invalid, if it is.
#[must_use]
pub fn invalid_reason(pace: &Pace) -> Option<&'static str> {
    match pace.per_second {
        Some(rate) if !(rate.is_finite() && rate > 0.0) => {
            Some("the pace must be a number above 0 a second")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(per_second: f64) -> Pace {
        Pace {
            per_second: Some(per_second),
            ..Pace::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_is_not_made_up_for() {
        let mut pacer = Pacer::new(&at(4.0));
        let begun = Instant::now();
        assert_eq!(pacer.take(), begun);
        assert_eq!(pacer.take(), begun + Duration::from_millis(250));
        tokio::time::advance(Duration::from_secs(10)).await;
        let late = Instant::now();
        assert_eq!(pacer.take(), late);
        assert_eq!(pacer.take(), late + Duration::from_millis(250));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_the_next_is_due_at_once() {
        let mut pacer = Pacer::new(&Pace::default());
        let begun = Instant::now();
        assert_eq!((pacer.take(), pacer.take()), (begun, begun));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_pace_is_one_an_hour() {
        let mut pacer = Pacer::new(&at(f64::MIN_POSITIVE));
        let begun = pacer.take();
        assert_eq!(pacer.take(), begun + SLOWEST);
    }

    #[test]
    fn a_pace_of_nothing_is_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(invalid_reason(&at(rate)).is_some(), "{rate}");
        }
        assert!(invalid_reason(&at(0.5)).is_none() && invalid_reason(&Pace::default()).is_none());
    }
}
