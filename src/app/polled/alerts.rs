//! What is wrong at a glance: the header's and the wall's warnings, worst first.

use crate::app::App;
use crate::app::format::{duration, duration_of_minutes, plural};
use crate::data::model::Counts;
use crate::detector::status::Phase;

/// No detector that sweeps for this long is news, unless its sweeps are farther apart by habit.
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

impl App {
    /// What is wrong, worst first.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        let mut alerts = Vec::new();
        let mut say = |severity, text: String| alerts.push(Alert { severity, text });
        if let Phase::Failing(why) = &self.polled.detector.phase {
            say(
                Severity::Bad,
                format!("detector failing: {}", why.first_line()),
            );
        }
        if let Some(counts) = self.polled.counts.rows.as_deref() {
            if counts.pending > BACKLOG
                && let Some(minutes) = counts.backlog_minutes.filter(|m| *m >= BACKLOG_MINUTES)
            {
                say(
                    Severity::Bad,
                    format!("backlog > {BACKLOG} for {}", duration_of_minutes(minutes)),
                );
            }
            match counts.seconds_since_sweep {
                // What sweeps there, if anything does, is not this program.
                _ if !self.session.source.is_native() => {}
                None => say(Severity::Bad, "no detector has swept yet".to_owned()),
                Some(ago) if ago > patience(counts) => {
                    say(
                        Severity::Bad,
                        format!("no detector has swept for {}", duration(ago)),
                    );
                }
                Some(_) => {}
            }
            if counts.template_warnings > 0 {
                let n = usize::try_from(counts.template_warnings).unwrap_or(usize::MAX);
                let templates = plural(n, "template");
                say(
                    Severity::Warning,
                    format!("{templates} with unreadable thresholds"),
                );
            }
        }
        alerts.extend(
            self.polled
                .source_alerts
                .alerts(&self.session.source.manifest),
        );
        alerts.sort_by_key(|alert| alert.severity);
        alerts
    }
}

/// Seconds without a sweep before it is news.
fn patience(counts: &Counts) -> f64 {
    let usual = counts.usual_sweep_gap_seconds.unwrap_or(0.0);
    SWEEP_SECONDS.max(usual * 2.0)
}
