//! `[sources.NAME]`: other limits for one system, by the names that its `source.toml` has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::de::{DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::paths;
use super::problem::{Problem, shown};
use crate::config::suggest;
use crate::data::source::{SourceCatalog, SourceKind};
use crate::files::trust::{self, Way};

/// The section.
pub(super) const SECTION: &str = "sources";

/// What one line says.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSetting {
    /// The source's name.
    pub source: String,
    /// The setting's.
    pub name: String,
    /// What it is given.
    pub value: Value,
    /// Where that was said.
    pub line: usize,
}

impl SourceSetting {
    /// The value as it is written in a file.
    #[must_use]
    pub fn written(&self) -> String {
        written(&self.value)
    }
}

/// The settings by source, as sources are given them.
#[must_use]
pub fn by_source(given: &[SourceSetting]) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for one in given {
        let own = all.entry(one.source.clone()).or_default();
        own.insert(one.name.clone(), one.value.clone());
    }
    all
}

/// The sources that there are, the user's own among them.
pub(super) fn catalog() -> SourceCatalog {
    paths::sources().map_or_else(SourceCatalog::embedded, |folder| {
        SourceCatalog::with(&folder)
    })
}

/// What others may change among the user's own sources: statements that are sent to the database come from
/// there.
pub(super) fn untrusted() -> Vec<Problem> {
    let Some(folder) = paths::sources().filter(|folder| folder.is_dir()) else {
        return Vec::new();
    };
    let mut all = vec![folder.clone()];
    for kind in below(&folder).into_iter().filter(|path| path.is_dir()) {
        all.extend(below(&kind));
        all.push(kind);
    }
    all.sort();
    let checked = all
        .iter()
        .filter_map(|path| trust::check(path, Way::Strict).err());
    let mut problems: Vec<Problem> = checked.map(Problem::from).collect();
    // One folder on the way would be named once for each file below it.
    problems.dedup();
    problems
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// The source of this name.
///
/// # Errors
///
/// That there is none, and which was meant.
pub(super) fn kind<'a>(catalog: &'a SourceCatalog, name: &str) -> Result<&'a SourceKind, String> {
    if let Some(kind) = catalog.kinds.iter().find(|kind| kind.name == name) {
        return Ok(kind);
    }
    let known = catalog.kinds.iter().map(|kind| kind.name.as_str());
    Err(match suggest::among(name, known.clone()) {
        Some(meant) => format!("there is no source {}: did you mean {meant}?", shown(name)),
        None => format!(
            "there is no source {}: there are {}",
            shown(name),
            known.collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Reads one line of a source's section.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub(super) fn read(
    kind: &SourceKind,
    name: &str,
    line: usize,
    value: &Spanned<DeValue<'_>>,
) -> Result<SourceSetting, String> {
    let at = format!("{SECTION}.{}.{}", kind.name, shown(name));
    let value = Value::deserialize(ValueDeserializer::from(value.clone()))
        .map_err(|error| format!("{at}: {}", error.message()))?;
    kind.accepts(name, &value)
        .map_err(|why| format!("{at}: {why}"))?;
    Ok(SourceSetting {
        source: kind.name.clone(),
        name: name.to_owned(),
        value,
        line,
    })
}

/// The sections of a file to begin with.
pub(super) fn skeleton() -> String {
    let mut text = String::new();
    let kinds = SourceCatalog::embedded().kinds;
    for kind in kinds
        .iter()
        .filter(|kind| !kind.manifest.settings.is_empty())
    {
        let about = format!("Limits of {}, {}.", kind.name, kind.manifest.summary);
        let _ = writeln!(text, "\n# {about}\n#[{SECTION}.{}]", kind.name);
        for (name, default) in &kind.manifest.settings {
            let _ = writeln!(text, "#{name} = {}", written(default));
        }
        if !kind.manifest.alerts.is_empty() {
            let times: Vec<String> = (kind.manifest.alerts.iter())
                .map(|(alert, lasts)| format!("{alert} = {lasts:?}"))
                .collect();
            let about = "How long each of its alerts must last before it is shown.";
            let _ = writeln!(text, "# {about}\n#alerts = {{ {} }}", times.join(", "));
        }
    }
    text
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(written).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Table(table) if table.is_empty() => "{ }".to_owned(),
        Value::Table(table) => {
            let pairs = table.iter().map(|(key, value)| {
                let bare = key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
                let key = if bare && !key.is_empty() {
                    key.clone()
                } else {
                    format!("{key:?}")
                };
                format!("{key} = {}", written(value))
            });
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(on) => on.to_string(),
        Value::Datetime(at) => at.to_string(),
    }
}
