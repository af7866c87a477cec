//! State and the one function that changes it. No input or output, no clock, no terminal: what
//! happens comes in as [`Action`], what is wanted goes out as [`Command`].
//!
//! The state belongs to six rooms, and each changes its own:
//! `screen` may use `writes`, `writes` may use `lists` and `detail`, those may read `polled`, and all
//! may read `session`; never the other way. [`App`] holds them, and does only what spans them.

pub mod action;
mod apply_poll;
pub mod capabilities;
pub mod cursor;
pub mod detail;
pub mod format;
pub mod group_key;
pub mod lists;
pub mod message;
mod navigation;
pub mod pane;
pub mod polled;
pub mod screen;
pub mod session;
pub mod text_input;
pub mod viewport;
mod write_dialogs;
pub mod writes;

use self::action::{Action, Mark, Move};
use self::detail::DetailScreen;
use self::lists::Lists;
use self::message::{Message, Reply};
use self::polled::Polled;
use self::screen::Screen;
use self::screen::operator_log::LogScreen;
use self::screen::popup::{Menu, Palette, Popup};
use self::session::Session;
use self::viewport::Viewport;
use self::writes::Writes;
use self::writes::targets_on_screen::OnScreen;
use crate::data::messages::command::Command;
use crate::data::model::{RowsWanted, TaskId};

/// Everything the screen is drawn from.
#[derive(Debug)]
pub struct App {
    /// Where the operator is, as whom, and what time it is there.
    pub session: Session,
    /// What the database last said.
    pub polled: Polled,
    /// The lists of the dashboard.
    pub lists: Lists,
    /// A task looked at closely; it covers the dashboard.
    pub detail: Option<DetailScreen>,
    /// What lies on top.
    pub screen: Screen,
    /// What is being changed, and what became of it.
    pub writes: Writes,
}

impl App {
    /// A dashboard before its first poll.
    #[must_use]
    pub fn new(session: Session) -> Self {
        let focus = capabilities::panes(&session.source).first().copied();
        Self {
            session,
            polled: Polled::default(),
            lists: Lists {
                focus: focus.unwrap_or_default(),
                ..Lists::default()
            },
            detail: None,
            screen: Screen::default(),
            writes: Writes::default(),
        }
    }

    /// A wall before its first poll. It can only show and quit.
    #[must_use]
    pub fn new_watch(session: Session) -> Self {
        let mut app = Self::new(session);
        app.session.is_wall = true;
        app
    }

    /// Applies one action and returns the work it asks for.
    pub fn update(&mut self, action: Action) -> Option<Command> {
        if self.session.is_wall && !allowed_on_wall(&action) {
            return None;
        }
        let is_input = is_user_input(&action);
        self.screen.quit_warned &= !is_input;
        if is_input {
            self.screen.last_input = Some(self.session.now);
        }
        if is_input && !matches!(action, Action::Mark(Mark::Shown)) {
            self.lists.select_all.reset_repeat();
        }
        // What was refused is asked for again with the next action.
        let is_rejection = matches!(action, Action::CommandRejected(_));
        let wanted = (!is_rejection).then(|| self.rows_wanted_by(&action));
        let to_the_end = matches!(action, Action::Move(Move::Bottom)) && self.is_on_list();
        let may_dismiss = !is_news(&action) && self.screen.popup.is_none();
        let news = self.screen.notification.clone();
        let reply = match capabilities::why_unsupported(&self.session.source, &action) {
            Some(why) => Message::info(why).into(),
            None => self.apply(action),
        };
        self.notify(reply.message);
        // An old message under a dialog that was just opened would be read as its answer.
        if may_dismiss && self.screen.popup.is_some() && self.screen.notification == news {
            self.screen.notification = None;
        }
        let command = reply.command.or_else(|| {
            let lists = &mut self.lists;
            lists.request_rows(wanted?, &self.polled, &self.session)
        });
        if is_input {
            let message = self.lists.set_follow_end(to_the_end, &self.polled);
            self.notify(message);
        }
        command
            .or_else(|| self.request_outcomes())
            .or_else(|| self.request_fix_history())
            .or_else(|| self.request_lost())
            .or_else(|| self.request_log())
    }

    fn apply(&mut self, action: Action) -> Reply {
        match action {
            Action::Tick(now) => return self.tick(now),
            Action::ClockStepped(by) => self.session.clock_offset = by,
            Action::Polled(result) => return self.on_poll(result).into(),
            Action::Detector(status) => self.polled.detector = status,
            Action::Progress(progress) => return self.on_progress(progress).into(),
            Action::WriteFinished(outcome) => return self.on_write_finished(outcome).into(),
            Action::Decided(outcome) => return self.writes.on_decided(&outcome).into(),
            Action::Interrupted(runs) => self.writes.interrupted = runs,
            Action::Message(it) => return it.map_or_else(Message::bad, Message::good).into(),
            Action::CommandRejected(command) => return self.on_command_rejected(command).into(),
            Action::QueryAnswered(answer) => return self.on_answer(*answer).into(),
            Action::Move(step) => self.move_cursor(step),
            Action::Focus(pane) => self.focus(pane),
            Action::Cycle(by) => self.cycle(by),
            Action::Tab(tab) => return self.show_tab(tab).into(),
            Action::Open => return self.open(),
            Action::Back => return self.back(),
            Action::Leave => return self.leave(),
            Action::Quit => return self.quit("Ctrl-C").into(),
            Action::Filter => return self.start_filter().into(),
            Action::Edit(edit) => self.edit(&edit),
            Action::Mark(mark) => return self.mark(mark),
            Action::Toggle(toggle) => return self.toggle(toggle).into(),
            Action::SortMenu => return self.open_sort_menu().into(),
            Action::Groups => self.toggle_groups(),
            Action::SortBy(column) => self.lists.sort_by(column, &self.polled),
            Action::Copy(what) => return self.copy(what),
            Action::CopyMenu => return self.open_copy_menu().into(),
            Action::Ask(verb) => return self.ask(verb),
            Action::AskDetector(ask) => return self.ask_detector(ask),
            Action::Sweeps => return self.open_sweeps().into(),
            Action::EditorClosed(text) => return self.on_editor_closed(text).into(),
            Action::NextField(by) => self.screen.step_field(by),
            Action::Choose(by) => self.choose(by),
            Action::WalkGraph(by) => return self.walk_graph(by).into(),
            Action::Match(by) => return self.go_to_match(by).into(),
            Action::Accept => return self.accept(),
            Action::ConfirmYes => return self.confirm_yes(),
            Action::CompleteWord => self.screen.complete_word(),
            Action::Help => self.screen.popup = Some(Popup::Help(Viewport::default())),
            Action::Palette => self.open_palette(),
            Action::Log => self.open_log(),
            Action::Results => return self.show_results().into(),
            Action::Stop => return self.writes.stop(),
            Action::CloseRetried => return self.ask_close_retried().into(),
            Action::Resume => return self.ask_resume(false).into(),
            Action::Discard => return self.ask_resume(true).into(),
            Action::Receipt(file) => return self.writes.save_receipt(&file, &self.session).into(),
            Action::CopyReceipt => return self.writes.copy_receipt(&self.session).into(),
            Action::Unlock(typed) => return self.unlock(&typed),
            Action::Lock => return self.session.access.lock(self.writes.unanswered()),
            Action::Profile(name) => return self.switch_profile(name),
            Action::Source(name) => return self.switch_source(name),
            Action::SwitchChecked(answer) => return self.on_switch_checked(answer).into(),
            Action::Refresh => return poll_now(),
        }
        Reply::default()
    }

    fn open_log(&mut self) {
        self.screen.operator_log = Some(LogScreen::new(self.polled.log_rows()));
    }

    fn open_palette(&mut self) {
        self.screen.popup = Some(Popup::Palette(Palette::of(&self.session.source)));
    }

    fn notify(&mut self, message: Option<Message>) {
        if let Some(message) = message {
            self.screen.notify(message, self.session.now);
        }
    }

    /// The parts that a dialog changes, and what it is about.
    fn parts(&mut self) -> Parts<'_> {
        let log_is_open = self.screen.operator_log.is_some();
        Parts {
            screen: &mut self.screen,
            writes: &mut self.writes,
            seen: OnScreen {
                session: &self.session,
                polled: &self.polled,
                lists: &self.lists,
                detail: self.detail.as_ref(),
                log_is_open,
            },
        }
    }

    fn rows_wanted_by(&self, action: &Action) -> RowsWanted {
        if self.is_on_list() {
            self.lists.rows_wanted_by(action, &self.polled)
        } else {
            RowsWanted::default()
        }
    }

    /// Asks how entries like the one looked at were closed; nothing while neither a group nor a
    /// task is looked at.
    fn request_fix_history(&mut self) -> Option<Command> {
        let polled = &self.polled;
        if self.session.is_wall || polled.frozen.is_some() || polled.unreachable.is_some() {
            return None;
        }
        let now = self.session.now;
        if self.lists.fix_history.is_waiting(now) {
            return None;
        }
        let templates = match &self.detail {
            Some(detail) => detail.template().into_iter().collect(),
            None => self.lists.templates_on_screen(),
        };
        self.lists.fix_history.request(templates, now)
    }

    /// Asks what became of what was retried.
    fn request_outcomes(&mut self) -> Option<Command> {
        let reachable = self.polled.unreachable.is_none();
        let now = self.session.now;
        reachable
            .then(|| self.writes.retries.request(now))
            .flatten()
    }

    /// Asks where the rows went that the cursor stood on; nothing while it cannot be seen.
    fn request_lost(&mut self) -> Option<Command> {
        let polled = &self.polled;
        let can_ask = polled.frozen.is_none() && polled.unreachable.is_none();
        if self.session.is_wall || !can_ask || !self.session.source.has("named") {
            return None;
        }
        self.lists.request_lost(polled, self.session.now)
    }

    /// Asks for the acts of the log that are not among the lines of a poll, while it is looked at.
    fn request_log(&mut self) -> Option<Command> {
        let can_ask = self.polled.frozen.is_none() && self.polled.unreachable.is_none();
        if !can_ask || !self.session.source.has("log_page") {
            return None;
        }
        let log = self.screen.operator_log.as_mut()?;
        log.request(self.session.now)
    }

    /// Opens a task, as when its id was given on the command line. The run loop asks for its
    /// details by itself when it starts.
    pub fn open_task(&mut self, task: TaskId) -> Command {
        self.detail = Some(DetailScreen::new(task));
        Command::Follow(Some(task))
    }

    /// Lets a system be chosen, if there are several and none was asked for.
    pub fn begin_choosing_source(&mut self, was_asked: bool) {
        let source = &self.session.source;
        if !was_asked && source.siblings.len() > 1 {
            self.screen.popup = Some(Popup::Menu(Menu::of_sources(source)));
        }
    }

    /// The task whose details every poll should bring.
    #[must_use]
    pub fn following(&self) -> Option<TaskId> {
        self.detail.as_ref().map(|detail| detail.task)
    }

    /// A search of the snapshot is being typed, and nothing covers it.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        let on_top = self.screen.popup.is_none() && self.screen.operator_log.is_none();
        on_top && self.detail.as_ref().is_some_and(DetailScreen::is_searching)
    }
}

/// The parts that a dialog changes, and what it is about.
struct Parts<'a> {
    screen: &'a mut Screen,
    writes: &'a mut Writes,
    seen: OnScreen<'a>,
}

fn poll_now() -> Reply {
    Reply::new(Message::info("asking the database…"), Command::PollNow)
}

/// Whether it reports on writes: it never answers what the operator did last.
const fn is_news(action: &Action) -> bool {
    matches!(
        action,
        Action::Progress(_)
            | Action::WriteFinished(_)
            | Action::Decided(_)
            | Action::Interrupted(_)
            | Action::Message(_)
    )
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
            | Action::Decided(_)
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
