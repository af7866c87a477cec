//! The parts of the screen around the panes: header, footer, progress of bulk runs.
//!
//! The dashboard, the detail screen and the wall draw with them; they know of no dialog.

pub(in crate::ui) mod footer;
pub(in crate::ui) mod header;
mod pieces;
pub(in crate::ui) mod progress;
