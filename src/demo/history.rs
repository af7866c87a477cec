//! What happened before the demo starts: a week of tasks, failures and entries, from a seed.
//!
//! `generate` draws it, as stories (`story`) of tasks that fail (`failure_kind`), were found (`entries`) or
//! are under way (`active_tasks`); `rows_from_story` makes rows of them and `populate` writes those.

pub(in crate::demo) mod active_tasks;
pub(in crate::demo) mod backlog;
mod clock;
pub(in crate::demo) mod elements;
pub(in crate::demo) mod entries;
pub(in crate::demo) mod failure_kind;
pub(in crate::demo) mod generate;
mod operator;
pub(in crate::demo) mod populate;
pub(in crate::demo) mod rows;
pub(in crate::demo) mod rows_from_story;
pub(in crate::demo) mod story;
