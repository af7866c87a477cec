//! The panes of the dashboard, one file each. [`draw`](super::draw) decides where each stands.
//!
//! A new pane is a file here with a `draw`, a `Pane`, and a place in `draw`.

pub(super) mod entry;
mod groups;
mod layout;
pub(super) mod queue;
pub(super) mod queues;
pub(super) mod staleness;
pub(super) mod stats;
mod types;
pub(super) mod workers;
