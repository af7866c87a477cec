//! Values that are assigned to a key: `user=root`, `total = 5`. Pure.

use super::super::text::{head, is_one_of, run};
use super::known::is_code_word;

/// Keys whose value tells errors apart and is read as any text.
const TELLING: &[&str] = &[
    "error",
    "err",
    "exception",
    "exc",
    "reason",
    "cause",
    "msg",
    "message",
    "detail",
    "details",
    "desc",
    "description",
    "type",
    "kind",
    "class",
    "status",
    "state",
    "op",
    "operation",
    "action",
    "method",
    "event",
    "phase",
    "function",
    "signal",
    "stat",
    "dsn",
    "result",
    "grpc_status",
    "grpc_message",
    "debug_error_string",
    "expression",
    "severity",
];

/// The longest value that is taken as one.
const LONGEST: usize = 300;

/// What follows a key: how much stays before the mark, and how much is read.
pub(super) struct Assigned {
    pub before: usize,
    pub length: usize,
}

/// The value that is assigned to a key, if it is one that differs from task to task.
pub(super) fn found(key: &str, after: &str) -> Option<Assigned> {
    let space = usize::from(after.starts_with(' '));
    let sign = after[space..].strip_prefix('=')?;
    if sign.starts_with(['=', '>', '~']) || key.is_empty() || is_telling(key) {
        return None;
    }
    let after_sign = usize::from(sign.starts_with(' '));
    let before = space + 1;
    let value = &sign[after_sign..];
    let length = length(value);
    // `logname= uid=0`: an empty value, and the next key
    let is_key = value[length..].starts_with('=');
    let is_empty = length == 0 || (after_sign > 0 && (space == 0 || is_key));
    let is_number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '#');
    if is_empty && (is_key || !is_number) {
        return Some(Assigned {
            before,
            length: before,
        });
    }
    Some(Assigned {
        before,
        length: before + after_sign + length,
    })
}

/// Whether a key says that its value tells of the error.
pub(super) fn is_telling(key: &str) -> bool {
    let last = key.rsplit(['-', '.']).next().unwrap_or(key);
    is_one_of(last, TELLING) || is_code_word(last, None)
}

/// The length of the value at the beginning: in quotes, in brackets, or up to the next space.
fn length(text: &str) -> usize {
    let text = head(text, LONGEST);
    let first = text.chars().next().unwrap_or(' ');
    if matches!(first, '"' | '\'' | '`') {
        let end = text[1..].find(first).map(|end| end + 2);
        return end.unwrap_or_else(|| run(text, |c| !c.is_whitespace()));
    }
    if let Some(length) = bracketed(text) {
        return length;
    }
    let token = run(text, |c| !c.is_whitespace() && !is_end(c));
    let token = text[..token].trim_end_matches(['.', ':']).len();
    token + bracketed(&text[token..]).unwrap_or(0)
}

const fn is_end(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '\'' | '|' | '&' | '='
    )
}

/// The length of what is in brackets at the beginning, if they are closed.
fn bracketed(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' | b'>' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at + 1);
        }
    }
    None
}
