//! The clipboard of the terminal the operator sits at, through however many hops, by OSC 52.

use std::io::{self, Write as _};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

/// Sends `text` to the terminal's clipboard. A terminal that does not allow it ignores it.
pub fn osc52(text: &str) {
    let mut terminal = io::stdout();
    // A terminal that is gone is noticed by the next frame; there is nothing to say here.
    let _ = execute!(terminal, CopyToClipboard::to_clipboard_from(text));
    let _ = terminal.flush();
}
