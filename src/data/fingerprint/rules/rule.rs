//! One rule: as it is written, what is wrong with it, and compiled.

use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::error_text::ErrorText;
use super::glob::matches;

/// The most characters of a pattern.
const MAX_PATTERN: usize = 1_000;
/// The most characters of a replacement, of what errors are split by, and of a name.
const MAX_TEXT: usize = 200;
/// The most names of sources, or of templates, in one rule.
const MAX_NAMES: usize = 32;
/// Bytes that a compiled pattern may take. `\w` alone takes 70 KB, because it knows all alphabets.
const MAX_COMPILED: usize = 1 << 20;
/// How deep groups may be nested.
const MAX_NESTING: u32 = 50;

/// A rule as it is written in `config.toml` and kept in the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// A regular expression, looked for in the telling line.
    pub pattern: String,
    /// What stands in place of each match: text, with `$1` or `${name}` for what a group has matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// What is added to the fingerprint of errors that match, written like a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_by: Option<String>,
    /// Only errors of these sources; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    /// Only errors of these templates, with `*` for any text; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub template: Vec<String>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which rule, counted from 1.
    pub number: usize,
    /// What is wrong and what to do, in one line.
    pub what: String,
}

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    Replace,
    Split,
}

/// A rule that can be applied.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) number: usize,
    pub(super) text: RuleText,
    pub(super) does: Does,
    /// The replacement or what errors are split by, with the names of groups in braces.
    with: String,
    regex: Regex,
}

impl Rule {
    pub(super) fn compile(number: usize, text: &RuleText) -> Result<Self, String> {
        let (does, key, written) = match (&text.replacement, &text.split_by) {
            (Some(with), None) => (Does::Replace, "replacement", with),
            (None, Some(with)) => (Does::Split, "split_by", with),
            (None, None) => {
                return Err("says nothing to do: give it a replacement or split_by".to_owned());
            }
            (Some(_), Some(_)) => {
                return Err(
                    "has both replacement and split_by: make two rules with the same pattern"
                        .to_owned(),
                );
            }
        };
        bounded(text)?;
        let regex = regex(&text.pattern)?;
        let names: Vec<&str> = regex.capture_names().flatten().collect();
        let with = if does == Does::Split && names.contains(&written.as_str()) {
            format!("${{{written}}}")
        } else {
            expandable(key, written, &regex)?
        };
        if does == Does::Split && with.trim().is_empty() {
            return Err(
                "split_by is empty: write a text, or $1 for what a group has matched".into(),
            );
        }
        Ok(Self {
            number,
            text: text.clone(),
            does,
            with,
            regex,
        })
    }

    /// Whether errors of this source are meant.
    pub(super) fn is_of_source(&self, name: &str) -> bool {
        self.text.source.is_empty() || self.text.source.iter().any(|one| one == name)
    }

    /// Whether errors of this template are meant.
    pub(super) fn is_of_template(&self, error: &ErrorText<'_>) -> bool {
        let all = &self.text.template;
        all.is_empty()
            || all.iter().any(|one| {
                if one.contains('/') {
                    matches(one, &format!("{}/{}", error.namespace, error.name))
                } else {
                    matches(one, error.name)
                }
            })
    }

    /// The matches in a text, but for those of nothing.
    pub(super) fn found<'r, 't>(
        &'r self,
        text: &'t str,
    ) -> impl Iterator<Item = Captures<'t>> + use<'r, 't> {
        let all = self.regex.captures_iter(text);
        all.filter(|found| !found[0].is_empty())
    }

    /// What it puts in place of a match, or adds for it.
    pub(super) fn expanded(&self, found: &Captures<'_>) -> String {
        let mut text = String::new();
        found.expand(&self.with, &mut text);
        text
    }
}

/// Compiles a pattern, within limits of time and memory.
fn regex(pattern: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTING)
        .build();
    match regex {
        Ok(regex) if regex.is_match("") => Err(
            "pattern matches the empty text, so it would match everything: make one part of it \
             required, as + does instead of *"
                .to_owned(),
        ),
        Ok(regex) => Ok(regex),
        Err(regex::Error::CompiledTooBig(_)) => Err(
            "pattern is too large once compiled: repeat less, or write [a-z0-9_] instead of \\w"
                .to_owned(),
        ),
        Err(error) => Err(format!(
            "pattern is no regular expression: {}",
            cause(&error)
        )),
    }
}

/// The last line of the parser's explanation, and what to write where an operator may have meant another
/// kind of expression.
fn cause(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let last = last.unwrap_or_default().trim();
    let cause = last.strip_prefix("error: ").unwrap_or(last);
    match cause {
        _ if cause.contains("look-around") => {
            format!("{cause}; match what stands around it too, and keep it with $1")
        }
        _ if cause.contains("backreferences") => format!("{cause}; repeat the pattern instead"),
        _ if cause.contains("escape") => {
            format!("{cause}; in TOML write patterns in single quotes: '\\d+'")
        }
        _ => cause.to_owned(),
    }
}

/// Refuses what is too long, or cannot be seen on a screen.
fn bounded(text: &RuleText) -> Result<(), String> {
    let fits = |key: &str, text: &str, most: usize| {
        if text.chars().count() > most {
            return Err(format!("{key} is longer than {most} characters"));
        }
        if key != "pattern" && text.chars().any(char::is_control) {
            return Err(format!(
                "{key} has a control character in it: write one line of text"
            ));
        }
        Ok(())
    };
    if text.pattern.is_empty() {
        return Err("has no pattern: write pattern = '…'".to_owned());
    }
    fits("pattern", &text.pattern, MAX_PATTERN)?;
    fits(
        "replacement",
        text.replacement.as_deref().unwrap_or(""),
        MAX_TEXT,
    )?;
    fits("split_by", text.split_by.as_deref().unwrap_or(""), MAX_TEXT)?;
    for (key, names) in [("source", &text.source), ("template", &text.template)] {
        if names.len() > MAX_NAMES {
            return Err(format!("{key} has more than {MAX_NAMES} names"));
        }
        for name in names {
            if name.is_empty() {
                return Err(format!("{key} is empty: leave it out to mean all"));
            }
            fits(key, name, MAX_TEXT)?;
        }
    }
    Ok(())
}

/// The text with the names of groups in braces, where `$1st` cannot be read in two ways.
fn expandable(key: &str, written: &str, regex: &Regex) -> Result<String, String> {
    let mut with = String::new();
    let mut rest = written;
    while let Some(at) = rest.find('$') {
        with.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            with.push_str("$$");
            rest = after;
            continue;
        }
        let (name, after) = reference(rest);
        if name.is_empty() {
            return Err(format!(
                "{key} has a $ without a group behind it: write $$ for a dollar"
            ));
        }
        if !has_group(regex, name) {
            let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            return Err(if digits > 0 && digits < name.len() {
                let (number, text) = name.split_at(digits);
                format!("{key} has ${name}, and pattern no such group: write ${{{number}}}{text}")
            } else {
                format!("{key} has ${name}, and pattern no such group: put what is meant in ( )")
            });
        }
        with.push_str("${");
        with.push_str(name);
        with.push('}');
        rest = after;
    }
    with.push_str(rest);
    Ok(with)
}

/// The name of a group right behind a `$`, and what follows it.
fn reference(rest: &str) -> (&str, &str) {
    if let Some(inner) = rest.strip_prefix('{') {
        return inner.split_once('}').unwrap_or(("", rest));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
    rest.split_at(end)
}

fn has_group(regex: &Regex, name: &str) -> bool {
    match name.parse::<usize>() {
        Ok(number) => number < regex.captures_len(),
        Err(_) => regex.capture_names().flatten().any(|known| known == name),
    }
}
