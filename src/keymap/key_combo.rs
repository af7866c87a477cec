//! A key and how it is written.

use std::fmt;
use std::str::FromStr;

use crossterm::event::KeyCode::{
    self, BackTab, Char, Down, End, Enter, Esc, F, Home, Insert, Left, PageDown, PageUp, Right,
    Tab, Up,
};
use crossterm::event::KeyModifiers;

/// A key with its modifiers; Shift is in the letter already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCombo(pub(super) KeyCode, pub(super) KeyModifiers);

impl fmt::Display for KeyCombo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.contains(KeyModifiers::CONTROL) {
            f.write_str("^")?;
        }
        if self.1.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
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

/// What a key may be called besides the letter on it.
const NAMES: [(&str, KeyCode); 15] = [
    ("space", Char(' ')),
    ("tab", Tab),
    ("shift-tab", BackTab),
    ("enter", Enter),
    ("esc", Esc),
    ("up", Up),
    ("down", Down),
    ("left", Left),
    ("right", Right),
    ("home", Home),
    ("end", End),
    ("pgup", PageUp),
    ("pgdn", PageDown),
    ("insert", Insert),
    ("pagedown", PageDown),
];

impl FromStr for KeyCombo {
    type Err = ();

    /// `R`, `?`, `F5`, `Space`, `PgDn`, `Ctrl-R` or `^R`, `Alt-x`.
    fn from_str(written: &str) -> Result<Self, ()> {
        let mut chars = written.chars();
        if let (Some(one), None) = (chars.next(), chars.next()) {
            let is_key = !one.is_control() && !one.is_whitespace();
            return is_key
                .then_some(Self(Char(one), KeyModifiers::NONE))
                .ok_or(());
        }
        let lower = written.to_lowercase();
        for (begins, modifier) in [
            ("ctrl-", KeyModifiers::CONTROL),
            ("^", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
        ] {
            if lower.starts_with(begins) {
                let Self(code, more) = written[begins.len()..].parse()?;
                // A terminal cannot tell Ctrl-R from Ctrl-r.
                let code = match code {
                    Char(c) if modifier == KeyModifiers::CONTROL => Char(c.to_ascii_lowercase()),
                    code => code,
                };
                return Ok(Self(code, modifier | more));
            }
        }
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
            return Ok(Self(*code, KeyModifiers::NONE));
        }
        match lower.strip_prefix('f').map(str::parse) {
            Some(Ok(number @ 1..=12)) => Ok(Self(F(number), KeyModifiers::NONE)),
            _ => Err(()),
        }
    }
}

impl KeyCombo {
    /// As it is written in the configuration.
    #[must_use]
    pub fn written(self) -> String {
        let Self(code, modifiers) = self;
        let name = NAMES.iter().find(|(_, named)| *named == code);
        let key = match (name, code) {
            (Some((name, _)), _) => (*name).to_owned(),
            (None, F(number)) => format!("f{number}"),
            _ => Self(code, KeyModifiers::NONE).to_string(),
        };
        let control = if modifiers.contains(KeyModifiers::CONTROL) {
            "ctrl-"
        } else {
            ""
        };
        let alt = if modifiers.contains(KeyModifiers::ALT) {
            "alt-"
        } else {
            ""
        };
        format!("{control}{alt}{key}")
    }

    /// Why this key is nobody's to give away, if it is not.
    #[must_use]
    pub fn refusal(self, writes: bool) -> Option<&'static str> {
        let Self(code, modifiers) = self;
        if modifiers.contains(KeyModifiers::CONTROL) {
            return match code {
                Char('c') => Some("it quits from anywhere"),
                Char('a' | 'b') => Some("tmux and screen take it"),
                Char('s' | 'q') => Some("terminals stop and go on by it"),
                Char('h' | 'i' | 'j' | 'm' | '[' | ' ') => {
                    Some("a terminal cannot tell it from another key")
                }
                Char('d' | 'k' | 'u' | 'w' | 'y') if writes => {
                    Some("it moves or deletes elsewhere: a slip must be harmless")
                }
                _ => None,
            };
        }
        let is_capital = matches!(code, Char(c) if c.is_uppercase()) || matches!(code, F(_));
        (writes && !is_capital).then_some("capitals write: a slip on another key must be harmless")
    }
}
