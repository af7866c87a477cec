//! The terminal's side of the keyboard: key events, the editor, signals and replies of the terminal.

pub mod clipboard;
pub mod editor;
pub mod keyboard;
pub mod signals;
pub(in crate::ui) mod terminal_replies;
