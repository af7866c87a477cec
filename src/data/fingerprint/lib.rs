//! What two errors have in common: the line that says what happened, without anything that differs from one
//! task to the next. Pure.
//!
//! `telling_line` finds the line: the exception at the end of a traceback, the code and message of a JSON body.
//! `masked` puts `#` in place of values (numbers, ids, addresses, paths, times, user data) and keeps names and the
//! codes that decide (an HTTP status, an errno). No answer depends on any other error.

mod body;
mod clean;
mod mask;
pub mod rules;
mod telling;
mod text;

use std::borrow::Cow;

use self::clean::clean;
use self::text::head;

/// Which rules these are: raised whenever the answer for some error changes.
pub const VERSION: u32 = 2;

/// The most characters of a fingerprint; the rest rarely distinguishes two errors.
pub const MAX_CHARS: usize = 300;

/// The most bytes of a line that is shown.
const LINE: usize = 2_000;

/// The most bytes of a line that are read for its fingerprint.
const MASKED: usize = 1_200;

/// An error's telling line without the values that differ from task to task: the same for errors that
/// differ only in values; empty for a blank error.
/// The fingerprint of a fingerprint is itself.
#[must_use]
pub fn fingerprint(error: &str) -> String {
    masked(&telling_line(error))
}

/// The one line that says what happened, without colours and control characters.
#[must_use]
pub fn telling_line(error: &str) -> Cow<'_, str> {
    let text = clean(error);
    let text = text.trim();
    if text.is_empty() {
        return Cow::Borrowed("");
    }
    let told = telling::line(text);
    let line = folded(head(told.trim(), LINE));
    if line == error {
        return Cow::Borrowed(error);
    }
    Cow::Owned(line.into_owned())
}

/// The fingerprint of a telling line: values become `#`.
/// A line that is nothing but values is kept: there is nothing else to tell it by.
#[must_use]
pub fn masked(line: &str) -> String {
    let mut text = folded(head(line, MASKED)).into_owned();
    // What one pass leaves may read differently in the next, a mark in place of an address for example.
    // Only a text that became smaller is taken, so this ends, and what it ends with is its own fingerprint.
    loop {
        let next = mask::values(&text);
        if is_smaller(&next, &text) && has_words(&next) {
            text = next;
            continue;
        }
        let short = cut(&telling_line(&text));
        if !is_smaller(&short, &text) {
            return text;
        }
        text = short;
    }
}

/// Whether one text has fewer characters that are no marks than another, or as many and fewer values that are
/// empty, or is shorter: each pass can do only so much of that.
fn is_smaller(one: &str, other: &str) -> bool {
    let size = |text: &str| {
        let bytes = text.as_bytes();
        let marks = text.bytes().filter(|c| *c == b'#').count();
        let empty = bytes.windows(2).filter(|pair| *pair == b"= ").count();
        let empty = empty + usize::from(bytes.ends_with(b"="));
        (text.len() - marks, empty, text.len())
    };
    size(one) < size(other)
}

/// Whether there is anything but marks and punctuation.
fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// One space between words.
fn folded(text: &str) -> Cow<'_, str> {
    let is_space = |c: u8| c.is_ascii_whitespace() || !c.is_ascii();
    let mut last = b' ';
    let is_folded = text.bytes().all(|c| {
        let twice = is_space(c) && (c != b' ' || last == b' ');
        last = c;
        !twice
    });
    if is_folded && last != b' ' {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    Cow::Owned(folded)
}

/// As much of a text as a fingerprint may have.
fn cut(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(MAX_CHARS)
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim_end().to_owned()
}

#[cfg(test)]
mod tests;
