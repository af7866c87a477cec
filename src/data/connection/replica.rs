//! The lag of a streaming replica that the polls read from.

use std::time::{Duration, Instant};

use crate::data::model::replica::{Position, Replica};

/// Remembers when a replica had last caught up. After a quiet hour the newest commit is an hour old, and
/// the first one after it would look like an hour's lag.
#[derive(Debug, Default)]
pub(in crate::data) struct Follower {
    caught_up_at: Option<Instant>,
}

impl Follower {
    /// Computes the lag from the replica's position at this instant.
    pub(in crate::data) fn judge(&mut self, position: Position, now: Instant) -> Replica {
        let Position {
            standby, receiving, ..
        } = position;
        let lag = if !standby {
            None
        } else if receiving && position.caught_up {
            self.caught_up_at = Some(now);
            Some(Duration::ZERO)
        } else {
            // Clocks of two machines differ: an age can be negative.
            let newest = position
                .seconds_behind
                .and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
            let seen = self.caught_up_at.map(|at| now.duration_since(at));
            match (newest, seen) {
                (Some(newest), Some(seen)) => Some(newest.min(seen)),
                (one, other) => one.or(other),
            }
        };
        Replica {
            standby,
            receiving,
            lag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHIND: Position = Position {
        standby: true,
        receiving: true,
        caught_up: false,
        seconds_behind: Some(3600.0),
    };

    #[test]
    fn a_commit_after_a_quiet_hour_is_no_lag_of_an_hour() {
        let start = Instant::now();
        let mut follower = Follower::default();
        let lag = |follower: &mut Follower, position, seconds| {
            follower
                .judge(position, start + Duration::from_secs(seconds))
                .lag
        };
        assert_eq!(
            lag(&mut follower, BEHIND, 0),
            Some(Duration::from_hours(1)),
            "nothing better is known yet"
        );
        let idle = Position {
            caught_up: true,
            ..BEHIND
        };
        assert_eq!(lag(&mut follower, idle, 2), Some(Duration::ZERO));
        assert_eq!(lag(&mut follower, BEHIND, 4), Some(Duration::from_secs(2)));
        let newer = Position {
            seconds_behind: Some(0.5),
            ..BEHIND
        };
        assert_eq!(
            lag(&mut follower, newer, 6),
            Some(Duration::from_millis(500))
        );
        let skewed = Position {
            seconds_behind: Some(-3.0),
            ..BEHIND
        };
        assert_eq!(lag(&mut follower, skewed, 8), Some(Duration::ZERO));
    }

    #[test]
    fn a_replica_that_is_cut_off_is_behind_however_much_it_has_replayed() {
        let start = Instant::now();
        let cut_off = Position {
            receiving: false,
            caught_up: true,
            seconds_behind: None,
            ..BEHIND
        };
        let mut follower = Follower::default();
        assert_eq!(follower.judge(cut_off, start).lag, None);
        let well = Position {
            receiving: true,
            ..cut_off
        };
        assert_eq!(follower.judge(well, start).lag, Some(Duration::ZERO));
        let later = start + Duration::from_secs(70);
        assert_eq!(
            follower.judge(cut_off, later).lag,
            Some(Duration::from_secs(70))
        );
        let promoted = Position {
            standby: false,
            ..well
        };
        assert_eq!(follower.judge(promoted, later).lag, None);
    }
}
