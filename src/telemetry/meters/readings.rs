//! What the gauges show of the last poll, unless it is too old.

use crate::data::model::detector::DetectorState;
use crate::telemetry::liveness::Liveness;

/// Every reason of the schema, so that a reason without open entries reads 0 and does not vanish.
const REASONS: [&str; 5] = [
    "staleness_timeout",
    "max_retries_exceeded",
    "dependency_cycle_detected",
    "worker_unavailable",
    "manual_dlq",
];

pub(super) fn pending_by_reason(pulse: &Liveness) -> Vec<(String, u64)> {
    let Some(stats) = pulse.fresh().and_then(|beat| beat.stats.as_ref().ok()) else {
        return Vec::new();
    };
    let known = |reason: &&str| stats.reasons.iter().all(|row| row.dlq_reason != **reason);
    let none = REASONS.iter().filter(|reason| known(reason));
    let none = none.map(|reason| ((*reason).to_owned(), 0));
    let some = stats.reasons.iter();
    let some = some.map(|row| (row.dlq_reason.as_str().to_owned(), number(row.pending)));
    some.chain(none).collect()
}

pub(super) fn tasks_by_health(pulse: &Liveness) -> Vec<(&'static str, u64)> {
    let Some(counts) = pulse.fresh().and_then(|beat| beat.counts.as_ref().ok()) else {
        return Vec::new();
    };
    vec![
        ("stale", number(counts.stale)),
        ("warning", number(counts.warning)),
        ("healthy", number(counts.healthy)),
        ("unknown", number(counts.suspect - counts.suspect_entries)),
    ]
}

pub(super) fn detector_state(pulse: &Liveness) -> Option<&DetectorState> {
    pulse.fresh()?.counts.as_ref().ok()?.detector.as_ref()
}

/// As the database had it, and what has passed since.
pub(super) fn last_sweep_age(pulse: &Liveness) -> Option<f64> {
    let beat = pulse.fresh()?;
    let counts = beat.counts.as_ref().ok()?;
    // The counts may be those of an earlier poll.
    let carried = (beat.taken_at - beat.counts_read.at).as_seconds_f64();
    let age = counts.seconds_since_sweep? + carried + pulse.age()?.as_secs_f64();
    Some(age.max(0.0))
}

pub(super) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
