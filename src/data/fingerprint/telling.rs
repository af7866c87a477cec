//! Finds the line of an error that says what happened. Pure.

mod log;
mod native;
mod python;
mod stack;

use super::body;
use super::text::{head, in_word, run};

/// The line that says what happened, perhaps composed of several; values are still in it.
/// `text` is clean and has more than white space.
pub(super) fn line(text: &str) -> String {
    if !text.contains('\n') {
        return one_line(text);
    }
    let told = python::raised(text)
        .or_else(|| body::whole(text, line))
        .or_else(|| native::line(text))
        .or_else(|| stack::line(text))
        .unwrap_or_else(|| first(text));
    finished(&with_body(told, text))
}

/// The most bytes of a line that are looked at to see what it is.
const LOOKED_AT: usize = 2_000;

/// Of an error that has one line only: the line, or what it says.
fn one_line(text: &str) -> String {
    let told = if text.starts_with(['{', '[', '<', 'b']) {
        body::whole(text, line)
    } else {
        None
    };
    finished(
        &told
            .or_else(|| native::one_line(text))
            .unwrap_or_else(|| text.to_owned()),
    )
}

/// The first line, or a later one where the first is only output and a later one calls itself an error;
/// a line that ends with a colon goes on in the next.
fn first(text: &str) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut line = lines.next().unwrap_or_default();
    if !speaks_of_failure(line) {
        let mut later = lines.clone().take(200);
        if let Some(error) = later.find(|line| calls_itself_error(line)) {
            line = error;
            while let Some(next) = lines.next()
                && !std::ptr::eq(next, error)
            {}
        }
    }
    let line = line.trim();
    match lines.next() {
        Some(next) if line.ends_with(':') => format!("{line} {}", next.trim()),
        _ => line.to_owned(),
    }
}

/// A line on which a JSON body begins that ends on a later one, with what the body says.
fn with_body(told: String, text: &str) -> String {
    let from = if told.ends_with(['{', '[']) {
        text.find(&told)
    } else {
        None
    };
    from.and_then(|from| body::inside(&text[from..], line))
        .unwrap_or(told)
}

/// Words that show that a line is about a failure.
const FAILURE: &[&str] = &[
    "error",
    "fail",
    "exception",
    "fatal",
    "panic",
    "cannot",
    "can't",
    "could not",
    "couldn't",
    "denied",
    "refused",
    "timed out",
    "timeout",
    "invalid",
];

fn speaks_of_failure(line: &str) -> bool {
    let line = head(line, 300).to_lowercase();
    FAILURE.iter().any(|word| line.contains(word))
}

/// `ERROR: …`, `fatal: …`, `npm ERR! …`: the line of a program's output that is its error.
fn calls_itself_error(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '*', ' ', '!']);
    let word = &line[..run(line, in_word)];
    let after = line[word.len()..].trim_start_matches([']', ' ']);
    ["error", "fatal", "panic", "critical"]
        .iter()
        .any(|level| word.eq_ignore_ascii_case(level))
        && after.starts_with([':', '[', '('])
}

/// The line without what only says where and when, and with what a JSON body in it says.
fn finished(told: &str) -> String {
    let told = head(told, LOOKED_AT);
    let line = log::without_prefix(told.trim());
    let line = native::without_place(line);
    let line = without_tails(line);
    match body::fields(line, self::line).or_else(|| body::inside(line, self::line)) {
        Some(inside) => inside,
        None => line.to_owned(),
    }
}

/// What the tools' own additions begin with that tell nothing of the error.
const TAILS: &[&str] = &[
    "[SQL: ",
    "(SQL: ",
    "(Connection: ",
    "(Background on this error at",
    "[parameters: ",
];

fn without_tails(line: &str) -> &str {
    let ends = |at: &usize| *at > 0 && TAILS.iter().any(|tail| line[*at..].starts_with(tail));
    let brackets = line
        .bytes()
        .enumerate()
        .filter(|(_, c)| matches!(c, b'[' | b'('));
    let end = brackets.map(|(at, _)| at).find(ends).unwrap_or(line.len());
    line[..end].trim_end()
}
