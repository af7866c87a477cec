//! What is wrong at a glance: the header's and the wall's warnings, worst first.

use super::arming::Arming;
use crate::app::format::{count, duration, duration_of_minutes, plural};
use crate::data::model::Counts;
use crate::detector::status::{Phase, Status};

/// No detector that sweeps for this long is an alert, unless its sweeps are farther apart by habit.
const SWEEP_SECONDS: f64 = 600.0;
/// A queue longer than this for [`BACKLOG_MINUTES`] is a backlog.
const BACKLOG: i64 = 50;
const BACKLOG_MINUTES: f64 = 15.0;

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The screen or the system cannot be trusted.
    Bad,
    /// Look at it today.
    Warning,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How bad.
    pub severity: Severity,
    /// What, in a few words.
    pub text: String,
}

/// What the detector cannot do.
pub(super) fn of_detector(status: &Status) -> Option<Alert> {
    match &status.phase {
        Phase::Failing(why) => Some(Alert {
            severity: Severity::Bad,
            text: format!("detector failing: {}", why.first_line()),
        }),
        Phase::Off | Phase::Waiting | Phase::Sweeping => None,
    }
}

/// That the breaker holds the detector.
pub(super) fn of_arming(arming: Arming) -> Option<Alert> {
    let Arming::Held { due, limit } = arming else {
        return None;
    };
    let limit = limit.map_or_else(String::new, |limit| format!(", limit {}", count(limit)));
    Some(Alert {
        severity: Severity::Bad,
        text: format!("detector holds: {} due{limit}", count(due)),
    })
}

/// What the counts say is wrong; `sweeps` if this program's detector should act here.
pub(super) fn of_counts(counts: &Counts, sweeps: bool) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut add = |severity, text: String| alerts.push(Alert { severity, text });
    if counts.pending > BACKLOG
        && let Some(minutes) = counts.backlog_minutes.filter(|m| *m >= BACKLOG_MINUTES)
    {
        let text = format!("backlog > {BACKLOG} for {}", duration_of_minutes(minutes));
        add(Severity::Bad, text);
    }
    match counts.seconds_since_sweep {
        // What acts there, if anything does, is not this program.
        _ if !sweeps => {}
        None => add(Severity::Bad, "no detector has swept yet".to_owned()),
        Some(ago) if ago > longest_usual_gap(counts) => {
            let text = format!("no detector has swept for {}", duration(ago));
            add(Severity::Bad, text);
        }
        Some(_) => {}
    }
    if counts.template_warnings > 0 {
        let n = usize::try_from(counts.template_warnings).unwrap_or(usize::MAX);
        let text = format!("{} with invalid thresholds", plural(n, "template"));
        add(Severity::Warning, text);
    }
    alerts
}

/// Seconds without a sweep before it is an alert.
fn longest_usual_gap(counts: &Counts) -> f64 {
    let usual = counts.usual_sweep_gap_seconds.unwrap_or(0.0);
    SWEEP_SECONDS.max(usual * 2.0)
}
