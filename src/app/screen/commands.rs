//! Everything an operator can do, by name: what the command bar offers and keys are bound to.

use crate::app::action::{Action, CopyTarget, DetectorAsk, Mark, Move, Toggle, Verb};
use crate::app::pane::{Pane, Tab};
use crate::data::source::Words;

/// An action with its name.
#[derive(Debug, Clone, Copy)]
pub struct CommandSpec {
    /// What the command bar and the configuration call it.
    pub name: &'static str,
    /// What it does, for the help: a sentence with placeholders, see [`Words::fill`].
    pub about: &'static str,
    /// The action itself.
    pub action: fn() -> Action,
    /// What the command bar takes after the name, if anything.
    pub args: Option<ArgSpec>,
}

/// What is typed after a name in the command bar.
#[derive(Debug, Clone, Copy)]
pub struct ArgSpec {
    /// What to type, as an example.
    pub example: &'static str,
    /// What Tab writes to begin with.
    pub usual: &'static str,
    /// The action with what was typed.
    pub action: fn(&str) -> Action,
}

impl CommandSpec {
    /// What it does, in the native words.
    #[must_use]
    pub fn native_about(&self) -> String {
        Words::default().fill(self.about)
    }

    /// Whether it can lead to a change in the database.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            (self.action)(),
            Action::Ask(_)
                | Action::AskDetector(_)
                | Action::Stop
                | Action::Resume
                | Action::CloseRetried
        )
    }
}

const fn command(name: &'static str, about: &'static str, action: fn() -> Action) -> CommandSpec {
    CommandSpec {
        name,
        about,
        action,
        args: None,
    }
}

const UNLOCK: CommandSpec = CommandSpec {
    args: Some(ArgSpec {
        example: "15m INC-4411",
        usual: "15m ",
        action: |typed| Action::Unlock(typed.to_owned()),
    }),
    ..command("unlock", "allow writes for a while", || {
        Action::Unlock(String::new())
    })
};

const PROFILE: CommandSpec = CommandSpec {
    args: Some(ArgSpec {
        example: "prod-eu",
        usual: "",
        action: |typed| Action::Profile(typed.to_owned()),
    }),
    ..command("profile", "switch to another profile's database", || {
        Action::Profile(String::new())
    })
};

const SOURCE: CommandSpec = CommandSpec {
    args: Some(ArgSpec {
        example: "celery",
        usual: "",
        action: |typed| Action::Source(typed.to_owned()),
    }),
    ..command(
        "source",
        "switch to another system in this database",
        || Action::Source(String::new()),
    )
};

const RECEIPT: CommandSpec = CommandSpec {
    args: Some(ArgSpec {
        example: "FILE",
        usual: "",
        action: |typed| Action::Receipt(typed.to_owned()),
    }),
    ..command("receipt", "write a receipt of the latest change", || {
        Action::Receipt(String::new())
    })
};

/// All of them.
#[rustfmt::skip]
pub const COMMANDS: &[CommandSpec] = &[
    command("open",         "open the {task} under the cursor",             || Action::Open),
    command("back",         "back; at the root undo range, marks, filter",  || Action::Back),
    command("leave",        "back; at the root quit",                       || Action::Leave),
    command("quit",         "quit, from anywhere",                          || Action::Quit),
    command("filter",       "filter the list; the syntax is below",         || Action::Filter),
    command("search",       "search the snapshot's keys and values",       || Action::Filter),
    command("match-next",   "next match",                                   || Action::Match(1)),
    command("match-previous", "previous match",                               || Action::Match(-1)),
    command("walk-in",      "to a child on Steps, in on Snapshot; else next page", || Action::WalkGraph(1)),
    command("walk-out",     "to a parent on Steps, out on Snapshot; else previous page", || Action::WalkGraph(-1)),
    command("retry",        "retry the {step}, or requeue the {task}",      || Action::Ask(Verb::Retry)),
    command("resolve",      "mark the {step} as done (bypass)",             || Action::Ask(Verb::Resolve)),
    command("cancel",       "cancel the {step}, or the {task}",             || Action::Ask(Verb::Cancel)),
    command("close",        "close the {investigation}",                    || Action::Ask(Verb::Close)),
    command("note",         "add a note to the {investigation}",            || Action::Ask(Verb::Note)),
    command("dlq",          "send the {task} to the DLQ",                   || Action::Ask(Verb::SendToDlq)),
    command("complete",     "complete the {step} with a result, in $EDITOR", || Action::Ask(Verb::Complete)),
    command("limits",       "change the {step}'s attempts and timeout",     || Action::Ask(Verb::Limits)),
    command("claim",        "claim the {investigation}, or release it",     || Action::Ask(Verb::Claim)),
    command("release",      "release the {investigation}",                  || Action::Ask(Verb::Release)),
    command("snooze",       "snooze the {investigation}, or unsnooze it",   || Action::Ask(Verb::Snooze)),
    command("unsnooze",     "unsnooze the {investigation}",                 || Action::Ask(Verb::Unsnooze)),
    command("reopen",       "reopen the {task}'s last {investigation}",     || Action::Ask(Verb::Reopen)),
    command("stop",         "stop the change in progress",                  || Action::Stop),
    command("resume",       "resume an interrupted run",                    || Action::Resume),
    command("discard",      "discard an interrupted run",                   || Action::Discard),
    command("arm",          "let sweeps act on this database",              || Action::AskDetector(DetectorAsk::Arm)),
    command("disarm",       "make every sweep on this database dry",        || Action::AskDetector(DetectorAsk::Disarm)),
    command("confirm-sweep", "let a sweep take what the breaker holds",      || Action::AskDetector(DetectorAsk::ConfirmSweep)),
    command("sweeps",       "the last sweeps, to undo one",                 || Action::Sweeps),
    RECEIPT,
    command("copy-receipt", "copy the receipt of the latest change",        || Action::CopyReceipt),
    command("close-retried", "close the {investigations} of the latest retries", || Action::CloseRetried),
    command("mark",         "mark or unmark the row",                       || Action::Mark(Mark::Cursor)),
    command("fold",         "fold or unfold the chosen key of the snapshot", || Action::Mark(Mark::Cursor)),
    command("range",        "mark a range: from here to the cursor",        || Action::Mark(Mark::Range)),
    command("mark-all",     "mark all shown; again: all that match",        || Action::Mark(Mark::Shown)),
    command("sort",         "choose the order",                             || Action::SortMenu),
    command("group",        "group the queue by error, or ungroup it",      || Action::Groups),
    command("staleness",    "go to Staleness",                              || Action::Focus(Pane::Staleness)),
    command("queue",        "go to the Queue",                              || Action::Focus(Pane::Queue)),
    command("stats",        "go to Stats",                                  || Action::Focus(Pane::Stats)),
    command("workers",      "go to Workers",                                || Action::Focus(Pane::Workers)),
    command("queues",       "go to Queues",                                 || Action::Focus(Pane::Queues)),
    command("next",         "next pane or page",                            || Action::Cycle(1)),
    command("previous",     "previous pane or page",                        || Action::Cycle(-1)),
    command("why",          "page Why stuck",                               || Action::Tab(Tab::Why)),
    command("steps",        "page Steps",                                   || Action::Tab(Tab::Steps)),
    command("snapshot",     "page Snapshot",                                || Action::Tab(Tab::Snapshot)),
    command("history",      "page History",                                 || Action::Tab(Tab::History)),
    command("notes",        "page Notes",                                   || Action::Tab(Tab::Notes)),
    command("up",           "one row up",                                   || Action::Move(Move::Up)),
    command("down",         "one row down",                                 || Action::Move(Move::Down)),
    command("half-up",      "half a page up",                               || Action::Move(Move::HalfUp)),
    command("half-down",    "half a page down",                             || Action::Move(Move::HalfDown)),
    command("page-up",      "a page up",                                    || Action::Move(Move::PageUp)),
    command("page-down",    "a page down",                                  || Action::Move(Move::PageDown)),
    command("top",          "to the first row",                             || Action::Move(Move::Top)),
    command("bottom",       "to the last row",                              || Action::Move(Move::Bottom)),
    command("refresh",      "poll the database now",                        || Action::Refresh),
    command("freeze",       "freeze the screen, or resume",                 || Action::Toggle(Toggle::Freeze)),
    command("expand",       "expand the pane to the whole screen, or restore it", || Action::Toggle(Toggle::Expand)),
    command("wrap",         "wrap long lines, or cut them",                 || Action::Toggle(Toggle::Wrap)),
    command("times",        "times relative, local, UTC",                   || Action::Toggle(Toggle::Times)),
    command("secrets",      "show hidden values of the {task}, or hide them", || Action::Toggle(Toggle::Secrets)),
    command("copy",         "copy the id; on Snapshot the chosen value",    || Action::Copy(CopyTarget::Here)),
    command("copy-menu",    "choose what to copy",                          || Action::CopyMenu),
    command("address",      "the command that opens this database in another terminal; copies it", || Action::Copy(CopyTarget::Address)),
    command("copy-command", "copy the command that does what the dialog would", || Action::Copy(CopyTarget::Box)),
    command("log",          "what was done, by everyone",                   || Action::Log),
    command("results",      "the outcome of your changes, row by row",      || Action::Results),
    UNLOCK,
    PROFILE,
    SOURCE,
    command("lock",         "end the unlock: read-only again",              || Action::Lock),
    command("ro",           "the same as lock",                             || Action::Lock),
    command("fold-next",    "next outermost key of the snapshot",           || Action::Choose(1)),
    command("fold-previous", "previous outermost key of the snapshot",       || Action::Choose(-1)),
    command("help",         "the keys that work here",                      || Action::Help),
    command("commands",     "the command bar",                              || Action::Palette),
    command("accept",       "select",                                       || Action::Accept),
    command("yes",          "confirm",                                      || Action::ConfirmYes),
    command("complete-word", "complete the command",                         || Action::CompleteWord),
    command("next-field",   "next field or button",                         || Action::NextField(1)),
    command("previous-field", "previous field or button",                     || Action::NextField(-1)),
    command("choose-next",  "next choice",                                  || Action::Choose(1)),
    command("choose-previous", "previous choice",                              || Action::Choose(-1)),
];

/// Names that mean nothing in the command bar.
const KEYS_ONLY: [&str; 19] = [
    "copy-command",
    "fold",
    "match-next",
    "match-previous",
    "walk-in",
    "walk-out",
    "commands",
    "accept",
    "yes",
    "complete-word",
    "next-field",
    "previous-field",
    "choose-next",
    "choose-previous",
    "up",
    "down",
    "half-up",
    "half-down",
    "leave",
];

/// The action of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|named| named.name == name)
}

/// The command whose name was typed in full, with what follows it, where something may.
#[must_use]
pub fn with_args(typed: &str) -> Option<(&'static CommandSpec, &str)> {
    let (name, rest) = typed.trim_start().split_once(char::is_whitespace)?;
    let named = find(name).filter(|named| named.args.is_some())?;
    Some((named, rest.trim()))
}

/// What the command bar offers for what was typed: names that begin with it first, then names
/// that have its letters in that order.
#[must_use]
pub fn matching(typed: &str) -> Vec<&'static CommandSpec> {
    if let Some((named, _)) = with_args(typed) {
        return vec![named];
    }
    let typed = typed.trim().to_lowercase();
    let offered = || {
        COMMANDS
            .iter()
            .filter(|named| !KEYS_ONLY.contains(&named.name))
    };
    let begins = |named: &&CommandSpec| named.name.starts_with(&typed);
    let mut found: Vec<_> = offered().filter(begins).collect();
    let fuzzy = |named: &&CommandSpec| !begins(named) && has_in_order(named.name, &typed);
    found.extend(offered().filter(fuzzy));
    let about = |named: &&CommandSpec| {
        !has_in_order(named.name, &typed) && named.native_about().to_lowercase().contains(&typed)
    };
    found.extend(offered().filter(about));
    found
}

fn has_in_order(name: &str, typed: &str) -> bool {
    let mut letters = name.chars();
    typed
        .chars()
        .all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (at, one) in COMMANDS.iter().enumerate() {
            assert!(
                COMMANDS[at + 1..]
                    .iter()
                    .all(|other| other.name != one.name),
                "{}",
                one.name
            );
        }
    }

    #[test]
    fn words_may_follow_only_where_something_is_taken() {
        let (named, rest) = with_args(" unlock  15m INC-1 ").unwrap();
        assert_eq!((named.name, rest), ("unlock", "15m INC-1"));
        assert_eq!(matching("unlock 15m INC-1")[0].name, "unlock");
        assert!(with_args("unlock").is_none());
        assert!(with_args("retry now").is_none());
        assert!(with_args("unl 15m").is_none());
    }

    #[test]
    fn the_command_bar_finds_by_prefix_then_by_letters() {
        assert_eq!(matching("ret")[0].name, "retry");
        assert_eq!(matching("rty")[0].name, "retry");
        assert_eq!(matching("").len(), COMMANDS.len() - KEYS_ONLY.len());
        assert!(matching("zzzz").is_empty());
        assert_eq!(
            matching("investigation")[0].name,
            "close",
            "what it does is looked at too"
        );
    }
}
