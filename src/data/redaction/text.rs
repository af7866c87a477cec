//! Finds the secrets of a text: values of secret keys, passwords in addresses, tokens that are known by their shape.
//! Pure.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::address;
use super::keys::{SCHEMES, words};
use super::rule::{MARK, Rule};
use super::value::{self, Key};

/// Tokens and keys that are known by their shape, wherever they stand. A private key that was cut off is hidden to
/// the end.
const SHAPES: &str = r"(?x)
    (?-u:\b) eyJ[A-Za-z0-9_-]{8,} \. [A-Za-z0-9_-]{8,} (?: \. [A-Za-z0-9_-]* )?
  | (?-u:\b) [sr]k_(?:live|test)_ [A-Za-z0-9]{8,}
  | (?-u:\b) sk- [A-Za-z0-9_-]{16,}
  | (?-u:\b) gh[pousr]_ [A-Za-z0-9]{16,}
  | (?-u:\b) github_pat_ [A-Za-z0-9_]{16,}
  | (?-u:\b) glpat- [A-Za-z0-9_-]{16,}
  | (?-u:\b) xox[abprs]- [A-Za-z0-9-]{10,}
  | (?-u:\b) A[KS]IA [0-9A-Z]{12,}
  | (?-u:\b) AIza [A-Za-z0-9_-]{30,}
  | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY----- (?s: .*? ) (?: -----END\ [A-Z\ ]*PRIVATE\ KEY----- | \z )";

/// What never compiles matches nothing: the tests would say so.
static SHAPED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SHAPES).ok());

impl Rule {
    /// The text with a mark in place of each secret; the same text if there is none.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut secrets: Vec<Range<usize>> = match &*SHAPED {
            Some(shaped) => shaped.find_iter(text).map(|found| found.range()).collect(),
            None => Vec::new(),
        };
        let mut from = 0;
        while let Some(found) = self.candidate(text, from) {
            let (secret, to) = match &text[found.clone()] {
                "://" => (address::password(text, found.start), found.end),
                _ => self.named(text, found),
            };
            // An address in a value that is hidden needs no look; a value that is not secret may hold another.
            from = secret.as_ref().map_or(to, |secret| secret.end.max(to));
            secrets.extend(secret);
        }
        without(text, secrets)
    }

    /// The next place that is worth a look.
    fn candidate(&self, text: &str, from: usize) -> Option<Range<usize>> {
        if let Some(candidates) = &self.candidates {
            return candidates.find_at(text, from).map(|found| found.range());
        }
        let rest = &text[from..];
        let at = rest.find(|c: char| c.is_alphanumeric() || c == ':')?;
        if rest[at..].starts_with("://") {
            return Some(from + at..from + at + 3);
        }
        let length = rest[at..].find(|c: char| !c.is_alphanumeric());
        Some(from + at..from + length.map_or(rest.len(), |length| at + length.max(1)))
    }

    /// The secret of the key in which a candidate stands, and where to go on.
    fn named(&self, text: &str, candidate: Range<usize>) -> (Option<Range<usize>>, usize) {
        let name = identifier(text, &candidate);
        let end = name.end.max(candidate.end);
        let word = &text[name.clone()];
        if SCHEMES
            .iter()
            .any(|scheme| scheme.eq_ignore_ascii_case(word))
            && let Some(token) = value::token_of_scheme(text, &name)
        {
            return (Some(token), end);
        }
        let own = words(word);
        let before = word_before(text, name.start);
        let is_secret = match before {
            Some(before)
                if matches!(before.to_ascii_lowercase().as_str(), "per" | "unexpected") =>
            {
                false
            }
            // `API key: …`
            Some(before) => {
                let both: Vec<String> = words(before).into_iter().chain(own.clone()).collect();
                self.hides(&own) || self.hides(&both)
            }
            None => self.hides(&own),
        };
        if !is_secret {
            return (None, end);
        }
        let key = Key {
            place: name,
            words: own,
        };
        (value::of(text, &key), end)
    }
}

/// The whole key around a candidate: `spring.datasource.password`, `X-Api-Key`.
fn identifier(text: &str, candidate: &Range<usize>) -> Range<usize> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let before = text[..candidate.start].trim_end_matches(inside).len();
    let length = text[candidate.end..].find(|c| !inside(c));
    let after = length.map_or(text.len(), |length| candidate.end + length);
    let whole = &text[before..after];
    let begins = before + (whole.len() - whole.trim_start_matches(['-', '.', '_']).len());
    let ends = before + whole.trim_end_matches(['-', '.']).len();
    // `\npassword`: the letter belongs to the line feed.
    let is_escape = text[..begins].ends_with('\\') && text[begins..].starts_with(['n', 'r', 't']);
    let begins = begins + usize::from(is_escape);
    begins.min(candidate.start)..ends.max(candidate.end)
}

/// The word before, with one space between.
fn word_before(text: &str, at: usize) -> Option<&str> {
    let before = text[..at].strip_suffix(' ')?;
    let begins = before
        .trim_end_matches(|c: char| c.is_alphanumeric() || c == '_')
        .len();
    let word = &before[begins..];
    (!word.is_empty()).then_some(word)
}

/// The text with a mark in place of each of these.
fn without(text: &str, mut secrets: Vec<Range<usize>>) -> Cow<'_, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    secrets.sort_by_key(|secret| secret.start);
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for secret in secrets {
        if secret.start >= at {
            left.push_str(&text[at..secret.start]);
            left.push_str(MARK);
        }
        at = at.max(secret.end);
    }
    left.push_str(&text[at..]);
    Cow::Owned(left)
}
