//! Keeps a terminal's own replies from being taken for keys.
//!
//! A reply to a query (a colour, a version) that comes late, or that nobody asked for, arrives as
//! `Alt-]`, `1`, `0`, `;`, `r`, `g`, `b` … and some of these letters are keys here.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyModifiers};
use tokio::time::Instant;

/// A reply comes in one piece; after a pause this long, a person is typing again.
const PAUSE: Duration = Duration::from_millis(150);
/// An Esc that belongs to a reply is followed at once.
const TOGETHER: Duration = Duration::from_millis(15);

/// Where in a reply the keyboard is.
#[derive(Debug, Default)]
pub(in crate::ui) struct TerminalReplies {
    inside: Option<Instant>,
    escaped: Option<Instant>,
}

impl TerminalReplies {
    /// Whether `event` is part of a reply and must be thrown away.
    pub(in crate::ui) fn swallow(&mut self, event: &Event, now: Instant) -> bool {
        let Some(key) = event.as_key_press_event() else {
            return false;
        };
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('c') {
            return false;
        }
        if self.inside.is_some_and(|last| now - last < PAUSE) {
            let ended = matches!(key.code, KeyCode::Char('\\') if alt)
                || matches!(key.code, KeyCode::Char('g') if control);
            self.inside = (!ended).then_some(now);
            return true;
        }
        let escaped = self
            .escaped
            .take()
            .is_some_and(|last| now - last < TOGETHER);
        if key.code == KeyCode::Esc {
            self.escaped = Some(now);
        }
        let opens = matches!(key.code, KeyCode::Char(']' | '[' | 'P' | '_' | '^'));
        self.inside = (opens && (alt || escaped)).then_some(now);
        self.inside.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    fn press(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    #[test]
    fn a_colour_reply_is_swallowed_whole_and_the_next_key_is_not() {
        let mut replies = TerminalReplies::default();
        let start = Instant::now();
        assert!(replies.swallow(&press(']', KeyModifiers::ALT), start));
        for c in "10;rgb:RBXU/q/y".chars() {
            assert!(replies.swallow(&press(c, KeyModifiers::NONE), start), "{c}");
        }
        assert!(replies.swallow(&press('\\', KeyModifiers::ALT), start));
        assert!(!replies.swallow(&press('q', KeyModifiers::NONE), start));
    }

    #[test]
    fn a_reply_without_an_end_gives_the_keyboard_back() {
        let mut replies = TerminalReplies::default();
        let start = Instant::now();
        assert!(replies.swallow(&press('P', KeyModifiers::ALT), start));
        assert!(replies.swallow(&press('R', KeyModifiers::NONE), start));
        assert!(!replies.swallow(&press('q', KeyModifiers::NONE), start + PAUSE * 2));
    }

    #[test]
    fn ctrl_c_is_never_swallowed() {
        let mut replies = TerminalReplies::default();
        let start = Instant::now();
        assert!(replies.swallow(&press(']', KeyModifiers::ALT), start));
        assert!(!replies.swallow(&press('c', KeyModifiers::CONTROL), start));
    }
}
