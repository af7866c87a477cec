//! The parts of the screen around the panes: header, footer, progress of bulk runs.

pub(in crate::ui) mod footer;
pub(in crate::ui) mod header;
mod pieces;
pub(in crate::ui) mod progress;
