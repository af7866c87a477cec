//! What a line says, without what it quotes: its words, and the names in it.

use serde_json::Value;

/// The most characters of a line that are looked at.
const LOOKED_AT: usize = 2_000;

/// Keys of JSON whose values say what went wrong; other values are data.
const TELLING_KEYS: [&str; 13] = [
    "code",
    "detail",
    "error",
    "error_code",
    "error_description",
    "error_message",
    "message",
    "msg",
    "reason",
    "status",
    "status_code",
    "title",
    "type",
];

/// How deep JSON is looked into.
const MOST_NESTED: usize = 4;

/// A line, ready to be judged.
pub(super) struct Said {
    /// The line without what stands in quotes.
    pub plain: String,
    /// Its words in lower case, `DeadlineExceeded` being two; a minus stays with its number.
    pub words: Vec<String>,
    /// Those of its prose, with a space around each: no paths, no dotted names, no `key=value`.
    prose: String,
}

impl Said {
    pub(super) fn of(line: &str) -> Self {
        let line: String = line.trim().chars().take(LOOKED_AT).collect();
        let plain = with_json_told(&line).unwrap_or_else(|| without_quoted(&line));
        let prose: Vec<&str> = plain
            .split_whitespace()
            .filter(|part| !is_data(part))
            .collect();
        let prose = format!(" {} ", words_of(&prose.join(" ")).join(" "));
        Self {
            words: words_of(&plain),
            plain,
            prose,
        }
    }

    /// Whether its prose has these words, one after the other.
    pub(super) fn has(&self, phrase: &str) -> bool {
        self.prose.contains(&format!(" {phrase} "))
    }

    /// The word at a place; empty beyond the ends.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The word so many places before another; empty beyond the beginning.
    pub(super) fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |at| self.word(at))
    }

    /// Whether these words begin at a place.
    pub(super) fn has_at(&self, at: usize, phrase: &str) -> bool {
        let mut wanted = phrase.split(' ').enumerate();
        wanted.all(|(place, word)| self.word(at + place) == word)
    }
}

/// The words of a text or of a name, in lower case.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or(' ');
    for (place, c) in chars.iter().copied().enumerate() {
        let before = if place == 0 { ' ' } else { at(place - 1) };
        let next = at(place + 1);
        let is_minus = c == '-' && next.is_ascii_digit() && !before.is_alphanumeric();
        let begins = c.is_uppercase()
            && (before.is_lowercase() || (before.is_alphanumeric() && next.is_lowercase()));
        if (begins || is_minus || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() || is_minus {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether this part of a line is a path, an address, a dotted name or a setting, and not prose.
fn is_data(part: &str) -> bool {
    let part = part.trim_matches(|c: char| "()[]<>{},;:.".contains(c));
    if let Some((key, _)) = part.split_once('=') {
        return !TELLING_KEYS.contains(&words_of(key).join("_").as_str());
    }
    let path = part.rsplit_once('/');
    let has_dot = |name: &str| name.contains('.') && name.contains(char::is_alphabetic);
    part.starts_with(['/', '~', '@'])
        || part.contains("://")
        || part.contains('@')
        || has_dot(path.map_or(part, |(_, file)| file))
}

/// The line with what its JSON tells in place of the JSON. `None` if there is none.
fn with_json_told(line: &str) -> Option<String> {
    let (begin, end) = (line.find('{')?, line.rfind('}')?);
    let json: Value = serde_json::from_str(line.get(begin..=end)?).ok()?;
    let mut told = without_quoted(&line[..begin]);
    append(&json, 0, &mut told);
    told.push_str(&without_quoted(&line[end + 1..]));
    Some(told)
}

fn append(json: &Value, nested: usize, told: &mut String) {
    if nested > MOST_NESTED {
        return;
    }
    match json {
        Value::Object(fields) => {
            for (key, value) in fields {
                let known = TELLING_KEYS.contains(&words_of(key).join("_").as_str());
                let number = value.as_number().map(ToString::to_string);
                match value.as_str().or(number.as_deref()) {
                    Some(text) if known => told.extend([" ", key.as_str(), " ", text, " ."]),
                    Some(_) => {}
                    None => append(value, nested + 1, told),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| append(item, nested + 1, told)),
        _ => {}
    }
}

/// The line with what stands in quotes left out. Quotes that wrap a message stay open: those right behind
/// the bracket of `ConnectionError('…')`, of `(1213, '…')`, and in the braces of a dictionary.
fn without_quoted(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut plain = String::with_capacity(line.len());
    let (mut at, mut braces) = (0, 0_usize);
    while let Some(c) = chars.get(at).copied() {
        match c {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        let end = if braces == 0 {
            quoted_to(&chars, at)
        } else {
            None
        };
        match end {
            Some(end) if !wraps(&plain) => {
                plain.push_str(" , ");
                at = end + 1;
            }
            _ => {
                plain.push(if is_quote(c) { ' ' } else { c });
                at += 1;
            }
        }
    }
    plain
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '“' | '”' | '«' | '»' | '‘' | '’')
}

/// Where the quote ends that begins here. `None` if none begins here: an apostrophe follows a letter.
fn quoted_to(chars: &[char], at: usize) -> Option<usize> {
    let closing: &[char] = match chars.get(at)? {
        '"' => &['"'],
        '\'' => &['\''],
        '`' => &['`', '\''],
        '“' => &['”'],
        '«' => &['»'],
        '‘' => &['’'],
        _ => return None,
    };
    let before = at.checked_sub(1).and_then(|at| chars.get(at));
    let opens = before.is_none_or(|c| c.is_whitespace() || "([{<=:,;/|".contains(*c));
    if !opens {
        return None;
    }
    let is_end = |place: &usize| {
        let next = chars.get(place + 1);
        // `it's` within a quoted text does not end it
        closing.contains(&chars[*place]) && next.is_none_or(|c| !c.is_alphanumeric())
    };
    (at + 1..chars.len()).find(is_end)
}

/// Whether a quote that comes now wraps a message: it stands right behind `Name(` or `Name(1213, `.
fn wraps(before: &str) -> bool {
    let before = before.trim_end_matches(['b', 'r', 'u']);
    let behind_number = before.trim_end();
    let behind_number = behind_number
        .strip_suffix(',')
        .map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
    let bracket = behind_number.unwrap_or(before);
    let Some(name) = bracket.strip_suffix('(') else {
        return false;
    };
    if behind_number.is_some() {
        return true;
    }
    let start = name
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |at| at + 1);
    // A function's argument is data; an exception's is its message. Those that name a key are known.
    name[start..].starts_with(char::is_uppercase)
}
