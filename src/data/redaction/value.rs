//! Where the value of a secret key is in a text, however it is written. Pure.

use std::ops::Range;

/// A secret key in a text.
pub(super) struct Key {
    pub(super) place: Range<usize>,
    pub(super) words: Vec<String>,
}

/// What stands between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `=`, `=>`
    Equals,
    /// `:`
    Colon,
    /// Nothing but a space: `--password x`, `PASSWORD 'x'`, `('Cookie', 'x')`.
    Space,
}

/// Words that say that there is no value.
const NOTHING: &[&str] = &[
    "null",
    "none",
    "nil",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
];

/// Words that begin a sentence about the key, and no value: `token: signature has expired`.
const SENTENCE: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "authentication",
    "bad",
    "can",
    "cannot",
    "could",
    "decode",
    "denied",
    "does",
    "empty",
    "error",
    "expected",
    "expired",
    "failed",
    "failure",
    "field",
    "got",
    "has",
    "incorrect",
    "invalid",
    "is",
    "it",
    "malformed",
    "may",
    "missing",
    "must",
    "needs",
    "not",
    "only",
    "required",
    "requires",
    "should",
    "signature",
    "the",
    "this",
    "too",
    "unauthorized",
    "unexpected",
    "unknown",
    "unsupported",
    "value",
    "was",
    "wrong",
    "you",
];

/// Words between a key and the sign: `API key provided: …`.
const BETWEEN: [&str; 6] = ["provided", "given", "used", "sent", "received", "is"];

/// Schemes of authorization that are followed by one token.
const ONE_TOKEN: [&str; 7] = [
    "bearer",
    "basic",
    "token",
    "apikey",
    "negotiate",
    "ntlm",
    "bot",
];

/// Where the value of the key is; `None` if it has none here.
pub(super) fn of(text: &str, key: &Key) -> Option<Range<usize>> {
    if let Some(place) = of_element(text, key) {
        return Some(place);
    }
    let after = &text[key.place.end..];
    let quote = quote(after);
    let is_quoted = !quote.is_empty();
    let (sign, length) = sign(&after[quote.len()..], key, text, is_quoted)?;
    let begins = key.place.end + quote.len() + length;
    let value = &text[begins..];
    let (skipped, place) = if let Some(quoted) = in_quotes(value) {
        (begins, quoted)
    } else if sign == Sign::Space && !text[..key.place.start].ends_with("--") {
        return None;
    } else if value.starts_with(['{', '[', '(']) {
        let length = bracketed(value);
        // `{a}b` is no object.
        (begins, 0..length + run(&value[length..]))
    } else {
        (begins, plain(text, key, sign, begins, is_quoted)?)
    };
    let place = skipped + place.start..skipped + place.end;
    (!place.is_empty()).then_some(place)
}

/// `<password>x</password>`
fn of_element(text: &str, key: &Key) -> Option<Range<usize>> {
    let before =
        text[..key.place.start].trim_end_matches(|c: char| c.is_alphanumeric() || c == ':');
    let inside = text[key.place.end..]
        .strip_prefix('>')
        .filter(|_| before.ends_with('<'))?;
    let begins = key.place.end + 1;
    let length = inside.find('<').unwrap_or(inside.len());
    (length > 0).then_some(begins..begins + length)
}

/// The sign after the key, and how long it is with the spaces around it.
fn sign(after: &str, key: &Key, text: &str, is_quoted: bool) -> Option<(Sign, usize)> {
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let mut at = spaces(after);
    let word = after[at..].split(|c: char| !c.is_alphabetic()).next()?;
    if at > 0 && BETWEEN.contains(&word) && after[at + word.len()..].starts_with(':') {
        at += word.len();
    }
    let rest = &after[at..];
    let (sign, length) = if rest.starts_with("=>") || rest.starts_with("==") {
        (Sign::Equals, 2)
    } else if rest.starts_with("::") {
        return None;
    } else if rest.starts_with('=') {
        (Sign::Equals, 1)
    } else if rest.starts_with(":=") {
        (Sign::Equals, 2)
    } else if rest.starts_with(':') {
        (Sign::Colon, 1)
    } else {
        let before = text[..key.place.start].trim_end_matches(['"', '\'', 'b']);
        let is_pair = is_quoted && rest.starts_with(',') && before.ends_with('(');
        let is_flag = text[..key.place.start].ends_with("--");
        let last = key.words.last().map_or("", String::as_str);
        let is_password = last.starts_with("pass") || last == "pwd" || last.ends_with("password");
        return match () {
            () if is_pair => Some((Sign::Space, at + 1 + spaces(&rest[1..]))),
            () if at > 0 && (is_flag || (is_password && !is_quoted)) => Some((Sign::Space, at)),
            () => None,
        };
    };
    let at = at + length;
    Some((sign, at + spaces(&after[at..])))
}

/// The quotation mark at the beginning, with the backslashes before it.
fn quote(text: &str) -> &str {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    let is_quote = text[slashes..].starts_with(['"', '\'', '`']);
    if is_quote { &text[..=slashes] } else { "" }
}

/// What is in quotation marks at the beginning, up to the same mark or the end of the line.
fn in_quotes(text: &str) -> Option<Range<usize>> {
    // `b'…'` of Python
    let prefix = usize::from(text.starts_with(['b', 'u', 'r', 'f']));
    let mark = quote(&text[prefix..]);
    if mark.is_empty() {
        return None;
    }
    let begins = prefix + mark.len();
    let inside = &text[begins..];
    let mut from = 0;
    while let Some(found) = inside[from..].find(mark) {
        let at = from + found;
        // A mark after more backslashes is part of the value.
        if !inside[..at].ends_with('\\') {
            return Some(begins..begins + at);
        }
        from = at + mark.len();
    }
    Some(begins..begins + inside.find('\n').unwrap_or(inside.len()))
}

/// The length of what is in brackets at the beginning, or of all if they are not closed.
fn bracketed(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut quoted: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quoted, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), c) if c == mark => quoted = None,
            (None, '"' | '\'') => quoted = Some(c),
            (None, '{' | '[' | '(') => depth += 1,
            (None, '}' | ']' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && quoted.is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// A value without quotation marks, from `begins` on; its place counts from there.
fn plain(
    text: &str,
    key: &Key,
    sign: Sign,
    begins: usize,
    is_quoted: bool,
) -> Option<Range<usize>> {
    let value = &text[begins..];
    let length = run(value);
    let first = value[..length].trim_end_matches([',', '.', ';', '!']);
    let is = |list: &[&str], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let is_word = first == word(first) && first.contains(char::is_lowercase);
    let is_sentence = sign == Sign::Colon && !is_quoted && is_word && is(SENTENCE, first);
    if is(NOTHING, first) || is_sentence || !first.contains(char::is_alphanumeric) {
        return None;
    }
    let last = key.words.last().map_or("", String::as_str);
    let is_cookie = last.contains("cookie");
    if !is_cookie && last != "authorization" && last != "auth" {
        return Some(0..length);
    }
    if !is_cookie && is(&ONE_TOKEN, word(first)) {
        let after = &value[length..];
        let token = after.trim_start_matches(' ');
        return Some(0..length + (after.len() - token.len()) + run(token));
    }
    let several = is_cookie || value[length..].starts_with(' ') && sign == Sign::Colon;
    let end = if several {
        line(text, key, value)
    } else {
        length
    };
    Some(0..end.max(length))
}

/// The letters at the beginning.
fn word(text: &str) -> &str {
    &text[..text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len())]
}

/// The length of a value that ends at white space, or where the next key or the end of a sentence or bracket is.
fn run(value: &str) -> usize {
    for (at, c) in value.char_indices() {
        let rest = &value[at + c.len_utf8()..];
        let ends = match c {
            '⏎' => true,
            c if c.is_whitespace() => true,
            '&' | ';' | ',' => is_end(rest) || begins_key(rest),
            ')' | ']' | '}' | '>' | '"' | '\'' | '`' => closes(rest),
            '<' => rest.starts_with('/'),
            // the end of a sentence
            '.' | '!' => is_end(rest),
            '\\' => rest.starts_with(['n', 'r', 't', '"', '\'']),
            _ => false,
        };
        if ends {
            return at;
        }
    }
    value.len()
}

/// Whether nothing of a value follows a mark that may close it: other such marks, and then the end or another key.
fn closes(rest: &str) -> bool {
    let after = rest.trim_start_matches(is_closing);
    is_end(after) || (after.len() < rest.len() && begins_key(after))
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(char::is_whitespace)
}

const fn is_closing(c: char) -> bool {
    matches!(
        c,
        ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ',' | ';' | '.' | ':' | '&' | '<'
    )
}

/// Keys of connection strings that have spaces in them.
const SPACED: [&str; 7] = [
    "user id",
    "data source",
    "initial catalog",
    "integrated security",
    "persist security info",
    "connect timeout",
    "connection timeout",
];

/// `&user=ana`, `,"a":`, `;User Id=x`: another key begins.
fn begins_key(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let plain = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    let spaced = SPACED.iter().find(|name| {
        let begins = rest.get(..name.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
    });
    let name = spaced.map(|name| name.len()).or(plain);
    name.filter(|name| *name > 0).is_some_and(|name| {
        let after = rest[name..].trim_start_matches(['"', '\'']);
        after.starts_with(['=', ':'])
    })
}

/// The length of the rest of the line, or of what the quotation mark before the key encloses.
fn line(text: &str, key: &Key, value: &str) -> usize {
    let ends = ["\n", "\\n", "\\r", "⏎"]
        .iter()
        .filter_map(|end| value.find(end));
    let end = ends.min().unwrap_or(value.len());
    let mark = text[..key.place.start].chars().next_back();
    let mark = mark.filter(|mark| matches!(mark, '"' | '\'' | '`'));
    let closes = mark.and_then(|mark| value[..end].find(mark));
    closes.unwrap_or(end)
}

/// The token of `Bearer …` or `Basic …` that stands without a key; words that speak of it are none.
pub(super) fn token_of_scheme(text: &str, scheme: &Range<usize>) -> Option<Range<usize>> {
    let after = &text[scheme.end..];
    let token = after.trim_start_matches(' ');
    let begins = text.len() - token.len();
    let in_token = |c: char| c.is_ascii_alphanumeric() || "._~+/=-•".contains(c);
    let length = token.find(|c| !in_token(c)).unwrap_or(token.len());
    let token = token[..length].trim_end_matches('.');
    let has_digit = token.contains(|c: char| c.is_ascii_digit());
    // `Bearer Authentication` has a capital at its beginning only.
    let is_mixed = has_digit || token.chars().skip(1).any(|c| c.is_ascii_uppercase());
    let is_long = token.len() >= 24 || (is_mixed && token.len() >= 6);
    (begins > scheme.end && is_long).then(|| begins..begins + token.len())
}
