//! Keys, as one table: the event loop, the hints, the help and `[keys]` of the configuration all read it,
//! so they cannot disagree. Lower-case keys look, capitals write: a slip is harmless.
//!
//! The screens and the configuration may call this room; it knows of neither. A new key is a row in
//! `table`.

mod custom;
mod key_combo;
mod mode;
mod table;

use crossterm::event::KeyCode::{Backspace, Char, Delete, End, Home, Left, Right};
use crossterm::event::{Event, KeyModifiers};

use self::custom::bindings;
pub use self::custom::{
    CustomBinding, all, conflicts, customized, install, is_customizable, key_for, key_of,
};
pub use self::key_combo::KeyCombo;
pub use self::mode::Mode;
pub use self::table::{BINDINGS, Binding};
use crate::app::action::{Action, Edit};
use crate::app::screen::command_support;
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;
use crate::data::source::Source;

/// Keys that change a line being typed, the same wherever one is.
#[rustfmt::skip]
const EDITS: &[(KeyCombo, Edit)] = &[
    (KeyCombo(Left,      KeyModifiers::NONE),    Edit::Left),
    (KeyCombo(Right,     KeyModifiers::NONE),    Edit::Right),
    (KeyCombo(Left,      KeyModifiers::CONTROL), Edit::WordLeft),
    (KeyCombo(Right,     KeyModifiers::CONTROL), Edit::WordRight),
    (KeyCombo(Char('b'), KeyModifiers::ALT),     Edit::WordLeft),
    (KeyCombo(Char('f'), KeyModifiers::ALT),     Edit::WordRight),
    (KeyCombo(Home,      KeyModifiers::NONE),    Edit::Start),
    (KeyCombo(End,       KeyModifiers::NONE),    Edit::End),
    (KeyCombo(Char('e'), KeyModifiers::CONTROL), Edit::End),
    (KeyCombo(Backspace, KeyModifiers::NONE),    Edit::DeleteBefore),
    (KeyCombo(Char('h'), KeyModifiers::CONTROL), Edit::DeleteBefore),
    (KeyCombo(Delete,    KeyModifiers::NONE),    Edit::DeleteUnder),
    (KeyCombo(Char('w'), KeyModifiers::CONTROL), Edit::DeleteWord),
    (KeyCombo(Char('u'), KeyModifiers::CONTROL), Edit::DeleteToStart),
];

/// Turns a terminal event into an action, or `None` if it means nothing here.
#[must_use]
pub fn action(event: &Event, mode: Mode) -> Option<Action> {
    if let Event::Paste(text) = event {
        // Pasted text is text: where none can be typed it is nothing, least of all keys.
        return mode
            .is_typing()
            .then(|| Action::Edit(Edit::Paste(text.clone())));
    }
    let pressed = event.as_key_press_event()?;
    let combo = KeyCombo(pressed.code, pressed.modifiers - KeyModifiers::SHIFT);
    // With Alt as well: an Esc just before it may arrive in the same piece.
    if combo.0 == Char('c') && combo.1.contains(KeyModifiers::CONTROL) {
        return Some(Action::Quit);
    }
    if let Some(binding) = bindings()
        .iter()
        .find(|b| b.combo == combo && b.modes.contains(&mode))
    {
        return commands::find(binding.name).map(|named| (named.action)());
    }
    if !mode.is_typing() {
        return None;
    }
    if let Some((_, edit)) = EDITS.iter().find(|(bound, _)| *bound == combo) {
        return Some(Action::Edit(edit.clone()));
    }
    match combo {
        KeyCombo(Char(c), KeyModifiers::NONE) => Some(Action::Edit(Edit::Insert(c))),
        _ => None,
    }
}

/// The keys to show on the bottom line, with their words; the way to all others comes last.
/// Where nothing can be written, keys that would are not offered.
///
/// What the source has not is not offered either, and what it has is called as it calls it.
pub fn hints(mode: Mode, read_only: bool, source: &Source) -> impl Iterator<Item = (String, &str)> {
    let writes = |b: &Binding| commands::find(b.name).is_some_and(CommandSpec::writes);
    let offered = move |b: &&Binding| {
        commands::find(b.name).is_none_or(|it| command_support::supports(source, it))
    };
    bindings()
        .iter()
        .filter(move |b| b.modes.contains(&mode) && !b.hint.is_empty())
        .filter(move |b| !(read_only && writes(b)))
        .filter(offered)
        .map(move |b| {
            let hint = commands::find(b.name).map_or(b.hint, |it| {
                command_support::short_label(source, it, b.hint)
            });
            (b.combo.to_string(), hint)
        })
}

/// An action with all its keys in one mode.
#[derive(Debug)]
pub struct KeyHelp {
    /// As they are shown: `q ?`.
    pub keys: String,
    /// The action.
    pub command: &'static CommandSpec,
}

/// Every action that has a key here, with all its keys.
#[must_use]
pub fn help(mode: Mode) -> Vec<KeyHelp> {
    let mut help: Vec<KeyHelp> = Vec::new();
    for binding in bindings().iter().filter(|b| b.modes.contains(&mode)) {
        let Some(named) = commands::find(binding.name) else {
            continue;
        };
        match help.iter_mut().find(|one| one.command.name == named.name) {
            Some(KeyHelp { keys, .. }) => {
                keys.push(' ');
                keys.push_str(&binding.combo.to_string());
            }
            None => help.push(KeyHelp {
                keys: binding.combo.to_string(),
                command: named,
            }),
        }
    }
    help
}

#[cfg(test)]
mod tests {
    use super::Mode::{
        Buttons, Choice, Dashboard, Detail, Log, Menu, Palette, Reading, Reason, Watch,
    };
    use super::*;

    #[test]
    fn no_chord_is_bound_twice_in_a_mode() {
        for (at, a) in BINDINGS.iter().enumerate() {
            for b in &BINDINGS[at + 1..] {
                let both = a.modes.iter().find(|mode| b.modes.contains(mode));
                assert!(
                    a.combo != b.combo || both.is_none(),
                    "{} is both {} and {} in {both:?}",
                    a.combo,
                    a.name,
                    b.name
                );
            }
        }
    }

    #[test]
    fn ctrl_c_quits_from_everywhere_even_right_after_an_esc() {
        for modifiers in [
            KeyModifiers::CONTROL,
            KeyModifiers::CONTROL | KeyModifiers::ALT,
        ] {
            let key = crossterm::event::KeyEvent::new(Char('c'), modifiers);
            for mode in [Dashboard, Reason, Palette, Watch] {
                let action = action(&Event::Key(key), mode);
                assert!(
                    matches!(action, Some(Action::Quit)),
                    "{mode:?} {modifiers:?}"
                );
            }
        }
    }

    #[test]
    fn every_name_is_known() {
        for binding in BINDINGS {
            assert!(commands::find(binding.name).is_some(), "{}", binding.name);
        }
    }

    #[test]
    fn lower_case_looks_and_capitals_write() {
        for binding in BINDINGS {
            let writes = commands::find(binding.name).unwrap().writes();
            let capital = matches!(binding.combo, KeyCombo(Char(c), KeyModifiers::NONE) if c.is_ascii_uppercase());
            // The capitals that every clipboard and every pager has taught everybody.
            let taught = matches!(binding.combo.0, Char('Y' | 'N' | 'G'));
            assert_eq!(
                writes,
                capital && !taught,
                "{} {}",
                binding.combo,
                binding.name
            );
        }
    }

    #[test]
    fn keys_that_multiplexers_and_terminals_take_are_left_to_them() {
        for binding in BINDINGS {
            let KeyCombo(code, modifiers) = binding.combo;
            assert!(!matches!(code, Backspace | Delete), "{}", binding.name);
            if modifiers == KeyModifiers::CONTROL {
                assert!(
                    !matches!(code, Char('a' | 'b' | 's' | 'q' | 'k' | 'c')),
                    "{}",
                    binding.name
                );
            }
        }
    }

    #[test]
    fn pasted_text_is_never_a_key() {
        let paste = Event::Paste("RBXUADq\ny".to_owned());
        for mode in [
            Dashboard, Detail, Log, Choice, Buttons, Menu, Reading, Watch,
        ] {
            assert!(action(&paste, mode).is_none(), "{mode:?}");
        }
        assert!(matches!(
            action(&paste, Reason),
            Some(Action::Edit(Edit::Paste(_)))
        ));
    }
}
