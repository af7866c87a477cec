//! Text in quotes: a name that tells errors apart, or data of a user. Pure.

use super::super::text::{MARK, head, is_one_of, tail, words_before};
use super::noun::{Noun, noun};
use super::{address, assign, path, word};

/// What is in quotes at the beginning, with its length in bytes including the quotes.
pub(super) enum Quoted {
    /// Differs from task to task.
    Value(usize),
    /// Tells errors apart; only numbers in it are values.
    Name(usize),
}

/// The longest text in quotes that is taken as one.
const LONGEST: usize = 200;

/// Words nearby that make what is in quotes data.
const DATA_VERBS: &[&str] = &[
    "literal",
    "convert",
    "parse",
    "parsing",
    "parsed",
    "decode",
    "deserialize",
    "unmarshal",
    "cast",
    "syntax",
    "malformed",
    "numeric",
    "input",
    "coerce",
    "unparseable",
    "converting",
];

/// What follows data: `'abc' is not a valid integer`.
const AFTER_DATA: &[&str] = &[
    " is not a valid",
    " is not of type",
    " is not valid",
    " is invalid",
    " is an invalid",
    " could not be parsed",
    " cannot be parsed",
    " is not a ",
    " is not an ",
    " does not match",
    " is not recognized",
    " was not recognized",
    " could not be converted",
];

/// What is in quotes at the beginning, if anything is.
pub(super) fn found(before: &str, rest: &str, first: char) -> Option<Quoted> {
    let length = length(rest, first)?;
    let (quoted, after) = rest.split_at(length);
    let close = quoted.chars().next_back().map_or(1, char::len_utf8);
    let inside = &quoted[first.len_utf8()..length - close];
    let begins = inside.chars().next().unwrap_or_default();
    if address::found("", inside, begins) == Some(inside.len()) {
        return Some(Quoted::Value(length));
    }
    if is_key(inside, before, after) {
        return Some(Quoted::Name(length));
    }
    match key(before) {
        Some(key) if assign::is_telling(key) => {
            return is_name(inside).then_some(Quoted::Name(length));
        }
        Some(_) => return Some(Quoted::Value(length)),
        None if is_list(inside) => return Some(Quoted::Value(length)),
        None => {}
    }
    match noun(before) {
        Some(Noun::Name) if inside.contains(' ') => return None,
        Some(Noun::Name) => return Some(Quoted::Name(length)),
        Some(Noun::Data) => return Some(Quoted::Value(length)),
        _ => {}
    }
    let mut words = words_before(before, 60).take(8);
    let is_data = words.any(|word| is_one_of(word, DATA_VERBS))
        || AFTER_DATA.iter().any(|end| after.starts_with(end))
        || is_value(inside, begins)
        || names_somebody(inside)
        || is_data_in_cjk(before, first);
    if is_data {
        return Some(Quoted::Value(length));
    }
    // a message, or a value that is recognised without its quotes, is read as any text
    is_name(inside).then_some(Quoted::Name(length))
}

/// Whether all of it is a value without its quotes too: a path, a number, an id.
fn is_value(inside: &str, begins: char) -> bool {
    let is_number = inside.contains(|c: char| c.is_numeric() || c == MARK)
        && !inside.contains(char::is_alphabetic);
    is_number
        || path::found("", inside, begins) == Some(inside.len())
        || (inside.len() >= 4 && !inside.contains(' ') && word::is_value(inside))
}

/// The length of what is in quotes; a backtick may be closed by an apostrophe.
fn length(rest: &str, first: char) -> Option<usize> {
    let closing = match first {
        '"' | '\'' | '`' => first,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        '「' => '」',
        '『' => '』',
        _ => return None,
    };
    let rest = head(rest, LONGEST);
    // `Command '['ffmpeg', '-i']' returned`
    if rest[first.len_utf8()..].starts_with('[') {
        let end = format!("]{closing}");
        return rest.find(&end).map(|at| at + end.len());
    }
    let mut at = first.len_utf8();
    let is_close = |c: char| c == closing || (closing == '`' && c == '\'');
    while let Some(found) = rest[at..].find(is_close) {
        let end = at + found;
        let c = rest[end..].chars().next()?;
        at = end + c.len_utf8();
        // an apostrophe
        let goes_on = c == '\'' && rest[at..].starts_with(char::is_alphanumeric);
        let escaped = rest[..end].ends_with('\\') && !rest[..end].ends_with("\\\\");
        if !goes_on && !escaped {
            return Some(at);
        }
    }
    None
}

/// Whether it is the key of an object, or is assigned something.
fn is_key(inside: &str, before: &str, after: &str) -> bool {
    let opens = before.trim_end().ends_with(['{', ',', '(']);
    let assigns = after.starts_with('=') && !after.starts_with("==");
    is_name(inside) && ((after.trim_start().starts_with(':') && opens) || assigns)
}

/// The key of an object, or what is left of a `=`, if what is in quotes is its value.
fn key(before: &str) -> Option<&str> {
    let before = tail(before, 120).trim_end();
    let key = before.trim_end_matches("=>").trim_end_matches(['=', ':']);
    if key.len() == before.len() {
        return None;
    }
    let in_object = before.rfind('{') > before.rfind('}');
    let assigned = before.ends_with('=') || before.ends_with("=>");
    let quoted = key.trim_end().ends_with(['"', '\'']);
    if assigned || in_object || quoted {
        return words_before(key, 40).next();
    }
    None
}

/// `['ffmpeg', '-i', …]` in quotes.
fn is_list(inside: &str) -> bool {
    inside.starts_with('[') && inside.ends_with(']')
}

/// Whether it is one word that a programmer would choose.
fn is_name(inside: &str) -> bool {
    let begins = inside.starts_with(|c: char| {
        c.is_ascii_alphabetic() || matches!(c, '_' | '$' | ':' | '-' | '<' | '*' | '.' | '[')
    });
    let is_plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '!'..='/' | ':'..='@' | '['..='_' | '{'..='}')
    };
    let path = inside.starts_with("./") || inside.starts_with("../") || inside.contains("://");
    let file = inside.contains('/') || inside.contains('\\') && inside.contains(":\\");
    (begins || inside.is_empty())
        && inside.chars().all(is_plain)
        && !path
        && !file
        && inside.len() <= 100
}

/// Whether it is the name of somebody or something: several words, each with a large letter.
fn names_somebody(inside: &str) -> bool {
    const SMALL: &[&str] = &[
        "de", "da", "del", "la", "van", "von", "der", "of", "and", "the", "for", "y", "e", "&",
    ];
    let mut words = inside.split_whitespace();
    let is_part = |word: &str| {
        let plain = !word.contains([':', '=', '\'', '"', '(', '/', '_']);
        plain
            && (word.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
                || SMALL.contains(&word))
    };
    let count = words.clone().count();
    let has_small = inside.contains(char::is_lowercase);
    inside.starts_with(char::is_uppercase)
        && (2..=6).contains(&count)
        && has_small
        && !inside.ends_with(['.', '!'])
        && words.all(is_part)
}

/// Nouns of languages without spaces between words, before data in their quotes.
const DATA_NOUNS_IN_CJK: &[&str] = &[
    "客户",
    "用户",
    "用户名",
    "姓名",
    "收件人",
    "商品",
    "订单",
    "顧客",
    "お客様",
    "ユーザー",
    "商品名",
    "氏名",
    "고객",
    "사용자",
    "상품",
];

/// `客户「张伟」`
fn is_data_in_cjk(before: &str, first: char) -> bool {
    let before = before.trim_end();
    !first.is_ascii_alphanumeric() && DATA_NOUNS_IN_CJK.iter().any(|noun| before.ends_with(noun))
}
