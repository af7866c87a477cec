//! A line that rules change: what they have put there is kept, and the rest is masked.

use super::error_text::one_line;
use super::rule::Rule;
use crate::masked;

/// Stands around a part while it is masked: a word is no value, so that a part that is nothing but values is
/// masked too.
const WORD: &str = "word";

/// A line, and which of its bytes a rule has put there.
pub(super) struct Line {
    pub(super) text: String,
    kept: Vec<bool>,
}

impl Line {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            kept: vec![false; text.len()],
        }
    }

    /// Puts the rule's text in place of each match. Returns the first match, and the
    /// text that replaced it.
    pub(super) fn replace(&mut self, rule: &Rule) -> Option<Replaced> {
        let mut first = None;
        let mut text = String::with_capacity(self.text.len());
        let mut kept = Vec::with_capacity(self.kept.len());
        let mut done = 0;
        for found in rule.found(&self.text) {
            let Some(whole) = found.get(0) else { continue };
            let with = rule.expanded(&found);
            text.push_str(&self.text[done..whole.start()]);
            kept.extend_from_slice(&self.kept[done..whole.start()]);
            text.push_str(&with);
            kept.resize(text.len(), true);
            done = whole.end();
            first.get_or_insert_with(|| Replaced {
                was: whole.as_str().to_owned(),
                is: with,
            });
        }
        text.push_str(&self.text[done..]);
        kept.extend_from_slice(&self.kept[done..]);
        (self.text, self.kept) = (text, kept);
        first
    }

    /// The line with its values masked, but for what rules have put there.
    pub(super) fn masked(&self) -> String {
        if !self.kept.contains(&true) {
            return masked(&self.text);
        }
        let mut left = String::with_capacity(self.text.len());
        let mut from = 0;
        while from < self.text.len() {
            let is_kept = self.kept[from];
            let length = self.kept[from..]
                .iter()
                .take_while(|kept| **kept == is_kept)
                .count();
            let part = &self.text[from..from + length];
            if is_kept {
                left.push_str(part);
            } else {
                left.push_str(&masked_part(part));
            }
            from += length;
        }
        one_line(&left)
    }
}

/// What a rule has replaced, where it first matched.
pub(super) struct Replaced {
    pub(super) was: String,
    pub(super) is: String,
}

/// A part of a line, masked. Spaces at its ends stay: they part it from its neighbours.
fn masked_part(part: &str) -> String {
    let inner = part.trim();
    if inner.is_empty() {
        return part.to_owned();
    }
    let start = part.len() - part.trim_start().len();
    let (before, after) = (&part[..start], &part[start + inner.len()..]);
    let inner = masked(&format!("{WORD} {inner} {WORD}"));
    let inner = inner.strip_prefix(WORD).unwrap_or(&inner).trim_start();
    let inner = inner.strip_suffix(WORD).unwrap_or(inner).trim_end();
    format!("{before}{inner}{after}")
}
