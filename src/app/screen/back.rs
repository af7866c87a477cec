//! The way back: out of what lies on top, then out of the program.

use crate::app::App;
use crate::app::action::Pane;
use crate::app::format::plural;
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::Popup;
use crate::data::messages::command::{Command, Pace};

impl App {
    pub(in crate::app) fn back(&mut self) -> Option<Command> {
        self.step_back().1
    }

    pub(in crate::app) fn leave(&mut self) -> Option<Command> {
        let in_group = self.lists.focus == Pane::Queue && self.lists.queue.filter.within.is_some();
        let covered = self.screen.popup.is_some()
            || self.screen.operator_log.is_some()
            || self.detail.is_some();
        if self.session.is_wall || !(covered || in_group) {
            self.quit("q");
            return None;
        }
        self.back()
    }

    /// Leaves, but not at once while changes are unanswered: nobody would see what became of them.
    pub(in crate::app) fn quit(&mut self, key: &str) {
        let under_way = self.unanswered();
        if under_way == 0 || self.screen.quit_warned {
            self.screen.quitting = true;
            return;
        }
        self.screen.quit_warned = true;
        let are = if under_way == 1 { "is" } else { "are" };
        let they = match under_way {
            _ if self
                .runs()
                .iter()
                .any(|run| run.write.pace != Pace::default()) =>
            {
                "what is not done then stays in the journal for :resume"
            }
            1 => "it goes on to its end",
            _ => "they go on to their end",
        };
        let changes = plural(under_way, "change");
        let text = format!("{changes} {are} under way: {key} again leaves, {they}");
        self.tell(Tone::Bad, text);
    }

    /// Closes or undoes the topmost thing. Says whether there was one.
    fn step_back(&mut self) -> (bool, Option<Command>) {
        if let Some(overlay) = self.screen.popup.take() {
            if let Popup::Confirm(confirm) = overlay {
                self.save_draft(&confirm);
                self.say("nothing was changed");
            }
            return (true, None);
        }
        if self.lists.filtering {
            self.lists.filtering = false;
            self.clear_filter();
            return (true, None);
        }
        if self.screen.operator_log.take().is_some() {
            return (true, None);
        }
        if self.end_search() {
            return (true, None);
        }
        if self.detail.take().is_some() {
            return (true, Some(Command::Follow(None)));
        }
        (self.undo_looks(), None)
    }

    /// At the root, Esc takes away one thing at a time, the easiest to get back first.
    fn undo_looks(&mut self) -> bool {
        let (marked, filtered) = match self.lists.focus {
            Pane::Staleness => (
                !self.lists.staleness.marks.is_empty(),
                !self.lists.staleness.filter.is_empty(),
            ),
            Pane::Queue => (
                !self.lists.queue.marks.is_empty(),
                !self.lists.queue.filter.is_empty(),
            ),
            Pane::Workers => (false, !self.lists.workers.filter.is_empty()),
            Pane::Queues => (false, !self.lists.queues.filter.is_empty()),
            Pane::Stats => (false, false),
        };
        self.screen.notification = None;
        if self.session.view.expanded {
            self.session.view.expanded = false;
        } else if marked {
            match self.lists.focus {
                Pane::Staleness => self.lists.staleness.unmark(),
                Pane::Queue | Pane::Stats | Pane::Workers | Pane::Queues => {
                    self.lists.queue.unmark();
                    self.drop_selected_all();
                }
            }
        } else if self.lists.focus == Pane::Queue && self.lists.select_all.is_under_way() {
            self.drop_selected_all();
        } else if self.lists.focus == Pane::Queue && self.lists.queue.filter.within.is_some() {
            self.leave_group();
        } else if filtered {
            self.clear_filter();
        } else {
            return self.lists.focus == Pane::Queue && self.leave_group();
        }
        true
    }
}
