//! The detail screen: one task, looked at closely.
//!
//! Knows the task it shows and nothing of the lists. A new page begins as a `Tab` in `pane.rs` and
//! gets its state here.

pub mod diagnosis;
mod search;
mod snapshot_changes;
pub mod snapshot_diff;
pub mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use self::tree::Tree;
use crate::app::action::Move;
use crate::app::cursor::{Aim, Cause, Cursor, TO_BE_SEEN};
use crate::app::format::title;
use crate::app::group_key::GroupKey;
use crate::app::pane::Tab;
use crate::app::viewport::Viewport;
use crate::data::error::DataError;
use crate::data::fingerprint::rules::Rules;
use crate::data::messages::command::Template;
use crate::data::model::shown_fingerprint::fingerprint_of;
use crate::data::model::{Detail, EntryRow, Part, StepId, StepRow, TaskId};
use crate::data::redaction;

/// A task with its secrets; `None` within if it has none that are hidden.
#[derive(Debug)]
struct Revealed(Option<Box<Detail>>);

impl Revealed {
    fn of(detail: Option<&Detail>) -> Self {
        Self(detail.and_then(Detail::revealed).map(Box::new))
    }
}

/// What the detail screen shows and where it is.
#[derive(Debug)]
pub struct DetailScreen {
    /// The task.
    pub task: TaskId,
    /// The page.
    pub tab: Tab,
    /// The last good answer; the inner `None` means that there is no such task any more.
    pub answer: Option<Arc<Option<Detail>>>,
    /// Why the latest answer could not be read.
    pub error: Option<Arc<DataError>>,
    /// What is on screen of each page.
    pub views: [Viewport; 5],
    /// The snapshot's lines.
    pub tree: Tree,
    /// The value that they show.
    snapshot: Option<Value>,
    /// Which of them have changed, and what is there now.
    pub marks: BTreeMap<usize, String>,
    /// Where the cursor is on *Steps*.
    pub steps: Cursor<StepId>,
    walked_from: Option<StepId>,
    /// The task with its secrets, while they are shown; `None` while they are hidden.
    revealed: Option<Revealed>,
    /// When a poll last changed which step the first page is about.
    root_changed: Option<DateTime<Utc>>,
}

impl DetailScreen {
    /// A screen before the first answer.
    #[must_use]
    pub fn new(task: TaskId) -> Self {
        Self {
            task,
            tab: Tab::default(),
            answer: None,
            error: None,
            views: Default::default(),
            tree: Tree::default(),
            snapshot: None,
            marks: BTreeMap::new(),
            steps: Cursor::default(),
            walked_from: None,
            revealed: None,
            root_changed: None,
        }
    }

    /// Takes what a poll brought for this task at this time.
    pub fn take(&mut self, part: &Part<Option<Detail>>, now: DateTime<Utc>) {
        match part {
            Ok(detail) => {
                if self.revealed.is_some() {
                    self.revealed = Some(Revealed::of(detail.as_ref().as_ref()));
                }
                self.set_snapshot(detail.as_ref().as_ref());
                let before = self.answer.is_some().then(|| self.root());
                self.answer = Some(Arc::clone(detail));
                self.error = None;
                if before.is_some_and(|before| before != self.root()) {
                    self.root_changed = Some(now);
                }
                self.keep_cursor_on_step(now);
            }
            Err(error) => self.error = Some(Arc::clone(error)),
        }
    }

    /// The task's details, once they were read, if it still exists.
    #[must_use]
    pub fn detail(&self) -> Option<&Detail> {
        self.answer.as_deref()?.as_ref()
    }

    /// The task's details as the screen shows them: with their secrets, if those were asked for. What is copied,
    /// written or sent comes from [`DetailScreen::detail`].
    #[must_use]
    pub fn shown(&self) -> Option<&Detail> {
        let revealed = self.revealed.as_ref().and_then(|it| it.0.as_deref());
        revealed.or_else(|| self.detail())
    }

    /// Whether secrets are shown.
    #[must_use]
    pub const fn is_revealed(&self) -> bool {
        self.revealed.is_some()
    }

    /// Shows the secrets, or hides them again. Says whether there are any to show.
    pub fn toggle_secrets(&mut self) -> bool {
        let shown = self.revealed.take().is_some();
        if !shown {
            self.revealed = Some(Revealed::of(self.detail()));
        }
        let answer = self.answer.clone();
        self.set_snapshot(answer.as_deref().and_then(Option::as_ref));
        shown || self.revealed.as_ref().is_some_and(|it| it.0.is_some())
    }

    /// The group that the task belongs to, by its failing step and these rules.
    #[must_use]
    pub fn group_key(&self, rules: &Rules) -> Option<GroupKey> {
        let task = &self.detail()?.task;
        let step = self.target()?;
        let error = step.last_error.as_ref();
        let error = fingerprint_of(error, &task.namespace_name, &task.task_name, rules);
        let reason = self.pending().filter(|_| error.is_empty());
        Some(GroupKey {
            template: title(task.namespace_name.as_str(), task.task_name.as_str()),
            step: step.step_name.as_str().to_owned(),
            error,
            reason: reason.map_or_else(String::new, |entry| entry.dlq_reason.as_str().to_owned()),
        })
    }

    /// The task's template.
    #[must_use]
    pub fn template(&self) -> Option<Template> {
        let task = &self.detail()?.task;
        Some(Template {
            namespace: task.namespace_name.clone(),
            name: task.task_name.clone(),
        })
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
            return detail.steps.get(self.steps.row()?);
        }
        diagnosis::root(detail)
    }

    /// The step that fails.
    fn root(&self) -> Option<StepId> {
        let root = diagnosis::root(self.detail()?)?;
        Some(root.workflow_step_uuid)
    }

    /// Whether a poll has changed what write keys act on, too recently to be seen.
    #[must_use]
    pub fn slid(&self, now: DateTime<Utc>) -> bool {
        let is_recent = |at: DateTime<Utc>| now - at < TO_BE_SEEN;
        match self.tab {
            Tab::Steps => self.steps.slid(now),
            _ => self.root_changed.is_some_and(is_recent),
        }
    }

    /// Whether the step under the cursor is gone.
    #[must_use]
    pub fn step_is_gone(&self) -> bool {
        self.tab == Tab::Steps && self.steps.is_gone()
    }

    /// The place of the cursor on *Steps*.
    #[must_use]
    pub fn step_at(&self) -> usize {
        self.steps.at()
    }

    /// Moves the cursor on *Steps* and *Snapshot*, the text elsewhere.
    pub fn go(&mut self, step: Move) {
        self.walked_from = None;
        let view = &mut self.views[self.tab.index()];
        match self.tab {
            Tab::Steps => {}
            Tab::Snapshot => {
                let lines = self.tree.visible();
                let at = lines.partition_point(|at| *at < self.tree.cursor());
                let to = view.moved(at, lines.len(), step);
                return self.tree.go_to(lines.get(to).copied().unwrap_or_default());
            }
            Tab::Why | Tab::History | Tab::Notes => return view.scroll(step),
        }
        self.steps.go(view, step);
    }

    /// Takes the lines of a snapshot; one that is known already keeps its folds and its cursor.
    fn set_snapshot(&mut self, detail: Option<&Detail>) {
        let revealed = self.revealed.as_ref().and_then(|it| it.0.as_deref());
        let detail = revealed.or(detail);
        let new = detail.and_then(|it| it.task_snapshot.clone());
        if new != self.snapshot || self.answer.is_none() {
            self.tree.reveals = revealed.is_some();
            self.tree.set(new.as_ref());
            self.snapshot = new;
        }
        self.marks =
            detail.map_or_else(BTreeMap::new, |it| snapshot_changes::marks(&self.tree, it));
    }

    /// A search of the snapshot is being typed.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        let search = self.tree.search.as_ref();
        self.tab == Tab::Snapshot && search.is_some_and(|search| search.typing)
    }

    /// Path and value of the snapshot's line under the cursor, where that is on screen.
    #[must_use]
    pub fn chosen(&self) -> Option<(String, String)> {
        let snapshot = self.detail()?.task_snapshot.as_ref();
        let snapshot = snapshot.filter(|_| self.tab == Tab::Snapshot)?;
        let path = redaction::text(&self.tree.path()?).into_owned();
        Some((path, self.tree.value(snapshot)?))
    }

    /// Walks the graph: on *Steps* to a parent (-1) or a child (1), on *Snapshot* out or in. Says
    /// what is in the way; `None` where nothing can be walked.
    pub fn walk(&mut self, by: isize) -> Option<Result<(), String>> {
        match self.tab {
            Tab::Snapshot => self.tree.walk(by),
            Tab::Steps => return Some(self.walk_steps(by)),
            Tab::Why | Tab::History | Tab::Notes => return None,
        }
        Some(Ok(()))
    }

    fn walk_steps(&mut self, by: isize) -> Result<(), String> {
        let Some(detail) = self.answer.as_deref().and_then(Option::as_ref) else {
            return Ok(());
        };
        let Some(here) = self.steps.row().and_then(|at| detail.steps.get(at)) else {
            return Ok(());
        };
        let beside = |one: &StepRow| {
            let (parent, child) = if by < 0 { (one, here) } else { (here, one) };
            one.workflow_step_uuid != here.workflow_step_uuid
                && child.parents.contains(&parent.step_name)
        };
        let beside: Vec<usize> = (0..detail.steps.len())
            .filter(|at| beside(&detail.steps[*at]))
            .collect();
        let step = |at: &usize| &detail.steps[*at];
        // Back the way one came, else along what is still open.
        let back = |at: &&usize| Some(step(at).workflow_step_uuid) == self.walked_from;
        let open = |at: &&usize| !diagnosis::is_done(step(at));
        let to = beside.iter().find(back).or(beside.iter().find(open));
        let Some(to) = to.or(beside.first()) else {
            let name = here.step_name.first_line();
            return Err(if by < 0 {
                format!("{name} waits for no step")
            } else {
                format!("no step waits for {name}")
            });
        };
        self.walked_from = Some(here.workflow_step_uuid);
        let to = step(to).workflow_step_uuid;
        self.steps.put_on(&to);
        Ok(())
    }

    /// Keeps the cursor on its step; at first it goes to the one that fails.
    fn keep_cursor_on_step(&mut self, now: DateTime<Utc>) {
        let steps = self.detail().map_or(&[][..], |detail| &detail.steps);
        let aim = |step: &StepRow| Aim {
            key: step.workflow_step_uuid,
            step: None,
        };
        let aims: Vec<Aim<StepId>> = steps.iter().map(aim).collect();
        let first = self.steps.is_empty().then(|| self.root()).flatten();
        self.steps.follow(aims, Cause::Poll(now));
        if let Some(root) = first {
            self.steps.put_on(&root);
        }
    }
}
