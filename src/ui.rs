//! The terminal: keys in, frames out.
//!
//! [`run`] is the event loop: it turns events into actions and draws [`App`](crate::app::App) after each.
//! [`draw`] divides the screen; `panes`, `detail`, `operator_log`, `dialogs` and [`wall`] draw its parts
//! with the pieces of [`widgets`], between the header and the footer of [`layout`]. [`input`] is the
//! keyboard, the editor, signals and the clipboard, [`terminal`] the screen itself.
//!
//! Only the command line starts it. It reads the state and never the database; imports go from `run` to
//! `draw` to the parts to `widgets`. A new pane is a file in `panes`, a new dialog one in `dialogs`.
//! database.

mod clock;
mod detail;
mod dialogs;
pub mod draw;
pub mod input;
pub mod layout;
mod operator_log;
mod panes;
pub mod run;
pub mod terminal;
pub mod wall;
pub mod widgets;
