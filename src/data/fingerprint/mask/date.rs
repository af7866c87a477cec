//! Dates in words: `Sat Jul 2 23:30:18 PDT 2005`, `2 February 2026`, `July 4th`. Pure.

use super::super::text::{head, run};

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const ZONES: &[&str] = &[
    "UTC", "GMT", "CET", "CEST", "EST", "EDT", "CST", "CDT", "PST", "PDT", "MST", "MDT", "BST",
    "JST",
];

/// The part of a date that a word is.
#[derive(PartialEq, Eq)]
enum Part {
    Day,
    Month,
    /// A number or time.
    Number,
    /// A zone or half of the day.
    Zone,
    Other,
}

/// The length of the date in words at the beginning, or of the zone after a time.
pub(super) fn found(before: &str, text: &str, first: char) -> Option<usize> {
    if !first.is_ascii_alphabetic() || !begins(text) {
        return None;
    }
    let text = head(text, 60);
    let word = &text[..run(text, char::is_alphanumeric)];
    let numbered = before
        .trim_end_matches([' ', ',', '.'])
        .ends_with(|c: char| c.is_ascii_digit() || c == '#');
    match part(word) {
        Part::Zone if numbered && before.ends_with(' ') => Some(word.len()),
        Part::Day | Part::Month => {
            let (length, numbers) = sequence(text);
            // `Tuesday`, `February`: hardly anything else is called so
            if length > 0 && word.len() > 5 && word.starts_with(|c: char| c.is_ascii_uppercase()) {
                return Some(length);
            }
            (numbers > 0 || (numbered && length > 0 && part(word) == Part::Month)).then_some(length)
        }
        _ => None,
    }
}

/// Whether the first letters are those of a day, a month or a zone: they rule out most other words.
fn begins(text: &str) -> bool {
    let mut start = [0; 3];
    for (to, from) in start.iter_mut().zip(text.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    matches!(
        &start,
        b"jan"
            | b"feb"
            | b"mar"
            | b"apr"
            | b"may"
            | b"jun"
            | b"jul"
            | b"aug"
            | b"sep"
            | b"oct"
            | b"nov"
            | b"dec"
            | b"mon"
            | b"tue"
            | b"wed"
            | b"thu"
            | b"fri"
            | b"sat"
            | b"sun"
            | b"utc"
            | b"gmt"
            | b"cet"
            | b"ces"
            | b"est"
            | b"edt"
            | b"cst"
            | b"cdt"
            | b"pst"
            | b"pdt"
            | b"mst"
            | b"mdt"
            | b"bst"
            | b"jst"
            | [b'a' | b'p', b'm', _]
    )
}

/// The length of the parts of a date at the beginning, and how many of them are numbers.
fn sequence(text: &str) -> (usize, usize) {
    let (mut length, mut numbers, mut at) = (0, 0, 0);
    let mut seen = 0;
    while seen < 8 {
        let rest = &text[at..];
        let word = &rest[..run(rest, |c| c.is_alphanumeric() || c == ':')];
        let part = part(word.trim_end_matches(':'));
        match part {
            Part::Other => break,
            Part::Number => numbers += 1,
            _ => {}
        }
        length = at + word.trim_end_matches(':').len();
        at += word.len();
        at += run(&text[at..], |c| {
            matches!(c, ' ' | ',' | '.' | '-' | '/' | '+')
        });
        seen += 1;
    }
    (length, numbers)
}

fn part(word: &str) -> Part {
    let digits = run(word, |c| c.is_ascii_digit() || c == ':');
    if digits > 0 {
        let end = &word[digits..];
        let is_number = matches!(
            end,
            "" | "st" | "nd" | "rd" | "th" | "Z" | "am" | "pm" | "AM" | "PM"
        );
        return if is_number { Part::Number } else { Part::Other };
    }
    if ZONES.contains(&word) || matches!(word, "AM" | "PM" | "am" | "pm") {
        return Part::Zone;
    }
    let small = word.to_ascii_lowercase();
    let is = |names: &[&str]| {
        let short =
            (3..=4).contains(&small.len()) && word.starts_with(|c: char| c.is_ascii_uppercase());
        names
            .iter()
            .any(|name| *name == small || (short && name.starts_with(&small)))
    };
    if word.starts_with(|c: char| c.is_ascii_lowercase())
        && matches!(small.as_str(), "may" | "march")
    {
        return Part::Other;
    }
    if is(DAYS) {
        Part::Day
    } else if is(MONTHS) {
        Part::Month
    } else {
        Part::Other
    }
}
