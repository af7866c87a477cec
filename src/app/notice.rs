//! News for the operator: one line that goes away, and the outcomes that stay.

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use super::words::plural;
use crate::data::command::{Item, ItemResult, Outcome};

/// How news is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// Something was done.
    Good,
    /// Something was not.
    Bad,
}

/// One line of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub text: String,
    /// When it came.
    pub at: DateTime<Utc>,
}

impl Notice {
    /// Whether it has stood long enough to be read.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let seconds = match self.tone {
            Tone::Plain => 5,
            Tone::Good => 15,
            Tone::Bad => 60,
        };
        now - self.at > TimeDelta::seconds(seconds)
    }
}

/// A write of this session and what became of it.
#[derive(Debug, Clone)]
pub struct Done {
    /// When it was heard.
    pub at: DateTime<Utc>,
    /// What was asked: `Retry 3 steps`.
    pub title: String,
    /// What became of each.
    pub outcome: Outcome,
}

/// One line for an outcome: `2 done, 1 changed meanwhile by ana: orders/fulfill is complete`.
#[must_use]
pub fn tally(outcome: &Outcome) -> String {
    let [done, changed, failed, unknown] = outcome.tally();
    let mut parts = Vec::new();
    if done > 0 {
        parts.push(plural(done, "one").replace(" ones", "").replace(" one", "") + " done");
    }
    let first = |wanted: fn(&ItemResult) -> bool| outcome.items.iter().find(|i| wanted(&i.result));
    if changed > 0 {
        let about = first(|r| matches!(r, ItemResult::Changed { .. }))
            .map_or_else(String::new, changed_words);
        parts.push(format!("{changed} changed meanwhile{about}"));
    }
    if failed > 0 {
        let why = match first(|r| matches!(r, ItemResult::Failed { .. })).map(|i| &i.result) {
            Some(ItemResult::Failed { why }) => format!(": {}", why.first_line()),
            _ => String::new(),
        };
        parts.push(format!("{failed} failed{why}"));
    }
    if unknown > 0 {
        parts.push(format!(
            "{unknown} unknown (the connection was lost: look before you repeat it)"
        ));
    }
    if parts.is_empty() {
        parts.push("nothing was done".to_owned());
    }
    parts.join(", ")
}

fn changed_words(item: &Item) -> String {
    let ItemResult::Changed { by, now, .. } = &item.result else {
        return String::new();
    };
    let by = by
        .as_ref()
        .map_or_else(String::new, |by| format!(" by {by}"));
    format!("{by}: {} is {now}", item.label)
}

impl App {
    /// News for information.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.tell(Tone::Plain, text.into());
    }

    /// News.
    pub(super) fn tell(&mut self, tone: Tone, text: String) {
        self.notice = Some(Notice {
            tone,
            text,
            at: self.now,
        });
    }
}
