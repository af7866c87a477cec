//! The rule: which keys hold secrets. Pure.

use regex::Regex;

use super::keys;
use super::keys::{ENDINGS, Phrase};

/// What stands in place of a secret.
pub const MARK: &str = "•••";

/// Which keys hold secrets.
#[derive(Debug)]
pub struct Rule {
    /// Keys, and parts of keys, whose values are hidden.
    pub(super) hidden: Vec<Phrase>,
    /// Those among them whose values are shown all the same.
    pub(super) shown: Vec<Vec<String>>,
    /// Finds the places of a text that are worth a look.
    pub(super) candidates: Option<Regex>,
}

impl Default for Rule {
    fn default() -> Self {
        Self::new(&[], &[])
    }
}

impl Rule {
    /// The built-in rule with keys added (`hide`) and taken away (`show`).
    #[must_use]
    pub fn new(hide: &[String], show: &[String]) -> Self {
        let hidden = keys::phrases(hide);
        Self {
            candidates: keys::candidates(&hidden),
            hidden,
            shown: show.iter().map(|key| keys::words(key)).collect(),
        }
    }

    /// Whether the values of this key are secrets.
    #[must_use]
    pub fn is_secret(&self, key: &str) -> bool {
        self.hides(&keys::words(key))
    }
}

impl Rule {
    /// Whether a key of these words holds a secret.
    pub(super) fn hides(&self, words: &[String]) -> bool {
        let found = (0..words.len()).any(|from| {
            let mut phrases = self.hidden.iter();
            phrases.any(|phrase| {
                words[from..].starts_with(&phrase.words)
                    && phrase.is_meant(words, from)
                    && !self.shows(words, from, from + phrase.words.len())
            })
        });
        let ends = |word: &String| ENDINGS.iter().any(|end| word.ends_with(end));
        found || words.last().is_some_and(ends) && !self.shows(words, words.len() - 1, words.len())
    }

    /// Whether the configuration says that what these words name is shown.
    fn shows(&self, words: &[String], from: usize, to: usize) -> bool {
        self.shown.iter().any(|shown| {
            let starts = 0..=from.min(words.len().saturating_sub(shown.len()));
            starts
                .filter(|at| at + shown.len() >= to)
                .any(|at| words[at..].starts_with(shown))
        })
    }
}
