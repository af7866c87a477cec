//! Reads as much of a JSON body as there is: it may be cut off, and may be what Python prints of a dictionary. Pure.

use super::super::text::run;
use super::said::Said;

/// The deepest nesting that is followed.
const DEEPEST: usize = 32;

/// The objects of a body that hold the error; others hold data.
const HOLDERS: &[&str] = &[
    "",
    "error",
    "errors",
    "err",
    "fault",
    "exception",
    "response",
    "body",
    "result",
    "cause",
    "detail",
    "details",
    "data",
    "failure",
    "status",
    "meta",
];

/// An object or list that is open.
struct Open<'t> {
    is_object: bool,
    /// The key under which the next value stands.
    key: &'t str,
}

/// What the body at the beginning of a text says, and where it ends. None if it is no object or list.
pub(super) fn said(text: &str) -> Option<(Said<'_>, usize)> {
    let mut said = Said::default();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        match c {
            '{' | '[' if open.len() < DEEPEST => open.push(Open {
                is_object: c == '{',
                key: "",
            }),
            '{' | '[' => return None,
            '}' | ']' => {
                open.pop();
                if open.is_empty() {
                    return Some((said, at + 1));
                }
            }
            ',' => {
                if let Some(last) = open.last_mut() {
                    last.key = "";
                }
            }
            c if c == ':' || c.is_whitespace() => {}
            _ => {
                let (value, length) = scalar(rest);
                at += length;
                take(&mut said, &mut open, value, &text[at..]);
                continue;
            }
        }
        at += c.len_utf8();
    }
    Some((said, text.len()))
}

/// Takes a value, or remembers it as the key of the next.
fn take<'t>(said: &mut Said<'t>, open: &mut [Open<'t>], value: &'t str, after: &str) {
    let Some((last, holders)) = open.split_last_mut() else {
        return;
    };
    if last.is_object && last.key.is_empty() && after.trim_start().starts_with(':') {
        last.key = value;
        return;
    }
    let holds = |holder: &Open<'_>| {
        HOLDERS
            .iter()
            .any(|one| one.eq_ignore_ascii_case(holder.key))
    };
    // of a list, what holds it decides
    let objects = holders.len() - usize::from(!last.is_object && !holders.is_empty());
    if !holders[..objects].iter().all(holds) {
        return;
    }
    // `"errors": ["Card declined"]`: the list's own key
    let key = match (last.is_object, holders.last()) {
        (true, _) => last.key,
        (false, Some(holder)) => holder.key.trim_end_matches('s'),
        (false, None) => "",
    };
    said.take(key, value);
}

/// The text, number or word at the beginning, without quotes, and the length of it all.
fn scalar(text: &str) -> (&str, usize) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let length = run(text, |c| {
            !c.is_whitespace() && !matches!(c, ',' | ':' | '}' | ']' | '{' | '[')
        });
        return (&text[..length], length.max(1));
    };
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let end = end.map_or(text.len(), |end| end + 1);
    (&text[1..end], (end + 1).min(text.len()))
}
