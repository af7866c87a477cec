//! The only way text from a database becomes text on a screen, in a log or in JSON.
//!
//! Whoever can enqueue a job can choose an error message, and a terminal obeys what it is sent:
//! an escape sequence can retitle the window, write the clipboard or forge a row; a bidirectional
//! override can make one id look like another. So every text column is decoded as [`SafeText`],
//! which spells such characters out instead of sending them, and puts a mark in place of secrets
//! ([`redaction`]).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};
use unicode_width::UnicodeWidthChar;

use crate::data::redaction;

/// Text that is safe to print: no control characters but the line feed, no bidirectional or
/// invisible formatting, at most two combining marks in a row, at most [`SafeText::MAX_CHARS`].
///
/// [`Display`](fmt::Display) shows it on one line, line feeds as `⏎`; [`SafeText::lines`] is for
/// the few places that have room for more. Secrets are hidden in all of them; two texts that differ
/// only in these are equal. What it was is there for who may see it: [`SafeText::unredacted`].
#[derive(Clone, Default)]
pub struct SafeText {
    text: String,
    /// With its secrets, if there are any.
    whole: Option<Box<str>>,
}

impl SafeText {
    /// Longer text is cut here and ends in `…`. Queries cut earlier; this is the last line.
    pub const MAX_CHARS: usize = 65_536;

    /// Makes any text safe.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let mut safe = String::with_capacity(raw.len());
        let mut marks = 0;
        let mut chars = raw.chars().peekable();
        let mut taken = 0;
        while let Some(c) = chars.next() {
            if taken == Self::MAX_CHARS {
                safe.push('…');
                break;
            }
            taken += 1;
            if c == '\r' && chars.peek() == Some(&'\n') {
                continue;
            }
            marks = if is_mark(c) { marks + 1 } else { 0 };
            match c {
                '\n' => safe.push('\n'),
                '\t' => safe.push_str("    "),
                _ if marks > 2 => {}
                _ if is_unsafe(c) => spell_out(&mut safe, c),
                _ => safe.push(c),
            }
        }
        let shown = match redaction::text(&safe) {
            Cow::Borrowed(_) => None,
            Cow::Owned(shown) => Some(shown).filter(|shown| *shown != safe),
        };
        match shown {
            Some(text) => Self {
                text,
                whole: Some(safe.into_boxed_str()),
            },
            None => Self {
                text: safe,
                whole: None,
            },
        }
    }

    /// The text with its secrets, safe to print otherwise: for a screen where the operator asked for them, and
    /// for what is computed or looked up and not shown. Never for a file, a log, the clipboard or JSON.
    #[must_use]
    pub fn unredacted(&self) -> &str {
        self.whole.as_deref().unwrap_or(&self.text)
    }

    /// Whether a secret is hidden in it.
    #[must_use]
    pub const fn hides_secret(&self) -> bool {
        self.whole.is_some()
    }

    /// The same text with its secrets shown.
    #[must_use]
    pub fn revealed(&self) -> Self {
        Self {
            text: self.unredacted().to_owned(),
            whole: None,
        }
    }

    /// The text, with its line feeds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    /// Its first line: what fits in a table.
    #[must_use]
    pub fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// Whether there is nothing in it but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Whether `c` must not reach a terminal as it is.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                          // soft hyphen: invisible
            | '\u{34f}' | '\u{61c}'           // grapheme joiner, Arabic letter mark
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers: blank, odd width
            | '\u{180b}'..='\u{180f}'         // Mongolian selectors
            | '\u{200b}'..='\u{200f}'         // zero width, directional marks
            | '\u{2028}'..='\u{202e}'         // separators, bidirectional overrides
            | '\u{2060}'..='\u{206f}'         // invisible operators, isolates
            | '\u{fe00}'..='\u{fe0f}'         // variation selectors: change a cell's width
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'       // musical formatting
            | '\u{e0000}'..='\u{e0fff}'       // tags, more variation selectors
        )
}

fn is_mark(c: char) -> bool {
    c.width() == Some(0) && !is_unsafe(c)
}

fn spell_out(into: &mut String, c: char) {
    let code = u32::from(c);
    let spelt = if code < 0x100 {
        format!("\\x{code:02x}")
    } else {
        format!("\\u{{{code:x}}}")
    };
    into.push_str(&spelt);
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.contains('\n') {
            f.pad(&self.text.trim_end().replace('\n', "⏎"))
        } else {
            f.pad(&self.text)
        }
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for SafeText {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl PartialEq for SafeText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SafeText {}

impl Hash for SafeText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialOrd for SafeText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SafeText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl PartialEq<str> for SafeText {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for SafeText {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl<'de> Deserialize<'de> for SafeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|raw| Self::new(&raw))
    }
}

impl Serialize for SafeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Type<Postgres> for SafeText {
    fn type_info() -> PgTypeInfo {
        <String as Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <String as Type<Postgres>>::compatible(ty)
    }
}

impl PgHasArrayType for SafeText {
    fn array_type_info() -> PgTypeInfo {
        <String as PgHasArrayType>::array_type_info()
    }

    fn array_compatible(ty: &PgTypeInfo) -> bool {
        <String as PgHasArrayType>::array_compatible(ty)
    }
}

impl<'r> Decode<'r, Postgres> for SafeText {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <&str as Decode<'r, Postgres>>::decode(value).map(Self::new)
    }
}

impl Encode<'_, Postgres> for SafeText {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // A name is looked up as it is.
        <&str as Encode<'_, Postgres>>::encode(self.unredacted(), buf)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_is_spelt_out() {
        let cases = [
            ("\x1b]52;c;cm0gLXJm\x07", "\\x1b]52;c;cm0gLXJm\\x07"),
            ("a\u{9b}31mb", "a\\x9b31mb"),
            ("id\u{202e}drowssap", "id\\u{202e}drowssap"),
            ("z\u{200b}w", "z\\u{200b}w"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("one\ttwo", "one    two"),
            ("back\x08space", "back\\x08space"),
            ("crlf\r\nnext", "crlf\nnext"),
            ("lone\rcr", "lone\\x0dcr"),
            ("日本 é ok 🚀", "日本 é ok 🚀"),
        ];
        for (raw, safe) in cases {
            assert_eq!(SafeText::new(raw).as_str(), safe);
        }
    }

    #[test]
    fn a_tower_of_combining_marks_is_cut() {
        let zalgo = format!("e{}", "\u{301}".repeat(500));
        assert_eq!(SafeText::new(&zalgo).as_str(), "e\u{301}\u{301}");
    }

    #[test]
    fn display_is_one_line() {
        assert_eq!(SafeText::new("a\nb\n").to_string(), "a⏎b");
    }

    #[test]
    fn secrets_are_hidden_in_every_way_out() {
        let text = SafeText::new("at postgres://ana:canary@db\nnext");
        let json = serde_json::to_string(&text).unwrap();
        let ways = [
            text.to_string(),
            format!("{text:?}"),
            json,
            text.as_str().to_owned(),
        ];
        for way in ways {
            assert!(
                way.contains("ana:•••@db") && !way.contains("canary"),
                "{way}"
            );
        }
        assert!(text.hides_secret() && text.unredacted().contains("canary"));
        assert_eq!(text.revealed().as_str(), text.unredacted());
        assert!(!SafeText::new("no secret").hides_secret());
    }

    proptest! {
        #[test]
        fn nothing_unsafe_survives(raw in any::<String>()) {
            let safe = SafeText::new(&raw);
            prop_assert!(!safe.as_str().chars().any(|c| c != '\n' && is_unsafe(c)));
            prop_assert_eq!(SafeText::new(safe.as_str()), safe);
        }
    }
}
