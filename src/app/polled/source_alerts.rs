//! What a source itself calls wrong, and since when: an alert is shown once it has lasted.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::alerts::{Alert, Severity};
use crate::app::format::duration;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{AlertRow, Snapshot};
use crate::data::source::Manifest;

/// An alert that has lasted longer than this says how long.
const WORTH_SAYING: Duration = Duration::from_mins(1);
/// More is never shown of one.
const MOST_CHARACTERS: usize = 80;

/// The source's alerts that are over their limits.
#[derive(Debug, Default)]
pub struct SourceAlerts {
    /// By their keys: since when by the database's clock, and what was last said of it.
    over: BTreeMap<SafeText, (DateTime<Utc>, AlertRow)>,
    taken_at: DateTime<Utc>,
}

impl SourceAlerts {
    /// Takes in what a poll brought. If it could not be read, what was wrong is wrong still.
    pub fn take(&mut self, snapshot: &Snapshot) {
        let Ok(fleet) = &snapshot.fleet else {
            return;
        };
        // A clock that was set back must not make an alert older than it is known to be.
        let now = snapshot.taken_at;
        let before = std::mem::take(&mut self.over);
        let since = |key: &SafeText| before.get(key).map_or(now, |(since, _)| now.min(*since));
        let over = fleet.alerts.iter().filter(|row| row.over);
        self.over = over
            .map(|row| (row.alert.clone(), (since(&row.alert), row.clone())))
            .collect();
        self.taken_at = now;
    }

    /// Those that have lasted as long as they must, the longest first.
    #[must_use]
    pub fn alerts(&self, manifest: &Manifest) -> Vec<Alert> {
        let lasted = |since: DateTime<Utc>| (self.taken_at - since).to_std().unwrap_or_default();
        let mut shown: Vec<(Duration, &AlertRow)> = (self.over.values())
            .map(|(since, row)| (lasted(*since), row))
            .filter(|(lasted, row)| *lasted >= manifest.lasts(row.alert.as_str()))
            .collect();
        shown.sort_by_key(|(lasted, _)| std::cmp::Reverse(*lasted));
        let must_last = |row: &AlertRow| !manifest.lasts(row.alert.as_str()).is_zero();
        let alert = |(lasted, row): (Duration, &AlertRow)| Alert {
            severity: match row.severity.as_ref().map(SafeText::as_str) {
                Some("warning") => Severity::Warning,
                _ => Severity::Bad,
            },
            text: alert_text(row, Some(lasted).filter(|_| must_last(row))),
        };
        shown.into_iter().map(alert).collect()
    }
}

/// What is shown at once has its own time in its words.
fn alert_text(row: &AlertRow, lasted: Option<Duration>) -> String {
    let line = row.text.first_line();
    let text: String = line.chars().take(MOST_CHARACTERS).collect();
    match lasted.filter(|lasted| *lasted > WORTH_SAYING) {
        Some(lasted) => format!("{text} for {}", duration(lasted.as_secs_f64())),
        None => text,
    }
}
