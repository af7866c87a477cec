//! The terminal's side of the keyboard: from bytes to keys, the editor, the clipboard, signals. The event loop
//! calls it, and commands without a screen wait for signals here. `tty` reads bytes, `key_parser` makes keys of
//! them, [`keyboard`] hands out together what came together. Which key does what is in
//! [`keymap`](crate::keymap).

pub mod clipboard;
pub mod editor;
#[cfg(unix)]
mod key_parser;
pub mod keyboard;
#[cfg(not(unix))]
mod other_keyboard;
pub mod signals;
#[cfg(unix)]
mod tty;
#[cfg(unix)]
mod unix_keyboard;

#[cfg(not(unix))]
pub use other_keyboard::Keyboard;
#[cfg(unix)]
pub use unix_keyboard::Keyboard;
