//! One line of typed text.

use tui_input::{Input, InputRequest};

use super::action::Edit;
use crate::data::model::safe_text::{SafeText, is_unsafe};

/// A line being typed, with its cursor.
#[derive(Debug, Clone, Default)]
pub struct TextInput(Input);

impl TextInput {
    /// Longer text is not taken: a slip of the clipboard must not fill the screen or the log.
    pub const MAX_CHARS: usize = 2_000;

    /// A field that already holds `text`, cursor at its end.
    #[must_use]
    pub fn with(text: &str) -> Self {
        Self(Input::new(text.to_owned()))
    }

    /// What was typed, as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// Whether nothing a reader could see was typed.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self
            .text()
            .chars()
            .any(|c| !c.is_whitespace() && !is_unsafe(c))
    }

    /// What was typed before and after the cursor, made safe to show.
    #[must_use]
    pub fn around_cursor(&self) -> (SafeText, SafeText) {
        let at = self
            .text()
            .char_indices()
            .nth(self.0.cursor())
            .map_or(self.text().len(), |(at, _)| at);
        let (before, after) = self.text().split_at(at);
        (SafeText::new(before), SafeText::new(after))
    }

    /// Applies one edit.
    pub fn apply(&mut self, edit: &Edit) {
        let request = match edit {
            Edit::Insert(c) => return self.insert(*c),
            Edit::Paste(text) => {
                let line = text.replace("\r\n", "\n");
                return line.chars().for_each(|c| self.insert(c));
            }
            Edit::Left => InputRequest::GoToPrevChar,
            Edit::Right => InputRequest::GoToNextChar,
            Edit::WordLeft => InputRequest::GoToPrevWord,
            Edit::WordRight => InputRequest::GoToNextWord,
            Edit::Start => InputRequest::GoToStart,
            Edit::End => InputRequest::GoToEnd,
            Edit::DeleteBefore => InputRequest::DeletePrevChar,
            Edit::DeleteUnder => InputRequest::DeleteNextChar,
            Edit::DeleteWord => InputRequest::DeletePrevWord,
            Edit::DeleteToStart => InputRequest::DeleteFromStart,
        };
        self.0.handle(request);
    }

    /// Puts the cursor behind so many characters.
    pub fn go_to(&mut self, at: usize) {
        self.0.handle(InputRequest::SetCursor(at));
    }

    /// Replaces all of it, cursor at the end.
    pub fn set(&mut self, text: &str) {
        *self = Self::with(text);
    }

    /// Empties it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn insert(&mut self, c: char) {
        if self.text().chars().count() < Self::MAX_CHARS {
            let c = if c.is_control() { ' ' } else { c };
            self.0.handle(InputRequest::InsertChar(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_line_feeds_become_spaces() {
        let mut field = TextInput::default();
        field.apply(&Edit::Paste("one\r\ntwo\nthree\x1b[2J".to_owned()));
        assert_eq!(field.text(), "one two three [2J");
    }

    #[test]
    fn a_huge_paste_is_cut() {
        let mut field = TextInput::default();
        field.apply(&Edit::Paste("x".repeat(100_000)));
        assert_eq!(field.text().len(), TextInput::MAX_CHARS);
    }

    #[test]
    fn invisible_text_is_blank() {
        assert!(TextInput::with(" \u{200b}\u{202e} ").is_blank());
        assert!(!TextInput::with(" x ").is_blank());
    }
}
