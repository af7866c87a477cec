//! What several rules ask of a text. Pure.

/// The mark that stands in place of a value.
pub(super) const MARK: char = '#';

/// The length in bytes of the characters at the beginning for which `is` holds.
pub(super) fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// The beginning of a text, at most `bytes` long and never half a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The end of a text, at most `bytes` long and never half a character.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes))..]
}

/// Whether a character belongs to scripts that put no space between words: a word ends at it.
pub(super) const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is part of a word.
pub(super) fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '_'
        || (!c.is_ascii() && c.is_alphanumeric() && !is_unspaced(c))
}

/// Whether a character ends an address, a path or a value.
pub(super) const fn is_closing(c: char) -> bool {
    if c.is_ascii() {
        return matches!(
            c,
            '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|'
        );
    }
    matches!(
        c,
        '“' | '”'
            | '‘'
            | '’'
            | '«'
            | '»'
            | '「'
            | '」'
            | '『'
            | '』'
            | '，'
            | '。'
            | '；'
            | '：'
            | '、'
            | '（'
            | '）'
            | '！'
            | '？'
    )
}

/// The length without the full stop or colon that ends the sentence.
pub(super) fn without_stops(text: &str) -> usize {
    text.trim_end_matches(['.', ':', '!', '?', '…']).len()
}

/// The words before a place, the nearest first, as far as `bytes` reach.
pub(super) fn words_before(before: &str, bytes: usize) -> impl Iterator<Item = &str> {
    tail(before, bytes)
        .rsplit(|c| !in_word(c))
        .filter(|word| !word.is_empty())
}

/// Whether a word is one of a list of small letters, whatever its own letters are.
pub(super) fn is_one_of(word: &str, list: &[&str]) -> bool {
    let Some(first) = word.bytes().next() else {
        return false;
    };
    // the first letter rules out most of them
    let first = first.to_ascii_lowercase();
    for one in list {
        if one.len() == word.len() && one.as_bytes()[0] == first && one.eq_ignore_ascii_case(word) {
            return true;
        }
    }
    false
}

/// What follows a beginning, whatever its capitals.
pub(super) fn strip_start<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let (begins, rest) = text.split_at_checked(start.len())?;
    begins.eq_ignore_ascii_case(start).then_some(rest)
}
