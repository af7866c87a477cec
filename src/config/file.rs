//! `config.toml`: where it is, what it says, and everything that is wrong with it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::bound_keys::{self, KeySetting};
use super::fingerprint_rules::{self, Problems, RuleSettings};
use super::found::Found;
use super::keys::{SECTIONS, named};
use super::origin::Origin;
use super::paths::usual_path;
use super::problem::{Problem, shown};
use super::profile::{self, Profile, Profiles};
use super::redaction::{self, RedactionSettings};
use super::settings::Setting;
use super::value::Raw;
use super::{known_names, sources};
use crate::data::source::SourceKind;
use crate::files::trust::{self, Way};

/// Reads the file that was asked for, or else the usual one, which need not exist. Returns its path
/// if there is one.
pub(super) fn read(asked: Option<&Path>) -> (Option<PathBuf>, Found) {
    let Some(path) = asked.map(Path::to_path_buf).or_else(usual_path) else {
        return (None, Found::default());
    };
    if let Err(why) = trust::check(&path, Way::Strict) {
        return (Some(path), Found::untrusted(why));
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if asked.is_none() && error.kind() == ErrorKind::NotFound => {
            return (None, Found::default());
        }
        Err(error) => {
            let found = Found::problem(
                path.display().to_string(),
                format!("it cannot be read: {error}"),
            );
            return (Some(path), found);
        }
    };
    let mut found = match String::from_utf8(bytes) {
        Ok(text) => parse(&path, &text),
        Err(error) => {
            let line = line(error.as_bytes(), error.utf8_error().valid_up_to());
            let at = format!("{}:{line}", path.display());
            Found::problem(at, "this is not UTF-8".to_owned())
        }
    };
    if holds_password(&found)
        && let Err(why) = trust::check_unread(&path, "a password")
    {
        found.problems.push(why.into());
    }
    (Some(path), found)
}

/// Whether an address in the file has its password with it.
fn holds_password(found: &Found) -> bool {
    let of_profiles = found.profiles.all.iter().any(Profile::holds_password);
    of_profiles || found.given.iter().any(|given| given.value.holds_password())
}

/// What a file says. All of it is looked at, whatever is wrong with its beginning.
pub(super) fn parse(path: &Path, text: &str) -> Found {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        path,
        text,
        found: Vec::new(),
        profiles: Profiles::default(),
        keys: Vec::new(),
        sources: Vec::new(),
        rules: None,
        redaction: RedactionSettings::default(),
    };
    reading.table(table.get_ref(), "");
    reading.conflicts();
    let mut found = Found {
        profiles: reading.profiles,
        keys: reading.keys,
        sources: reading.sources,
        rules: reading.rules,
        redaction: reading.redaction,
        ..Found::default()
    };
    let mut problems = Vec::new();
    let mut broken = BTreeSet::new();
    for error in errors {
        let line = line(
            text.as_bytes(),
            error.span().map_or(text.len(), |span| span.start),
        );
        // What follows from the first fault of a line is not worth a word.
        if broken.insert(line) {
            problems.push((line, format!("this is not TOML: {}", error.message())));
        }
    }
    let doubtful = doubtful(text, &broken);
    for (line, read) in reading.found {
        match read {
            _ if doubtful.contains(&line) => {}
            Ok(chosen) => found.given.push(chosen),
            Err(what) => problems.push((line, what)),
        }
    }
    problems.sort();
    found.problems = problems
        .into_iter()
        .map(|(line, what)| Problem {
            at: format!("{}:{line}", path.display()),
            what,
        })
        .collect();
    found
}

/// The lines that may mean something else once the broken ones are fixed: these themselves, and what
/// stands below the broken heading of a section.
fn doubtful(text: &str, broken: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut below_broken = false;
    let mut doubtful = BTreeSet::new();
    for (at, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with('[') {
            below_broken = broken.contains(&at);
        }
        if below_broken || broken.contains(&at) {
            doubtful.insert(at);
        }
    }
    doubtful
}

/// The line, counted from 1, that a byte stands in.
fn line(text: &[u8], at: usize) -> usize {
    let before = &text[..at.min(text.len())];
    1 + before.split(|byte| *byte == b'\n').count() - 1
}

/// What is being read, and what was found, each with its line.
struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    found: Vec<(usize, Result<Setting, String>)>,
    profiles: Profiles,
    keys: Vec<KeySetting>,
    sources: Vec<sources::SourceSetting>,
    rules: Option<RuleSettings>,
    redaction: RedactionSettings,
}

impl Reading<'_> {
    fn table(&mut self, table: &DeTable<'_>, section: &str) {
        for (key, value) in table {
            let name = joined(section, key.get_ref());
            let line = line(self.text.as_bytes(), key.span().start);
            match value.get_ref() {
                DeValue::Table(table) if name == profile::SECTION => self.profiles(table),
                DeValue::Table(table) if name == bound_keys::SECTION => self.keys(table),
                DeValue::Table(table) if name == sources::SECTION => self.sources(table),
                DeValue::Table(table) if name == fingerprint_rules::SECTION => self.rules(table),
                DeValue::Table(table) if name == redaction::SECTION => self.redaction(table),
                DeValue::Table(table) if is_section(&name) => self.table(table, &name),
                DeValue::Table(_) if named(&name).is_none() => {
                    self.found.push((line, Err(unknown_section(&name))));
                }
                _ if name == profile::DEFAULT => self.default_profile(line, value),
                _ => {
                    let read = self.setting(&name, line, value);
                    self.found.push((line, read));
                }
            }
        }
    }

    fn keys(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = line(self.text.as_bytes(), name.span().start);
            match bound_keys::read(name.get_ref(), line, value.get_ref()) {
                Ok(bound) => self.keys.push(bound),
                Err(what) => self.fault(line, what),
            }
        }
        self.keys.sort_by_key(|bound| bound.line);
    }

    fn sources(&mut self, table: &DeTable<'_>) {
        let known = sources::catalog();
        for (name, value) in table {
            let line = line(self.text.as_bytes(), name.span().start);
            match (value.get_ref(), sources::kind(&known, name.get_ref())) {
                (DeValue::Table(table), Ok(kind)) => self.source_settings(kind, table),
                (_, Err(what)) => self.fault(line, what),
                (_, Ok(kind)) => {
                    let section = joined(sources::SECTION, &kind.name);
                    self.fault(line, format!("{section} is a section: write [{section}]"));
                }
            }
        }
        self.sources.sort_by_key(|given| given.line);
    }

    fn source_settings(&mut self, kind: &SourceKind, table: &DeTable<'_>) {
        for (key, value) in table {
            let line = line(self.text.as_bytes(), key.span().start);
            match sources::read(kind, key.get_ref(), line, value) {
                Ok(given) => self.sources.push(given),
                Err(what) => self.fault(line, what),
            }
        }
    }

    fn rules(&mut self, table: &DeTable<'_>) {
        let text = self.text.as_bytes();
        match fingerprint_rules::read(table, &|at| line(text, at)) {
            Ok(rules) => self.rules = rules,
            Err(problems) => self.faults(problems),
        }
    }

    fn redaction(&mut self, table: &DeTable<'_>) {
        let text = self.text.as_bytes();
        match redaction::read(table, &|at| line(text, at)) {
            Ok(settings) => self.redaction = settings,
            Err(problems) => self.faults(problems),
        }
    }

    fn faults(&mut self, problems: Problems) {
        let faults = problems.into_iter().map(|(line, what)| (line, Err(what)));
        self.found.extend(faults);
    }

    fn conflicts(&mut self) {
        for (line, what) in bound_keys::conflicts(&self.keys) {
            self.fault(line, what);
        }
    }

    fn profiles(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = line(self.text.as_bytes(), name.span().start);
            match (value.get_ref(), Profile::named(name.get_ref())) {
                (DeValue::Table(table), Ok(profile)) => self.profile(profile, table),
                (_, Err(what)) => self.fault(line, what),
                (_, Ok(Profile { name, .. })) => {
                    let what = format!("profiles.{name} is a section: write [profiles.{name}]");
                    self.fault(line, what);
                }
            }
        }
    }

    fn profile(&mut self, mut profile: Profile, table: &DeTable<'_>) {
        for (key, value) in table {
            let line = line(self.text.as_bytes(), key.span().start);
            let given = shown(self.source(value.span()));
            let texts = texts(value.get_ref());
            let raw = match &texts {
                Some(texts) => Raw::Texts(texts),
                None => raw(value.get_ref()),
            };
            let took = profile.take(key.get_ref(), line, raw, &given);
            if let Err(what) = took {
                self.fault(line, what);
            }
        }
        profile.given.sort_by_key(|(_, line)| *line);
        self.profiles.all.push(profile);
    }

    fn default_profile(&mut self, line: usize, value: &Spanned<DeValue<'_>>) {
        if let DeValue::String(name) = value.get_ref() {
            self.profiles.default = Some((name.to_string(), self.origin(line)));
        } else {
            let given = shown(self.source(value.span()));
            let what = format!("{} = {given}: must be a profile's name", profile::DEFAULT);
            self.fault(line, what);
        }
    }

    fn fault(&mut self, line: usize, what: String) {
        self.found.push((line, Err(what)));
    }

    fn origin(&self, line: usize) -> Origin {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        Origin::File(file.to_string_lossy().into_owned(), line)
    }

    fn setting(
        &self,
        name: &str,
        line: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Setting, String> {
        let Some(key) = named(name) else {
            return Err(
                if is_section(name) || known_names::OWN_SECTIONS.contains(&name) {
                    format!("{name} is a section: write [{name}] on a line of its own")
                } else {
                    unknown_key(name)
                },
            );
        };
        key.kind
            .accept(raw(value.get_ref()))
            .map(|value| Setting {
                key,
                value,
                origin: self.origin(line),
            })
            .ok_or_else(|| {
                let given = key.kind.shown(self.source(value.span()));
                format!("{name} = {given}: must be {}", key.kind.wanted())
            })
    }

    /// What stands in the file.
    fn source(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }
}

/// `section.key`; a key that itself has a dot in it keeps its quotes.
fn joined(section: &str, key: &str) -> String {
    let key = if key.contains('.') {
        format!("{key:?}")
    } else {
        key.to_owned()
    };
    if section.is_empty() {
        key
    } else {
        format!("{section}.{key}")
    }
}

fn is_section(name: &str) -> bool {
    SECTIONS.iter().any(|(section, _)| *section == name)
}

fn unknown_key(name: &str) -> String {
    match known_names::key(name) {
        Some(meant) => format!("there is no key {}: did you mean {meant}?", shown(name)),
        None => format!(
            "there is no key {}: `dlqtop config init --stdout` lists all",
            shown(name)
        ),
    }
}

fn unknown_section(name: &str) -> String {
    match known_names::section(name) {
        Some(meant) => format!(
            "there is no section [{}]: did you mean [{meant}]?",
            shown(name)
        ),
        None => format!(
            "there is no section [{}]: `dlqtop config init --stdout` lists all",
            shown(name)
        ),
    }
}

/// The texts of a list that has nothing else in it.
fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let DeValue::Array(list) = value else {
        return None;
    };
    let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    };
    list.iter().map(text).collect()
}

fn raw<'a>(value: &'a DeValue<'_>) -> Raw<'a> {
    match value {
        DeValue::Boolean(on) => Raw::Switch(*on),
        DeValue::Integer(number) => whole(number).map_or(Raw::Other, Raw::Whole),
        DeValue::Float(number) => number.as_str().parse().map_or(Raw::Other, Raw::Number),
        DeValue::String(text) => Raw::Text(text),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Raw::Other,
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

#[cfg(test)]
mod tests;
