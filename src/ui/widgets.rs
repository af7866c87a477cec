//! Pieces that several panes draw with: tables, text, sparklines, the theme.

pub mod ascii;
pub(in crate::ui) mod sparklines;
pub(in crate::ui) mod table;
pub mod text;
pub mod theme;
