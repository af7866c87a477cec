//! Numbers with their signs, units and parts. Pure.

use super::super::text::{is_one_of, is_unspaced, run};
use super::known;

/// Units that belong to the number before them: `30 s` is `30s`.
const UNITS: &[&str] = &[
    "ns",
    "us",
    "µs",
    "ms",
    "msec",
    "msecs",
    "millis",
    "milliseconds",
    "millisecond",
    "microseconds",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "m",
    "min",
    "mins",
    "minute",
    "minutes",
    "h",
    "hr",
    "hrs",
    "hour",
    "hours",
    "d",
    "day",
    "days",
    "b",
    "kb",
    "mb",
    "gb",
    "tb",
    "kib",
    "mib",
    "gib",
    "byte",
    "bytes",
    "mhz",
    "ghz",
];

/// The length of the number at the beginning, with its sign and its unit.
pub(super) fn found(before: &str, text: &str, first: char) -> Option<usize> {
    let sign = match first {
        '-' | '+' | '±' | '~' | '≈' | '$' | '€' | '£' | '¥' => first.len_utf8(),
        // `lifetime <1 sec`: as far as `<` is no bracket
        '<' | '>' if before.is_empty() || before.ends_with([' ', '#']) => comparison(text)?,
        _ if first.is_numeric() => 0,
        _ => return None,
    };
    let digits = &text[sign..];
    if !digits.starts_with(char::is_numeric) {
        return None;
    }
    let length = run(digits, in_number);
    let word = &digits[..length];
    if known::is_name(word) || (word.contains(['_']) && !word.starts_with(char::is_numeric)) {
        return None;
    }
    let rest = &digits[length..];
    let percent = usize::from(rest.starts_with('%'));
    let unit = if percent == 0 && word.chars().all(char::is_numeric) {
        unit(rest)
    } else {
        0
    };
    Some(sign + length + percent + unit)
}

/// The length of `<` or `>` before a number that no bracket closes.
fn comparison(text: &str) -> Option<usize> {
    let after = text[1..].trim_start_matches('=');
    let digits = run(after, |c| c.is_numeric() || c == '.');
    let closed = after[digits..].starts_with('>');
    (digits > 0 && !closed).then(|| text.len() - after.len())
}

/// A digit, or a letter that is written to it: a unit, the rest of an id.
fn in_number(c: char) -> bool {
    c.is_alphanumeric() && !is_unspaced(c) || c.is_numeric()
}

/// The length of the unit that follows a number, with the space before it.
fn unit(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(' ') else {
        return 0;
    };
    let length = run(rest, char::is_alphanumeric);
    if is_one_of(&rest[..length], UNITS) {
        1 + length
    } else {
        0
    }
}
