//! What can happen to the program: keys, polls, outcomes, the passing of time.
//!
//! Plain data without logic; every room may import it. A new key begins with a variant here, and
//! gets its meaning in the one `match` over all of them in `app.rs`.

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::pane::{Column, Pane, Tab};
use crate::data::messages::command::{
    Answer, Command, DetectorOutcome, Outcome, Progress, SwitchTo, Unfinished,
};
use crate::data::model::PollResult;
use crate::detector::status::Status;

/// A move of the cursor, or of the text where there is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// One row.
    Up,
    /// One row.
    Down,
    /// Half a screen.
    HalfUp,
    /// Half a screen.
    HalfDown,
    /// A screen.
    PageUp,
    /// A screen.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

/// A change to the line being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// One character.
    Insert(char),
    /// Pasted text; line feeds become spaces.
    Paste(String),
    /// Cursor one character left.
    Left,
    /// Cursor one character right.
    Right,
    /// Cursor one word left.
    WordLeft,
    /// Cursor one word right.
    WordRight,
    /// Cursor to the start.
    Start,
    /// Cursor to the end.
    End,
    /// Delete the character before the cursor.
    DeleteBefore,
    /// Delete the character under the cursor.
    DeleteUnder,
    /// Delete the word before the cursor.
    DeleteWord,
    /// Delete everything before the cursor.
    DeleteToStart,
}

/// Something an operator may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Run the step again with all its attempts.
    Retry,
    /// Count the step as done, without a result.
    Resolve,
    /// Never run the step, or the task.
    Cancel,
    /// Close the entry.
    Close,
    /// Write a note on the entry.
    Note,
    /// Open an entry.
    SendToDlq,
    /// Count the step as done, with a result.
    Complete,
    /// Change how often the step may run, and for how long.
    Limits,
    /// Claim the entry; if it is one's own, release it.
    Claim,
    /// Release the entry.
    Release,
    /// Snooze the entry; if it is snoozed, end that.
    Snooze,
    /// End the snooze of the entry.
    Unsnooze,
    /// Reopen the last entry.
    Reopen,
}

/// Something an operator may decide about the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectorAsk {
    /// Let sweeps act on this database.
    Arm,
    /// Make every sweep dry.
    Disarm,
    /// Let one sweep take what the breaker holds.
    ConfirmSweep,
    /// Put back to work what this sweep took.
    UndoSweep(i64),
}

/// What came back from the operator's editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedText {
    /// What stood in the file.
    pub text: String,
    /// Why it is not to be used, if it is not.
    pub problem: Option<String>,
}

/// Which rows to mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The one under the cursor, on or off.
    Cursor,
    /// From here to wherever the cursor goes, until pressed again.
    Range,
    /// All that are shown; in the queue all that match once they are marked; then none.
    Shown,
}

/// A way of looking that is on or off, or goes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toggle {
    /// Keep the screen as it is while the polls go on.
    Freeze,
    /// Give the focused pane the whole screen.
    Expand,
    /// Break long lines instead of cutting them.
    Wrap,
    /// Times as ages, in local time, in UTC.
    Times,
    /// Show hidden values, or hide them again.
    Secrets,
}

/// Terminals cut or refuse more than about this many bytes on the clipboard.
pub const CLIPBOARD_LIMIT: usize = 74_000;

/// What goes on the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyTarget {
    /// What is under the cursor: the value on *Snapshot*, elsewhere [`CopyTarget::Id`].
    Here,
    /// The id of the entry or task under the cursor.
    Id,
    /// The task's id.
    TaskId,
    /// The step's id.
    StepId,
    /// The error.
    Error,
    /// The row as JSON.
    Json,
    /// The command line that shows it.
    Command,
    /// The value under the cursor of the snapshot.
    Value,
    /// Where that value is in the snapshot.
    Path,
    /// The command line that does this to what is selected.
    Act(Verb),
    /// The command line that does what the dialog would do.
    Box,
    /// The command line that opens the same database in another terminal.
    Address,
    /// The command line that does again what a line of the log says.
    Again,
    /// What a line of the log was done together with.
    Batch,
}

/// Something that happened: a key, an arrival, or a second passing.
#[derive(Debug, Clone)]
pub enum Action {
    /// A second passed. Carries the time, so that nothing here ever reads a clock.
    Tick(DateTime<Utc>),
    /// The clock was set back, by this much in all: ticks go on as if it had not been.
    ClockStepped(TimeDelta),
    /// A poll ended, well or badly.
    Polled(PollResult),
    /// The detector does something else now.
    Detector(Status),
    /// Takes the progress of a run.
    Progress(Progress),
    /// A write ended.
    WriteFinished(Outcome),
    /// A decision about the detector was carried out, or was not.
    Decided(DetectorOutcome),
    /// A question was answered.
    QueryAnswered(Box<Answer>),
    /// Runs were interrupted, or no longer are.
    Interrupted(Vec<Unfinished>),
    /// Something other than a change was done, or was not.
    Message(Result<String, String>),
    /// A command was not taken, because too many are waiting.
    CommandRejected(Command),
    /// Move the cursor or the text.
    Move(Move),
    /// Go to a pane.
    Focus(Pane),
    /// Go to the pane or tab this many places on.
    Cycle(isize),
    /// Go to a page of the detail screen.
    Tab(Tab),
    /// Look at the row under the cursor.
    Open,
    /// Close what is on top; at the root, undo marks and filter one by one.
    Back,
    /// As [`Action::Back`], and at the root leave the program.
    Leave,
    /// Leave the program, wherever it is.
    Quit,
    /// Type a filter.
    Filter,
    /// Change the line being typed.
    Edit(Edit),
    /// Mark rows.
    Mark(Mark),
    /// Switch a way of looking.
    Toggle(Toggle),
    /// Choose the order of the list.
    SortMenu,
    /// Order by a column, or flip it; `None` is the server's order.
    SortBy(Option<Column>),
    /// Show the queue by error, or by entries again.
    Groups,
    /// Put something on the clipboard.
    Copy(CopyTarget),
    /// Choose what to put on the clipboard.
    CopyMenu,
    /// Ask whether to change the marked rows, or the one under the cursor.
    Ask(Verb),
    /// Ask whether to decide this about the detector.
    AskDetector(DetectorAsk),
    /// Show the last sweeps, to undo one.
    Sweeps,
    /// The operator has left the editor.
    EditorClosed(EditedText),
    /// Move between the fields and buttons of a dialog by this many.
    NextField(isize),
    /// Choose the next or previous of the alternatives in a dialog.
    Choose(isize),
    /// Walk the graph: to a parent or out (-1), to a child or in (1); elsewhere, turn the page.
    WalkGraph(isize),
    /// Go to the next or previous line that has what is searched for.
    Match(isize),
    /// Enter: keep the filter, press the button, take the choice.
    Accept,
    /// `y` in a dialog: do it, if the buttons have the focus.
    ConfirmYes,
    /// Complete what is typed in the command bar.
    CompleteWord,
    /// Show the keys that work here.
    Help,
    /// Open the command bar.
    Palette,
    /// Show what was done, by everybody.
    Log,
    /// Show what became of the last write, row by row.
    Results,
    /// Begin no more of the write that is under way.
    Stop,
    /// Ask whether to go on with a run that was interrupted.
    Resume,
    /// Ask whether to give it up.
    Discard,
    /// Write the receipt of the latest change, to this file if one is named.
    Receipt(String),
    /// Put the receipt of the latest change on the clipboard.
    CopyReceipt,
    /// Ask whether to close the entries of the latest retries.
    CloseRetried,
    /// Poll now.
    Refresh,
    /// Lift the lock: for how long and for which incident, as it was typed.
    Unlock(String),
    /// Go on with another profile's database.
    Profile(String),
    /// Go on with another system in the same database, or choose one.
    Source(String),
    /// Whether that database can be used.
    SwitchChecked(Result<SwitchTo, String>),
    /// End the unlock.
    Lock,
}
