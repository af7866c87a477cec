//! Keys that came together: what nobody typed as keys must not act as keys.
//!
//! A terminal without bracketed paste, or a program between it and us that drops the brackets, sends pasted text
//! as keys. It sends all of it at once, and that is how it is known.

use crossterm::event::KeyCode::{Char, Enter, Esc, Tab};
use crossterm::event::{Event, KeyEvent, KeyModifiers};

use super::action;
use super::mode::Mode;
use crate::app::action::Action;

/// So many characters at once nobody types.
const PASTED_FROM: usize = 8;

/// What the keys of one read are.
#[derive(Debug, PartialEq, Eq)]
pub enum OneRead {
    /// Keys.
    Keys(Vec<Event>),
    /// Text that was pasted where text is typed, and the Enter after it.
    Text {
        /// The text, line ends and all.
        text: String,
        /// What followed it.
        then: Option<Event>,
    },
    /// Text that was pasted where keys are keys.
    Pasted {
        /// How many characters.
        characters: usize,
        /// What is obeyed all the same, because it changes nothing: Esc and Ctrl-C.
        then: Vec<Event>,
    },
}

impl OneRead {
    /// What these keys are in the part of the table that is live when they come.
    #[must_use]
    pub fn of(keys: Vec<Event>, mode: Mode) -> Self {
        if mode.is_typing() {
            return typed(keys);
        }
        let counted = keys.iter().filter(|key| !is_movement(key, mode));
        if !is_paste(counted) {
            return Self::Keys(keys);
        }
        Self::Pasted {
            characters: keys.iter().filter(|key| letter(key).is_some()).count(),
            then: obeyed(&keys, mode),
        }
    }
}

/// Whether keys that came together are pasted text, if they are no movements.
#[must_use]
pub fn looks_pasted(keys: &[Event]) -> bool {
    is_paste(keys.iter())
}

fn is_paste<'a>(keys: impl Iterator<Item = &'a Event>) -> bool {
    let (mut letters, mut line_ends) = (0, 0);
    for key in keys {
        letters += usize::from(letter(key).is_some());
        line_ends += usize::from(is_line_end(key));
    }
    letters >= PASTED_FROM || (letters > 0 && line_ends > 0)
}

/// Text is text, however fast it came; but a line end in the middle of it is no Enter.
fn typed(mut keys: Vec<Event>) -> OneRead {
    let is_text = |key: &Event| letter(key).is_some() || is_line_end(key) || is_tab(key);
    let Some(last_letter) = keys.iter().rposition(|key| letter(key).is_some()) else {
        return OneRead::Keys(keys);
    };
    let several_lines = keys[..last_letter]
        .iter()
        .any(|key| is_line_end(key) || is_tab(key));
    if !keys.iter().all(is_text) || !(several_lines || looks_pasted(&keys)) {
        return OneRead::Keys(keys);
    }
    let after = keys.split_off(last_letter + 1);
    let text = keys.iter().map(|key| letter(key).unwrap_or('\n')).collect();
    OneRead::Text {
        text,
        then: after.into_iter().find(is_line_end),
    }
}

/// The character that a key types, if it types one.
fn letter(key: &Event) -> Option<char> {
    let key = key.as_key_press_event()?;
    match key.code {
        Char(letter) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => Some(letter),
        _ => None,
    }
}

/// Enter; or Ctrl-J, as a line feed is sent.
fn is_line_end(key: &Event) -> bool {
    key.as_key_press_event().is_some_and(|key| {
        key.code == Enter || (key.code == Char('j') && key.modifiers == KeyModifiers::CONTROL)
    })
}

fn is_tab(key: &Event) -> bool {
    key.as_key_press_event().is_some_and(|key| key.code == Tab)
}

/// A slow connection hands out several at once, and none of them does any harm.
fn is_movement(key: &Event, mode: Mode) -> bool {
    let moves = |action: &Action| {
        matches!(
            action,
            Action::Move(_)
                | Action::Choose(_)
                | Action::Cycle(_)
                | Action::NextField(_)
                | Action::WalkGraph(_)
        )
    };
    action(key, mode).as_ref().is_some_and(moves)
}

/// What is obeyed among characters that are not.
fn obeyed(keys: &[Event], mode: Mode) -> Vec<Event> {
    let is_esc = |key: &Event| {
        let is_plain = key.as_key_press_event().is_some_and(|key| key.code == Esc);
        is_plain || esc_then_key(key, mode).is_some()
    };
    let quits = |key: &&Event| matches!(action(key, mode), Some(Action::Quit));
    let esc = keys.iter().any(is_esc).then(esc);
    esc.into_iter()
        .chain(keys.iter().find(quits).cloned())
        .collect()
}

fn esc() -> Event {
    Event::Key(KeyEvent::new(Esc, KeyModifiers::NONE))
}

/// Alt with a key that has no meaning is Esc and then the key: terminals send the same for both, and programs
/// between them and us join the two when they are pressed soon after one another.
#[must_use]
pub fn esc_then_key(key: &Event, mode: Mode) -> Option<[Event; 2]> {
    let mut pressed = key.as_key_press_event()?;
    if !pressed.modifiers.contains(KeyModifiers::ALT) || action(key, mode).is_some() {
        return None;
    }
    pressed.modifiers -= KeyModifiers::ALT;
    Some([esc(), Event::Key(pressed)])
}

/// Whether this is what a box waits for before it changes anything. It must come alone: what came with it was sent
/// by somebody who had not seen yet what it would confirm.
#[must_use]
pub const fn confirms(action: &Action, mode: Mode) -> bool {
    match action {
        Action::ConfirmYes => true,
        Action::Accept => matches!(mode, Mode::Buttons),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use Mode::{Buttons, Count, Dashboard, Detail, Filter, Menu, Reason, Results};
    use crossterm::event::KeyCode::{Backspace, Down};

    use super::*;

    fn key(letter: char) -> Event {
        let code = match letter {
            '\r' => Enter,
            '\t' => Tab,
            '\x7f' => Backspace,
            '\n' => return Event::Key(KeyEvent::new(Char('j'), KeyModifiers::CONTROL)),
            '\x1b' => Esc,
            letter => Char(letter),
        };
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn keys(text: &str) -> Vec<Event> {
        text.chars().map(key).collect()
    }

    fn alt(letter: char) -> Event {
        Event::Key(KeyEvent::new(Char(letter), KeyModifiers::ALT))
    }

    #[test]
    fn eight_characters_or_one_with_a_line_end_are_a_paste_where_keys_are_keys() {
        for text in [
            "R\r",
            "y\n",
            "yes\r",
            "\rR",
            "abcdefgi",
            "X-Request-Id: 9\rfailed\ryes\r",
        ] {
            for mode in [Dashboard, Detail, Buttons, Menu, Results] {
                let read = OneRead::of(keys(text), mode);
                assert!(
                    matches!(read, OneRead::Pasted { .. }),
                    "{text:?} {mode:?}: {read:?}"
                );
            }
        }
        for text in ["R", "2U", "abcdefi", "\r", "\t\t\r"] {
            assert_eq!(
                OneRead::of(keys(text), Dashboard),
                OneRead::Keys(keys(text))
            );
        }
    }

    #[test]
    fn movements_are_never_counted() {
        for text in [
            "jjjj",
            "jjjjjjjjjjjjjjjj\r",
            "kkkkkkkkGGGG",
            "GGGGkkkkjjjjabcdefi",
        ] {
            assert_eq!(
                OneRead::of(keys(text), Dashboard),
                OneRead::Keys(keys(text)),
                "{text}"
            );
        }
        let mut arrows = vec![Event::Key(KeyEvent::new(Down, KeyModifiers::NONE)); 20];
        arrows.extend(keys("\r"));
        assert_eq!(OneRead::of(arrows.clone(), Detail), OneRead::Keys(arrows));
    }

    #[test]
    fn what_is_dropped_still_closes_a_box_and_quits() {
        let mut read = keys("yes");
        read.extend([alt('z'), key('\r')]);
        let OneRead::Pasted { characters, then } = OneRead::of(read, Buttons) else {
            panic!("these are keys");
        };
        assert_eq!((characters, then), (3, vec![esc()]));
        let quit = Event::Key(KeyEvent::new(Char('c'), KeyModifiers::CONTROL));
        let mut read = keys("abcdefgi");
        read.push(quit.clone());
        let OneRead::Pasted { then, .. } = OneRead::of(read, Dashboard) else {
            panic!("these are keys");
        };
        assert_eq!(then, [quit]);
    }

    #[test]
    fn lines_pasted_into_a_text_are_one_text_and_only_the_last_line_end_is_enter() {
        for (typed, wanted, enter) in [
            ("the bank is up\ryes\ry", "the bank is up\nyes\ny", false),
            ("up\ryes\r", "up\nyes", true),
            ("prod\t\ty", "prod\n\ny", false),
            ("\ry", "\ny", false),
            ("a note of some length", "a note of some length", false),
            ("yes\r", "yes", true),
            ("a note of some length\r\n", "a note of some length", true),
        ] {
            for mode in [Reason, Count, Filter] {
                let OneRead::Text { text, then } = OneRead::of(keys(typed), mode) else {
                    panic!("{typed:?}");
                };
                assert_eq!(
                    (text.as_str(), then.is_some()),
                    (wanted, enter),
                    "{typed:?}"
                );
            }
        }
        for typed in ["yes", "\x7f\x7feu\ry", "\t\t\r"] {
            assert_eq!(OneRead::of(keys(typed), Reason), OneRead::Keys(keys(typed)));
        }
    }

    #[test]
    fn alt_without_a_meaning_is_esc_and_the_key() {
        for mode in [Dashboard, Reason, Buttons, Filter] {
            assert_eq!(
                esc_then_key(&alt('j'), mode),
                Some([esc(), key('j')]),
                "{mode:?}"
            );
            assert_eq!(esc_then_key(&key('j'), mode), None);
        }
        for letter in ['b', 'f'] {
            assert_eq!(esc_then_key(&alt(letter), Reason), None);
            assert_eq!(
                esc_then_key(&alt(letter), Buttons),
                Some([esc(), key(letter)])
            );
        }
        let quit = KeyModifiers::CONTROL | KeyModifiers::ALT;
        let quit = Event::Key(KeyEvent::new(Char('c'), quit));
        assert_eq!(esc_then_key(&quit, Buttons), None);
    }
}
