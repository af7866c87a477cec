//! What the documents promise is there, and what is there stands in the documents.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use dlqtop::app::named;
use dlqtop::cli::Cli;
use dlqtop::ui::keymap::{BINDINGS, key_of};

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents that tell people what to press and what to type.
fn for_people() -> String {
    [
        "README.md",
        "docs/guide.md",
        "docs/commands.md",
        "docs/configuration.md",
        "docs/templates.md",
    ]
    .map(text)
    .concat()
}

#[test]
fn every_key_is_told() {
    let told = for_people();
    let untold = |chord: &String| !told.contains(&format!("`{chord}`"));
    let chords = BINDINGS.iter().map(|binding| binding.chord.to_string());
    let untold: BTreeSet<String> = chords.filter(untold).collect();
    assert!(untold.is_empty(), "{untold:?} stand nowhere");
}

#[test]
fn every_command_of_the_bar_that_has_no_key_is_told() {
    let told = for_people();
    for named in named::matching("") {
        let (name, key) = (named.name, key_of(named.name));
        assert!(
            key.is_some() || told.contains(&format!(":{name}")),
            ":{name} stands nowhere"
        );
    }
}

/// `dlqtop`, `dlqtop step`, `dlqtop step retry` …
fn commands(command: &clap::Command, before: &[String], found: &mut Vec<Vec<String>>) {
    for one in command
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        let path = [before, &[one.get_name().to_owned()]].concat();
        commands(one, &path, found);
        found.push(path);
    }
}

#[test]
fn every_command_is_told() {
    let told = for_people();
    let mut found = Vec::new();
    commands(&Cli::command(), &[], &mut found);
    assert!(found.len() > 30, "{found:?}");
    for path in found {
        let (name, before) = path.split_last().unwrap();
        // `dlqtop entry unsnooze ID…`, `reopen ID…`: the second is short.
        let short = told.lines().any(|line| {
            let starts = line.contains(&["dlqtop", &before.join(" ")].join(" "));
            let of = |end: &str| line.contains(&format!("`{name}{end}"));
            starts && (of(" ") || of("`"))
        });
        let whole = format!("dlqtop {}", path.join(" "));
        let bare = format!("`{}", path.join(" "));
        assert!(
            short || told.contains(&whole) || told.contains(&bare),
            "{whole} stands nowhere"
        );
    }
}

#[test]
fn every_view_to_read_is_told() {
    let told = text("docs/schema.md");
    let mut views = BTreeSet::new();
    for entry in fs::read_dir("migrations").unwrap() {
        let sql = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in sql.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["create", "view", name, ..] | ["create", "or", "replace", "view", name, ..] =
                words[..]
                && name.starts_with("v_")
            {
                views.insert(name.to_owned());
            }
        }
    }
    assert!(views.len() > 30, "{views:?}");
    for view in views {
        assert!(told.contains(&format!("`{view}`")), "{view} stands nowhere");
    }
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ext| ext == "rs")
}

#[test]
fn the_tree_of_the_architecture_is_the_tree() {
    let told = text("ARCHITECTURE.md");
    let tree = told.split("## The tree").nth(1).unwrap();
    let tree = tree.split("```").nth(1).unwrap();
    let word = |c: char| !c.is_alphanumeric() && c != '_' && c != '.';
    let files: Vec<&str> = tree.split(word).filter(|name| is_rust(name)).collect();
    assert!(files.len() > 30, "{files:?}");
    for name in &files {
        let there = ["src", "src/app", "src/config", "src/data", "src/ui"]
            .iter()
            .any(|folder| Path::new(folder).join(name).exists());
        assert!(there, "{name} is not there");
    }
    for entry in fs::read_dir("src/data").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if is_rust(&name) {
            assert!(files.contains(&name.as_str()), "{name} stands nowhere");
        }
    }
}
