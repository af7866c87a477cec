//! What can be seen and done in a system, in its own words, briefly.

use serde::Serialize;

use crate::app::action::Action;
use crate::app::capabilities;
use crate::app::pane::{Pane, Tab};
use crate::app::screen::command_support;
use crate::app::screen::commands::COMMANDS;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;

/// What a source offers.
#[derive(Debug, Serialize)]
pub(super) struct Offered {
    panes: Vec<SafeText>,
    pages: Vec<&'static str>,
    acts: Vec<SafeText>,
    /// What stands before the pages: of what they are.
    #[serde(skip)]
    before_pages: SafeText,
}

impl Offered {
    /// What this one does.
    pub(super) fn of(source: &Source) -> Self {
        let words = &source.manifest.words;
        let panes = capabilities::panes(source).into_iter().map(|pane| {
            SafeText::new(match pane {
                Pane::Staleness => &words.staleness,
                Pane::Queue => &words.queue,
                Pane::Stats => "statistics",
                Pane::Workers => "workers",
                Pane::Queues => "queues",
            })
        });
        let tabs = capabilities::tabs(source)
            .into_iter()
            .filter_map(|tab| match tab {
                // Where there is nothing else, there is this.
                Tab::Why => None,
                Tab::Steps => Some("steps"),
                Tab::Snapshot => Some("snapshot"),
                Tab::History => Some("history"),
                Tab::Notes => Some("notes"),
            });
        let acts = COMMANDS
            .iter()
            .filter(|named| matches!((named.action)(), Action::Ask(_)))
            .filter(|named| command_support::supports(source, named))
            .map(|named| SafeText::new(command_support::short_label(source, named, named.name)));
        Self {
            panes: panes.collect(),
            pages: tabs.collect(),
            acts: acts.collect(),
            before_pages: SafeText::new(&words.fill("of {a task} its")),
        }
    }

    /// `Staleness, Queue, statistics; of a task its steps, history`.
    pub(super) fn shown(&self) -> String {
        let panes = listed(&self.panes);
        if self.pages.is_empty() {
            return panes;
        }
        format!("{panes}; {} {}", self.before_pages, self.pages.join(", "))
    }

    /// `retry, close, note`.
    pub(super) fn done(&self) -> String {
        listed(&self.acts)
    }
}

fn listed(texts: &[SafeText]) -> String {
    let texts: Vec<&str> = texts.iter().map(SafeText::as_str).collect();
    if texts.is_empty() {
        "nothing".to_owned()
    } else {
        texts.join(", ")
    }
}
