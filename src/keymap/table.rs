//! The built-in table of keys. A new key is a row here, its action a row in
//! [`app::screen::commands`](crate::app::screen::commands).

use crossterm::event::{KeyCode, KeyModifiers};

use super::key_combo::KeyCombo;
use super::mode::Mode;

/// One row of the table. An empty `hint` keeps the key off the bottom line.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it is live.
    pub modes: &'static [Mode],
    /// The key.
    pub combo: KeyCombo,
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
        combo: KeyCombo(code, KeyModifiers::NONE),
        name,
        hint,
    }
}

const fn ctrl(modes: &'static [Mode], letter: char, name: &'static str) -> Binding {
    Binding {
        modes,
        combo: KeyCombo(Char(letter), KeyModifiers::CONTROL),
        name,
        hint: "",
    }
}

use KeyCode::{
    BackTab, Char, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
};
use Mode::{
    Buttons, Choice, Count, Dashboard, Detail, Filter, Log, Menu, Palette, Reading, Reason,
    Results, Search, Watch, Written,
};

/// Everything that scrolls.
const MOVES: &[Mode] = &[Dashboard, Detail, Log, Menu, Reading, Results];
/// Everything but text and boxes.
pub(super) const SCREENS: &[Mode] = &[Dashboard, Detail, Log];
/// The box that asks before a change.
const BOX: &[Mode] = &[Reason, Count, Written, Choice, Buttons];
/// Where a task can be acted upon.
const TASKS: &[Mode] = &[Dashboard, Detail];

/// The table. Hints stand in the order of the bottom line, the most wanted first.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    key(&[Dashboard], Enter,      "open",      "open"),
    key(&[Log],       Enter,      "open",      "open"),
    key(&[Log],       Esc,        "back",      "back"),
    key(&[Detail],    Esc,        "back",      "back"),
    key(&[Dashboard], Char('/'),  "filter",    "filter"),
    key(TASKS,        Char('R'),  "retry",     "retry"),
    key(TASKS,        Char('B'),  "resolve",   "resolve"),
    key(TASKS,        Char('U'),  "close",     "close"),
    key(&[Dashboard], Char(' '),  "mark",      "mark"),
    key(&[Detail],    Tab,        "next",      "page"),
    key(TASKS,        Char('A'),  "note",      "note"),
    key(TASKS,        Char('X'),  "cancel",    "cancel"),
    key(TASKS,        Char('O'),  "claim",     "claim"),
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
    key(TASKS,        Char('P'),  "complete",  "complete"),
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
    key(&[Detail],    Char('v'),  "secrets",   ""),
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
    key(&[Count],     Char('y'),  "yes",       "confirm"),
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
    key(&[Buttons],   Char('y'),  "yes",       "confirm"),
    key(&[Buttons],   Enter,      "accept",    "press"),
    key(&[Buttons],   Char('n'),  "back",      ""),
    key(&[Choice, Buttons], Char('c'), "copy-command", "copy as command"),
    key(BOX,          Esc,        "back",      "cancel"),
    key(&[Palette, Menu], Enter,  "accept",    "select"),
    key(&[Palette],   Tab,        "complete-word", "complete"),
    key(&[Palette],   Down,       "choose-next", ""),
    key(&[Palette],   Up,         "choose-previous", ""),
    key(&[Palette, Menu], Esc,    "back",      "close"),
    key(&[Reading, Results], Esc, "back",      "close"),
    key(&[Results],   Char('s'),  "receipt",   "write a receipt"),
    key(&[Results],   Char('y'),  "copy-receipt", "copy"),
    key(&[Results],   Char('U'),  "close-retried", "close"),
    key(&[Reading, Results, Menu], Char('q'), "back", ""),
    key(&[Reading, Results], Enter, "accept",  ""),
    key(&[Reading],   Char('?'),  "back",      ""),
];
