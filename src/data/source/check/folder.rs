//! What can be said of a folder alone: its manifest, its names, its placeholders.

use std::collections::BTreeSet;

use super::result::CheckResult;
use crate::data::messages::change::Resolution;
use crate::data::source::catalog::SourceKind;
use crate::data::source::contract::{self, Does};
use crate::data::source::manifest::Manifest;

const MANIFEST: &str = "source.toml";
/// A line that still fits where it is shown.
const LONGEST: usize = 100;

pub(super) fn check_folder(kind: &SourceKind) -> Vec<CheckResult> {
    let mut results = named(kind);
    results.extend(refers(kind));
    results.extend(acts(kind));
    for (name, text) in &kind.files {
        results.extend(statement(kind, name, text));
    }
    results.extend(unused(kind));
    results
}

/// Its name, its title, how it is recognised.
fn named(kind: &SourceKind) -> Vec<CheckResult> {
    let manifest = &kind.manifest;
    let mut results = Vec::new();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if kind.name.is_empty() || !kind.name.chars().all(plain) {
        let what = format!("the folder is called {:?}", kind.name);
        results.push(
            CheckResult::warning(MANIFEST, what).fix("call it with small letters, digits and -"),
        );
    }
    for (key, text) in [("title", &manifest.title), ("summary", &manifest.summary)] {
        if text.trim().is_empty() {
            results.push(CheckResult::wrong(MANIFEST, format!("there is no {key}")));
        } else if text.contains('\n') || text.chars().count() > LONGEST {
            let what = format!("the {key} is more than a line of {LONGEST} characters");
            results.push(CheckResult::wrong(MANIFEST, what));
        }
    }
    let recognise = &manifest.recognise;
    if recognise.relations.is_empty() && recognise.tables.is_empty() {
        let what = "[recognise] names neither relations nor tables: it would never be found";
        results.push(CheckResult::wrong(MANIFEST, what));
    }
    let bare = recognise.enum_labels.iter();
    results.extend(bare.filter(|name| !name.contains('.')).map(|name| {
        let what = format!("[recognise] enum_labels: {name} lacks what it is of: write of.{name}");
        CheckResult::wrong(MANIFEST, what)
    }));
    let known =
        |name: &String| manifest.tables.contains_key(name) || recognise.relations.contains(name);
    let strange = recognise.columns.keys().filter(|name| !known(name));
    results.extend(strange.map(|name| {
        let what = format!("[recognise.columns] {name} is neither in [tables] nor in relations");
        CheckResult::wrong(MANIFEST, what)
    }));
    if let Ok(serde_json::Value::Object(words)) = serde_json::to_value(&manifest.words) {
        let blank = words
            .iter()
            .filter(|(_, word)| word.as_str().is_none_or(|word| word.trim().is_empty()));
        results.extend(
            blank.map(|(key, _)| CheckResult::wrong(MANIFEST, format!("[words] {key} is blank"))),
        );
    }
    results
}

/// What refers to something else refers to something that is there.
fn refers(kind: &SourceKind) -> Vec<CheckResult> {
    let manifest = &kind.manifest;
    let mut results = Vec::new();
    let mut table = |by: String, name: &String| {
        if !manifest.tables.contains_key(name) {
            results.push(CheckResult::wrong(
                MANIFEST,
                format!("{by} names {name}, which is not in [tables]"),
            ));
        }
    };
    for name in &manifest.recognise.tables {
        table("[recognise] tables".to_owned(), name);
    }
    for (file, names) in &manifest.needs {
        for name in names {
            table(format!("[needs] {file}"), name);
        }
    }
    for name in manifest.instead.keys() {
        table("[instead]".to_owned(), name);
    }
    if let Some(id) = &manifest.id {
        table("[id]".to_owned(), &id.table);
    }
    results.extend(settings(kind));
    let empty = manifest.tables.iter().filter(|(_, names)| names.is_empty());
    let empty =
        empty.map(|(name, _)| CheckResult::wrong(MANIFEST, format!("[tables] {name} is none")));
    results.extend(empty);
    let strange = manifest
        .needs
        .keys()
        .filter(|file| !kind.files.contains_key(*file));
    results.extend(strange.map(|file| {
        CheckResult::wrong(MANIFEST, format!("[needs] {file}: there is no {file}.sql"))
    }));
    results
}

/// What `[each]` says is said of tables, and what they hold from the start is like it.
fn settings(kind: &SourceKind) -> Vec<CheckResult> {
    let Manifest { each, settings, .. } = &kind.manifest;
    let strange = each.keys().filter(|name| {
        let default = settings.get(*name);
        default.is_none_or(|default| !default.is_table())
    });
    let strange =
        strange.map(|name| format!("[each] {name}: there is no table {name} in [settings]"));
    let unlike = settings.iter().filter_map(|(name, default)| {
        let why = kind.accepts(name, default).err()?;
        Some(format!("[settings] {name}: {why}"))
    });
    let all = strange.chain(unlike);
    all.map(|what| CheckResult::wrong(MANIFEST, what)).collect()
}

/// The words for resolutions are for resolutions that exist.
fn resolutions(kind: &SourceKind) -> Vec<CheckResult> {
    let mut results = Vec::new();
    let labels = Resolution::ALL.map(Resolution::as_str);
    for (label, word) in &kind.manifest.resolutions {
        if !labels.contains(&label.as_str()) {
            let known = labels.join(", ");
            results.push(CheckResult::wrong(
                MANIFEST,
                format!("[resolutions] {label}: there are {known}"),
            ));
        } else if word.trim().is_empty() {
            results.push(CheckResult::wrong(
                MANIFEST,
                format!("[resolutions] {label} is blank"),
            ));
        }
    }
    results
}

/// The manifest speaks only of acts that exist.
fn acts(kind: &SourceKind) -> Vec<CheckResult> {
    let manifest = &kind.manifest;
    let mut results = Vec::new();
    for (name, action) in &manifest.actions {
        let does = contract::file(name).map(|file| file.does);
        if !matches!(does, Some(Does::Acts(_))) {
            results.push(CheckResult::wrong(
                MANIFEST,
                format!("[actions.{name}]: there is no act of that name"),
            ));
        } else if !kind.files.contains_key(name) {
            results.push(CheckResult::wrong(
                MANIFEST,
                format!("[actions.{name}]: there is no {name}.sql"),
            ));
        } else if action.from.is_empty() {
            results.push(CheckResult::warning(
                MANIFEST,
                format!("[actions.{name}] is open from no state: it is never offered"),
            ));
        }
    }
    let calls = manifest.api.keys();
    let calls = calls.filter(|name| !kind.files.contains_key(*name));
    results.extend(
        calls.map(|name| {
            CheckResult::wrong(MANIFEST, format!("[api.{name}]: there is no {name}.sql"))
        }),
    );
    results.extend(resolutions(kind));
    if !manifest.resolutions.is_empty() && !kind.files.contains_key("close_entry") {
        results.push(CheckResult::wrong(
            MANIFEST,
            "[resolutions]: there is no close_entry.sql",
        ));
    }
    if !manifest.alerts.is_empty() && !kind.files.contains_key("alerts") {
        results.push(CheckResult::wrong(
            MANIFEST,
            "[alerts]: there is no alerts.sql",
        ));
    }
    let writes = |name: &&String| contract::file(name).is_some_and(contract::File::writes);
    if kind.files.keys().any(|name| writes(&name)) && !kind.files.contains_key("rights") {
        let what = "there are acts and no rights.sql: nobody may do them";
        results.push(CheckResult::warning(MANIFEST, what));
    }
    results
}

/// A file's name, and what stands in it.
fn statement(kind: &SourceKind, name: &str, text: &str) -> Vec<CheckResult> {
    let file = format!("{name}.sql");
    let Some(known) = contract::file(name) else {
        let nearest = contract::files().max_by(|a, b| {
            let like = |file: &contract::File| strsim::jaro_winkler(file.name, name);
            like(a).total_cmp(&like(b))
        });
        let results = CheckResult::wrong(
            &file,
            "there is no such file in the contract: nobody reads it",
        );
        return vec![match nearest {
            Some(nearest) => results.fix(&format!("did you mean {}.sql?", nearest.name)),
            None => results,
        }];
    };
    let mut results = Vec::new();
    if bare(text).trim().is_empty() {
        return vec![CheckResult::wrong(&file, "it holds no statement")];
    }
    for name in placeholders(text) {
        let manifest = &kind.manifest;
        let missing = match name.split_once(':') {
            Some(("table", table)) => !manifest.tables.contains_key(table),
            Some(("setting", setting)) => !manifest.settings.contains_key(setting),
            Some(("id" | "has_id", _)) => manifest.id.is_none(),
            _ => {
                let what = format!("{{{name}}}: what a profile says stands only in [session]");
                results.push(CheckResult::wrong(&file, what));
                false
            }
        };
        if missing {
            results.push(CheckResult::wrong(
                &file,
                format!("{{{name}}} is not in source.toml"),
            ));
        }
    }
    let knows_itself = name == "queue" && kind.files.contains_key("queue_snoozed");
    for (place, param) in (1..).zip(known.takes) {
        let guards = known.writes() && place == 2 && param.name.ends_with("must still have");
        let ignored = !(mentions(text, place) || (knows_itself && place > 3));
        if ignored && (guards || place == 1) {
            let what = format!("it does not look at ${place}, the {}", param.name);
            results.push(CheckResult::wrong(&file, what));
        } else if ignored && !known.writes() {
            let what = format!("it does not look at ${place}: {}", param.name);
            results.push(CheckResult::warning(&file, what));
        }
    }
    let most = known.takes.len();
    if (most + 1..most + 10).any(|place| mentions(text, place)) {
        results.push(CheckResult::wrong(
            &file,
            format!("it is given {most} parameters, and asks for more"),
        ));
    }
    results
}

/// What is declared and used by nobody.
fn unused(kind: &SourceKind) -> Vec<CheckResult> {
    let manifest = &kind.manifest;
    let session = manifest.session.values();
    let used: BTreeSet<String> = (kind.files.values().chain(session))
        .flat_map(|text| placeholders(text))
        .collect();
    let recognised = |name: &String| {
        manifest.recognise.tables.contains(name)
            || manifest.needs.values().any(|names| names.contains(name))
    };
    let tables = manifest
        .tables
        .keys()
        .filter(|name| !used.contains(&format!("table:{name}")) && !recognised(name));
    let settings = manifest
        .settings
        .keys()
        .filter(|name| !used.contains(&format!("setting:{name}")));
    let tables = tables.map(|name| format!("[tables] {name}"));
    let settings = settings.map(|name| format!("[settings] {name}"));
    tables
        .chain(settings)
        .map(|what| CheckResult::warning(MANIFEST, format!("{what} is used by no file")))
        .collect()
}

/// The statement without its comments.
fn bare(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").replace(';', " ")
}

/// `table:jobs` and the like, as they stand in braces.
fn placeholders(text: &str) -> Vec<String> {
    let after = text.split('{').skip(1);
    let inside = after.filter_map(|after| Some(after.split_once('}')?.0));
    let ours = inside.filter(|name| {
        ["table:", "setting:", "profile:", "id:", "has_id:"]
            .iter()
            .any(|kind| name.starts_with(kind))
    });
    ours.map(str::to_owned).collect()
}

/// Whether `$n` stands in it, and not only the beginning of another number.
fn mentions(text: &str, place: usize) -> bool {
    let (bare, parameter) = (bare(text), format!("${place}"));
    let mut after = bare.split(&parameter).skip(1);
    after.any(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
}
