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

use self::action::{Action, Mark};
use self::detail::DetailScreen;
use self::lists::Lists;
use self::polled::Polled;
use self::screen::Screen;
use self::screen::operator_log::LogScreen;
use self::screen::popup::{Palette, Popup};
use self::session::Session;
use self::viewport::Viewport;
use self::writes::Writes;
use crate::data::messages::command::Command;
use crate::data::model::TaskId;

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
    /// A dashboard that has heard nothing yet.
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

    /// A wall that has heard nothing yet. It can do nothing but show and quit.
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
        self.screen.quit_warned &= !is_user_input(&action);
        let asked = !matches!(
            action,
            Action::Progress(_)
                | Action::WriteFinished(_)
                | Action::Interrupted(_)
                | Action::Message(_)
        );
        if is_user_input(&action) && !matches!(action, Action::Mark(Mark::Shown)) {
            self.lists.select_all.unsettle();
        }
        // What was refused is asked for again with the next action.
        let wish = (!matches!(action, Action::CommandRejected(_))).then(|| self.wish(&action));
        let ends = is_user_input(&action).then(|| self.is_end_of_list(&action));
        let (covered, news) = (
            self.screen.popup.is_some(),
            self.screen.notification.clone(),
        );
        let command = self.apply(action);
        // Old news under a box that was just opened would be read as its answer.
        if asked && !covered && self.screen.popup.is_some() && self.screen.notification == news {
            self.screen.notification = None;
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
            Action::ClockStepped(by) => self.session.clock_offset = by,
            Action::Polled(heard) => self.hear(heard),
            Action::Detector(status) => self.polled.detector = status,
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
            Action::Help => self.screen.popup = Some(Popup::Help(Viewport::default())),
            Action::Palette => self.open_palette(),
            Action::Log => self.screen.operator_log = Some(LogScreen::default()),
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
        self.screen.popup = Some(Popup::Palette(Palette::of(&self.session.source)));
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
