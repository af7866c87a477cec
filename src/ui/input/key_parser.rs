//! From the bytes that a terminal sends to keys.
//!
//! A terminal sends more than keys: replies to what another program asked it, pasted text, reports of the mouse.
//! They arrive in pieces of any size, with pauses between them. What stands inside a sequence that has not ended
//! yet is never a key, however long its rest takes: a letter of it could press a button.

mod control_sequence;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tokio::time::Instant;

use self::control_sequence::Meaning;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
const BELL: u8 = 0x07;
/// Cancel and substitute: they break off any sequence.
const BREAKS: [u8; 2] = [0x18, 0x1a];
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// An arrow key may come in two pieces. After this long, a lone Esc was pressed.
pub(super) const ESC_WAIT: Duration = Duration::from_millis(25);
/// For so long after an Esc, what follows may be the rest of a sequence that began with it.
const REST_WAIT: Duration = Duration::from_secs(1);
/// A sequence that has been silent for so long does not end any more: the keyboard is given back.
const GIVEN_UP: Duration = Duration::from_secs(5);
/// More of a sequence or of a paste is not kept.
const MOST_OF_A_SEQUENCE: usize = 64;
const MOST_OF_A_PASTE: usize = 1_048_576;

/// Where in a sequence the bytes are.
#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// The first bytes of a letter.
    Character(Vec<u8>),
    /// An Esc and nothing after it.
    Escape,
    /// An Esc and the letter that begins a sequence, and nothing after it: it may be Alt with that letter.
    Begun(u8),
    /// `ESC [`, and what has come of it.
    Control(Vec<u8>),
    /// `ESC [ [`: one letter follows.
    LinuxKey,
    /// A report of the mouse, of which so many bytes are missing.
    Mouse(u8),
    /// A text for programs, until its end.
    Text(TextSequence),
    /// Pasted text, until its end.
    Paste(Vec<u8>),
}

/// A reply that is a text: it ends with `ESC \`.
#[derive(Debug, Clone, Copy)]
struct TextSequence {
    /// It may end with a bell as well.
    ends_with_bell: bool,
    /// An Esc was the last of it.
    escaped: bool,
}

/// What keeps the pieces of a sequence together.
#[derive(Debug, Default)]
pub(super) struct KeyParser {
    state: State,
    /// A letter is being read that Alt is held for.
    alt: bool,
    /// The Esc that the sequence began with was handed on as a key, because nothing followed it in time.
    esc_was_pressed: bool,
    /// When an Esc was last handed on so.
    pressed_esc: Option<Instant>,
    /// When bytes last came.
    last: Option<Instant>,
}

impl KeyParser {
    /// Takes the bytes of one read. Returns the keys in them, apart from those that were held back from reads
    /// before.
    pub(super) fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Vec<Event>> {
        let silent = self.last.map_or(Duration::ZERO, |last| now - last);
        self.last = Some(now);
        let mut reads = Vec::new();
        if silent >= GIVEN_UP || bytes == [CTRL_C] {
            self.state = State::Ground;
        }
        if let State::Begun(letter) = self.state
            && self.esc_was_pressed
            && bytes.len() == 1
        {
            // One byte after a pause: somebody types.
            self.state = State::Ground;
            reads.push(vec![character(char::from(letter))]);
        }
        let after_esc = self
            .pressed_esc
            .take()
            .is_some_and(|at| now - at < REST_WAIT);
        if after_esc && matches!(self.state, State::Ground) && continues_after_esc(bytes) {
            self.state = State::Escape;
            self.esc_was_pressed = true;
        }
        let mut keys = Vec::new();
        for byte in bytes {
            self.take(*byte, &mut keys);
        }
        reads.push(keys);
        reads.retain(|keys| !keys.is_empty());
        reads
    }

    /// When what is held back becomes a key, if nothing follows.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let wait = match self.state {
            State::Begun(_) if self.esc_was_pressed => REST_WAIT,
            State::Escape | State::Begun(_) => ESC_WAIT,
            _ => return None,
        };
        Some(self.last? + wait)
    }

    /// Nothing followed in time: what was held back are keys.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Event> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.state {
            State::Begun(letter) if self.esc_was_pressed => {
                self.state = State::Ground;
                Some(character(char::from(letter)))
            }
            State::Begun(_) => {
                self.esc_was_pressed = true;
                Some(plain(KeyCode::Esc))
            }
            _ => {
                self.state = State::Ground;
                self.pressed_esc = Some(now);
                Some(plain(KeyCode::Esc))
            }
        }
    }

    fn take(&mut self, byte: u8, keys: &mut Vec<Event>) {
        match std::mem::take(&mut self.state) {
            State::Ground => self.begin(byte, keys),
            State::Character(bytes) => self.letter(bytes, byte, keys),
            State::Escape => self.after_esc(byte, keys),
            State::Begun(letter) => self.after_begun(letter, byte, keys),
            State::Control(bytes) => self.control(bytes, byte, keys),
            State::LinuxKey => {
                let number = byte.wrapping_sub(b'A').wrapping_add(1);
                if (1..=5).contains(&number) {
                    keys.push(plain(KeyCode::F(number)));
                }
            }
            State::Mouse(0 | 1) => {}
            State::Mouse(left) => self.state = State::Mouse(left - 1),
            State::Text(text) => self.text(text, byte, keys),
            State::Paste(text) => self.paste(text, byte, keys),
        }
    }

    fn begin(&mut self, byte: u8, keys: &mut Vec<Event>) {
        self.alt = false;
        if byte == ESC {
            self.esc_was_pressed = false;
            self.state = State::Escape;
        } else {
            self.key(byte, keys);
        }
    }

    /// A key that is one letter or one control character.
    fn key(&mut self, byte: u8, keys: &mut Vec<Event>) {
        if byte < 0x80 {
            keys.push(with_alt(of_ascii(byte), self.alt));
        } else if letter_length(byte).is_some() {
            self.state = State::Character(vec![byte]);
        }
    }

    fn letter(&mut self, mut bytes: Vec<u8>, byte: u8, keys: &mut Vec<Event>) {
        let is_more = byte & 0xc0 == 0x80;
        if !is_more {
            // What was begun is no letter.
            return self.begin(byte, keys);
        }
        bytes.push(byte);
        if letter_length(bytes[0]).is_some_and(|length| bytes.len() < length) {
            self.state = State::Character(bytes);
        } else if let Some(letter) = std::str::from_utf8(&bytes).ok().and_then(first) {
            keys.push(with_alt(of_letter(letter), self.alt));
        }
    }

    fn after_esc(&mut self, byte: u8, keys: &mut Vec<Event>) {
        match byte {
            ESC => {
                self.press_esc(keys);
                self.esc_was_pressed = false;
                self.state = State::Escape;
            }
            b'[' | b']' | b'O' | b'P' | b'X' | b'^' | b'_' => self.state = State::Begun(byte),
            byte => {
                self.alt = !self.esc_was_pressed;
                self.key(byte, keys);
            }
        }
    }

    fn after_begun(&mut self, letter: u8, byte: u8, keys: &mut Vec<Event>) {
        match letter {
            b'O' => {
                if let Some(code) = control_sequence::function_key(byte) {
                    keys.push(plain(code));
                } else {
                    keys.push(with_alt(of_ascii(letter), !self.esc_was_pressed));
                    self.begin(byte, keys);
                }
            }
            b'[' if byte == b'[' => self.state = State::LinuxKey,
            b'[' => self.control(Vec::new(), byte, keys),
            _ => {
                let text = TextSequence {
                    ends_with_bell: letter == b']',
                    escaped: false,
                };
                self.text(text, byte, keys);
            }
        }
    }

    fn control(&mut self, mut bytes: Vec<u8>, byte: u8, keys: &mut Vec<Event>) {
        match byte {
            0x20..=0x3f => {
                if bytes.len() < MOST_OF_A_SEQUENCE {
                    bytes.push(byte);
                }
                self.state = State::Control(bytes);
            }
            0x40..=0x7e => match control_sequence::meaning(&bytes, byte) {
                Meaning::Key(key) => keys.push(Event::Key(key)),
                Meaning::Paste => self.state = State::Paste(Vec::new()),
                Meaning::Mouse => self.state = State::Mouse(3),
                Meaning::Nothing => {}
            },
            ESC => self.begin(ESC, keys),
            byte if BREAKS.contains(&byte) => {}
            _ => self.state = State::Control(bytes),
        }
    }

    fn text(&mut self, text: TextSequence, byte: u8, keys: &mut Vec<Event>) {
        match byte {
            b'\\' if text.escaped => {}
            byte if text.escaped => {
                // It is over without an end, and another begins: or somebody pressed Esc to be heard again.
                self.esc_was_pressed = false;
                self.after_esc(byte, keys);
            }
            BELL if text.ends_with_bell => {}
            byte if BREAKS.contains(&byte) => {}
            byte => {
                self.state = State::Text(TextSequence {
                    escaped: byte == ESC,
                    ..text
                });
            }
        }
    }

    fn paste(&mut self, mut text: Vec<u8>, byte: u8, keys: &mut Vec<Event>) {
        text.push(byte);
        if text.ends_with(PASTE_ENDS) {
            text.truncate(text.len() - PASTE_ENDS.len());
            let text = String::from_utf8_lossy(&text).into_owned();
            keys.push(Event::Paste(text));
            return;
        }
        if text.len() > MOST_OF_A_PASTE {
            // Its end must still be found.
            text.remove(text.len() - PASTE_ENDS.len() - 1);
        }
        self.state = State::Paste(text);
    }

    fn press_esc(&mut self, keys: &mut Vec<Event>) {
        if !self.esc_was_pressed {
            keys.push(plain(KeyCode::Esc));
        }
    }
}

/// Whether this, after an Esc that was taken for a key, is the rest of a sequence: nobody types so.
fn continues_after_esc(bytes: &[u8]) -> bool {
    match bytes {
        [b'[', letter] if letter.is_ascii_alphabetic() => true,
        [b'[', next, ..] => next.is_ascii_digit() || b"?<=>;".contains(next),
        [b']', next, ..] => next.is_ascii_digit(),
        [b'P', next, ..] => !next.is_ascii_alphabetic(),
        [b'_' | b'^', _, ..] => true,
        [b'O', letter] => control_sequence::function_key(*letter).is_some(),
        _ => false,
    }
}

/// The letter; a control character of a terminal that knows more of them is no key.
fn first(text: &str) -> Option<char> {
    text.chars().next().filter(|letter| !letter.is_control())
}

/// How many bytes a letter has that begins so; none if no letter does.
const fn letter_length(first: u8) -> Option<usize> {
    match first {
        0xc2..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf4 => Some(4),
        _ => None,
    }
}

fn of_ascii(byte: u8) -> KeyEvent {
    let control = |letter: u8| KeyEvent::new(KeyCode::Char(letter.into()), KeyModifiers::CONTROL);
    match byte {
        b'\r' => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE),
        0x7f => KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE),
        ESC => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
        0 => control(b' '),
        0x01..=0x1a => control(byte - 1 + b'a'),
        0x1c..=0x1f => control(byte - 0x1c + b'4'),
        byte => of_letter(char::from(byte)),
    }
}

fn of_letter(letter: char) -> KeyEvent {
    let shift = if letter.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    KeyEvent::new(KeyCode::Char(letter), shift)
}

fn with_alt(mut key: KeyEvent, alt: bool) -> Event {
    if alt {
        key.modifiers |= KeyModifiers::ALT;
    }
    Event::Key(key)
}

fn character(letter: char) -> Event {
    Event::Key(of_letter(letter))
}

fn plain(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}
