//! What a poll brought, let onto the screen.

use std::sync::Arc;

use super::App;
use crate::app::screen::popup::Overlay;
use crate::data::model::{PollResult, Snapshot};

impl App {
    pub(super) fn hear(&mut self, heard: PollResult) {
        if let PollResult::Snapshot(snapshot) = &heard {
            // Also while the screen stands still: that must not make an alert begin anew.
            self.watched.take(snapshot);
        }
        match heard {
            PollResult::Snapshot(snapshot) if self.frozen.is_some() => {
                self.buffer_while_frozen(snapshot)
            }
            PollResult::Snapshot(snapshot) => self.show(&snapshot),
            PollResult::Unreachable { error, retry_in } => {
                self.data.lose(&error, retry_in, self.now)
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
        if let Some(frozen) = &mut self.frozen {
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
        self.data.take(snapshot, self.now);
        self.show_detail(snapshot);
        self.staleness.refresh(self.data.stale());
        self.refresh_queue();
        self.workers.refresh(self.data.workers());
        self.queues.refresh(self.data.queues());
        self.follow_end();
        if matches!(self.overlay, Some(Overlay::Confirm(_))) {
            self.recheck_targets();
        } else {
            self.staleness.prune(self.data.stale());
            self.prune_marks();
        }
    }
}
