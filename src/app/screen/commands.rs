//! Everything an operator can do, by name: what the command bar offers and keys are bound to.

use crate::app::action::{Action, CopyTarget, Mark, Move, Pane, Tab, Toggle, Verb};

/// An action with its name.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// What the command bar and the configuration call it.
    pub name: &'static str,
    /// What it does, for the help.
    pub about: &'static str,
    /// The action itself.
    pub action: fn() -> Action,
    /// What the command bar takes after the name, if anything.
    pub words: Option<Words>,
}

/// What is typed after a name in the command bar.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// What to type, as an example.
    pub example: &'static str,
    /// What Tab writes to begin with.
    pub usual: &'static str,
    /// The action with what was typed.
    pub action: fn(&str) -> Action,
}

impl Named {
    /// Whether it can lead to a change in the database.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            (self.action)(),
            Action::Ask(_) | Action::Stop | Action::Resume
        )
    }
}

const fn named(name: &'static str, about: &'static str, action: fn() -> Action) -> Named {
    Named {
        name,
        about,
        action,
        words: None,
    }
}

const UNLOCK: Named = Named {
    words: Some(Words {
        example: "15m INC-4411",
        usual: "15m ",
        action: |typed| Action::Unlock(typed.to_owned()),
    }),
    ..named("unlock", "lift the profile's lock for a while", || {
        Action::Unlock(String::new())
    })
};

const PROFILE: Named = Named {
    words: Some(Words {
        example: "prod-eu",
        usual: "",
        action: |typed| Action::Profile(typed.to_owned()),
    }),
    ..named("profile", "go on with another profile's database", || {
        Action::Profile(String::new())
    })
};

const SOURCE: Named = Named {
    words: Some(Words {
        example: "celery",
        usual: "",
        action: |typed| Action::Source(typed.to_owned()),
    }),
    ..named(
        "source",
        "go on with another system in this database",
        || Action::Source(String::new()),
    )
};

const RECEIPT: Named = Named {
    words: Some(Words {
        example: "FILE",
        usual: "",
        action: |typed| Action::Receipt(typed.to_owned()),
    }),
    ..named("receipt", "write a receipt of the latest change", || {
        Action::Receipt(String::new())
    })
};

/// All of them.
#[rustfmt::skip]
pub const NAMED: &[Named] = &[
    named("open",         "look at the task under the cursor",            || Action::Open),
    named("back",         "back; at the root undo range, marks, filter",  || Action::Back),
    named("leave",        "back; at the root quit",                       || Action::Leave),
    named("quit",         "quit, from anywhere",                          || Action::Quit),
    named("filter",       "filter the list; what to write is below", || Action::Filter),
    named("search",       "search keys and values of the snapshot",       || Action::Filter),
    named("match-next",   "next line that has what was searched for",     || Action::Match(1)),
    named("match-previous", "previous line that has it",                  || Action::Match(-1)),
    named("walk-in",      "to a child on Steps, in on Snapshot; else next page", || Action::Walk(1)),
    named("walk-out",     "to a parent on Steps, out on Snapshot; else previous page", || Action::Walk(-1)),
    named("retry",        "retry the step, or put the task to work",     || Action::Ask(Verb::Retry)),
    named("resolve",      "count the step as done (bypass)",              || Action::Ask(Verb::Resolve)),
    named("cancel",       "cancel the step, or the task",                 || Action::Ask(Verb::Cancel)),
    named("update",       "close the investigation",                      || Action::Ask(Verb::Close)),
    named("note",         "add a note to the investigation",              || Action::Ask(Verb::Note)),
    named("dlq",          "send the task to the DLQ",                     || Action::Ask(Verb::SendToDlq)),
    named("provide",      "complete the step with a result, in $EDITOR",  || Action::Ask(Verb::Provide)),
    named("limits",       "change the step's attempts and timeout",       || Action::Ask(Verb::Limits)),
    named("own",          "own the investigation, or release it",         || Action::Ask(Verb::Own)),
    named("release",      "give the investigation back",                  || Action::Ask(Verb::Release)),
    named("snooze",       "snooze the investigation, or wake it",         || Action::Ask(Verb::Snooze)),
    named("wake",         "bring a snoozed investigation back",           || Action::Ask(Verb::Wake)),
    named("reopen",       "open the task's last investigation again",     || Action::Ask(Verb::Reopen)),
    named("stop",         "stop the change that is under way",           || Action::Stop),
    named("resume",       "go on with a change that was cut short",      || Action::Resume),
    named("discard",      "give up a change that was cut short",         || Action::Discard),
    RECEIPT,
    named("copy-receipt", "copy the receipt of the latest change",       || Action::CopyReceipt),
    named("mark",         "mark or unmark the row",                       || Action::Mark(Mark::Cursor)),
    named("fold",         "fold or unfold the chosen key of the snapshot", || Action::Mark(Mark::Cursor)),
    named("range",        "mark a range: from here to the cursor",        || Action::Mark(Mark::Range)),
    named("mark-all",     "mark all shown; again: all that match",        || Action::Mark(Mark::Shown)),
    named("sort",         "choose the order",                             || Action::SortMenu),
    named("group",        "the queue by error, or by entries again",      || Action::Groups),
    named("staleness",    "go to Staleness",                              || Action::Focus(Pane::Staleness)),
    named("queue",        "go to the Queue",                              || Action::Focus(Pane::Queue)),
    named("stats",        "go to Stats",                                  || Action::Focus(Pane::Stats)),
    named("workers",      "go to Workers",                                || Action::Focus(Pane::Workers)),
    named("queues",       "go to Queues",                                 || Action::Focus(Pane::Queues)),
    named("next",         "next pane or page",                            || Action::Cycle(1)),
    named("previous",     "previous pane or page",                        || Action::Cycle(-1)),
    named("why",          "page Why stuck",                               || Action::Tab(Tab::Why)),
    named("steps",        "page Steps",                                   || Action::Tab(Tab::Steps)),
    named("snapshot",     "page Snapshot",                                || Action::Tab(Tab::Snapshot)),
    named("history",      "page History",                                 || Action::Tab(Tab::History)),
    named("notes",        "page Notes",                                   || Action::Tab(Tab::Notes)),
    named("up",           "one row up",                                   || Action::Move(Move::Up)),
    named("down",         "one row down",                                 || Action::Move(Move::Down)),
    named("half-up",      "half a page up",                               || Action::Move(Move::HalfUp)),
    named("half-down",    "half a page down",                             || Action::Move(Move::HalfDown)),
    named("page-up",      "a page up",                                    || Action::Move(Move::PageUp)),
    named("page-down",    "a page down",                                  || Action::Move(Move::PageDown)),
    named("top",          "to the first row",                             || Action::Move(Move::Top)),
    named("bottom",       "to the last row",                              || Action::Move(Move::Bottom)),
    named("refresh",      "ask the database now",                         || Action::Refresh),
    named("freeze",       "freeze the screen, or let it go on",           || Action::Toggle(Toggle::Freeze)),
    named("expand",       "give the pane the whole screen, or take it back", || Action::Toggle(Toggle::Expand)),
    named("wrap",         "wrap long lines, or cut them",                 || Action::Toggle(Toggle::Wrap)),
    named("times",        "times as ages, local, UTC",                    || Action::Toggle(Toggle::Times)),
    named("copy",         "copy the id; on Snapshot the chosen value",    || Action::Copy(CopyTarget::Here)),
    named("copy-menu",    "choose what to copy",                          || Action::CopyMenu),
    named("copy-command", "copy the command that does what the box would", || Action::Copy(CopyTarget::Box)),
    named("log",          "what was done, by everybody",                  || Action::Log),
    named("results",      "what became of your changes, row by row",      || Action::Results),
    UNLOCK,
    PROFILE,
    SOURCE,
    named("lock",         "end the unlock: read-only again",              || Action::Lock),
    named("ro",           "the same as lock",                             || Action::Lock),
    named("fold-next",    "next outermost key of the snapshot",           || Action::Choose(1)),
    named("fold-previous", "previous outermost key of the snapshot",      || Action::Choose(-1)),
    named("help",         "the keys that work here",                      || Action::Help),
    named("commands",     "the command bar",                              || Action::Palette),
    named("accept",       "take it",                                      || Action::Accept),
    named("yes",          "do it",                                        || Action::Yes),
    named("complete",     "complete the command",                         || Action::Complete),
    named("next-field",   "next field or button",                         || Action::Field(1)),
    named("previous-field", "previous field or button",                   || Action::Field(-1)),
    named("choose-next",  "next choice",                                  || Action::Choose(1)),
    named("choose-previous", "previous choice",                           || Action::Choose(-1)),
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
    "complete",
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
pub fn find(name: &str) -> Option<&'static Named> {
    NAMED.iter().find(|named| named.name == name)
}

/// The command whose name was typed in full, with what follows it, where something may.
#[must_use]
pub fn with_args(typed: &str) -> Option<(&'static Named, &str)> {
    let (name, rest) = typed.trim_start().split_once(char::is_whitespace)?;
    let named = find(name).filter(|named| named.words.is_some())?;
    Some((named, rest.trim()))
}

/// What the command bar offers for what was typed: names that begin with it first, then names
/// that have its letters in that order.
#[must_use]
pub fn matching(typed: &str) -> Vec<&'static Named> {
    if let Some((named, _)) = with_args(typed) {
        return vec![named];
    }
    let typed = typed.trim().to_lowercase();
    let offered = || {
        NAMED
            .iter()
            .filter(|named| !KEYS_ONLY.contains(&named.name))
    };
    let begins = |named: &&Named| named.name.starts_with(&typed);
    let mut found: Vec<_> = offered().filter(begins).collect();
    let fuzzy = |named: &&Named| !begins(named) && has_in_order(named.name, &typed);
    found.extend(offered().filter(fuzzy));
    let about = |named: &&Named| {
        !has_in_order(named.name, &typed) && named.about.to_lowercase().contains(&typed)
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
        for (at, one) in NAMED.iter().enumerate() {
            assert!(
                NAMED[at + 1..].iter().all(|other| other.name != one.name),
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
        assert_eq!(matching("").len(), NAMED.len() - KEYS_ONLY.len());
        assert!(matching("zzzz").is_empty());
        assert_eq!(
            matching("investigation")[0].name,
            "update",
            "what it does is looked at too"
        );
    }
}
