//! Takes from an error what no line of it needs: colours, control characters, the middle of a long text. Pure.

use std::borrow::Cow;

use super::text::{head, run, tail};

/// How much of the beginning and of the end of an error is read.
const LOOKED_AT: usize = 16 * 1024;

/// The parts of an error that are read, without colours and control characters.
pub(super) fn clean(error: &str) -> Cow<'_, str> {
    let text = match window(error) {
        Cow::Borrowed(text) => plain(text),
        Cow::Owned(text) => Cow::Owned(plain(&text).into_owned()),
    };
    match unescaped(&text) {
        Some(lines) => Cow::Owned(lines),
        None => text,
    }
}

/// The first and the last part of a long text, in whole lines.
fn window(error: &str) -> Cow<'_, str> {
    if error.len() <= 2 * LOOKED_AT {
        return Cow::Borrowed(error);
    }
    let first = head(error, LOOKED_AT);
    match tail(error, LOOKED_AT).split_once('\n') {
        Some((_, last)) => Cow::Owned(format!("{first}\n{last}")),
        None => Cow::Borrowed(first),
    }
}

/// The text without escape sequences, control characters and marks that change the direction of writing.
fn plain(text: &str) -> Cow<'_, str> {
    let may_be_odd =
        |c: u8| (c < b' ' && c != b'\n' && c != b'\t') || matches!(c, 0x7f | 0xc2 | 0xe2 | 0xef);
    let is_plain = !text.bytes().any(may_be_odd) || !text.contains(is_odd);
    if is_plain && colour(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = sequence(rest);
        if length > 0 {
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\r' if !rest.starts_with('\n') => plain.push('\n'),
            c if is_odd(c) => {}
            c => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// Whether a character is not to be shown: control characters, and marks that have no width or turn the direction.
fn is_odd(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The length of the escape sequence at the beginning; of a colour too that has lost its escape character.
fn sequence(text: &str) -> usize {
    if text.starts_with('[') {
        return bare_colour(text);
    }
    let Some(rest) = text.strip_prefix('\u{1b}') else {
        return 0;
    };
    let begins = text.len() - rest.len();
    match rest.chars().next() {
        Some('[') => {
            let parameters = run(&rest[1..], |c| matches!(c, ' '..='?'));
            let last = rest[1 + parameters..].chars().next();
            let last = last.filter(|c| matches!(c, '@'..='~'));
            begins + 1 + parameters + last.map_or(0, char::len_utf8)
        }
        Some(']') => {
            let title = run(rest, |c| c != '\u{7}' && c != '\u{1b}' && c != '\n');
            let closed = rest[title..].starts_with('\u{7}');
            begins + title + usize::from(closed)
        }
        _ => begins,
    }
}

/// Where a colour without its escape character is.
fn colour(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts =
        |at: &usize| bytes[*at] == b'[' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    (0..bytes.len())
        .filter(starts)
        .find(|at| bare_colour(&text[*at..]) > 0)
}

/// `[31m`, `[1;31m`: what is left of a colour where somebody has taken the escape characters away.
fn bare_colour(text: &str) -> usize {
    let numbers = run(&text[1..], |c| c.is_ascii_digit() || c == ';');
    let after = text[1 + numbers..].strip_prefix('m');
    let ends = after.is_some_and(|after| !after.starts_with(']'));
    let is_colour = (1..=12).contains(&numbers) && ends && !text[1..].starts_with(';');
    if is_colour { numbers + 2 } else { 0 }
}

/// A stack trace that was written on one line, with `\n` for its line feeds.
fn unescaped(text: &str) -> Option<String> {
    const SIGNS: &[&str] = &[
        "\\n  File ",
        "\\n    at ",
        "\\n   at ",
        "\\n\\tat ",
        "Traceback (most recent call last):\\n",
    ];
    let line = text.trim();
    if line.contains('\n') || !line.contains("\\n") || !SIGNS.iter().any(|sign| line.contains(sign))
    {
        return None;
    }
    let line = line.strip_prefix('"').unwrap_or(line);
    Some(
        line.replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\\"", "\""),
    )
}
