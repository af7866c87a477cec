//! Whether sweeps act on this database, for every place that says so.

use super::Polled;

/// Whether sweeps act on this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arming {
    /// They do, as far as is known.
    Armed,
    /// Nobody has armed the detector: they only report.
    Dry {
        /// How many tasks they would take, where that is known.
        due: Option<i64>,
    },
    /// The breaker holds them, because too many tasks are due.
    Held {
        /// How many are due.
        due: i64,
        /// How many a sweep takes without a confirmation, where that is known.
        limit: Option<i64>,
    },
}

impl Polled {
    /// Whether sweeps act on this database.
    #[must_use]
    pub fn arming(&self) -> Arming {
        let Some(state) = self.detector_state() else {
            let dry = (self.detector.last.as_ref()).is_some_and(|last| !last.armed);
            return if dry {
                Arming::Dry { due: None }
            } else {
                Arming::Armed
            };
        };
        if !state.is_armed() {
            return Arming::Dry {
                due: Some(state.due),
            };
        }
        if state.holds {
            return Arming::Held {
                due: state.due,
                limit: Some(state.breaker_limit),
            };
        }
        // Polls do not look for tasks that wait in a circle or for workers that are gone; a sweep does.
        let newest = self.stats.rows.as_ref().and_then(|it| it.sweeps.first());
        match newest {
            Some(sweep) if sweep.held && state.allowed.is_none() && sweep.detected > state.due => {
                Arming::Held {
                    due: sweep.detected,
                    limit: None,
                }
            }
            _ => Arming::Armed,
        }
    }
}
