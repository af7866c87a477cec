//! `[[fingerprint.rules]]`: rules of one's own for which errors belong together.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::shown;
use super::sources;
use crate::config::suggest;
use crate::data::fingerprint::rules::{RuleText, Rules};

/// The section.
pub(super) const SECTION: &str = "fingerprint";
/// The list in it, as it is named in messages.
pub const RULES: &str = "fingerprint.rules";
/// The keys of a rule.
const KEYS: [&str; 5] = ["pattern", "replacement", "split_by", "source", "template"];

/// The rules of a file.
#[derive(Debug, Clone, Default)]
pub struct RuleSettings {
    /// The rules; those of all sources.
    pub rules: Rules,
    /// The line that each begins in.
    pub lines: Vec<usize>,
}

/// What is wrong, and the line it is in.
pub(super) type Problems = Vec<(usize, String)>;

/// Reads the section. `line` tells the line of a place in the file.
///
/// # Errors
///
/// All that is wrong with it, and what would be right.
pub(super) fn read(
    table: &DeTable<'_>,
    line: &dyn Fn(usize) -> usize,
) -> Result<Option<RuleSettings>, Problems> {
    let mut found = None;
    let mut problems = Problems::new();
    for (key, value) in table {
        let at = line(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("rules", DeValue::Array(list)) => match rules(list, at, line) {
                Ok(rules) => found = Some(rules),
                Err(more) => problems.extend(more),
            },
            ("rules", _) => {
                let what = format!("{RULES} is a list: write [[{RULES}]] above each rule");
                problems.push((at, what));
            }
            (key, _) => {
                let key = shown(key);
                let what =
                    format!("there is no key {SECTION}.{key}: {SECTION} has [[{RULES}]] only");
                problems.push((at, what));
            }
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

/// A rule that was read, and the line it begins in.
struct Read {
    line: usize,
    rule: Result<RuleText, Problems>,
}

fn rules(
    list: &[Spanned<DeValue<'_>>],
    section: usize,
    line: &dyn Fn(usize) -> usize,
) -> Result<RuleSettings, Problems> {
    let all: Vec<Read> = (1..)
        .zip(list)
        .map(|(number, value)| {
            let DeValue::Table(table) = value.get_ref() else {
                let at = line(value.span().start);
                let what = format!("{RULES} {number} is no rule: write [[{RULES}]] above its keys");
                let rule = Err(vec![(at, what)]);
                return Read { line: at, rule };
            };
            let first = table.iter().map(|(key, _)| key.span().start).min();
            let at = first.map_or(section, line);
            let rule = rule(number, table, at, line);
            Read { line: at, rule }
        })
        .collect();
    let lines: Vec<usize> = all.iter().map(|one| one.line).collect();
    let texts: Result<Vec<RuleText>, ()> = all
        .iter()
        .map(|one| one.rule.clone().map_err(drop))
        .collect();
    let Ok(texts) = texts else {
        return Err(problems(all));
    };
    match Rules::compile(&texts) {
        Ok(rules) => Ok(RuleSettings { rules, lines }),
        Err(faults) => Err(faults
            .into_iter()
            .map(|fault| {
                let at = lines.get(fault.number - 1).copied().unwrap_or(section);
                (at, format!("{RULES} {}: {}", fault.number, fault.what))
            })
            .collect()),
    }
}

/// What is wrong with rules some of which could not even be read.
fn problems(all: Vec<Read>) -> Problems {
    let mut problems = Problems::new();
    for (number, Read { line, rule }) in (1..).zip(all) {
        match rule.map(|text| Rules::compile(&[text])) {
            Ok(Ok(_)) => {}
            Ok(Err(faults)) => problems.extend(
                faults
                    .into_iter()
                    .map(|fault| (line, format!("{RULES} {number}: {}", fault.what))),
            ),
            Err(more) => problems.extend(more),
        }
    }
    problems
}

fn rule(
    number: usize,
    table: &DeTable<'_>,
    at: usize,
    line: &dyn Fn(usize) -> usize,
) -> Result<RuleText, Problems> {
    let mut rule = RuleText::default();
    let mut problems = Problems::new();
    for (key, value) in table {
        let at = line(key.span().start);
        if let Err(what) = take(&mut rule, key.get_ref(), value.get_ref()) {
            problems.push((at, format!("{RULES} {number}: {what}")));
        }
    }
    let known = sources::catalog();
    for name in &rule.source {
        if let Err(what) = sources::kind(&known, name) {
            problems.push((at, format!("{RULES} {number}: {what}")));
        }
    }
    if problems.is_empty() {
        Ok(rule)
    } else {
        Err(problems)
    }
}

/// Takes one key of a rule.
fn take(rule: &mut RuleText, key: &str, value: &DeValue<'_>) -> Result<(), String> {
    match key {
        "pattern" => rule.pattern = text(key, value)?,
        "replacement" => rule.replacement = Some(text(key, value)?),
        "split_by" => {
            // The number of a group is what `$1` says.
            rule.split_by = Some(match value {
                DeValue::Integer(number) => format!("${{{}}}", number.as_str()),
                value => text(key, value)?,
            });
        }
        "source" => rule.source = names(key, value)?,
        "template" => rule.template = names(key, value)?,
        _ => {
            return Err(match suggest::among(key, KEYS.into_iter()) {
                Some(meant) => format!("there is no key {}: did you mean {meant}?", shown(key)),
                None => format!(
                    "there is no key {}: there are {}",
                    shown(key),
                    KEYS.join(", ")
                ),
            });
        }
    }
    Ok(())
}

fn text(key: &str, value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(format!("{key} must be a text in quotes")),
    }
}

/// One name or several.
fn names(key: &str, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let wanted = || format!("{key} must be a name in quotes, or a list of such names");
    match value {
        DeValue::String(name) => Ok(vec![name.to_string()]),
        DeValue::Array(list) => {
            let name = |one: &Spanned<DeValue<'_>>| match one.get_ref() {
                DeValue::String(name) => Ok(name.to_string()),
                _ => Err(wanted()),
            };
            list.iter().map(name).collect()
        }
        _ => Err(wanted()),
    }
}

/// The section of a file to begin with.
pub(super) fn skeleton() -> String {
    SKELETON.join("\n")
}

const SKELETON: [&str; 18] = [
    "",
    "# Rules for which errors belong together, tried in this order on the line that says what happened;",
    "# `dlqtop fingerprint --explain` tries them.",
    "# pattern: a regular expression without look-around.",
    "# replacement: what stands in place of a match; $1 is what its first group matched.",
    "# source, template: only errors of these; in a template, * stands for any text.",
    "#[[fingerprint.rules]]",
    "#pattern = 'tenant \\w+'",
    "#replacement = \"tenant #\"",
    "#source = \"tasker\"",
    "#template = [\"payments/*\"]",
    "",
    "# split_by: what is added to the fingerprint, so that errors are told apart by it.",
    "#[[fingerprint.rules]]",
    "#pattern = 'upstream (?<region>eu|us)-\\d+'",
    "#split_by = \"region\"",
    "#source = \"celery\"",
    "",
];

#[cfg(test)]
mod tests;
