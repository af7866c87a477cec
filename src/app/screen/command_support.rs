//! Which commands a source supports, and what it calls them.

use super::commands::{self, CommandSpec};
use crate::app::action::{Action, Verb};
use crate::app::capabilities::why_unsupported;
use crate::app::pane::Pane;
use crate::data::source::Source;

/// Whether this source supports the command.
#[must_use]
pub fn supports(source: &Source, named: &CommandSpec) -> bool {
    why_unsupported(source, &(named.action)()).is_none()
}

/// What the command bar offers for what was typed. A command that this source does not support is
/// offered only by its full name, so that one can ask why.
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
            Some(format!("group {} by error, or ungroup", words.queue))
        }
        _ => None,
    };
    own.unwrap_or_else(|| words.fill(named.about))
}

/// What is left of a verb where the source supports half of it, or has another word for it.
fn about_verb(source: &Source, verb: Verb) -> Option<String> {
    let words = &source.manifest.words;
    let (task, step, case) = (&words.task, &words.step, words.case());
    let has = |file: &str| source.has(file);
    match verb {
        Verb::Retry => match (has("reset_for_retry"), has("resume_task")) {
            (true, false) => Some(format!("{} the {step}", words.retry)),
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
            assert_eq!(describe(&source, named), named.native_about());
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
    }
}
