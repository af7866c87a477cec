//! `config.toml`: where it is, what it says, and everything that is wrong with it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy as _, choose_base_strategy};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::keys::{SECTIONS, named};
use super::problem::{Problem, shown};
use super::settings::{Chosen, Origin};
use super::value::Raw;
use super::{Found, nearest};

/// Where the file is looked for unless somebody says otherwise: `$XDG_CONFIG_HOME/dlqtop/config.toml`.
/// `None` if there is no home.
#[must_use]
pub fn usual_path() -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    Some(base.config_dir().join("dlqtop").join("config.toml"))
}

/// Reads the file that was asked for, or else the usual one, which need not exist. Returns its path
/// if there is one.
pub(super) fn read(asked: Option<&Path>) -> (Option<PathBuf>, Found) {
    let Some(path) = asked.map(Path::to_path_buf).or_else(usual_path) else {
        return (None, Found::default());
    };
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
    let found = match String::from_utf8(bytes) {
        Ok(text) => parse(&path, &text),
        Err(error) => {
            let line = line(error.as_bytes(), error.utf8_error().valid_up_to());
            let at = format!("{}:{line}", path.display());
            Found::problem(at, "this is not UTF-8".to_owned())
        }
    };
    (Some(path), found)
}

/// What a file says. All of it is looked at, whatever is wrong with its beginning.
pub(super) fn parse(path: &Path, text: &str) -> Found {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        path,
        text,
        found: Vec::new(),
    };
    reading.table(table.get_ref(), "");
    let mut found = Found::default();
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

/// The lines that may mean something else once the broken ones are mended: these themselves, and what
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
    found: Vec<(usize, Result<Chosen, String>)>,
}

impl Reading<'_> {
    fn table(&mut self, table: &DeTable<'_>, section: &str) {
        for (key, value) in table {
            let name = joined(section, key.get_ref());
            let line = line(self.text.as_bytes(), key.span().start);
            match value.get_ref() {
                DeValue::Table(table) if is_section(&name) => self.table(table, &name),
                DeValue::Table(_) if named(&name).is_none() => {
                    self.found.push((line, Err(unknown_section(&name))));
                }
                _ => {
                    let read = self.setting(&name, line, value);
                    self.found.push((line, read));
                }
            }
        }
    }

    fn setting(
        &self,
        name: &str,
        line: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Chosen, String> {
        let Some(key) = named(name) else {
            return Err(if is_section(name) {
                format!("{name} is a section: write [{name}] on a line of its own")
            } else {
                unknown_key(name)
            });
        };
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        key.kind
            .accept(raw(value.get_ref()))
            .map(|value| Chosen {
                key,
                value,
                origin: Origin::File(file.to_string_lossy().into_owned(), line),
            })
            .ok_or_else(|| {
                let given = shown(self.source(value.span()));
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
    match nearest::key(name) {
        Some(meant) => format!("there is no key {}: did you mean {meant}?", shown(name)),
        None => format!(
            "there is no key {}: `dlqtop config init --stdout` lists all",
            shown(name)
        ),
    }
}

fn unknown_section(name: &str) -> String {
    match nearest::section(name) {
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
mod tests {
    use super::*;
    use crate::config::skeleton;
    use crate::config::value::Value;

    fn read(text: &str) -> Found {
        parse(Path::new("/etc/dlqtop/config.toml"), text)
    }

    fn problems(text: &str) -> Vec<String> {
        let found = read(text);
        found.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_stands_in_a_file_is_found_with_its_line() {
        let found = read(
            "archive.batch_size = 0x20 # dotted\r\n\
             [staleness_detection.thresholds]\n\
             warning_ratio = 0.9\n\n\
             [polling]\n\
             \"interval\" = '5s'\n\
             [dlq]\n\
             reasons = { worker_unavailable = false }\n",
        );
        assert_eq!(found.problems, []);
        let mut given: Vec<_> = found
            .given
            .iter()
            .map(|given| (given.origin.to_string(), given.key.name, given.value))
            .collect();
        given.sort_by(|a, b| a.0.cmp(&b.0));
        let seconds = std::time::Duration::from_secs;
        let wanted = [
            ("config.toml:1", "archive.batch_size", Value::Whole(32)),
            (
                "config.toml:3",
                "staleness_detection.thresholds.warning_ratio",
                Value::Number(0.9),
            ),
            ("config.toml:6", "polling.interval", Value::Time(seconds(5))),
            (
                "config.toml:8",
                "dlq.reasons.worker_unavailable",
                Value::Switch(false),
            ),
        ];
        assert_eq!(
            given,
            wanted.map(|(at, name, value)| (at.to_owned(), name, value))
        );
    }

    #[test]
    fn each_fault_is_named_with_its_line() {
        let cases = [
            (
                "[polling]\ninterval = 5",
                ":2: polling.interval = 5: must be a time such as 2s",
            ),
            ("polling = 5", ":1: polling is a section: write [polling]"),
            ("[polling.interval]", ":1: polling.interval = "),
            ("[[polling]]", ":1: polling is a section"),
            (
                "[poling]\ninterval = 5",
                ":1: there is no section [poling]: did you mean [polling]?",
            ),
            ("[dlq]\nenabled = true", ":2: there is no key dlq.enabled"),
            (
                "\"polling.interval\" = '5s'",
                ":1: there is no key \"polling.interval\"",
            ),
            (
                "database_url = 'postgres://ana:secret@db'",
                ":1: there is no key database_url",
            ),
            (
                "[staleness_detection]\nbatch_size = 10001",
                ":2: staleness_detection.batch_size = 10001: must be a whole number from 1 to 10000",
            ),
            (
                "[archive.policies]\nfailed_days = true",
                ":2: archive.policies.failed_days = true",
            ),
            (
                "[archive.policies]\nfailed_days = 1979-05-27",
                "failed_days = 1979-05-27",
            ),
            (
                "[archive.policies]\nfailed_days = [\n1,\n2]",
                ":2: archive.policies.failed_days = […",
            ),
            (
                "[archive]\nbatch_size = 99999999999999999999",
                "batch_size = 9999",
            ),
            (
                "[staleness_detection.thresholds]\nwarning_ratio = nan",
                "warning_ratio = nan",
            ),
            (
                "[archive]\nbatch_size = 1\nbatch_size = 2",
                ":3: this is not TOML: duplicate key",
            ),
            ("[archive]\nbatch_size = ", ":2: this is not TOML"),
            ("[archive\nbatch_size = 1", ":1: this is not TOML"),
        ];
        for (text, wanted) in cases {
            let said = problems(text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].contains(wanted), "{text}: {said:?}");
            assert!(said[0].starts_with("/etc/dlqtop/config.toml:"), "{said:?}");
            assert!(!said[0].contains("secret"), "{said:?}");
        }
    }

    #[test]
    fn a_fault_in_the_syntax_hides_no_other() {
        let said = problems(
            "[archive]\nbatch_size = 0\n[polling\ninterval = 3 4\n[dlq.reasons]\nworker_unavailable = 'no'\n",
        );
        for line in [2, 3, 6] {
            let at = format!(":{line}: ");
            assert!(
                said.iter().any(|said| said.contains(&at)),
                "{line}: {said:#?}"
            );
        }
    }

    #[test]
    fn the_first_file_is_right_as_it_is_and_with_every_default_in_force() {
        let text = skeleton::text();
        let found = read(&text);
        assert_eq!(found.problems, []);
        assert!(found.given.is_empty(), "{:?}", found.given);

        let uncommented: String = text
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|_| line.contains(" = "))
                    .unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let found = read(&uncommented);
        assert_eq!(found.problems, []);
        assert_eq!(found.given.len(), crate::config::keys::KEYS.len());
        for given in found.given {
            assert_eq!(given.value, given.key.default, "{}", given.key.name);
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        for (at, wanted) in [(0, 1), (1, 1), (2, 2), (4, 3), (99, 3)] {
            assert_eq!(line(b"a\nb\nc", at), wanted, "{at}");
        }
    }
}
