//! What a sequence means that begins with `ESC [`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a whole sequence means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A key.
    Key(KeyEvent),
    /// Pasted text follows.
    Paste,
    /// Three bytes about the mouse follow.
    Mouse,
    /// It is a reply, a report, or a key that nothing is bound to.
    Nothing,
}

/// What stood between `ESC [` and its last letter, and that letter.
pub(super) fn meaning(between: &[u8], last: u8) -> Meaning {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
    if !between.iter().all(is_plain) {
        // Keys have neither a mark of privacy nor anything else but numbers.
        return Meaning::Nothing;
    }
    let numbers: Vec<u32> = between.split(|byte| *byte == b';').map(number).collect();
    let modifiers = modifiers(numbers.get(1).copied());
    let key = |code| Meaning::Key(KeyEvent::new(code, modifiers));
    match last {
        // With numbers it is where the cursor is, which another program has asked.
        b'R' if !between.is_empty() => Meaning::Nothing,
        b'Z' => key(KeyCode::BackTab),
        b'M' if between.is_empty() => Meaning::Mouse,
        b'~' if numbers[0] == 200 => Meaning::Paste,
        b'~' if numbers[0] == 27 => numbers.get(2).map_or(Meaning::Nothing, |code| {
            by_code(*code, modifiers).map_or(Meaning::Nothing, key)
        }),
        b'~' => numbered(numbers[0]).map_or(Meaning::Nothing, key),
        b'u' if !between.is_empty() => by_code(numbers[0], modifiers).map_or(Meaning::Nothing, key),
        letter => function_key(letter).map_or(Meaning::Nothing, key),
    }
}

/// The key that a letter stands for after `ESC [` or `ESC O`.
pub(super) const fn function_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    let function = |first: u32, from: u8| {
        let at = u8::try_from(number - first).unwrap_or_default();
        KeyCode::F(from + at)
    };
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => function(11, 1),
        17..=21 => function(17, 6),
        23..=24 => function(23, 11),
        _ => return None,
    })
}

/// A key by the number of its letter, as some terminals send those that have no sequence of their own.
fn by_code(code: u32, held: KeyModifiers) -> Option<KeyCode> {
    Some(match char::from_u32(code)? {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\x1b' => KeyCode::Esc,
        '\x7f' => KeyCode::Backspace,
        // Keys that have no letter have numbers for private use.
        '\u{e000}'..='\u{f8ff}' => return None,
        letter if letter.is_control() => return None,
        letter if held.contains(KeyModifiers::SHIFT) => KeyCode::Char(letter.to_ascii_uppercase()),
        letter => KeyCode::Char(letter),
    })
}

/// The number before a colon; nothing is 0.
fn number(text: &[u8]) -> u32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u32, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u32::from(digit - b'0'))
    })
}

/// One more than the sum of Shift (1), Alt (2) and Ctrl (4).
fn modifiers(sum: Option<u32>) -> KeyModifiers {
    let bits = sum.unwrap_or(0).saturating_sub(1);
    let all = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
    ];
    let held = all.into_iter().filter(|(bit, _)| bits & bit != 0);
    held.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}
