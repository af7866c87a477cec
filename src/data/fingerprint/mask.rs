//! Puts a mark in place of every value of a line. Pure.

mod address;
mod assign;
mod code;
mod date;
mod join;
mod known;
mod noun;
mod number;
mod path;
mod quoted;
mod word;

use self::quoted::Quoted;
use super::text::{MARK, in_word, is_unspaced};

/// The line with a mark for every value in it.
pub(super) fn values(line: &str) -> String {
    let mut scan = Scan {
        line,
        at: 0,
        left: String::with_capacity(line.len()),
    };
    while scan.at < line.len() {
        scan.step();
    }
    join::joined(&scan.left)
}

/// A line that is read from its beginning, and what is left of what was read.
struct Scan<'t> {
    line: &'t str,
    at: usize,
    left: String,
}

impl Scan<'_> {
    /// Reads the next value, word or character.
    fn step(&mut self) {
        let (before, rest) = self.line.split_at(self.at);
        let Some(first) = rest.chars().next() else {
            return;
        };
        let apart = !before.ends_with(|c| in_word(c) || c == MARK);
        if apart && self.apart(before, rest, first) {
            return;
        }
        if in_word(first) {
            self.word(rest);
        } else {
            self.keep(first.len_utf8());
        }
    }

    /// Reads what begins only where no word has begun; whether anything did.
    fn apart(&mut self, before: &str, rest: &str, first: char) -> bool {
        if is_unspaced(first) && first.is_alphanumeric() {
            return false;
        }
        if is_plain(rest) {
            let value = date::found(before, rest, first).or_else(|| word::account(before, rest));
            return value.is_some_and(|length| {
                self.mark(length);
                true
            });
        }
        if let Some(quoted) = quoted::found(before, rest, first) {
            match quoted {
                Quoted::Value(length) => self.mark(length),
                Quoted::Name(length) => {
                    self.left.push_str(&word::without_numbers(&rest[..length]));
                    self.at += length;
                }
            }
            return true;
        }
        if let Some(length) = code::kept(before, rest) {
            self.keep(length);
            return true;
        }
        let value = address::found(before, rest, first)
            .or_else(|| path::found(before, rest, first))
            .or_else(|| date::found(before, rest, first))
            .or_else(|| number::found(before, rest, first))
            .or_else(|| word::account(before, rest));
        if let Some(length) = value {
            self.mark(length);
            return true;
        }
        false
    }

    /// Reads a word, and the value that is assigned to it.
    fn word(&mut self, rest: &str) {
        let length = word::length(rest);
        let (name, after) = rest.split_at(length);
        word::mask(name, &mut self.left);
        self.at += length;
        if let Some(assigned) = assign::found(name, after) {
            self.left.push_str(&after[..assigned.before]);
            self.left.push(MARK);
            self.at += assigned.length;
        }
    }

    fn keep(&mut self, length: usize) {
        self.left.push_str(&self.line[self.at..self.at + length]);
        self.at += length;
    }

    fn mark(&mut self, length: usize) {
        self.left.push(MARK);
        self.at += length;
    }
}

/// Whether nothing but a word of letters is at the beginning: most of a line is.
fn is_plain(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let length = bytes.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let ends = matches!(
        bytes.get(length),
        None | Some(b' ' | b',' | b')' | b';' | b'(' | b']' | b'"')
    );
    let stops = matches!(bytes.get(length), Some(b':' | b'.'))
        && matches!(bytes.get(length + 1), None | Some(b' '));
    length > 0 && length < 12 && (ends || stops)
}
