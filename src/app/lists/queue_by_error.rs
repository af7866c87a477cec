//! The queue by error: groups on and off, into one and out again, and the cursor over them.

use super::Lists;
use super::fix_history::FixHistory;
use super::groups::Group;
use crate::app::action::Move;
use crate::app::cursor::Cause;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::data::messages::command::Template;
use crate::data::model::QueueRow;

/// Templates that are asked about at once.
const MOST_TEMPLATES: usize = 64;

impl Lists {
    /// Whether the queue is shown by groups.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        self.groups.on && self.queue.filter.within.is_none()
    }

    /// Groups the queue, or shows its entries again. From a group that is open, back to the groups.
    pub fn toggle_groups(&mut self, polled: &Polled) {
        let mut cause = Cause::Order;
        if self.queue.filter.within.take().is_none() {
            self.groups.on = !self.groups.on;
            cause = Cause::Choice;
        }
        self.refresh_queue(polled, cause);
        self.note_lost_group();
    }

    /// Shows the entries of the group under the cursor, and nothing else.
    pub fn open_group(&mut self, polled: &Polled) {
        let Some(key) = self.groups.selected().map(|group| group.key.clone()) else {
            return;
        };
        self.lost.enter_group(self.rows_of_group(polled));
        self.queue.filter.within = Some(key);
        self.refresh_queue(polled, Cause::Choice);
        self.queue.go(polled.entries(), Move::Top);
    }

    /// Leaves the group that is open, or the groups. Says whether there was anything to leave.
    pub fn leave_group(&mut self, polled: &Polled) -> bool {
        let was = self.groups.on;
        if self.queue.filter.within.take().is_none() {
            self.groups.on = false;
        }
        if was {
            self.refresh_queue(polled, Cause::Order);
            self.note_lost_group();
        }
        was
    }

    /// Leaves the group that is open and forgets how entries of groups were closed: other rules make other
    /// groups.
    pub fn forget_groups(&mut self) {
        self.queue.filter.within = None;
        self.fix_history = FixHistory::default();
    }

    /// Moves the cursor of the focused pane.
    pub fn move_cursor(&mut self, step: Move, polled: &Polled) {
        match self.focus {
            Pane::Staleness => self.staleness.go(polled.stale(), step),
            Pane::Queue => self.move_in_queue(step, polled),
            Pane::Stats => self.stats.scroll(step),
            Pane::Workers => self.workers.go(polled.workers(), step),
            Pane::Queues => self.queues.go(polled.queues(), step),
        }
    }

    pub(super) fn move_in_queue(&mut self, step: Move, polled: &Polled) {
        if self.is_grouped() {
            self.groups.go(step);
        } else {
            self.queue.go(polled.entries(), step);
        }
    }

    /// The entry under the cursor; of a group, its most urgent.
    #[must_use]
    pub fn entry_at_cursor<'a>(&self, polled: &'a Polled) -> Option<&'a QueueRow> {
        if self.is_grouped() {
            let first = *self.groups.selected()?.rows.first()?;
            polled.entries().get(first)
        } else {
            self.queue.selected(polled.entries())
        }
    }

    /// The templates of the groups on screen, that under the cursor first.
    #[must_use]
    pub fn templates_on_screen(&self) -> Vec<Template> {
        if self.focus != Pane::Queue || !self.is_grouped() {
            return Vec::new();
        }
        let groups = self.groups.selected().into_iter().chain(self.groups.all());
        let mut templates: Vec<Template> = Vec::new();
        for Group { template, .. } in groups {
            if templates.len() < MOST_TEMPLATES && !templates.contains(template) {
                templates.push(template.clone());
            }
        }
        templates
    }
}
