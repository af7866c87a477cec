//! Moving about and looking: nothing here can change anything in the database.

use crate::app::action::{Mark, Move, Pane, Tab, Toggle};
use crate::app::capabilities;
use crate::app::detail::DetailScreen;
use crate::app::format::{count_or_estimate, count_usize};
use crate::app::screen::popup::Overlay;
use crate::app::viewport::Viewport;
use crate::app::{App, Frozen, TimeFormat};
use crate::data::messages::command::Command;

impl App {
    /// Whether keys are letters of a text at the moment.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        use crate::app::writes::confirm::Field;
        match &self.overlay {
            Some(Overlay::Confirm(confirm)) => matches!(
                confirm.spot,
                Field::Reason
                    | Field::Count
                    | Field::Name
                    | Field::Attempts
                    | Field::Timeout
                    | Field::Span
            ),
            Some(Overlay::Palette(_)) => true,
            Some(_) => false,
            None => self.filtering || self.is_searching(),
        }
    }

    /// How many rows of a list are shown of how many: `63 of 63`, `200 of ~12,400`.
    #[must_use]
    pub fn counted(&self, pane: Pane) -> Option<String> {
        let (shown, read, length) = match pane {
            Pane::Staleness => {
                let listed = self.data.staleness.rows.as_ref()?;
                (
                    self.staleness.shown().len(),
                    listed.rows.len(),
                    listed.total,
                )
            }
            Pane::Queue => {
                let listed = self.data.queue.rows.as_ref()?;
                if self.is_grouped() {
                    return Some(self.groups_counted(listed));
                }
                (self.queue.shown().len(), listed.rows.len(), listed.total)
            }
            Pane::Workers | Pane::Queues => return self.fleet_counted(pane),
            Pane::Stats => return None,
        };
        let cut = i64::try_from(read).is_ok_and(|read| read < length.rows);
        let (shown_of, length) = (count_usize(shown), count_or_estimate(length));
        if shown < read && cut {
            return Some(format!(
                "{shown_of} of the first {} of {length}",
                count_usize(read)
            ));
        }
        Some(format!("{shown_of} of {length}"))
    }

    /// How many rows are marked in the focused list.
    #[must_use]
    pub fn marked(&self) -> usize {
        match self.focus {
            Pane::Staleness => self.staleness.marks.len(),
            Pane::Queue => self.queue.marks.len(),
            Pane::Stats | Pane::Workers | Pane::Queues => 0,
        }
    }

    pub(in crate::app) fn go(&mut self, step: Move) {
        match &mut self.overlay {
            Some(Overlay::Help(view) | Overlay::Results(view) | Overlay::LogLine(_, view)) => {
                view.scroll(step);
            }
            Some(Overlay::Palette(palette)) => palette.choose(by(step)),
            Some(Overlay::Menu(menu)) => menu.choose(by(step)),
            Some(Overlay::Confirm(confirm)) => confirm.view.scroll(step),
            None => self.move_cursor_below(step),
        }
    }

    fn move_cursor_below(&mut self, step: Move) {
        if let Some(log) = &mut self.log {
            let rows = self.data.log.rows.as_deref().map_or(&[][..], Vec::as_slice);
            log.go(rows, step);
        } else if let Some(detail) = &mut self.detail {
            detail.go(step);
        } else {
            match self.focus {
                Pane::Staleness => self.staleness.go(self.data.stale(), step),
                Pane::Queue => self.go_in_queue(step),
                Pane::Stats => self.stats.scroll(step),
                Pane::Workers => self.workers.go(self.data.workers(), step),
                Pane::Queues => self.queues.go(self.data.queues(), step),
            }
        }
    }

    pub(in crate::app) fn focus(&mut self, pane: Pane) {
        self.focus = pane;
        self.detail_is_left();
        self.log = None;
    }

    /// The command bar can leave the detail screen for a pane; the next tick stops following.
    fn detail_is_left(&mut self) {
        if self.detail.take().is_some() {
            self.owed = Some(Command::Follow(None));
        }
    }

    pub(in crate::app) fn cycle(&mut self, by: isize) {
        if let Some(detail) = &mut self.detail {
            let tabs = capabilities::tabs(&self.place.source);
            detail.tab = capabilities::cycle(&tabs, detail.tab, by).unwrap_or_default();
        } else {
            let panes = self.panes();
            self.focus = capabilities::cycle(&panes, self.focus, by).unwrap_or_default();
        }
    }

    pub(in crate::app) fn show_tab(&mut self, tab: Tab) {
        match &mut self.detail {
            Some(detail) => detail.tab = tab,
            None => self.say(self.place.words().tell("open a task first: Enter")),
        }
    }

    pub(in crate::app) fn open(&mut self) -> Option<Command> {
        if self.log.is_some() {
            self.open_log_line();
            return None;
        }
        let task = match self.focus {
            Pane::Staleness => self.staleness.selected(self.data.stale())?.task_uuid,
            Pane::Queue if self.is_grouped() => {
                self.open_group();
                return None;
            }
            Pane::Queue => self.queue.selected(self.data.entries())?.task_uuid,
            Pane::Stats | Pane::Workers | Pane::Queues => {
                self.looks.expanded = !self.looks.expanded;
                return None;
            }
        };
        if let Err(why) = self.place.source.require("task") {
            self.say(why.one_line());
            return None;
        }
        self.detail = Some(DetailScreen::new(task));
        Some(Command::Follow(Some(task)))
    }

    pub(in crate::app) fn mark(&mut self, mark: Mark) -> Option<Command> {
        if let Some(detail) = &mut self.detail {
            if detail.tab == Tab::Snapshot {
                detail.tree.fold();
            }
            return None;
        }
        match self.focus {
            Pane::Staleness => self.staleness.mark(self.data.stale(), mark),
            Pane::Queue if mark == Mark::Shown => return self.mark_all_entries(),
            Pane::Queue if self.is_grouped() => self.mark_group(mark),
            Pane::Queue => self.queue.mark(self.data.entries(), mark),
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
        None
    }

    pub(in crate::app) fn toggle(&mut self, toggle: Toggle) {
        match toggle {
            Toggle::Freeze => match self.frozen.take() {
                Some(frozen) => {
                    if let Some(snapshot) = frozen.newest {
                        self.show(&snapshot);
                    }
                    self.say("the screen goes on");
                }
                None => {
                    self.frozen = Some(Frozen {
                        since: self.now,
                        newest: None,
                    });
                }
            },
            Toggle::Expand => self.looks.expanded = !self.looks.expanded,
            Toggle::Wrap => self.looks.wrap = !self.looks.wrap,
            Toggle::Times => {
                let (times, words) = match self.looks.times {
                    TimeFormat::Relative => (TimeFormat::Local, "times are local"),
                    TimeFormat::Local => (TimeFormat::Utc, "times are UTC"),
                    TimeFormat::Utc => (TimeFormat::Relative, "times are ages"),
                };
                self.looks.times = times;
                self.say(words);
            }
        }
    }

    pub(in crate::app) fn step_field(&mut self, by: isize) {
        if let Some(Overlay::Confirm(confirm)) = &mut self.overlay {
            confirm.step(by);
        }
    }

    pub(in crate::app) fn choose(&mut self, by: isize) {
        match &mut self.overlay {
            Some(Overlay::Confirm(confirm)) => confirm.choose(by),
            Some(Overlay::Palette(palette)) => palette.choose(by),
            Some(Overlay::Menu(menu)) => menu.choose(by),
            Some(_) => {}
            None => {
                if let Some(detail) = &mut self.detail {
                    detail.tree.go_outermost(by);
                }
            }
        }
    }

    pub(in crate::app) fn complete(&mut self) {
        if let Some(Overlay::Palette(palette)) = &mut self.overlay {
            palette.complete();
        }
    }

    pub(in crate::app) fn accept(&mut self) -> Option<Command> {
        match self.overlay.take() {
            Some(Overlay::Confirm(confirm)) => self.press(confirm),
            Some(Overlay::Palette(mut palette)) => {
                let taken = palette.take();
                if taken.as_ref().is_none_or(|(_, stays)| *stays) {
                    self.overlay = Some(Overlay::Palette(palette));
                }
                self.update(taken?.0)
            }
            Some(Overlay::Menu(mut menu)) => {
                let (_, action) =
                    (!menu.items.is_empty()).then(|| menu.items.swap_remove(menu.at))?;
                self.update(action)
            }
            Some(Overlay::Help(_) | Overlay::Results(_) | Overlay::LogLine(..)) => None,
            None => {
                if !self.keep_search() {
                    self.keep_filter();
                }
                None
            }
        }
    }

    pub(in crate::app) fn show_results(&mut self) {
        if self.done.is_empty() {
            self.say("nothing has been changed from here yet");
        } else {
            self.overlay = Some(Overlay::Results(Viewport::default()));
        }
    }
}

/// A move as a step in a short list.
const fn by(step: Move) -> isize {
    match step {
        Move::Up => -1,
        Move::Down => 1,
        Move::HalfUp | Move::PageUp => -5,
        Move::HalfDown | Move::PageDown => 5,
        Move::Top => -1_000,
        Move::Bottom => 1_000,
    }
}
