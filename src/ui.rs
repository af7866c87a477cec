//! The terminal: keys in, frames out. Looks at [`App`](crate::app::App) and never at the
//! database.

pub mod ascii;
pub mod clipboard;
mod clock;
mod curves;
mod detail;
mod dialogs;
pub mod draw;
pub mod editor;
mod footer;
mod header;
pub mod keyboard;
pub mod keymap;
mod log;
mod panes;
mod progress;
mod replies;
pub mod run;
pub mod signals;
mod table;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod watch;
