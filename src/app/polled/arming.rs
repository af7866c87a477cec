//! Whether sweeps act on this database, for every place that says so.

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
