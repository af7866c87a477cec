//! The way back: out of what lies on top, then out of the program.

use crate::app::App;
use crate::app::action::Pane;
use crate::app::format::plural;
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::Overlay;
use crate::data::messages::command::{Command, Pace};

impl App {
    pub(in crate::app) fn back(&mut self) -> Option<Command> {
        self.step_back().1
    }

    pub(in crate::app) fn leave(&mut self) -> Option<Command> {
        let in_group = self.focus == Pane::Queue && self.queue.filter.within.is_some();
        let covered = self.overlay.is_some() || self.log.is_some() || self.detail.is_some();
        if self.watching || !(covered || in_group) {
            self.quit("q");
            return None;
        }
        self.back()
    }

    /// Leaves, but not at once while changes are unanswered: nobody would see what became of them.
    pub(in crate::app) fn quit(&mut self, key: &str) {
        let under_way = self.unanswered();
        if under_way == 0 || self.warned {
            self.quitting = true;
            return;
        }
        self.warned = true;
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
        if let Some(overlay) = self.overlay.take() {
            if let Overlay::Confirm(confirm) = overlay {
                self.save_draft(&confirm);
                self.say("nothing was changed");
            }
            return (true, None);
        }
        if self.filtering {
            self.filtering = false;
            self.clear_filter();
            return (true, None);
        }
        if self.log.take().is_some() {
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
        let (marked, filtered) = match self.focus {
            Pane::Staleness => (
                !self.staleness.marks.is_empty(),
                !self.staleness.filter.is_empty(),
            ),
            Pane::Queue => (!self.queue.marks.is_empty(), !self.queue.filter.is_empty()),
            Pane::Workers => (false, !self.workers.filter.is_empty()),
            Pane::Queues => (false, !self.queues.filter.is_empty()),
            Pane::Stats => (false, false),
        };
        self.notice = None;
        if self.looks.expanded {
            self.looks.expanded = false;
        } else if marked {
            match self.focus {
                Pane::Staleness => self.staleness.unmark(),
                Pane::Queue | Pane::Stats | Pane::Workers | Pane::Queues => {
                    self.queue.unmark();
                    self.drop_selected_all();
                }
            }
        } else if self.focus == Pane::Queue && self.gathering.is_under_way() {
            self.drop_selected_all();
        } else if self.focus == Pane::Queue && self.queue.filter.within.is_some() {
            self.leave_group();
        } else if filtered {
            self.clear_filter();
        } else {
            return self.focus == Pane::Queue && self.leave_group();
        }
        true
    }
}
