//! Tells values from words in the text of an error.

/// The beginning of a text, in bytes: words first, and the value that follows them without a gap. `words == length` if there is no value.
pub(super) struct Found {
    pub words: usize,
    pub length: usize,
}

impl Found {
    const fn value(length: usize) -> Self {
        Self { words: 0, length }
    }

    const fn words(length: usize) -> Self {
        Self {
            words: length,
            length,
        }
    }
}

/// Units that belong to the number before them: `30 s` is `30s`.
const UNITS: [&str; 33] = [
    "ns",
    "us",
    "µs",
    "ms",
    "msec",
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
    "kib",
    "mib",
    "gib",
    "byte",
    "bytes",
    "milliseconds",
];

/// What `text`, which is not empty, begins with, after the character `before`.
pub(super) fn found(text: &str, before: Option<char>) -> Found {
    let first = text.chars().next().unwrap_or_default();
    let apart = before.is_none_or(|c| !c.is_alphanumeric() && c != '#');
    let value = if apart {
        quoted(text, first, before)
            .or_else(|| signed(text, first))
            .or_else(|| absolute_path(text, first))
            .or_else(|| address(text))
    } else {
        None
    };
    if let Some(length) = value {
        return Found::value(length);
    }
    if !first.is_alphanumeric() {
        return Found::words(first.len_utf8());
    }
    uuid(text)
        .or_else(|| url(text))
        .or_else(|| email(text))
        .or_else(|| relative_path(text))
        .map_or_else(|| word(text), Found::value)
}

/// The length in bytes of the characters at the beginning for which `is` holds.
fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// A value in quotes; a backtick may be closed by an apostrophe.
fn quoted(text: &str, first: char, before: Option<char>) -> Option<usize> {
    let closing = match first {
        '"' | '\'' | '`' => first,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == closing || (closing, c) == ('`', '\'') {
            // an apostrophe
            let goes_on = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            if c != '\'' || !goes_on {
                let length = at + c.len_utf8();
                return (!is_key(&text[..length], &text[length..], before)).then_some(length);
            }
        }
    }
    None
}

/// Whether something in quotes is a key of a JSON object: a word, not a value.
fn is_key(quoted: &str, after: &str, before: Option<char>) -> bool {
    let name = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '"');
    matches!(before, Some('{' | ',')) && after.starts_with(':') && quoted.chars().all(name)
}

/// A number with its sign.
fn signed(text: &str, first: char) -> Option<usize> {
    let digits = text.strip_prefix(['-', '+'])?;
    let number = run(digits, |c| c.is_ascii_digit());
    (number > 0).then(|| first.len_utf8() + number)
}

fn absolute_path(text: &str, first: char) -> Option<usize> {
    let length = run(text, in_path);
    let path = &text[..length];
    let begins = path.strip_prefix("~/").or_else(|| path.strip_prefix("./"));
    let begins = begins.or_else(|| path.strip_prefix("../"));
    let begins = begins.or_else(|| path.strip_prefix('/'));
    if begins.is_some_and(|name| name.contains(char::is_alphanumeric)) {
        return Some(without_stops(path));
    }
    let drive = text.get(1..3) == Some(":\\") && first.is_ascii_alphabetic();
    drive.then(|| run(text, |c| !c.is_whitespace() && !is_closing(c)))
}

/// An address of the sixth version, with `::` or many colons.
fn address(text: &str) -> Option<usize> {
    let length = run(text, |c| c.is_ascii_hexdigit() || c == ':' || c == '.');
    let address = text[..length].trim_end_matches([':', '.']);
    let colons = address.matches(':').count();
    let groups = address.split([':', '.']);
    let short = groups.clone().all(|group| group.len() <= 4);
    let enough = colons >= 2 && groups.filter(|group| !group.is_empty()).count() >= 1;
    let ends = text[address.len()..].chars().next();
    (short && enough && !ends.is_some_and(char::is_alphanumeric)).then_some(address.len())
}

fn uuid(text: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let length = run(text, |c| c.is_ascii_hexdigit() || c == '-');
    let groups = text[..length].split('-').map(str::len);
    groups.eq(GROUPS).then_some(length)
}

fn url(text: &str) -> Option<usize> {
    let scheme = run(text, |c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    if text.starts_with("arn:") {
        return Some(without_stops(&text[..run(text, in_url)]));
    }
    text[scheme..]
        .starts_with("://")
        .then(|| without_stops(&text[..run(text, in_url)]))
}

fn email(text: &str) -> Option<usize> {
    let name = run(text, |c| c.is_alphanumeric() || "._%+-".contains(c));
    let host = text[name..].strip_prefix('@')?;
    let host = without_stops(&host[..run(host, |c| c.is_alphanumeric() || ".-".contains(c))]);
    (host > 0).then_some(name + 1 + host)
}

/// `src/app/main.rs`, `var/log/app`: more than `and/or`.
fn relative_path(text: &str) -> Option<usize> {
    let path = &text[..without_stops(&text[..run(text, in_path)])];
    let (folders, name) = path.rsplit_once('/')?;
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_file = (1..=4).contains(&extension.len());
    (is_file || folders.contains('/')).then_some(path.len())
}

/// A run of letters and digits: an id, or a word with a number at its end, or a number with what
/// it counts.
fn word(text: &str) -> Found {
    let length = run(text, char::is_alphanumeric);
    let word = &text[..length];
    let number = run(word, char::is_numeric);
    if number == length {
        return Found::value(length + unit(&text[length..]));
    }
    if is_id(word) {
        return Found::value(length);
    }
    Found {
        words: word.trim_end_matches(char::is_numeric).len(),
        length,
    }
}

/// Whether it is an id rather than a word: digits before letters, hexadecimal, or a mixture of
/// small and large that nobody would write.
fn is_id(word: &str) -> bool {
    let mut digits = word.chars().skip_while(|c| !c.is_numeric());
    let hex = word.chars().all(|c| c.is_ascii_hexdigit());
    if digits.next().is_none() {
        return hex && word.len() >= 8;
    }
    let small = word.contains(char::is_lowercase);
    let large = word.chars().skip(1).any(char::is_uppercase);
    digits.any(|c| !c.is_numeric())
        || (hex && word.len() >= 4)
        || (small && large && word.len() >= 8)
}

/// The length of the unit that follows a number, with the space before it.
fn unit(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(' ') else {
        return 0;
    };
    let length = run(rest, char::is_alphanumeric);
    let word = rest[..length].to_lowercase();
    if UNITS.contains(&word.as_str()) {
        1 + length
    } else {
        0
    }
}

fn in_path(c: char) -> bool {
    c.is_alphanumeric() || "/._-~%@+=#*".contains(c)
}

fn in_url(c: char) -> bool {
    !c.is_whitespace() && !is_closing(c)
}

const fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';'
    )
}

/// Without the full stop or colon that ends the sentence.
fn without_stops(text: &str) -> usize {
    text.trim_end_matches(['.', ':', '!', '?']).len()
}
