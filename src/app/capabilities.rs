//! What a source supports: which acts, panes and pages there are, what they are called, and why not.
//!
//! Nothing here knows a source by its name: a missing SQL file means a missing capability.

use crate::app::action::{Action, Verb};
use crate::app::pane::{Pane, Tab};
use crate::data::source::Source;

const PANES: [Pane; 5] = [
    Pane::Staleness,
    Pane::Queue,
    Pane::Stats,
    Pane::Workers,
    Pane::Queues,
];

/// The files by which a verb can be carried out; any of them will do.
const fn files(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Retry => &["reset_for_retry", "resume_task"],
        Verb::Resolve => &["resolve_manually"],
        Verb::Cancel => &["cancel_step", "cancel_task"],
        Verb::Close => &["close_entry"],
        Verb::Note => &["add_note"],
        Verb::SendToDlq => &["send_to_dlq"],
        Verb::Complete => &["complete_manually"],
        Verb::Limits => &["set_step_limits"],
        Verb::Claim => &["own_entry"],
        Verb::Release => &["release_entry"],
        Verb::Snooze => &["snooze_entry"],
        Verb::Unsnooze => &["unsnooze_entry"],
        Verb::Reopen => &["reopen_entry"],
    }
}

/// Why a verb cannot be carried out on anything here, if it cannot.
#[must_use]
pub fn why_no_verb(source: &Source, verb: Verb) -> Option<String> {
    let files = files(verb);
    if files.iter().any(|file| source.has(file)) {
        return None;
    }
    let mut whys = files.iter().map(|file| source.why_not(file));
    let first = whys.next().unwrap_or_default();
    let title = format!("{} ", source.manifest.title);
    let rest = whys.map(|why| why.strip_prefix(&title).unwrap_or(&why).to_owned());
    Some(rest.fold(first, |all, why| format!("{all}, and {why}")))
}

/// Whether there is such a pane.
#[must_use]
pub fn has_pane(source: &Source, pane: Pane) -> bool {
    match pane {
        Pane::Staleness => source.has("staleness"),
        Pane::Queue => source.has("queue"),
        Pane::Stats => source.names().any(|name| name.starts_with("stats_")),
        Pane::Workers => source.has("workers"),
        Pane::Queues => source.has("queues"),
    }
}

/// The panes there are, in order.
#[must_use]
pub fn panes(source: &Source) -> Vec<Pane> {
    let all = PANES.into_iter();
    all.filter(|pane| has_pane(source, *pane)).collect()
}

/// The lists there are, with the keys of their panes: `Staleness (1) or the Queue (2)`.
#[must_use]
pub fn list_names(source: &Source) -> String {
    let words = &source.manifest.words;
    let queue = match words.queue.as_str() {
        "Queue" => "the Queue",
        own => own,
    };
    let all = [
        (Pane::Staleness, words.staleness.as_str(), 1),
        (Pane::Queue, queue, 2),
    ];
    let there = all.iter().filter(|(pane, ..)| has_pane(source, *pane));
    let there: Vec<String> = there
        .map(|(_, name, key)| format!("{name} ({key})"))
        .collect();
    there.join(" or ")
}

/// Whether a task has such a page.
#[must_use]
pub fn has_tab(source: &Source, tab: Tab) -> bool {
    match tab {
        Tab::Why => true,
        Tab::Steps => source.has("steps"),
        Tab::Snapshot => source.has("snapshot"),
        Tab::History => source.has("history") || source.has("entries"),
        Tab::Notes => source.has("notes"),
    }
}

/// The pages of a task, in order.
#[must_use]
pub fn tabs(source: &Source) -> Vec<Tab> {
    let all = Tab::ALL.into_iter();
    all.filter(|tab| has_tab(source, *tab)).collect()
}

/// The item `by` places after `here` in `all`, wrapping around; the first if `here` is not in it.
#[must_use]
pub fn cycle<T: Copy + PartialEq>(all: &[T], here: T, by: isize) -> Option<T> {
    let at = all.iter().position(|one| *one == here).unwrap_or(0);
    let len = all.len().cast_signed();
    (len > 0).then(|| all[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()])
}

/// Why this source does not support an action, if it does not.
#[must_use]
pub fn why_unsupported(source: &Source, action: &Action) -> Option<String> {
    let without = |file: &str| (!source.has(file)).then(|| source.why_not(file));
    match action {
        Action::Ask(verb) => why_no_verb(source, *verb),
        Action::Tab(tab) if !has_tab(source, *tab) => without(match tab {
            Tab::Why => "task",
            Tab::Steps => "steps",
            Tab::Snapshot => "snapshot",
            Tab::History => "history",
            Tab::Notes => "notes",
        }),
        Action::Focus(pane) if !has_pane(source, *pane) => without(match pane {
            Pane::Staleness => "staleness",
            Pane::Queue => "queue",
            Pane::Stats => "stats_reasons",
            Pane::Workers => "workers",
            Pane::Queues => "queues",
        }),
        Action::Groups => without("queue"),
        Action::CloseRetried => why_no_verb(source, Verb::Close),
        // These call functions of the native schema, whatever a source can tell of its own detector.
        Action::AskDetector(_) | Action::Sweeps if !source.is_native() => {
            Some(source.why_not("detector"))
        }
        Action::AskDetector(_) => without("detector"),
        Action::Sweeps => without("stats_sweeps"),
        Action::Log => without("log"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_source_has_its_own_panes_and_every_page() {
        let source = Source::native();
        // Its workers leave no trace but their work, and it has one queue.
        assert_eq!(panes(&source), PANES[..3]);
        assert_eq!(tabs(&source), Tab::ALL);
    }

    #[test]
    fn going_on_goes_round_and_begins_at_the_first() {
        assert_eq!(cycle(&[1, 2, 3], 3, 1), Some(1));
        assert_eq!(cycle(&[1, 2, 3], 1, -1), Some(3));
        assert_eq!(cycle(&[1, 2, 3], 9, 1), Some(2));
        assert_eq!(cycle::<u8>(&[], 9, 1), None);
    }
}
