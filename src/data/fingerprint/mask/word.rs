//! Words: which of them are ids, and which digits in them are values. Pure.

use super::super::text::{MARK, in_word, is_one_of, run, words_before};
use super::known;

/// The length of the word at the beginning: letters, digits, `_`, and hyphens between them.
pub(super) fn length(text: &str) -> usize {
    let mut length = run(text, in_word);
    while let Some(after) = text[length..].strip_prefix('-') {
        let next = run(after, in_word);
        if next == 0 {
            break;
        }
        length += 1 + next;
    }
    length
}

/// Adds a word to what is left of a line, with marks for the values in it.
pub(super) fn mask(word: &str, left: &mut String) {
    if is_plain(word)
        || known::is_name(word)
        || (word.contains('-') && known::is_name(&word.replace('-', "")))
    {
        left.push_str(word);
        return;
    }
    let mut numbered = false;
    let mut rest = word;
    while !rest.is_empty() {
        let length = run(rest, |c| !matches!(c, '_' | '-'));
        let (part, after) = rest.split_at(length);
        // `attempt_1445_0020_m_000003`: letters between the numbers of an id belong to it
        if numbered && (part.chars().count() == 1 || is_drawn(part) || is_hex_group(part)) {
            left.push(MARK);
        } else {
            let masked = part_masked(part);
            numbered |= masked == "#";
            left.push_str(&masked);
        }
        let gap = run(after, |c| matches!(c, '_' | '-'));
        // `blk_-5815`: the sign of a number is part of the value
        let is_signed =
            gap > 1 && after[..gap].ends_with('-') && after[gap..].starts_with(char::is_numeric);
        left.push_str(&after[..gap - usize::from(is_signed)]);
        rest = &after[gap..];
    }
}

/// Whether nothing of a word stays.
pub(super) fn is_value(word: &str) -> bool {
    let mut left = String::new();
    mask(word, &mut left);
    left == "#"
}

/// Whether a word is too short and has no digit to be an id.
fn is_plain(word: &str) -> bool {
    let plain = |c: u8| c.is_ascii() && !c.is_ascii_digit();
    word.len() < 12 && (word.bytes().all(plain) || !word.contains(char::is_numeric))
}

/// What is left of a part of a word.
fn part_masked(part: &str) -> String {
    let digits = part.chars().filter(|c| c.is_numeric()).count();
    if known::is_name(part) || part.is_empty() {
        return part.to_owned();
    }
    let letters = part.trim_end_matches(char::is_numeric);
    if letters.is_empty() || is_id(part, digits) {
        return String::from("#");
    }
    let at_end = part.len() - letters.len();
    if at_end == 0 || known::is_name(part) {
        return part.to_owned();
    }
    // too short for a name: `an14`, `U11`
    if letters.chars().count() <= 2 && !letters.contains(char::is_numeric) {
        return String::from("#");
    }
    format!("{letters}#")
}

/// Whether it is an id rather than a word.
fn is_id(part: &str, digits: usize) -> bool {
    if !part.is_ascii() {
        return part.starts_with(char::is_numeric);
    }
    let length = part.len();
    if digits == 0 {
        return false;
    }
    if part.starts_with(|c: char| c.is_ascii_digit()) {
        return !known::is_name(part);
    }
    if length >= 4 && part.bytes().all(|c| c.is_ascii_hexdigit()) {
        return true;
    }
    let groups = part
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .count();
    let small = || {
        part.split(|c: char| !c.is_ascii_lowercase())
            .map(str::len)
            .filter(|run| *run > 0)
    };
    let longest = small().max().unwrap_or(0);
    let runs = small().count().max(1);
    let mean_of_three = small().sum::<usize>() >= 3 * runs;
    let ends_with_letters = !part.ends_with(|c: char| c.is_ascii_digit());
    let mixed = longest > 0 && part.contains(|c: char| c.is_ascii_uppercase());
    (groups >= 2 && longest < 4)
        || (groups >= 3)
        || (groups == 2 && !mean_of_three)
        || (digits >= 5 && ends_with_letters && longest < 4)
        || (length >= 8 && ends_with_letters && longest < 3)
        || (length >= 6 && mixed && ends_with_letters && longest < 3)
        || (length >= 12 && mixed && !mean_of_three)
        || (length >= 20 && humps(part) * 3 > length)
}

/// Whether a part is a group of a UUID.
fn is_hex_group(part: &str) -> bool {
    matches!(part.len(), 4 | 12) && part.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Whether a part was drawn at random from letters without vowels, as the ends of names of pods are.
fn is_drawn(part: &str) -> bool {
    let drawn = |c: u8| (c.is_ascii_lowercase() || c.is_ascii_digit()) && !b"aeiou013".contains(&c);
    part.len() == 5 && part.bytes().all(drawn)
}

/// How often small and large letters change places, counting runs.
fn humps(part: &str) -> usize {
    let large = |c: u8| c.is_ascii_uppercase();
    part.as_bytes()
        .windows(2)
        .filter(|pair| large(pair[0]) != large(pair[1]))
        .count()
}

/// A name in quotes with marks only for the numbers in it.
pub(super) fn without_numbers(quoted: &str) -> String {
    let mut left = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(c) = rest.chars().next() {
        let length = if in_word(c) { length(rest) } else { 0 };
        if length == 0 {
            left.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        mask(&rest[..length], &mut left);
        rest = &rest[length..];
    }
    left
}

/// Words that follow "user" and name no user.
const NO_USERS: &[&str] = &[
    "unknown",
    "name",
    "is",
    "does",
    "has",
    "was",
    "with",
    "request",
    "input",
    "authentication",
    "not",
    "defined",
    "agent",
    "session",
    "account",
    "id",
    "and",
    "or",
    "by",
    "on",
    "in",
    "for",
    "from",
    "to",
    "data",
    "error",
];

/// The name of an account that is not in quotes: `for invalid user oracle`, `password for root from …`.
pub(super) fn account(before: &str, text: &str) -> Option<usize> {
    let follows = before.ends_with("user ") || before.ends_with("for ");
    if !follows || !text.starts_with(|c: char| in_word(c)) {
        return None;
    }
    let mut words = words_before(before, 40);
    let (last, earlier) = (words.next()?, words.next()?);
    let is_user = last == "user" && is_one_of(earlier, &["for", "invalid", "by", "unknown"]);
    let is_for = last == "for" && is_one_of(earlier, &["password", "login", "logins"]);
    if !is_user && !is_for {
        return None;
    }
    let length = run(text, |c| in_word(c) || matches!(c, '-' | '.'));
    let name = text[..length].trim_end_matches('.');
    let names_nobody =
        is_one_of(name, NO_USERS) || (is_for && is_one_of(name, &["user", "invalid", "the", "a"]));
    (!names_nobody).then_some(name.len())
}
