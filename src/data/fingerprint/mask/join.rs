//! Marks with nothing but a joint between them are one value: a time, an address, a list of ids. Pure.

use super::super::text::MARK;

/// What may stand between the parts of one value.
const JOINTS: &[&str] = &[
    " - ", "-", "::", ":", "..", ".", "/", "_", "+", ", ", ",", " (", "(", " ",
];

/// The most bytes of a joint.
const LONGEST: usize = 3;

/// The text with one mark for each value, and with one of a list of words that differ only in values.
pub(super) fn joined(text: &str) -> String {
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
    without_repeats(&joined)
}

/// Where the next mark ends, if only a joint lies before it.
fn next_mark(rest: &str) -> Option<usize> {
    if let Some(after) = rest.strip_prefix(MARK) {
        return Some(rest.len() - after.len());
    }
    let nearest = rest
        .bytes()
        .take(LONGEST + 1)
        .any(|c| char::from(c) == MARK);
    if !nearest {
        return None;
    }
    JOINTS.iter().find_map(|joint| {
        let after = rest.strip_prefix(joint)?.strip_prefix(MARK)?;
        let closed = !joint.ends_with('(');
        let after = if closed {
            after
        } else {
            after.strip_prefix(')')?
        };
        Some(rest.len() - after.len())
    })
}

/// `an# an# an#` is a list of as many as there happened to be.
fn without_repeats(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut last = "";
    for word in text.split(' ') {
        let bare = word.trim_end_matches([',', ';']);
        let repeats = bare == last && bare.contains(MARK);
        if repeats {
            // the end of the list decides what follows it
            let end = left.trim_end_matches([',', ';']).len();
            left.truncate(end);
            left.push_str(&word[bare.len()..]);
            continue;
        }
        if !left.is_empty() {
            left.push(' ');
        }
        left.push_str(word);
        last = bare;
    }
    left
}
