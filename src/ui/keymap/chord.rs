//! A key and how it is written.

use std::fmt;

use crossterm::event::KeyCode::{self, BackTab, Char, Down, Left, PageDown, PageUp, Right, Up};
use crossterm::event::KeyModifiers;

/// A key with its modifiers; Shift is in the letter already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord(pub(super) KeyCode, pub(super) KeyModifiers);

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.contains(KeyModifiers::CONTROL) {
            f.write_str("^")?;
        }
        match self.0 {
            Char(' ') => f.write_str("Space"),
            Char(c) if self.1.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", c.to_ascii_uppercase())
            }
            Char(c) => write!(f, "{c}"),
            Up => f.write_str("↑"),
            Down => f.write_str("↓"),
            Left => f.write_str("←"),
            Right => f.write_str("→"),
            BackTab => f.write_str("Shift-Tab"),
            PageUp => f.write_str("PgUp"),
            PageDown => f.write_str("PgDn"),
            other => write!(f, "{other}"),
        }
    }
}
