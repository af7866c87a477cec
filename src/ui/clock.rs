//! Time that never runs backwards, whatever is done to the clock.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// Less than this is a clock being steered, or read a little late; it is left as it is.
const SLACK: TimeDelta = TimeDelta::milliseconds(500);

/// Turns what the clock says into a time that goes on by at least as much as has passed.
///
/// A jump forward counts as it is: while the machine slept, data did get older.
#[derive(Debug, Default)]
pub(super) struct MonotonicClock {
    last: Option<(DateTime<Utc>, Instant)>,
    offset: TimeDelta,
}

impl MonotonicClock {
    /// The time to go by, when the clock says `clock` at the instant `at`.
    pub(super) fn now(&mut self, clock: DateTime<Utc>, at: Instant) -> DateTime<Utc> {
        let mut now = clock + self.offset;
        if let Some((last, then)) = self.last {
            let passed = TimeDelta::from_std(at.duration_since(then)).unwrap_or_default();
            let due = last + passed;
            if now < due - SLACK {
                self.offset += due - now;
                now = due;
            }
            now = now.max(last);
        }
        self.last = Some((now, at));
        now
    }

    /// By how much the clock has been set back since the start.
    pub(super) const fn offset(&self) -> TimeDelta {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_goes_on_whatever_is_done_to_the_clock() {
        // (seconds that passed, what the clock says, the time to go by)
        let script = [
            (0.0, 0.0, 0.0),
            (1.0, 1.0, 1.0),
            (2.0, 1.8, 1.8),      // steered: let be
            (3.0, -3_597.0, 2.8), // set back an hour
            (4.0, -3_596.0, 3.8),
            (5.0, -3_600.0, 4.8), // and once more
            (6.0, -3_599.0, 5.8),
            (7.0, -3_299.0, 305.8), // slept for five minutes
            (8.0, -3_298.0, 306.8),
        ];
        #[expect(clippy::cast_possible_truncation, reason = "a few thousand seconds")]
        let at = |seconds: f64| {
            DateTime::UNIX_EPOCH + TimeDelta::milliseconds((seconds * 1_000.0).round() as i64)
        };
        let start = Instant::now();
        let mut steady = MonotonicClock::default();
        for (passed, clock, want) in script {
            let told = steady.now(at(clock), start + Duration::from_secs_f64(passed));
            let off = (told - at(want)).abs();
            assert!(off < TimeDelta::milliseconds(5), "{passed} s: {told}");
        }
    }
}
