//! The one-way rule, as a table: what each layer may not mention.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

#[rustfmt::skip]
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("src/data",     &["ratatui", "crossterm", "crate::detector", "crate::app", "crate::ui", "crate::cli", "crate::demo", "crate::telemetry"]),
    ("src/data/fingerprint", &["sqlx", "async fn", "Utc::now"]),
    ("src/data/poller/schedule",    &["sqlx", "async fn", "Utc::now"]),
    ("src/detector", &["ratatui", "crossterm", "sqlx",            "crate::app", "crate::ui", "crate::cli"]),
    ("src/app",      &["ratatui", "crossterm", "sqlx", "tokio",   "crate::ui",  "crate::cli", "Utc::now"]),
    ("src/app",      &["std::fs", "std::env", "Instant::now", "SystemTime", "async fn", "crate::config", "crate::data::connection", "crate::data::poller", "crate::data::reads", "crate::data::worker"]),
    ("src/config",   &["ratatui", "crossterm", "crate::detector", "crate::demo"]),
    ("src/ui",       &["sqlx", "crate::data::reads", "crate::data::worker", "crate::data::connection", "crate::cli"]),
    ("src/telemetry", &["ratatui", "crossterm", "sqlx", "crate::app", "crate::ui", "crate::cli", "crate::demo", "Utc::now"]),
    ("src/telemetry/meters", &["crate::detector"]),
    ("src/template", &["ratatui", "crossterm", "sqlx", "tokio", "crate::app", "crate::ui", "crate::cli", "crate::demo"]),
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

#[test]
fn sql_stands_in_sql_files() {
    for path in rust_files(Path::new("src")) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            let is_sql = ["\"select ", "\"insert into ", "\"update ", "\"delete from "]
                .iter()
                .any(|start| code.contains(start));
            assert!(
                code.starts_with("//") || !is_sql,
                "{}:{} holds SQL: {code}",
                path.display(),
                number + 1
            );
        }
    }
}

#[test]
fn every_statement_is_read() {
    let code: String = rust_files(Path::new("src"))
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let own = files(Path::new("src/data/statements"), "sql");
    let sources = files(Path::new("src/data/sources"), "sql");
    assert!(own.len() > 40 && sources.len() > 50, "{own:?} {sources:?}");
    for path in own.iter().chain(&sources) {
        let name = path.file_stem().unwrap().to_string_lossy();
        if let Some(part) = name.strip_suffix(".part") {
            let named = format!("{{part:{part}}}");
            let mut beside = sources.iter().filter(|file| file.parent() == path.parent());
            let is_used = beside.any(|file| fs::read_to_string(file).unwrap().contains(&named));
            assert!(is_used, "no file has {}", path.display());
            continue;
        }
        let called = if own.contains(path) {
            format!("sql!(\"{name}\")")
        } else {
            format!("\"{name}\"")
        };
        assert!(code.contains(&called), "nobody reads {}", path.display());
    }
}
