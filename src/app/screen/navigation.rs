//! Moving about and looking: nothing here can change anything in the database.

use crate::app::App;
use crate::app::action::{Mark, Move, Pane, Tab, Toggle};
use crate::app::capabilities;
use crate::app::detail::DetailScreen;
use crate::app::format::{count_or_estimate, count_usize};
use crate::app::polled::Frozen;
use crate::app::screen::popup::Popup;
use crate::app::session::TimeFormat;
use crate::app::viewport::Viewport;
use crate::data::messages::command::Command;

impl App {
    /// Whether keys are letters of a text at the moment.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        use crate::app::writes::confirm::Field;
        match &self.screen.popup {
            Some(Popup::Confirm(confirm)) => matches!(
                confirm.spot,
                Field::Reason
                    | Field::Count
                    | Field::Name
                    | Field::Attempts
                    | Field::Timeout
                    | Field::Span
            ),
            Some(Popup::Palette(_)) => true,
            Some(_) => false,
            None => self.lists.filtering || self.is_searching(),
        }
    }

    /// How many rows of a list are shown of how many: `63 of 63`, `200 of ~12,400`.
    #[must_use]
    pub fn counted(&self, pane: Pane) -> Option<String> {
        let (shown, read, length) = match pane {
            Pane::Staleness => {
                let listed = self.polled.staleness.rows.as_ref()?;
                (
                    self.lists.staleness.shown().len(),
                    listed.rows.len(),
                    listed.total,
                )
            }
            Pane::Queue => {
                let listed = self.polled.queue.rows.as_ref()?;
                if self.is_grouped() {
                    return Some(self.groups_counted(listed));
                }
                (
                    self.lists.queue.shown().len(),
                    listed.rows.len(),
                    listed.total,
                )
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
        match self.lists.focus {
            Pane::Staleness => self.lists.staleness.marks.len(),
            Pane::Queue => self.lists.queue.marks.len(),
            Pane::Stats | Pane::Workers | Pane::Queues => 0,
        }
    }

    pub(in crate::app) fn go(&mut self, step: Move) {
        match &mut self.screen.popup {
            Some(Popup::Help(view) | Popup::Results(view) | Popup::LogLine(_, view)) => {
                view.scroll(step);
            }
            Some(Popup::Palette(palette)) => palette.choose(by(step)),
            Some(Popup::Menu(menu)) => menu.choose(by(step)),
            Some(Popup::Confirm(confirm)) => confirm.view.scroll(step),
            None => self.move_cursor_below(step),
        }
    }

    fn move_cursor_below(&mut self, step: Move) {
        if let Some(log) = &mut self.screen.operator_log {
            let rows = self
                .polled
                .log
                .rows
                .as_deref()
                .map_or(&[][..], Vec::as_slice);
            log.go(rows, step);
        } else if let Some(detail) = &mut self.detail {
            detail.go(step);
        } else {
            match self.lists.focus {
                Pane::Staleness => self.lists.staleness.go(self.polled.stale(), step),
                Pane::Queue => self.go_in_queue(step),
                Pane::Stats => self.lists.stats.scroll(step),
                Pane::Workers => self.lists.workers.go(self.polled.workers(), step),
                Pane::Queues => self.lists.queues.go(self.polled.queues(), step),
            }
        }
    }

    pub(in crate::app) fn focus(&mut self, pane: Pane) {
        self.lists.focus = pane;
        self.detail_is_left();
        self.screen.operator_log = None;
    }

    /// The command bar can leave the detail screen for a pane; the next tick stops following.
    fn detail_is_left(&mut self) {
        if self.detail.take().is_some() {
            self.writes.pending_command = Some(Command::Follow(None));
        }
    }

    pub(in crate::app) fn cycle(&mut self, by: isize) {
        if let Some(detail) = &mut self.detail {
            let tabs = capabilities::tabs(&self.session.source);
            detail.tab = capabilities::cycle(&tabs, detail.tab, by).unwrap_or_default();
        } else {
            let panes = self.panes();
            self.lists.focus =
                capabilities::cycle(&panes, self.lists.focus, by).unwrap_or_default();
        }
    }

    pub(in crate::app) fn show_tab(&mut self, tab: Tab) {
        match &mut self.detail {
            Some(detail) => detail.tab = tab,
            None => self.say(self.session.words().tell("open a task first: Enter")),
        }
    }

    pub(in crate::app) fn open(&mut self) -> Option<Command> {
        if self.screen.operator_log.is_some() {
            self.open_log_line();
            return None;
        }
        let task = match self.lists.focus {
            Pane::Staleness => {
                self.lists
                    .staleness
                    .selected(self.polled.stale())?
                    .task_uuid
            }
            Pane::Queue if self.is_grouped() => {
                self.open_group();
                return None;
            }
            Pane::Queue => self.lists.queue.selected(self.polled.entries())?.task_uuid,
            Pane::Stats | Pane::Workers | Pane::Queues => {
                self.session.view.expanded = !self.session.view.expanded;
                return None;
            }
        };
        if let Err(why) = self.session.source.demand("task") {
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
        match self.lists.focus {
            Pane::Staleness => self.lists.staleness.mark(self.polled.stale(), mark),
            Pane::Queue if mark == Mark::Shown => return self.mark_all_entries(),
            Pane::Queue if self.is_grouped() => self.mark_group(mark),
            Pane::Queue => self.lists.queue.mark(self.polled.entries(), mark),
            Pane::Stats | Pane::Workers | Pane::Queues => {}
        }
        None
    }

    pub(in crate::app) fn toggle(&mut self, toggle: Toggle) {
        match toggle {
            Toggle::Freeze => match self.polled.frozen.take() {
                Some(frozen) => {
                    if let Some(snapshot) = frozen.newest {
                        self.show(&snapshot);
                    }
                    self.say("the screen goes on");
                }
                None => {
                    self.polled.frozen = Some(Frozen {
                        since: self.session.now,
                        newest: None,
                    });
                }
            },
            Toggle::Expand => self.session.view.expanded = !self.session.view.expanded,
            Toggle::Wrap => self.session.view.wrap = !self.session.view.wrap,
            Toggle::Times => {
                let (times, words) = match self.session.view.times {
                    TimeFormat::Relative => (TimeFormat::Local, "times are local"),
                    TimeFormat::Local => (TimeFormat::Utc, "times are UTC"),
                    TimeFormat::Utc => (TimeFormat::Relative, "times are ages"),
                };
                self.session.view.times = times;
                self.say(words);
            }
        }
    }

    pub(in crate::app) fn step_field(&mut self, by: isize) {
        if let Some(Popup::Confirm(confirm)) = &mut self.screen.popup {
            confirm.step(by);
        }
    }

    pub(in crate::app) fn choose(&mut self, by: isize) {
        match &mut self.screen.popup {
            Some(Popup::Confirm(confirm)) => confirm.choose(by),
            Some(Popup::Palette(palette)) => palette.choose(by),
            Some(Popup::Menu(menu)) => menu.choose(by),
            Some(_) => {}
            None => {
                if let Some(detail) = &mut self.detail {
                    detail.tree.go_outermost(by);
                }
            }
        }
    }

    pub(in crate::app) fn complete(&mut self) {
        if let Some(Popup::Palette(palette)) = &mut self.screen.popup {
            palette.complete();
        }
    }

    pub(in crate::app) fn accept(&mut self) -> Option<Command> {
        match self.screen.popup.take() {
            Some(Popup::Confirm(confirm)) => self.press(confirm),
            Some(Popup::Palette(mut palette)) => {
                let taken = palette.take();
                if taken.as_ref().is_none_or(|(_, stays)| *stays) {
                    self.screen.popup = Some(Popup::Palette(palette));
                }
                self.update(taken?.0)
            }
            Some(Popup::Menu(mut menu)) => {
                let (_, action) =
                    (!menu.items.is_empty()).then(|| menu.items.swap_remove(menu.at))?;
                self.update(action)
            }
            Some(Popup::Help(_) | Popup::Results(_) | Popup::LogLine(..)) => None,
            None => {
                if !self.keep_search() {
                    self.keep_filter();
                }
                None
            }
        }
    }

    pub(in crate::app) fn show_results(&mut self) {
        if self.writes.outcomes.is_empty() {
            self.say("nothing has been changed from here yet");
        } else {
            self.screen.popup = Some(Popup::Results(Viewport::default()));
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
