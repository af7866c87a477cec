//! The terminal: keys in, frames out. Looks at [`App`](crate::app::App) and never at the
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
