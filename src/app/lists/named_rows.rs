//! The row under the cursor of the panes whose rows have a name and no id.

use super::Lists;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::model::safe_text::SafeText;

/// A row that is known by its name alone.
#[derive(Debug)]
pub struct NamedRow {
    /// Its name.
    pub name: String,
    /// All of it, as JSON.
    pub json: Option<String>,
}

impl Lists {
    /// The worker or queue under the cursor, if the focused pane has such.
    #[must_use]
    pub fn named_row(&self, polled: &Polled) -> Option<NamedRow> {
        let (name, json) = match self.focus {
            Pane::Workers => {
                let row = self.workers.selected(polled.workers())?;
                (&row.worker, serde_json::to_string_pretty(row))
            }
            Pane::Queues => {
                let row = self.queues.selected(polled.queues())?;
                (&row.name, serde_json::to_string_pretty(row))
            }
            Pane::Staleness | Pane::Queue | Pane::Stats => return None,
        };
        Some(NamedRow {
            name: name.as_str().to_owned(),
            json: json.ok(),
        })
    }

    /// The worker under the cursor in words: columns are seldom wide enough for all of it.
    #[must_use]
    pub fn worker_in_words(&self, polled: &Polled) -> String {
        let Some(row) = self.workers.selected(polled.workers()) else {
            return String::new();
        };
        let mut words = row.worker.first_line().to_owned();
        if let Some(host) = &row.host {
            words = format!("{words} on {}", host.first_line());
        }
        match &row.condition {
            Some(condition) => format!("{words}: {}", condition.first_line()),
            None => words,
        }
    }

    /// The queue under the cursor in words.
    #[must_use]
    pub fn queue_in_words(&self, polled: &Polled) -> String {
        let Some(row) = self.queues.selected(polled.queues()) else {
            return String::new();
        };
        let routes: Vec<&str> = row.routes.iter().map(SafeText::first_line).collect();
        let name = row.name.first_line();
        if routes.is_empty() {
            name.to_owned()
        } else {
            format!("{name}: {}", routes.join(", "))
        }
    }
}
