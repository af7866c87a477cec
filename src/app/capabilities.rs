//! What a source offers: which acts, panes and pages there are, what they are called, and why not.
//!
//! Nothing here knows a source by its name: what has no file is not there.

use super::action::{Action, Pane, Tab, Verb};
use super::{App, Session};
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;
use crate::data::source::{Source, Words};

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
pub(super) fn list_names(source: &Source) -> String {
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

/// The place after `here` among `all`, so many on, round and round; the first if it is not there.
pub(crate) fn cycle<T: Copy + PartialEq>(all: &[T], here: T, by: isize) -> Option<T> {
    let at = all.iter().position(|one| *one == here).unwrap_or(0);
    let len = all.len().cast_signed();
    (len > 0).then(|| all[(at.cast_signed() + by).rem_euclid(len).cast_unsigned()])
}

/// Why an action leads nowhere in this source, if it does not: it has not what that would show or do.
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
        Action::Log => without("log"),
        _ => None,
    }
}

/// Whether something by this name is of any use in this source.
#[must_use]
pub fn supports(source: &Source, named: &CommandSpec) -> bool {
    why_unsupported(source, &(named.action)()).is_none()
}

/// What the command bar offers for what was typed. What this source has not is offered only by its whole
/// name, to whoever asks why.
#[must_use]
pub fn matching(source: &Source, typed: &str) -> Vec<&'static CommandSpec> {
    let mut found = commands::matching(typed);
    found.retain(|named| supports(source, named) || named.name == typed.trim());
    found
}

/// What an action does, in the words of this source.
#[must_use]
pub fn describe(source: &Source, named: &CommandSpec) -> String {
    let words = &source.manifest.words;
    let own = match (named.action)() {
        Action::Ask(verb) => about_verb(source, verb),
        Action::Focus(Pane::Staleness) => Some(format!("go to {}", words.staleness)),
        Action::Focus(Pane::Queue) if words.queue != "Queue" => {
            Some(format!("go to {}", words.queue))
        }
        Action::Groups if words.queue != "Queue" => {
            Some(format!("{} by error, or one by one again", words.queue))
        }
        _ => None,
    };
    own.unwrap_or_else(|| words.tell(named.about))
}

/// Where half of what a verb does natively is missing, or is called otherwise, what is left of it.
fn about_verb(source: &Source, verb: Verb) -> Option<String> {
    let words = &source.manifest.words;
    let (task, step, case) = (&words.task, &words.step, words.case());
    let has = |file: &str| source.has(file);
    match verb {
        Verb::Retry => match (has("reset_for_retry"), has("resume_task")) {
            (true, false) => Some(format!("{} the {step}", words.retry)),
            (false, true) if words.requeue == "requeue" => Some(format!("put the {task} to work")),
            (false, true) => Some(format!("{} the {task}", words.requeue)),
            _ => None,
        },
        Verb::Cancel => match (has("cancel_step"), has("cancel_task")) {
            (true, false) => Some(format!("cancel the {step}")),
            (false, true) => Some(format!("cancel the {task}")),
            _ => None,
        },
        Verb::Close if words.close != "close" => Some(format!("{} the {case}", words.close)),
        Verb::Claim if !has("release_entry") => Some(format!("{} the {case}", words.claim)),
        Verb::Claim if words.claim != "claim" => {
            Some(format!("{} the {case}, or release it", words.claim))
        }
        Verb::Snooze if !has("unsnooze_entry") => Some(format!("snooze the {case}")),
        _ => None,
    }
}

/// The word of an action on the bottom line.
#[must_use]
pub fn short_label<'a>(source: &'a Source, named: &CommandSpec, native: &'a str) -> &'a str {
    let words = &source.manifest.words;
    match (named.action)() {
        Action::Ask(Verb::Retry) if source.has("reset_for_retry") => &words.retry,
        Action::Ask(Verb::Retry) if words.requeue != "requeue" => &words.requeue,
        Action::Ask(Verb::Close) => &words.close,
        Action::Ask(Verb::Claim) => &words.claim,
        _ => native,
    }
}

impl Session {
    /// What things are called here.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.source.manifest.words
    }
}

impl App {
    /// Says why an action leads nowhere here, if it does.
    pub(super) fn is_refused(&mut self, action: &Action) -> bool {
        let why = why_unsupported(&self.place.source, action);
        let refused = why.is_some();
        if let Some(why) = why {
            self.say(why);
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_source_has_everything_by_its_native_name() {
        let source = Source::native();
        for named in commands::COMMANDS {
            // Its workers leave no trace but their work, and it has one queue.
            let foreign = matches!(named.name, "workers" | "queues");
            assert_eq!(supports(&source, named), !foreign, "{}", named.name);
            assert_eq!(describe(&source, named), named.about);
            assert_eq!(
                short_label(&source, named, "x"),
                match named.name {
                    "retry" => "retry",
                    "close" => "close",
                    "claim" => "claim",
                    _ => "x",
                }
            );
        }
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
