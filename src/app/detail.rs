//! The detail screen: one task, looked at closely.

use std::collections::HashSet;
use std::sync::Arc;

use super::action::{Move, Tab};
use super::verdict;
use super::viewport::Viewport;
use crate::data::error::DataError;
use crate::data::model::{Detail, EntryRow, Part, StepId, StepRow, TaskId};

/// What the detail screen shows and where it is.
#[derive(Debug)]
pub struct DetailScreen {
    /// The task.
    pub task: TaskId,
    /// The page.
    pub tab: Tab,
    /// The last good answer; the inner `None` means that there is no such task any more.
    pub heard: Option<Arc<Option<Detail>>>,
    /// Why the latest answer could not be read.
    pub error: Option<Arc<DataError>>,
    /// What is on screen of each page.
    pub views: [Viewport; 5],
    /// Top-level keys of the snapshot that are folded.
    pub folded: HashSet<usize>,
    step: Option<StepId>,
    step_at: usize,
    fold_at: usize,
}

impl DetailScreen {
    /// A screen that has heard nothing yet.
    #[must_use]
    pub fn new(task: TaskId) -> Self {
        Self {
            task,
            tab: Tab::default(),
            heard: None,
            error: None,
            views: Default::default(),
            folded: HashSet::new(),
            step: None,
            step_at: 0,
            fold_at: 0,
        }
    }

    /// Takes what a poll brought for this task.
    pub fn take(&mut self, part: &Part<Option<Detail>>) {
        match part {
            Ok(detail) => {
                self.heard = Some(Arc::clone(detail));
                self.error = None;
                self.settle();
            }
            Err(error) => self.error = Some(Arc::clone(error)),
        }
    }

    /// The task's details, if it has been heard of and still exists.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        self.heard.as_deref()?.as_ref()
    }

    /// Its open entry.
    #[must_use]
    pub fn pending(&self) -> Option<&EntryRow> {
        let entries = &self.detail()?.entries;
        entries
            .iter()
            .find(|entry| entry.resolution_status == "pending")
    }

    /// The step that write keys act on: the selected one on *Steps*, else the one that fails.
    #[must_use]
    pub fn target(&self) -> Option<&StepRow> {
        let detail = self.detail()?;
        if self.tab == Tab::Steps {
            return detail.steps.get(self.step_at);
        }
        verdict::root(detail)
    }

    /// The place of the cursor on *Steps*.
    #[must_use]
    pub fn step_at(&self) -> usize {
        self.step_at
    }

    /// The place of the cursor among the snapshot's top-level keys.
    #[must_use]
    pub fn fold_at(&self) -> usize {
        self.fold_at
    }

    /// Moves the cursor on *Steps* and *Snapshot*, the text elsewhere.
    pub fn go(&mut self, step: Move) {
        let view = &mut self.views[self.tab.index()];
        if self.tab != Tab::Steps {
            return view.scroll(step);
        }
        let steps = self
            .heard
            .as_deref()
            .and_then(Option::as_ref)
            .map_or(&[][..], |d| &d.steps);
        self.step_at = view.moved(self.step_at, steps.len(), step);
        self.step = steps.get(self.step_at).map(|row| row.workflow_step_uuid);
    }

    /// Chooses the next or previous top-level key of the snapshot.
    pub fn choose_fold(&mut self, by: isize) {
        let keys = self.snapshot_keys();
        self.fold_at = self
            .fold_at
            .saturating_add_signed(by)
            .min(keys.saturating_sub(1));
    }

    /// Folds or unfolds the chosen top-level key of the snapshot.
    pub fn fold(&mut self) {
        let at = self.fold_at;
        if !self.folded.remove(&at) {
            self.folded.insert(at);
        }
    }

    fn snapshot_keys(&self) -> usize {
        let snapshot = self
            .detail()
            .and_then(|detail| detail.task_snapshot.as_ref());
        snapshot
            .and_then(|json| json.as_object())
            .map_or(0, serde_json::Map::len)
    }

    /// Keeps the cursor on its step; at first it goes to the one that fails.
    fn settle(&mut self) {
        let Some(detail) = self.heard.as_deref().and_then(Option::as_ref) else {
            return;
        };
        let wanted = self
            .step
            .or_else(|| verdict::root(detail).map(|row| row.workflow_step_uuid));
        let found = detail
            .steps
            .iter()
            .position(|row| Some(row.workflow_step_uuid) == wanted);
        let last = detail.steps.len().saturating_sub(1);
        self.step_at = found.unwrap_or(self.step_at).min(last);
        self.step = detail
            .steps
            .get(self.step_at)
            .map(|row| row.workflow_step_uuid);
    }
}
