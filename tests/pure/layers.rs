//! The one-way rule, as a table: what each layer may not mention.

mod asked;
mod graph;
mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::graph::Graph;

#[rustfmt::skip]
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("src/data",     &["ratatui", "crossterm", "crate::detector", "crate::app", "crate::ui", "crate::cli", "crate::demo", "crate::telemetry"]),
    ("src/data/fingerprint", &["sqlx", "async fn", "Utc::now"]),
    ("src/data/redaction", &["sqlx", "async fn", "Utc::now", "tracing"]),
    ("src/data/poller/schedule",    &["sqlx", "async fn", "Utc::now"]),
    ("src/detector", &["ratatui", "crossterm", "sqlx",            "crate::app", "crate::ui", "crate::cli"]),
    ("src/app",      &["ratatui", "crossterm", "sqlx", "tokio",   "crate::ui",  "crate::cli", "Utc::now"]),
    ("src/app",      &["std::fs", "std::env", "Instant::now", "SystemTime", "async fn", "crate::config", "crate::data::connection", "crate::data::poller", "crate::data::reads", "crate::data::worker"]),
    ("src/config",   &["ratatui", "crossterm", "crate::detector", "crate::demo", "crate::cli", "crate::ui"]),
    ("src/keymap",   &["ratatui", "sqlx", "tokio", "crate::cli", "crate::config", "crate::ui", "crate::demo"]),
    ("src/ui",       &["sqlx", "crate::data::reads", "crate::data::worker", "crate::data::connection", "crate::cli"]),
    ("src/telemetry", &["ratatui", "crossterm", "sqlx", "crate::app", "crate::ui", "crate::cli", "crate::demo", "Utc::now"]),
    ("src/telemetry/meters", &["crate::detector"]),
    ("src/template", &["ratatui", "crossterm", "sqlx", "tokio", "crate::app", "crate::ui", "crate::cli", "crate::demo"]),
    ("src/files",    &["ratatui", "sqlx", "tokio", "crate::app", "crate::cli", "crate::config", "crate::data"]),
    ("src/demo",     &["ratatui", "crossterm", "crate::app", "crate::ui", "crate::cli"]),
];

#[test]
fn layers_point_one_way() {
    for path in rust_files(Path::new("src")) {
        let (name, text) = (path.to_string_lossy(), fs::read_to_string(&path).unwrap());
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<String>();
        for (layer, words) in FORBIDDEN
            .iter()
            .filter(|(layer, _)| name.starts_with(layer))
        {
            for word in *words {
                assert!(
                    !code.contains(word),
                    "{name} is in {layer} and mentions {word}"
                );
            }
        }
    }
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    files(dir, "rs")
}

/// The files below a folder whose names end so.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| {
        if path.is_dir() {
            files(&path, ending)
        } else {
            vec![path]
        }
    });
    found
        .filter(|path| path.extension().is_some_and(|ext| ext == ending))
        .collect()
}

/// What only one place may do, so that there is one place to look.
#[rustfmt::skip]
const ONLY_IN: &[(&str, &[&str])] = &[
    ("Color::",      &["src/ui/widgets/theme.rs"]),
    ("sqlx::Error",  &["src/data/"]),
    // statements of sources and of their demos: files that were built in, or put there by the user to be
    // sent; and what `dlqtop install` shows and runs, with names in it that the server has quoted
    (
        "AssertSqlSafe",
        &["src/data/source.rs", "src/data/companion/install.rs", "src/demo/foreign.rs"],
    ),
    // around the terminal, between drawing and suspending; never around what is drawn
    ("Mutex",        &["src/ui/terminal.rs"]),
    ("RwLock",       &[]),
    // the rooms of the application change their own state; these files hold what spans them
    ("impl App {",   &["src/app.rs", "src/app/apply_poll.rs", "src/app/navigation.rs", "src/app/write_dialogs.rs"]),
    ("super::App;",  &["src/app/apply_poll.rs", "src/app/navigation.rs", "src/app/write_dialogs.rs"]),
    ("app::App;",    &["src/ui", "src/cli", "src/keymap"]),
];

#[test]
fn some_things_are_done_in_one_place_only() {
    for path in rust_files(Path::new("src")) {
        let (name, text) = (path.to_string_lossy(), fs::read_to_string(&path).unwrap());
        for (word, places) in ONLY_IN {
            let allowed = places.iter().any(|place| name.starts_with(place));
            assert!(allowed || !text.contains(word), "{name} mentions {word}");
        }
    }
}

/// SQL that may stand in code, and why.
const SQL_IN_CODE: &[(&str, &str)] = &[
    ("begin", "transaction control: one word that reads no table"),
    ("commit", "as begin"),
    ("rollback", "as begin"),
    (
        "explain ",
        "goes before the statement of a source, to ask what it would take",
    ),
];

#[test]
fn sql_stands_in_sql_files() {
    let mut found = BTreeSet::new();
    for path in rust_files(Path::new("src")) {
        // Such a file is a module of tests alone.
        if path.ends_with("tests.rs") {
            continue;
        }
        for sql in sql::sql_in(&fs::read_to_string(&path).unwrap()) {
            let is_excepted = SQL_IN_CODE.iter().any(|(excepted, _)| *excepted == sql);
            assert!(is_excepted, "{} holds SQL: {sql}", path.display());
            found.insert(sql);
        }
    }
    for (excepted, _) in SQL_IN_CODE {
        assert!(found.contains(*excepted), "no code holds {excepted:?}");
    }
}

#[test]
fn every_statement_is_read() {
    let folders = ["src/data/sql", "src/demo/sql"];
    let statements: BTreeMap<_, _> = folders
        .iter()
        .flat_map(|folder| texts(files(Path::new(folder), "sql")))
        .collect();
    assert!(statements.len() > 200, "{:?}", statements.keys());
    let code: Vec<_> = texts(rust_files(Path::new("src"))).collect();
    assert_eq!(asked::unread(&statements, &code), Vec::<String>::new());
}

fn texts(paths: Vec<PathBuf>) -> impl Iterator<Item = (String, String)> {
    paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.to_string_lossy().into_owned(), text)
    })
}

/// The rooms from the top down. A file may import its own room and what lies further down; rooms of
/// one row do not know each other. The longest name counts: `src/app/lists` is a room of its own.
#[rustfmt::skip]
const ROOMS: &[&[&str]] = &[
    &["src/main", "src/program"],
    &["src/cli"],
    &["src/ui"],
    &["src/config"],
    &["src/keymap"],
    &["src/app"],
    &["src/app/screen"],
    &["src/app/writes"],
    &["src/app/lists", "src/app/detail"],
    &["src/app/polled"],
    &["src/app/session"],
    &["src/app/cursor"],
    &["src/app/group_key"],
    &["src/app/capabilities", "src/app/message", "src/app/format", "src/app/text_input", "src/app/viewport"],
    &["src/app/action"],
    &["src/app/pane"],
    &["src/detector"],
    &["src/telemetry"],
    &["src/detector/status"],
    &["src/demo", "src/failure"],
    &["src/data/doctor", "src/data/handover", "src/data/poller", "src/data/ad_hoc"],
    &["src/data/worker.rs"],
    &["src/data/worker/dispatcher"],
    &["src/data/worker/lifecycle"],
    &["src/data/bulk"],
    &["src/data/worker"],
    &["src/data/discovery"],
    &["src/data/native"],
    &["src/data/reads"],
    &["src/data/companion"],
    &["src/data/source"],
    &["src/data/http_api"],
    &["src/data/connection", "src/data/finding"],
    &["src/data/messages"],
    &["src/data/model"],
    &["src/data/error", "src/data/error_class"],
    &["src/data/private_postgres", "src/template"],
    &["src/files"],
    &["src/data/model/safe_text"],
    &["src/data/redaction"],
    &["src/data/fingerprint"],
];

fn imports() -> Graph {
    let files: Vec<_> = texts(rust_files(Path::new("src"))).collect();
    Graph::of(
        files
            .iter()
            .map(|(name, code)| (name.as_str(), code.as_str()))
            .filter(|(name, _)| *name != "src/lib.rs"),
    )
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = imports();
    assert!(graph.imports.len() > 300, "{} files", graph.imports.len());
    let circles = graph.circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let up = imports().arrows_up(ROOMS);
    assert!(up.is_empty(), "{up:#?}");
}

#[test]
fn every_room_is_there() {
    for room in ROOMS.iter().copied().flatten() {
        let file = PathBuf::from(format!("{room}.rs"));
        assert!(file.exists() || Path::new(room).exists(), "no {room}");
    }
}
