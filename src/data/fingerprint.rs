//! What two errors have in common: the first line without anything that differs from one task to the next.
//! Pure.
//!
//! Numbers, ids, quoted values, paths, addresses, times and durations all become `#`, so that errors of the
//! orders `4711` and `7f3a` have the same fingerprint.

pub mod rules;
mod token;

use self::token::{Found, found};

/// The most characters of an error that are read.
const LOOKED_AT: usize = 2_000;

/// The most characters of a fingerprint; the rest rarely distinguishes two errors.
pub const MAX_CHARS: usize = 160;

/// Raised whenever the answer for some error changes.
pub const VERSION: u32 = 1;

/// The placeholder for values.
const MARK: char = '#';

/// An error's first line without the values that differ from task to task: the same for errors that
/// differ only in values; empty for a blank error.
/// The fingerprint of a fingerprint is itself.
#[must_use]
pub fn fingerprint(error: &str) -> String {
    masked(telling_line(error))
}

/// A telling line, or what own rules made of it, without the values that differ from task to task.
#[must_use]
pub fn masked(line: &str) -> String {
    let mut text = folded(line.chars().take(LOOKED_AT));
    // The text of one pass may parse differently in the next. Each pass leaves fewer digits, quotes and
    // slashes, or less text, so this ends.
    loop {
        let next = folded(joined(&without_values(&text)).chars().take(MAX_CHARS));
        if next == text {
            return text;
        }
        text = next;
    }
}

/// The line that says what happened: the first that is not blank, or the last of a Python traceback.
#[must_use]
pub fn telling_line(error: &str) -> &str {
    let mut lines = error.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    if !first
        .trim_start()
        .starts_with("Traceback (most recent call")
    {
        return first;
    }
    let raised = lines.rfind(|line| !line.starts_with(char::is_whitespace));
    raised.unwrap_or(first)
}

/// One space between words.
fn folded(text: impl Iterator<Item = char>) -> String {
    let text: String = text.collect();
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// The text with a mark for every value in it.
fn without_values(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let Found { words, length } = found(rest, before);
        let (taken, after) = rest.split_at(length);
        left.push_str(&taken[..words]);
        if words < length {
            left.push(MARK);
            before = Some(MARK);
        } else {
            before = taken.chars().next_back().or(Some(c));
        }
        rest = after;
    }
    left
}

/// Marks with nothing but a joint between them are one: a time, an address, a list of ids.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        joined.push_str(&rest[..=at]);
        rest = &rest[at + MARK.len_utf8()..];
        while let Some(end) = next_mark(rest) {
            rest = &rest[end..];
        }
    }
    joined.push_str(rest);
    joined
}

/// What may stand between the parts of one value.
const JOINTS: [&str; 10] = ["-", "::", ":", ".", "/", "_", "+", ", ", ",", " "];

/// Where the next mark ends, if only a joint lies before it.
fn next_mark(rest: &str) -> Option<usize> {
    let after = JOINTS.iter().find_map(|joint| rest.strip_prefix(joint));
    let after = after.unwrap_or(rest).strip_prefix(MARK)?;
    Some(rest.len() - after.len())
}

#[cfg(test)]
mod tests;
