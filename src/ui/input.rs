//! The terminal's side of the keyboard: key events, the editor, the clipboard, signals, and replies that
//! the terminal sends among the keys. The event loop calls it, and commands without a screen wait for
//! signals here. Which key does what is in [`keymap`](crate::keymap).

pub mod clipboard;
pub mod editor;
pub mod keyboard;
pub mod signals;
pub(in crate::ui) mod terminal_replies;
