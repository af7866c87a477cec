//! Rules that operators add to the fingerprint: `[[fingerprint.rules]]`.
//!
//! A rule is a regular expression and what to do where it matches: put a text in place of the match, so that
//! errors belong together that would not, or add a text to the fingerprint, so that errors are told apart that
//! would not be. Rules are applied in their order to the telling line; what a rule has put there is kept as it
//! is, and the rest is masked as always. Where no rule matches, the fingerprint is the usual one.
//!
//! [`Rules`] is a value that whoever groups errors is given: nothing here is global.

mod error_text;
mod glob;
mod line;
mod rule;

use std::sync::Arc;

pub use self::error_text::ErrorText;
use self::error_text::one_line;
use self::line::Line;
use self::rule::{Does, Rule};
pub use self::rule::{Fault, RuleText};
use super::{MAX_CHARS, VERSION, fingerprint, telling_line};

/// The most rules.
pub const MAX_RULES: usize = 64;
/// The most characters of what errors are split by.
const MAX_SPLIT: usize = 60;
/// Bytes at either end of an error in which a rule looks for what to split by.
const LOOKED_AT: usize = 16 * 1024;

/// Rules that can be applied. Cheap to clone; the default has none.
#[derive(Debug, Clone, Default)]
pub struct Rules(Arc<[Rule]>);

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}

/// How an error got its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The line that says what happened.
    pub telling_line: String,
    /// The rules that applied, in their order.
    pub applied: Vec<Applied>,
    /// The rules that are for other templates only.
    pub for_other_templates: Vec<usize>,
    /// The fingerprint.
    pub fingerprint: String,
}

/// What a rule has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which rule, counted from 1.
    pub number: usize,
    /// What it has done.
    pub effect: Effect,
}

/// What a rule has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put a text in place of another.
    Replaced {
        /// What it first matched.
        was: String,
        /// The text after the replacement.
        is: String,
    },
    /// Added this to the fingerprint.
    SplitBy(String),
}

impl Rules {
    /// Compiles rules.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, each with the number of its rule.
    pub fn compile(texts: &[RuleText]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut rules = Vec::new();
        for (number, text) in (1..).zip(texts.iter().take(MAX_RULES)) {
            match Rule::compile(number, text) {
                Ok(rule) => rules.push(rule),
                Err(what) => faults.push(Fault { number, what }),
            }
        }
        if texts.len() > MAX_RULES {
            faults.push(Fault {
                number: MAX_RULES + 1,
                what: format!("is one too many: there can be {MAX_RULES}"),
            });
        }
        if faults.is_empty() {
            Ok(Self(rules.into()))
        } else {
            Err(faults)
        }
    }

    /// Those that are meant for errors of this source. They keep their numbers.
    #[must_use]
    pub fn for_source(&self, name: &str) -> Self {
        if self.0.iter().all(|rule| rule.is_of_source(name)) {
            return self.clone();
        }
        let meant = self.0.iter().filter(|rule| rule.is_of_source(name));
        Self(meant.cloned().collect())
    }

    /// Those that were given for errors of this source, if any were. A list that names other sources only says
    /// nothing of this one; an empty list says that there are to be none.
    #[must_use]
    pub fn given_for(&self, source: &str) -> Option<Self> {
        let meant = self.for_source(source);
        (self.is_empty() || !meant.is_empty()).then_some(meant)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their numbers, as they were counted before those of other sources were left out.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|rule| rule.number)
    }

    /// The rules as they were written.
    pub fn texts(&self) -> impl Iterator<Item = &RuleText> {
        self.0.iter().map(|rule| &rule.text)
    }

    /// What fingerprints depend on: that of this program, and the rules. Two that are equal make the same
    /// fingerprints of the same errors.
    #[must_use]
    pub fn version(&self) -> String {
        if self.is_empty() {
            return VERSION.to_string();
        }
        let texts: Vec<&RuleText> = self.texts().collect();
        // A list of structures of texts is always JSON.
        let json = serde_json::to_vec(&texts).unwrap_or_default();
        format!("{VERSION}+{:016x}", hash(&json))
    }

    /// What an error has in common with others, by these rules. It can hold secrets of the error: it is stored, and
    /// never shown as it is.
    #[must_use]
    pub fn fingerprint(&self, error: &ErrorText<'_>) -> String {
        if self.is_empty() {
            return fingerprint(error.text);
        }
        self.explain(error).fingerprint
    }

    /// How an error gets its fingerprint.
    #[must_use]
    pub fn explain(&self, error: &ErrorText<'_>) -> Explanation {
        let telling_line = telling_line(error.text).to_string();
        let mut line = Line::new(&telling_line);
        let mut applied = Vec::new();
        let mut splits = String::new();
        let mut for_other_templates = Vec::new();
        for rule in self.0.iter() {
            if !rule.is_of_template(error) {
                for_other_templates.push(rule.number);
                continue;
            }
            let effect = match rule.does {
                Does::Replace => (line.replace(rule)).map(|done| Effect::Replaced {
                    was: done.was,
                    is: done.is,
                }),
                Does::Split => split(rule, &telling_line, error.text).map(Effect::SplitBy),
            };
            let Some(effect) = effect else { continue };
            if let Effect::SplitBy(by) = &effect {
                splits.push_str(" [");
                splits.push_str(by);
                splits.push(']');
            }
            applied.push(Applied {
                number: rule.number,
                effect,
            });
        }
        let fingerprint = match applied.as_slice() {
            [] => fingerprint(error.text),
            _ => with_splits(error, &line, &splits),
        };
        Explanation {
            telling_line,
            applied,
            for_other_templates,
            fingerprint,
        }
    }
}

/// The fingerprint of a line that rules have changed, with what they have added: that stays whole.
fn with_splits(error: &ErrorText<'_>, line: &Line, splits: &str) -> String {
    let masked = line.masked();
    let base = if masked.is_empty() {
        fingerprint(error.text)
    } else {
        masked
    };
    let splits: String = splits.chars().take(MAX_CHARS / 2).collect();
    let room = MAX_CHARS - splits.chars().count();
    let base: String = base.chars().take(room).collect();
    format!("{}{splits}", base.trim_end())
        .trim_start()
        .to_owned()
}

/// What a rule splits an error by: where it matches the telling line, else where it first matches the whole.
fn split(rule: &Rule, telling_line: &str, whole: &str) -> Option<String> {
    let (head, tail) = ends(whole);
    [telling_line, head, tail].iter().find_map(|text| {
        rule.found(text).find_map(|found| {
            let by: String = one_line(&rule.expanded(&found))
                .chars()
                .take(MAX_SPLIT)
                .collect();
            (!by.is_empty()).then_some(by)
        })
    })
}

/// The beginning and the end of a long text; the whole of a short one, and nothing.
fn ends(text: &str) -> (&str, &str) {
    if text.len() <= 2 * LOOKED_AT {
        return (text, "");
    }
    let head = text.floor_char_boundary(LOOKED_AT);
    let tail = text.ceil_char_boundary(text.len() - LOOKED_AT);
    (&text[..head], &text[tail..])
}

/// FNV-1a: the same on every machine and in every version of the program.
fn hash(bytes: &[u8]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(START, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests;
