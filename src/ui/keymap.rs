//! Keys, as one table. The handler, the hints and the help all read it, so they cannot disagree.
//!
//! Lower case looks, capitals write: a slip is harmless.

mod custom;
mod key_combo;
mod mode;

use crossterm::event::{Event, KeyCode, KeyModifiers};

pub use self::mode::Mode;
use crate::app::action::{Action, Edit};
use crate::app::screen::command_support;
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;
use crate::data::source::Source;
use crate::ui::keymap::custom::bindings;
pub use crate::ui::keymap::custom::{
    CustomBinding, all, conflicts, install, is_customizable, key_for, table,
};
pub use crate::ui::keymap::key_combo::KeyCombo;

/// One row of the table. An empty `hint` keeps the key off the bottom line.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it is live.
    pub modes: &'static [Mode],
    /// The key.
    pub chord: KeyCombo,
    /// The name of its action.
    pub name: &'static str,
    /// Its word on the bottom line.
    pub hint: &'static str,
}

const fn key(
    modes: &'static [Mode],
    code: KeyCode,
    name: &'static str,
    hint: &'static str,
) -> Binding {
    Binding {
        modes,
        chord: KeyCombo(code, KeyModifiers::NONE),
        name,
        hint,
    }
}

const fn ctrl(modes: &'static [Mode], letter: char, name: &'static str) -> Binding {
    Binding {
        modes,
        chord: KeyCombo(Char(letter), KeyModifiers::CONTROL),
        name,
        hint: "",
    }
}

use KeyCode::{
    BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp,
    Right, Tab, Up,
};
use Mode::{
    Buttons, Choice, Count, Dashboard, Detail, Filter, Log, Menu, Palette, Reading, Reason,
    Results, Search, Watch, Written,
};

/// Everything that scrolls.
const MOVES: &[Mode] = &[Dashboard, Detail, Log, Menu, Reading, Results];
/// Everything but text and boxes.
const SCREENS: &[Mode] = &[Dashboard, Detail, Log];
/// The box that asks before a change.
const BOX: &[Mode] = &[Reason, Count, Written, Choice, Buttons];
/// Where a task can be acted upon.
const TASKS: &[Mode] = &[Dashboard, Detail];

/// The table. Hints stand in the order of the bottom line, the most wanted first.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    key(&[Dashboard], Enter,      "open",      "open"),
    key(&[Log],       Enter,      "open",      "whole line"),
    key(&[Log],       Esc,        "back",      "back"),
    key(&[Detail],    Esc,        "back",      "back"),
    key(&[Dashboard], Char('/'),  "filter",    "filter"),
    key(TASKS,        Char('R'),  "retry",     "retry"),
    key(TASKS,        Char('B'),  "resolve",   "resolve"),
    key(TASKS,        Char('U'),  "update",    "update"),
    key(&[Dashboard], Char(' '),  "mark",      "mark"),
    key(&[Detail],    Tab,        "next",      "page"),
    key(TASKS,        Char('A'),  "note",      "note"),
    key(TASKS,        Char('X'),  "cancel",    "cancel"),
    key(TASKS,        Char('O'),  "own",       "own"),
    key(TASKS,        Char('D'),  "dlq",       "to DLQ"),
    key(&[Dashboard], Char('s'),  "sort",      "sort"),
    key(&[Dashboard], Char('g'),  "group",     "group"),
    key(&[Dashboard], Tab,        "next",      "pane"),
    key(&[Detail],    Char('/'),  "search",    ""),
    key(&[Detail],    Char('n'),  "match-next", ""),
    key(&[Detail],    Char('N'),  "match-previous", ""),
    key(&[Detail],    Char(' '),  "fold",      ""),
    key(&[Detail],    Char(']'),  "fold-next", ""),
    key(&[Detail],    Char('['),  "fold-previous", ""),
    key(&[Dashboard], Char('v'),  "range",     ""),
    key(&[Dashboard], Char('a'),  "mark-all",  ""),
    key(&[Dashboard], Char('e'),  "expand",    "expand"),
    key(SCREENS,      Char('f'),  "freeze",    "freeze"),
    key(TASKS,        Char('@'),  "log",       "log"),
    key(TASKS,        Char('Z'),  "snooze",    "snooze"),
    key(TASKS,        Char('P'),  "provide",   "result"),
    key(TASKS,        Char('L'),  "limits",    "limits"),
    key(&[Log],       Char('@'),  "back",      ""),
    key(SCREENS,      Char(':'),  "commands",  "commands"),
    ctrl(SCREENS,     'p',        "commands"),
    key(SCREENS,      Char('r'),  "refresh",   ""),
    ctrl(SCREENS,     'r',        "refresh"),
    key(SCREENS,      Char('o'),  "results",   ""),
    key(SCREENS,      Char('S'),  "stop",      ""),
    key(SCREENS,      Char('w'),  "wrap",      ""),
    key(SCREENS,      Char('t'),  "times",     ""),
    key(TASKS,        Char('y'),  "copy",      ""),
    key(TASKS,        Char('Y'),  "copy-menu", ""),
    key(&[Log],       Char('y'),  "copy",      "copy as JSON"),
    key(&[Log],       Char('Y'),  "copy-menu", "copy as command"),
    key(&[Reading],   Char('y'),  "copy",      ""),
    key(&[Reading],   Char('Y'),  "copy-menu", ""),
    ctrl(BOX,         'y',        "copy-command"),
    key(&[Dashboard], Char('1'),  "staleness", ""),
    key(&[Dashboard], Char('2'),  "queue",     ""),
    key(&[Dashboard], Char('3'),  "stats",     ""),
    key(&[Dashboard], Char('4'),  "workers",   ""),
    key(&[Dashboard], Char('5'),  "queues",    ""),
    key(&[Detail],    Char('1'),  "why",       ""),
    key(&[Detail],    Char('2'),  "steps",     ""),
    key(&[Detail],    Char('3'),  "snapshot",  ""),
    key(&[Detail],    Char('4'),  "history",   ""),
    key(&[Detail],    Char('5'),  "notes",     ""),
    key(TASKS,        BackTab,    "previous",  ""),
    key(&[Detail],    Char('l'),  "walk-in",   ""),
    key(&[Detail],    Char('h'),  "walk-out",  ""),
    key(&[Detail],    Right,      "next",      ""),
    key(&[Detail],    Left,       "previous",  ""),
    key(MOVES,        Char('j'),  "down",      ""),
    key(MOVES,        Down,       "down",      ""),
    key(MOVES,        Char('k'),  "up",        ""),
    key(MOVES,        Up,         "up",        ""),
    key(MOVES,        PageDown,   "page-down", ""),
    key(MOVES,        PageUp,     "page-up",   ""),
    ctrl(MOVES,       'd',        "half-down"),
    ctrl(MOVES,       'u',        "half-up"),
    key(MOVES,        Home,       "top",       ""),
    key(MOVES,        End,        "bottom",    ""),
    key(MOVES,        Char('G'),  "bottom",    ""),
    key(&[Dashboard], Esc,        "back",      ""),
    key(&[Dashboard], Char('q'),  "leave",     "quit"),
    key(&[Detail, Log], Char('q'), "leave",    ""),
    key(&[Watch],     Char('q'),  "leave",     "quit"),
    key(SCREENS,      F(1),       "help",      ""),
    key(SCREENS,      Char('?'),  "help",      "help"),
    key(&[Filter],    Enter,      "accept",    "keep"),
    key(&[Filter],    Esc,        "back",      "clear"),
    key(&[Search],    Enter,      "accept",    "keep"),
    key(&[Search],    Esc,        "back",      "end the search"),
    key(&[Search],    Down,       "match-next", "next"),
    key(&[Search],    Up,         "match-previous", "previous"),
    key(&[Reason],    Enter,      "accept",    "on to the buttons"),
    key(&[Written],   Enter,      "accept",    "edit"),
    key(&[Count],     Char('y'),  "yes",       "do it"),
    key(&[Count],     Enter,      "accept",    "on to the buttons"),
    key(BOX,          Tab,        "next-field", "next field"),
    key(BOX,          BackTab,    "previous-field", ""),
    key(&[Reason, Count, Choice], Down, "choose-next", ""),
    key(&[Reason, Count, Choice], Up, "choose-previous", ""),
    key(&[Choice, Buttons], Right, "choose-next", "choose"),
    key(&[Choice, Buttons], Left, "choose-previous", ""),
    key(&[Choice, Buttons], Char('l'), "choose-next", ""),
    key(&[Choice, Buttons], Char('h'), "choose-previous", ""),
    key(BOX,          PageDown,   "page-down", ""),
    key(BOX,          PageUp,     "page-up",   ""),
    key(&[Choice],    Enter,      "accept",    "on to the reason"),
    key(&[Buttons],   Char('y'),  "yes",       "do it"),
    key(&[Buttons],   Enter,      "accept",    "press"),
    key(&[Buttons],   Char('n'),  "back",      ""),
    key(&[Choice, Buttons], Char('c'), "copy-command", "copy as command"),
    key(BOX,          Esc,        "back",      "change nothing"),
    key(&[Palette, Menu], Enter,  "accept",    "take it"),
    key(&[Palette],   Tab,        "complete",  "complete"),
    key(&[Palette],   Down,       "choose-next", ""),
    key(&[Palette],   Up,         "choose-previous", ""),
    key(&[Palette, Menu], Esc,    "back",      "close"),
    key(&[Reading, Results], Esc, "back",      "close"),
    key(&[Results],   Char('s'),  "receipt",   "write a receipt"),
    key(&[Results],   Char('y'),  "copy-receipt", "copy it"),
    key(&[Reading, Results, Menu], Char('q'), "back", ""),
    key(&[Reading, Results], Enter, "accept",  ""),
    key(&[Reading],   Char('?'),  "back",      ""),
];

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
    let chord = KeyCombo(pressed.code, pressed.modifiers - KeyModifiers::SHIFT);
    // With Alt as well: an Esc just before it may arrive in the same piece.
    if chord.0 == Char('c') && chord.1.contains(KeyModifiers::CONTROL) {
        return Some(Action::Quit);
    }
    if let Some(binding) = bindings()
        .iter()
        .find(|b| b.chord == chord && b.modes.contains(&mode))
    {
        return commands::find(binding.name).map(|named| (named.action)());
    }
    if !mode.is_typing() {
        return None;
    }
    if let Some((_, edit)) = EDITS.iter().find(|(bound, _)| *bound == chord) {
        return Some(Action::Edit(edit.clone()));
    }
    match chord {
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
            (b.chord.to_string(), hint)
        })
}

/// Every action that has a key here, with all its keys.
#[must_use]
pub fn help(mode: Mode) -> Vec<(String, &'static CommandSpec)> {
    let mut help: Vec<(String, &'static CommandSpec)> = Vec::new();
    for binding in bindings().iter().filter(|b| b.modes.contains(&mode)) {
        let Some(named) = commands::find(binding.name) else {
            continue;
        };
        match help.iter_mut().find(|(_, one)| one.name == named.name) {
            Some((keys, _)) => {
                keys.push(' ');
                keys.push_str(&binding.chord.to_string());
            }
            None => help.push((binding.chord.to_string(), named)),
        }
    }
    help
}

/// The first key of an action on a screen of tasks, for the command bar.
#[must_use]
pub fn key_of(name: &str) -> Option<String> {
    let named = || bindings().iter().filter(|binding| binding.name == name);
    let binding = named()
        .find(|binding| !binding.hint.is_empty())
        .or_else(|| named().next())?;
    Some(binding.chord.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_chord_is_bound_twice_in_a_mode() {
        for (at, a) in BINDINGS.iter().enumerate() {
            for b in &BINDINGS[at + 1..] {
                let both = a.modes.iter().find(|mode| b.modes.contains(mode));
                assert!(
                    a.chord != b.chord || both.is_none(),
                    "{} is both {} and {} in {both:?}",
                    a.chord,
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
            let capital = matches!(binding.chord, KeyCombo(Char(c), KeyModifiers::NONE) if c.is_ascii_uppercase());
            // The capitals that every clipboard and every pager has taught everybody.
            let taught = matches!(binding.chord.0, Char('Y' | 'N' | 'G'));
            assert_eq!(
                writes,
                capital && !taught,
                "{} {}",
                binding.chord,
                binding.name
            );
        }
    }

    #[test]
    fn keys_that_multiplexers_and_terminals_take_are_left_to_them() {
        for binding in BINDINGS {
            let KeyCombo(code, modifiers) = binding.chord;
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
