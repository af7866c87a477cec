//! A list whose cursor and marks follow the rows, not the places they happen to stand in.

mod row_impls;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use super::filter::Filter;
use super::filter::fields::FilterFields;
use crate::app::action::{Mark, Move};
use crate::app::cursor::{Aim, Cause, Cursor, Window};
use crate::app::pane::Column;
use crate::app::viewport::Viewport;
use crate::data::model::StepId;

/// An order chosen by the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// Largest first.
    pub falling: bool,
}

/// A row of a list.
pub trait Row {
    /// What tells it from the others, for as long as it lives.
    type Id: Copy + Eq + Hash + Debug;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// The step that a key would act on, where the row names one.
    fn step(&self) -> Option<StepId> {
        None
    }

    /// What filters ask of it.
    fn filter_fields(&self) -> FilterFields<'_>;

    /// Which of two comes first by `column`, smallest first.
    fn compare(&self, other: &Self, column: Column) -> Ordering;

    /// The line of its error that says what happened.
    fn error_line(&self) -> Option<String> {
        None
    }
}

/// Which rows are shown in which order, which is under the cursor and which are marked.
#[derive(Debug, Clone)]
pub struct List<Id> {
    /// What is let through.
    pub filter: Filter,
    /// The order; `None` is the server's.
    pub sort: Option<Sort>,
    /// What is on screen.
    pub view: Viewport,
    /// The rows marked.
    pub marks: HashSet<Id>,
    /// Where the cursor is.
    pub cursor: Cursor<Id>,
    shown: Vec<usize>,
    range: Option<Range<Id>>,
}

/// A range being marked: where it began and what was marked before.
#[derive(Debug, Clone)]
struct Range<Id> {
    anchor: Id,
    before: HashSet<Id>,
}

impl<Id> Default for List<Id> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: None,
            view: Viewport::default(),
            marks: HashSet::new(),
            cursor: Cursor::default(),
            shown: Vec::new(),
            range: None,
        }
    }
}

impl<Id: Copy + Eq + Hash + Debug> List<Id> {
    /// The rows shown, as places in the rows read, in the order shown.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// The place of the cursor among the rows shown.
    #[must_use]
    pub fn at(&self) -> usize {
        self.cursor.at()
    }

    /// The rows to draw in so many lines.
    #[must_use]
    pub fn window(&self, height: usize) -> Window {
        self.cursor.window(&self.view, height)
    }

    /// Whether a range is being marked.
    #[must_use]
    pub fn in_range(&self) -> bool {
        self.range.is_some()
    }

    /// The row under the cursor; none if that is gone.
    #[must_use]
    pub fn selected<'a, R: Row<Id = Id>>(&self, rows: &'a [R]) -> Option<&'a R> {
        rows.get(*self.shown.get(self.cursor.row()?)?)
    }

    /// The rows a write acts on: the marked ones in the order shown, else the one under the
    /// cursor. Marked rows that the filter hides count too, so that what was marked is what is
    /// acted on; they come last.
    #[must_use]
    pub fn chosen<'a, R: Row<Id = Id>>(&self, rows: &'a [R]) -> Vec<&'a R> {
        if self.marks.is_empty() {
            return self.selected(rows).into_iter().collect();
        }
        let marked = |row: &&R| self.marks.contains(&row.id());
        let shown: HashSet<usize> = self.shown.iter().copied().collect();
        let seen = self
            .shown
            .iter()
            .filter_map(|at| rows.get(*at))
            .filter(marked);
        let hidden = rows
            .iter()
            .enumerate()
            .filter(|(at, _)| !shown.contains(at));
        seen.chain(hidden.map(|(_, row)| row).filter(marked))
            .collect()
    }

    /// Works out again which rows are shown; the cursor stays with its row.
    pub fn refresh<R: Row<Id = Id>>(&mut self, rows: &[R], cause: Cause) {
        let mut shown: Vec<usize> = (0..rows.len())
            .filter(|at| self.filter.admits(&rows[*at].filter_fields()))
            .collect();
        if let Some(sort) = self.sort {
            shown = sorted(shown, rows, sort);
        }
        let aim = |at: &usize| Aim {
            key: rows[*at].id(),
            step: rows[*at].step(),
        };
        let aims = shown.iter().map(aim).collect();
        self.shown = shown;
        self.cursor.follow(aims, cause);
    }

    /// Forgets marks on rows that are no longer there.
    pub fn prune<R: Row<Id = Id>>(&mut self, rows: &[R]) {
        self.prune_but(rows, |_| false);
    }

    /// Forgets marks on rows that are no longer there, but for those that are kept elsewhere.
    pub fn prune_but<R: Row<Id = Id>>(&mut self, rows: &[R], kept: impl Fn(Id) -> bool) {
        let alive: HashSet<Id> = rows.iter().map(Row::id).collect();
        self.marks.retain(|id| alive.contains(id) || kept(*id));
        if self
            .range
            .as_ref()
            .is_some_and(|range| !alive.contains(&range.anchor))
        {
            self.range = None;
        }
    }

    /// Moves the cursor.
    pub fn go<R: Row<Id = Id>>(&mut self, rows: &[R], step: Move) {
        self.cursor.go(&self.view, step);
        self.extend_range(rows);
    }

    /// Marks rows.
    pub fn mark<R: Row<Id = Id>>(&mut self, rows: &[R], mark: Mark) {
        let Some(cursor) = self.cursor.key().copied() else {
            return;
        };
        match mark {
            Mark::Cursor => {
                if !self.marks.remove(&cursor) {
                    self.marks.insert(cursor);
                }
                self.range = None;
                self.go(rows, Move::Down);
            }
            Mark::Range if self.range.is_some() => self.range = None,
            Mark::Range => {
                let before = self.marks.clone();
                self.range = Some(Range {
                    anchor: cursor,
                    before,
                });
                self.extend_range(rows);
            }
            Mark::Shown => {
                let all: HashSet<Id> = self.shown.iter().map(|at| rows[*at].id()).collect();
                self.range = None;
                if all.is_subset(&self.marks) {
                    self.marks.retain(|id| !all.contains(id));
                } else {
                    self.marks.extend(all);
                }
            }
        }
    }

    /// Marks these as well; a range ends. Says whether any of them was not marked yet.
    pub fn mark_these(&mut self, ids: &[Id]) -> bool {
        self.range = None;
        let before = self.marks.len();
        self.marks.extend(ids);
        self.marks.len() > before
    }

    /// Forgets the marks on these.
    pub fn unmark_these(&mut self, ids: &[Id]) {
        for id in ids {
            self.marks.remove(id);
        }
    }

    /// Forgets all marks.
    pub fn unmark(&mut self) {
        self.marks.clear();
        self.range = None;
    }

    /// Orders by `column`, or turns its order round; `None` is the server's order.
    pub fn sort_by(&mut self, column: Option<Column>) {
        self.sort = column.map(|column| match self.sort {
            Some(sort) if sort.column == column => Sort {
                falling: !sort.falling,
                ..sort
            },
            _ => Sort {
                column,
                falling: column.is_descending(),
            },
        });
    }

    /// Marks from the range's anchor to the cursor.
    fn extend_range<R: Row<Id = Id>>(&mut self, rows: &[R]) {
        let Some(range) = &self.range else { return };
        let Some(here) = self.cursor.row() else {
            return;
        };
        let Some(from) = self
            .shown
            .iter()
            .position(|at| rows[*at].id() == range.anchor)
        else {
            return;
        };
        let between = &self.shown[from.min(here)..=from.max(here)];
        self.marks = range.before.clone();
        self.marks.extend(between.iter().map(|at| rows[*at].id()));
    }
}

/// The places of rows in this order. What an error says is worked out once for each, and not for each
/// comparison.
fn sorted<R: Row>(mut shown: Vec<usize>, rows: &[R], sort: Sort) -> Vec<usize> {
    let in_order = |order: Ordering| if sort.falling { order.reverse() } else { order };
    if sort.column == Column::Error {
        let with_line = |at: usize| (rows[at].error_line(), at);
        let mut lines: Vec<_> = shown.into_iter().map(with_line).collect();
        lines.sort_by(|(a, _), (b, _)| in_order(a.cmp(b)));
        return lines.into_iter().map(|(_, at)| at).collect();
    }
    shown.sort_by(|a, b| in_order(rows[*a].compare(&rows[*b], sort.column)));
    shown
}
