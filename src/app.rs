//! State and the one function that changes it. No input or output, no clock, no terminal: what
//! happens comes in as [`Action`], what is wanted goes out as [`Command`].

pub mod action;
mod apply_poll;
pub mod capabilities;
pub mod detail;
pub mod format;
pub mod lists;
pub mod polled;
pub mod screen;
pub mod session;
pub mod text_input;
pub mod viewport;
pub mod writes;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use self::action::{Action, Mark, Pane};
use self::detail::DetailScreen;
use self::viewport::Viewport;
use self::writes::Draft;
use crate::app::lists::fix_history::FixHistory;
use crate::app::lists::groups::Groups;
use crate::app::lists::list::List;
use crate::app::lists::paging::Paging;
use crate::app::lists::select_all::SelectAll;
use crate::app::lists::workers::NameId;
use crate::app::polled::Polled;
pub use crate::app::polled::source_alerts::SourceAlerts;
use crate::app::screen::notification::{FinishedWrite, Notification};
use crate::app::screen::operator_log::LogScreen;
use crate::app::screen::popup::{Overlay, Palette};
use crate::app::session::access::Access;
use crate::app::session::profile_switch::Switch;
use crate::app::writes::in_flight::Run;
use crate::app::writes::pace::PaceSettings;
use crate::data::messages::command::{Command, Unfinished};
use crate::data::model::{EntryId, Scope, Snapshot, TaskId};
use crate::data::source::Source;
use crate::detector::status::Status;

/// Where the operator is, and as whom. Fixed for as long as the program runs, but for what an unlock
/// lifts.
#[derive(Debug, Clone)]
pub struct Session {
    /// The profile's name: `prod-eu`.
    pub profile: String,
    /// What kind of system it is, what it calls things and what can be done to it.
    pub source: Arc<Source>,
    /// The database: `tasker@db1`. Never with a password.
    pub database: String,
    /// Who acts: `ana@lap7`.
    pub actor: String,
    /// Whether anything can be changed, and why not.
    pub access: Access,
    /// The profile's name, if it is production: it must be typed before anything is changed.
    pub production: Option<String>,
    /// The time between polls.
    pub poll_interval: Duration,
    /// What part of the rows is seen, where the source knows of parts.
    pub scope: Option<Scope>,
    /// The server that is polled, if it is not the one that is written to.
    pub reads: Option<String>,
}

/// How times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// As ages: `4h12m`.
    #[default]
    Relative,
    /// As clock times where the operator is.
    Local,
    /// As clock times in UTC.
    Utc,
}

/// How the operator likes to look at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewOptions {
    /// The focused pane has the whole screen.
    pub expanded: bool,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// How times are shown.
    pub times: TimeFormat,
}

/// The screen stands still.
#[derive(Debug)]
pub struct Frozen {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What it will show when it goes on.
    pub newest: Option<Arc<Snapshot>>,
}

/// Everything the screen is drawn from.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one screen: filtering, watching, quitting, warned"
)]
pub struct App {
    /// Where the operator is.
    pub place: Session,
    /// The time of the last tick.
    pub now: DateTime<Utc>,
    /// What was heard from the database.
    pub data: Polled,
    /// What the source itself calls wrong.
    pub watched: SourceAlerts,
    /// What the detector is doing.
    pub detector: Status,
    /// The pane that keys act on.
    pub focus: Pane,
    /// The staleness list.
    pub staleness: List<TaskId>,
    /// The queue.
    pub queue: List<EntryId>,
    /// How far the stats are scrolled.
    pub stats: Viewport,
    /// The workers.
    pub workers: List<NameId>,
    /// The broker's queues.
    pub queues: List<NameId>,
    /// A task looked at closely; it covers the dashboard.
    pub detail: Option<DetailScreen>,
    /// The log of what was done; it covers everything but an overlay.
    pub log: Option<LogScreen>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The queue by error.
    pub groups: Groups,
    /// A filter is being typed for the focused list.
    pub filtering: bool,
    /// How many retries at once go.
    pub pacing: PaceSettings,
    /// How it is looked at.
    pub looks: ViewOptions,
    /// Set while the screen stands still.
    pub frozen: Option<Frozen>,
    /// The latest news, until it has been read.
    pub notice: Option<Notification>,
    /// What became of this session's writes, newest last.
    pub done: Vec<FinishedWrite>,
    /// Why it is not certain who answers, if it is not: `TLS not verified`.
    pub doubt: Option<&'static str>,
    /// The profiles there are, by name.
    pub profiles: Vec<String>,
    /// The profile that is being looked for, and the one to go on with.
    pub turning: Switch,
    /// Runs of this database that were cut short, oldest first.
    pub unfinished: Vec<Unfinished>,
    /// Where receipts go that are not told where.
    pub receipts: Option<PathBuf>,
    /// The wall: nobody is at the keyboard, and nothing can be done.
    pub watching: bool,
    /// The program should end.
    pub quitting: bool,
    began: DateTime<Utc>,
    set_back: TimeDelta,
    sent: Vec<Run>,
    draft: Option<Draft>,
    owed: Option<Command>,
    reaching: Paging,
    gathering: SelectAll,
    fixes: FixHistory,
    warned: bool,
}

impl App {
    /// A dashboard that has heard nothing yet.
    #[must_use]
    pub fn new(place: Session) -> Self {
        let focus = capabilities::panes(&place.source).first().copied();
        Self {
            place,
            now: DateTime::UNIX_EPOCH,
            data: Polled::default(),
            watched: SourceAlerts::default(),
            detector: Status::default(),
            focus: focus.unwrap_or_default(),
            staleness: List::default(),
            queue: List::default(),
            stats: Viewport::default(),
            workers: List::default(),
            queues: List::default(),
            detail: None,
            log: None,
            overlay: None,
            groups: Groups::default(),
            filtering: false,
            pacing: PaceSettings::default(),
            looks: ViewOptions::default(),
            frozen: None,
            notice: None,
            done: Vec::new(),
            doubt: None,
            profiles: Vec::new(),
            turning: Switch::default(),
            unfinished: Vec::new(),
            receipts: None,
            watching: false,
            quitting: false,
            began: DateTime::UNIX_EPOCH,
            set_back: TimeDelta::zero(),
            sent: Vec::new(),
            draft: None,
            owed: None,
            reaching: Paging::default(),
            gathering: SelectAll::default(),
            fixes: FixHistory::default(),
            warned: false,
        }
    }

    /// A wall that has heard nothing yet. It can do nothing but show and quit.
    #[must_use]
    pub fn new_watch(place: Session) -> Self {
        let mut app = Self::new(place);
        app.watching = true;
        app
    }

    /// Applies one action and returns the work it asks for.
    pub fn update(&mut self, action: Action) -> Option<Command> {
        if self.watching && !allowed_on_wall(&action) {
            return None;
        }
        self.warned &= !is_user_input(&action);
        let asked = !matches!(
            action,
            Action::Progress(_)
                | Action::WriteFinished(_)
                | Action::Interrupted(_)
                | Action::Message(_)
        );
        if is_user_input(&action) && !matches!(action, Action::Mark(Mark::Shown)) {
            self.gathering.unsettle();
        }
        // What was refused is asked for again with the next action.
        let wish = (!matches!(action, Action::CommandRejected(_))).then(|| self.wish(&action));
        let ends = is_user_input(&action).then(|| self.is_end_of_list(&action));
        let (covered, news) = (self.overlay.is_some(), self.notice.clone());
        let command = self.apply(action);
        // Old news under a box that was just opened would be read as its answer.
        if asked && !covered && self.overlay.is_some() && self.notice == news {
            self.notice = None;
        }
        let command = command.or_else(|| wish.and_then(|wish| self.reach(wish)));
        if let Some(ends) = ends {
            self.set_follow_end(ends);
        }
        command.or_else(|| self.request_fix_history())
    }

    fn apply(&mut self, action: Action) -> Option<Command> {
        if self.is_refused(&action) {
            return None;
        }
        match action {
            Action::Tick(now) => return self.tick(now),
            Action::ClockStepped(by) => self.set_back = by,
            Action::Polled(heard) => self.hear(heard),
            Action::Detector(status) => self.detector = status,
            Action::Progress(progress) => self.progress(progress),
            Action::WriteFinished(outcome) => self.finish(outcome),
            Action::Interrupted(runs) => self.on_interrupted_runs(runs),
            Action::Message(what) => self.told(what),
            Action::CommandRejected(command) => self.refused(command),
            Action::QueryAnswered(answer) => self.answered(*answer),
            Action::Move(step) => self.go(step),
            Action::Focus(pane) => self.focus(pane),
            Action::Cycle(by) => self.cycle(by),
            Action::Tab(tab) => self.show_tab(tab),
            Action::Open => return self.open(),
            Action::Back => return self.back(),
            Action::Leave => return self.leave(),
            Action::Quit => self.quit("Ctrl-C"),
            Action::Filter => self.start_filter(),
            Action::Edit(edit) => self.edit(&edit),
            Action::Mark(mark) => return self.mark(mark),
            Action::Toggle(toggle) => self.toggle(toggle),
            Action::SortMenu => self.open_sort_menu(),
            Action::Groups => self.toggle_groups(),
            Action::SortBy(column) => self.sort_by(column),
            Action::Copy(what) => return self.copy(what),
            Action::CopyMenu => self.open_copy_menu(),
            Action::Ask(verb) => return self.ask(verb),
            Action::EditorClosed(written) => self.written(written),
            Action::NextField(by) => self.step_field(by),
            Action::Choose(by) => self.choose(by),
            Action::WalkGraph(by) => self.walk(by),
            Action::Match(by) => self.go_to_match(by),
            Action::Accept => return self.accept(),
            Action::ConfirmYes => return self.yes(),
            Action::CompleteWord => self.complete(),
            Action::Help => self.overlay = Some(Overlay::Help(Viewport::default())),
            Action::Palette => self.open_palette(),
            Action::Log => self.log = Some(LogScreen::default()),
            Action::Results => self.show_results(),
            Action::Stop => return self.stop(),
            Action::Resume => self.ask_resume(false),
            Action::Discard => self.ask_resume(true),
            Action::Receipt(file) => return self.save_receipt(&file),
            Action::CopyReceipt => return self.copy_receipt(),
            Action::Unlock(typed) => return self.unlock(&typed),
            Action::Lock => return self.lock(),
            Action::Profile(name) => return self.switch_profile(&name),
            Action::Source(name) => return self.switch_source(&name),
            Action::SwitchChecked(answer) => self.turned(answer),
            Action::Refresh => {
                self.say("asking the database…");
                return Some(Command::PollNow);
            }
        }
        None
    }

    fn open_palette(&mut self) {
        self.overlay = Some(Overlay::Palette(Palette::of(&self.place.source)));
    }

    /// Opens a task, as when its id was given on the command line. The run loop asks for its
    /// details by itself when it starts.
    pub fn open_task(&mut self, task: TaskId) -> Option<Command> {
        self.detail = Some(DetailScreen::new(task));
        Some(Command::Follow(Some(task)))
    }

    /// The task whose details every poll should bring.
    #[must_use]
    pub fn following(&self) -> Option<TaskId> {
        self.detail.as_ref().map(|detail| detail.task)
    }
}

/// Whether the operator does something else than leave.
const fn is_user_input(action: &Action) -> bool {
    !matches!(
        action,
        Action::Tick(_)
            | Action::ClockStepped(_)
            | Action::Polled(_)
            | Action::Detector(_)
            | Action::Progress(_)
            | Action::WriteFinished(_)
            | Action::Interrupted(_)
            | Action::Message(_)
            | Action::CommandRejected(_)
            | Action::QueryAnswered(_)
            | Action::Leave
            | Action::Quit
    )
}

const fn allowed_on_wall(action: &Action) -> bool {
    matches!(
        action,
        Action::Tick(_)
            | Action::ClockStepped(_)
            | Action::Polled(_)
            | Action::Detector(_)
            | Action::Leave
            | Action::Quit
    )
}
