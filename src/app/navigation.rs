//! Moving about and looking: keys whose meaning depends on what lies on top. Nothing here can change
//! anything in the database.

use super::App;
use crate::app::action::{CopyTarget, Edit, Mark, Move, Toggle};
use crate::app::capabilities;
use crate::app::detail::DetailScreen;
use crate::app::format::plural;
use crate::app::lists::filter::NOT_KEPT;
use crate::app::lists::filter_input::only_lists_can_be_filtered;
use crate::app::lists::sort::only_lists_can_be_sorted;
use crate::app::message::{Message, Reply};
use crate::app::pane::{Pane, Tab};
use crate::app::polled::Frozen;
use crate::app::screen::popup::{Menu, Popup};
use crate::app::session::TimeFormat;
use crate::app::writes::in_flight::Run;
use crate::data::messages::command::{Command, Pace};

impl App {
    /// Whether nothing covers the lists.
    pub(super) fn is_on_list(&self) -> bool {
        self.screen.popup.is_none() && !self.is_covered()
    }

    /// Whether a task or the log covers the lists.
    fn is_covered(&self) -> bool {
        self.screen.operator_log.is_some() || self.detail.is_some()
    }

    /// The task, if its snapshot is on screen.
    fn snapshot_on_screen(&mut self) -> Option<&mut DetailScreen> {
        let hidden = self.screen.operator_log.is_some();
        let detail = self.detail.as_mut().filter(|_| !hidden)?;
        (detail.tab == Tab::Snapshot).then_some(detail)
    }

    pub(super) fn move_cursor(&mut self, step: Move) {
        if self.screen.move_in_popup(step) {
            return;
        }
        if let Some(log) = &mut self.screen.operator_log {
            log.go(step);
        } else if let Some(detail) = &mut self.detail {
            detail.go(step);
        } else {
            self.lists.move_cursor(step, &self.polled);
        }
    }

    pub(super) fn focus(&mut self, pane: Pane) {
        self.lists.focus = pane;
        self.screen.operator_log = None;
        // The command bar can leave a task for a pane; the next tick stops following it.
        if self.detail.take().is_some() {
            self.writes.pending_command = Some(Command::Follow(None));
        }
    }

    pub(super) fn cycle(&mut self, by: isize) {
        if let Some(detail) = &mut self.detail {
            let tabs = capabilities::tabs(&self.session.source);
            detail.tab = capabilities::cycle(&tabs, detail.tab, by).unwrap_or_default();
        } else {
            let panes = self.session.panes();
            self.lists.focus =
                capabilities::cycle(&panes, self.lists.focus, by).unwrap_or_default();
        }
    }

    pub(super) fn walk_graph(&mut self, by: isize) -> Option<Message> {
        let walked = self.detail.as_mut().and_then(|detail| detail.walk(by));
        if let Some(walked) = walked {
            return walked.err().map(Message::info);
        }
        self.cycle(by);
        None
    }

    pub(super) fn show_tab(&mut self, tab: Tab) -> Option<Message> {
        let Some(detail) = &mut self.detail else {
            let text = self.session.words().fill("open {a task} first: Enter");
            return Some(Message::info(text));
        };
        detail.tab = tab;
        None
    }

    pub(super) fn open(&mut self) -> Reply {
        if let Some(log) = &self.screen.operator_log {
            if log.cursor.slid(self.session.now) {
                let text = "the lines have just moved: look under the cursor, then open it";
                return Message::info(text).into();
            }
            return self.screen.open_log_entry().into();
        }
        let lists = &mut self.lists;
        let words = &self.session.source.manifest.words;
        if let Some(lost) = lists.where_lost(lists.focus, &self.polled, words) {
            return Message::info(format!("nothing is under the cursor: {lost}")).into();
        }
        let task = match lists.focus {
            Pane::Staleness => {
                let row = lists.staleness.selected(self.polled.stale());
                row.map(|row| row.task_uuid)
            }
            Pane::Queue if lists.is_grouped() => {
                lists.open_group(&self.polled);
                None
            }
            Pane::Queue => {
                let row = lists.queue.selected(self.polled.entries());
                row.map(|row| row.task_uuid)
            }
            Pane::Stats | Pane::Workers | Pane::Queues => {
                self.session.view.expanded = !self.session.view.expanded;
                None
            }
        };
        let Some(task) = task else {
            return Reply::default();
        };
        if let Err(why) = self.session.source.require("task") {
            return Message::info(why.one_line()).into();
        }
        self.open_task(task).into()
    }

    /// Closes or undoes the topmost thing.
    pub(super) fn back(&mut self) -> Reply {
        if let Some(popup) = self.screen.popup.take() {
            match popup {
                Popup::Confirm(confirm) => self.writes.save_draft(&confirm),
                Popup::Detector(dialog) => self.writes.keep_reason(&dialog),
                _ => return Reply::default(),
            }
            return Message::info("nothing was changed").into();
        }
        if self.lists.filtering {
            self.lists.filtering = false;
            self.lists.clear_filter(&self.polled);
            return Reply::default();
        }
        if self.screen.operator_log.take().is_some() {
            return Reply::default();
        }
        let searched = self.snapshot_on_screen();
        if searched.is_some_and(|detail| detail.tree.end_search()) {
            return Reply::default();
        }
        if self.detail.take().is_some() {
            return Command::Follow(None).into();
        }
        self.screen.notification = None;
        if !std::mem::take(&mut self.session.view.expanded) {
            self.lists.undo_one(&self.polled);
        }
        Reply::default()
    }

    pub(super) fn leave(&mut self) -> Reply {
        let in_group = self.lists.focus == Pane::Queue && self.lists.queue.filter.within.is_some();
        if self.session.is_wall || (self.is_on_list() && !in_group) {
            return self.quit("q").into();
        }
        self.back()
    }

    /// Quits, but not at the first key while changes are unanswered: nobody would see their
    /// outcome.
    pub(super) fn quit(&mut self, key: &str) -> Option<Message> {
        let under_way = self.writes.unanswered();
        if under_way == 0 || self.screen.quit_warned {
            self.screen.quitting = true;
            return None;
        }
        self.screen.quit_warned = true;
        let is_paced = |run: &Run| run.write.pace != Pace::default();
        let are = if under_way == 1 { "is" } else { "are" };
        let they = match under_way {
            _ if self.writes.runs().iter().any(is_paced) => {
                "what is left stays in the journal for :resume"
            }
            1 => "it continues",
            _ => "they continue",
        };
        let changes = plural(under_way, "change");
        let text = format!("{changes} {are} in progress: {key} again quits; {they}");
        Some(Message::bad(text))
    }

    pub(super) fn mark(&mut self, mark: Mark) -> Reply {
        let Some(detail) = &mut self.detail else {
            // A mark is acted on as the row itself is.
            let by_cursor = mark != Mark::Shown || self.lists.is_grouped();
            if by_cursor && self.lists.slid(self.session.now) {
                let text = "the rows have just moved: look under the cursor, then mark again";
                return Message::info(text).into();
            }
            return self.lists.mark(mark, &self.polled);
        };
        if detail.tab == Tab::Snapshot {
            detail.tree.fold();
        }
        Reply::default()
    }

    pub(super) fn toggle(&mut self, toggle: Toggle) -> Option<Message> {
        let view = &mut self.session.view;
        match toggle {
            Toggle::Freeze => return self.toggle_freeze(),
            Toggle::Secrets => return Some(self.toggle_secrets()),
            Toggle::Expand => view.expanded = !view.expanded,
            Toggle::Wrap => view.wrap = !view.wrap,
            Toggle::Times => {
                let (times, words) = match view.times {
                    TimeFormat::Relative => (TimeFormat::Local, "times: local"),
                    TimeFormat::Local => (TimeFormat::Utc, "times: UTC"),
                    TimeFormat::Utc => (TimeFormat::Relative, "times: relative"),
                };
                view.times = times;
                return Some(Message::info(words));
            }
        }
        None
    }

    /// Shows the hidden values of the task on screen, where the profile allows that. Lists, copies and files keep
    /// them hidden.
    fn toggle_secrets(&mut self) -> Message {
        let is_covered = self.screen.operator_log.is_some();
        let Some(detail) = self.detail.as_mut().filter(|_| !is_covered) else {
            let text = "hidden values are shown of {a task} only: open one first";
            return Message::info(self.session.words().fill(text));
        };
        if !self.session.may_show_secrets && !detail.is_revealed() {
            let text = "hidden values are shown where the profile has show_secrets = true only";
            return Message::bad(text);
        }
        let (is_any, is_shown) = (detail.toggle_secrets(), detail.is_revealed());
        Message::info(match (is_any, is_shown) {
            (true, true) => "hidden values are shown until you leave; copies keep them hidden",
            (false, true) => "nothing is hidden here",
            (_, false) => "hidden again",
        })
    }

    fn toggle_freeze(&mut self) -> Option<Message> {
        let Some(frozen) = self.polled.frozen.take() else {
            self.polled.frozen = Some(Frozen {
                since: self.session.now,
                newest: None,
            });
            return None;
        };
        if let Some(snapshot) = frozen.newest {
            self.apply_snapshot(&snapshot);
        }
        Some(Message::info("live again"))
    }

    pub(super) fn choose(&mut self, by: isize) {
        if !self.screen.choose_in_popup(by)
            && let Some(detail) = &mut self.detail
        {
            detail.tree.go_outermost(by);
        }
    }

    /// Enter where nothing is open: keeps what is typed.
    pub(super) fn keep_typed(&mut self) -> Option<Message> {
        let searching = |detail: &&mut DetailScreen| detail.is_searching();
        if let Some(detail) = self.snapshot_on_screen().filter(searching) {
            detail.tree.keep_search();
            return None;
        }
        let wrong = self.lists.keep_filter().err();
        if wrong.is_none() {
            // What was wrong has been corrected.
            self.screen.dismiss(NOT_KEPT);
        }
        wrong
    }

    pub(super) fn start_filter(&mut self) -> Option<Message> {
        if let Some(detail) = self.snapshot_on_screen() {
            return detail.begin_search();
        }
        if self.is_covered() {
            return Some(only_lists_can_be_filtered(&self.session.source));
        }
        self.lists.start_filter(&self.session.source).err()
    }

    pub(super) fn edit(&mut self, edit: &Edit) {
        if self.screen.edit_in_popup(edit) {
            return;
        }
        if self.lists.filtering {
            return self.lists.edit_filter(edit, &self.polled);
        }
        let searching = |detail: &&mut DetailScreen| detail.is_searching();
        if let Some(detail) = self.snapshot_on_screen().filter(searching) {
            detail.tree.edit_search(edit);
        }
    }

    pub(super) fn go_to_match(&mut self, by: isize) -> Option<Message> {
        if let Some(detail) = self.snapshot_on_screen() {
            return detail.go_to_match(by);
        }
        let text = "only the Snapshot can be searched: 3, then /";
        Some(Message::info(text))
    }

    pub(super) fn toggle_groups(&mut self) {
        self.focus(Pane::Queue);
        self.lists.toggle_groups(&self.polled);
    }

    pub(super) fn open_sort_menu(&mut self) -> Option<Message> {
        if self.is_covered() {
            return Some(only_lists_can_be_sorted(&self.session.source));
        }
        match self.lists.sort_choices(&self.session.source) {
            Ok(choices) => {
                self.screen.popup = Some(Popup::Menu(Menu::of_columns(&choices)));
                None
            }
            Err(why) => Some(why),
        }
    }

    pub(super) fn copy(&mut self, what: CopyTarget) -> Reply {
        let parts = self.parts();
        parts.screen.copy(what, &parts.seen)
    }

    pub(super) fn open_copy_menu(&mut self) -> Option<Message> {
        let parts = self.parts();
        parts.screen.open_copy_menu(&parts.seen)
    }
}
