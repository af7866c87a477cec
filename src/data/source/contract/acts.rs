//! What operators do. Each answers with exactly one row, also when nothing was done: `done`, `changed`
//! if it is no longer as it was seen, `refused` if the system's rules forbid it.

use super::shape::Sample::{Flag, Nil, Null, Number, Word};
use super::shape::{Column, Does, File, Param, Subject, columns, read, takes};
use crate::data::model::act::{ActRow, LeftUndone};

const ANSWER: &[Column] = columns![
    outcome: Text,
    now_state: Text null,
    changed_by: Text null,
    changed_at: Instant null,
];

const ON_STEP: &[Param] = takes!["step": Uuid = Nil, "state it must still have": Text = Word("x"),
    "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil];

const ON_TASK: &[Param] = takes!["task": Uuid = Nil, "state it must still have": Text = Word("x"),
    "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil];

const ON_ENTRY: &[Param] = takes!["entry": Uuid = Nil, "version it must still have": Int = Number(0),
    "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil];

/// An act with nothing of its own.
const fn act(
    name: &'static str,
    about: &'static str,
    makes: &'static str,
    subject: Subject,
) -> File {
    File {
        name,
        about,
        makes,
        does: Does::Acts(subject),
        takes: match subject {
            Subject::Step => ON_STEP,
            Subject::Task => ON_TASK,
            Subject::Entry => ON_ENTRY,
        },
        gives: ANSWER,
        by_place: false,
        read: read::<ActRow>,
    }
}

pub(super) const FILES: &[File] = &[
    act(
        "reset_for_retry",
        "runs a step again with all its attempts",
        "`R` on a step, `dlqtop step retry`",
        Subject::Step,
    ),
    act(
        "resolve_manually",
        "counts a step as done, without a result",
        "`B`, `dlqtop step resolve`",
        Subject::Step,
    ),
    File {
        takes: takes!["step": Uuid = Nil, "state it must still have": Text = Word("x"),
            "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil,
            "result": Json = Word("{}")],
        ..act(
            "complete_manually",
            "counts a step as done, with this result",
            "`P`, `dlqtop step complete`",
            Subject::Step,
        )
    },
    act(
        "cancel_step",
        "never runs a step",
        "`X` on a step, `dlqtop step cancel`",
        Subject::Step,
    ),
    File {
        takes: takes!["step": Uuid = Nil, "state it must still have": Text = Word("x"),
            "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil,
            "attempts": Int = Null, "seconds, 0 for no timeout": Int = Null],
        ..act(
            "set_step_limits",
            "changes how often a step may run and how long a run may take",
            "`L`, `dlqtop step limits`",
            Subject::Step,
        )
    },
    act(
        "resume_task",
        "requeues a task",
        "`R` on a task, `dlqtop task requeue`",
        Subject::Task,
    ),
    act(
        "cancel_task",
        "calls a task off with all its open steps",
        "`X` on a task, `dlqtop task cancel`",
        Subject::Task,
    ),
    act(
        "send_to_dlq",
        "opens an entry for a task",
        "`D`, `dlqtop task dlq`",
        Subject::Task,
    ),
    File {
        takes: takes!["entry": Uuid = Nil, "version it must still have": Int = Number(0),
            "actor": Text = Word("x"), "notes": Text = Word("x"), "batch": Uuid = Nil,
            "resolution": Text = Word("manually_resolved")],
        gives: columns![
            outcome: Text,
            now_state: Text null,
            changed_by: Text null,
            changed_at: Instant null,
            dlq_reason: Text null,
            hours_in_dlq: Float null,
        ],
        ..act(
            "close_entry",
            "closes an entry with a resolution and notes",
            "`U`, `dlqtop entry close`",
            Subject::Entry,
        )
    },
    File {
        takes: takes!["entry": Uuid = Nil, "actor": Text = Word("x"), "note": Text = Word("x"),
            "batch": Uuid = Nil],
        ..act(
            "add_note",
            "adds a note to an entry; notes are only ever added, so nothing guards it",
            "`A`, `dlqtop entry note`",
            Subject::Entry,
        )
    },
    File {
        takes: takes!["entry": Uuid = Nil, "version it must still have": Int = Number(0),
            "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil,
            "minutes": Int = Number(60), "even from somebody else": Bool = Flag(false)],
        ..act(
            "own_entry",
            "claims an entry, so that others see who is working on it",
            "`O`, `dlqtop entry claim`",
            Subject::Entry,
        )
    },
    act(
        "release_entry",
        "gives a claimed entry back",
        "`O` on one's own, `dlqtop entry release`",
        Subject::Entry,
    ),
    File {
        takes: takes!["entry": Uuid = Nil, "version it must still have": Int = Number(0),
            "actor": Text = Word("x"), "reason": Text = Word("x"), "batch": Uuid = Nil,
            "minutes, or": Int = Number(60), "until when": Instant = Null],
        ..act(
            "snooze_entry",
            "puts an entry aside for a time",
            "`Z`, `dlqtop entry snooze`",
            Subject::Entry,
        )
    },
    act(
        "unsnooze_entry",
        "brings an entry back that was put aside",
        "`Z` on such a one, `dlqtop entry unsnooze`",
        Subject::Entry,
    ),
    act(
        "reopen_entry",
        "opens a closed entry again",
        "`dlqtop entry reopen`",
        Subject::Entry,
    ),
    File {
        name: "left_by_api",
        about: "what the system's own API has left undone of an action on a step that it has said yes to: a row for each",
        makes: "the check after each action by `api_url`",
        does: Does::Reads,
        takes: takes!["step": Uuid = Nil, "state it should be in now": Text = Word("x")],
        gives: columns![what: Text],
        by_place: false,
        read: read::<LeftUndone>,
    },
    File {
        does: Does::Finishes(Subject::Step),
        ..act(
            "finish_for_api",
            "does what left_by_api has found",
            "actions by `api_url` that the API does not finish",
            Subject::Step,
        )
    },
];
