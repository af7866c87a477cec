//! Pieces that panes, dialogs and the wall draw with: borders, tables, text, sparklines, the theme.
//! Everything in ui may use them; they know of no pane.

pub mod ascii;
pub(in crate::ui) mod frame;
pub(in crate::ui) mod input_field;
pub(in crate::ui) mod sparklines;
pub(in crate::ui) mod table;
pub mod text;
pub mod theme;
