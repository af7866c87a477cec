//! What a poll brought, let onto the screen.

use std::sync::Arc;

use super::App;
use crate::app::screen::popup::Popup;
use crate::data::model::{PollResult, Snapshot};

impl App {
    pub(super) fn hear(&mut self, heard: PollResult) {
        if let PollResult::Snapshot(snapshot) = &heard {
            // Also while the screen stands still: that must not make an alert begin anew.
            self.polled.source_alerts.take(snapshot);
        }
        match heard {
            PollResult::Snapshot(snapshot) if self.polled.frozen.is_some() => {
                self.buffer_while_frozen(snapshot)
            }
            PollResult::Snapshot(snapshot) => self.show(&snapshot),
            PollResult::Unreachable { error, retry_in } => {
                self.polled
                    .mark_unreachable(&error, retry_in, self.session.now)
            }
        }
    }

    /// While the screen stands still, only a task that was opened since is let in.
    fn buffer_while_frozen(&mut self, snapshot: Arc<Snapshot>) {
        if self
            .detail
            .as_ref()
            .is_some_and(|detail| detail.heard.is_none())
        {
            self.show_detail(&snapshot);
        }
        if let Some(frozen) = &mut self.polled.frozen {
            frozen.newest = Some(snapshot);
        }
    }

    fn show_detail(&mut self, snapshot: &Snapshot) {
        if let (Some(detail), Some((task, part))) = (&mut self.detail, &snapshot.detail)
            && detail.task == *task
        {
            detail.take(part);
        }
    }

    pub(super) fn show(&mut self, snapshot: &Snapshot) {
        self.polled.take(snapshot, self.session.now);
        self.show_detail(snapshot);
        self.lists.staleness.refresh(self.polled.stale());
        self.refresh_queue();
        self.lists.workers.refresh(self.polled.workers());
        self.lists.queues.refresh(self.polled.queues());
        self.follow_end();
        if matches!(self.screen.popup, Some(Popup::Confirm(_))) {
            self.recheck_targets();
        } else {
            self.lists.staleness.prune(self.polled.stale());
            self.prune_marks();
        }
    }
}
