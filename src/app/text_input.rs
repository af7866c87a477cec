//! One line of typed text.

use std::fmt;

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
    ///
    /// # Errors
    ///
    /// [`TooLong`] if it would make the text too long: it stays as it is.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), TooLong> {
        let request = match edit {
            Edit::Insert(c) => return self.insert(&c.to_string()),
            Edit::Paste(text) => return self.insert(&text.replace("\r\n", "\n")),
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
        Ok(())
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

    /// Inserts all of it or nothing: half of a text may say something else.
    fn insert(&mut self, text: &str) -> Result<(), TooLong> {
        let length = self.text().chars().count() + text.chars().count();
        if length > Self::MAX_CHARS {
            return Err(TooLong { length });
        }
        for c in text.chars() {
            let c = if c.is_control() { ' ' } else { c };
            self.0.handle(InputRequest::InsertChar(c));
        }
        Ok(())
    }
}

/// A text that would have become too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// How many characters it would have had.
    pub length: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, most) = (self.length, TextInput::MAX_CHARS);
        write!(
            f,
            "Not taken: it would have {length} characters, and at most {most} are allowed."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_line_feeds_become_spaces() {
        let mut field = TextInput::default();
        let text = "one\r\ntwo\nthree\x1b[2J";
        field.apply(&Edit::Paste(text.to_owned())).unwrap();
        assert_eq!(field.text(), "one two three [2J");
    }

    #[test]
    fn what_would_be_too_long_is_refused_whole_and_what_was_typed_stays() {
        let mut field = TextInput::with("typed ");
        let most = TextInput::MAX_CHARS;
        let refused = field.apply(&Edit::Paste("x".repeat(most - 5)));
        assert_eq!(refused, Err(TooLong { length: most + 1 }));
        assert_eq!(field.text(), "typed ");
        field.apply(&Edit::Paste("x".repeat(most - 6))).unwrap();
        let refused = field.apply(&Edit::Insert('z'));
        assert_eq!(refused, Err(TooLong { length: most + 1 }));
        assert!(!field.text().contains('z') && field.text().len() == most);
        assert!(refused.unwrap_err().to_string().contains("2001 characters"));
    }

    #[test]
    fn invisible_text_is_blank() {
        assert!(TextInput::with(" \u{200b}\u{202e} ").is_blank());
        assert!(!TextInput::with(" x ").is_blank());
    }
}
