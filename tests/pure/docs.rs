//! What the documents promise is there, and what is there stands in the documents.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use dlqtop::app::screen::commands;
use dlqtop::cli::Cli;
use dlqtop::data::source::contract::{self, Does, File, Type};
use dlqtop::keymap::{BINDINGS, key_of};

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents that tell people what to press and what to type.
fn for_people() -> String {
    [
        "README.md",
        "docs/dashboard.md",
        "docs/commands.md",
        "docs/configuration.md",
        "docs/install.md",
        "docs/reference/configuration.md",
        "docs/reference/keys.md",
    ]
    .map(text)
    .concat()
}

#[test]
fn every_key_is_told() {
    let told = for_people();
    let untold = |combo: &String| !told.contains(&format!("`{combo}`"));
    let combos = BINDINGS.iter().map(|binding| binding.combo.to_string());
    let untold: BTreeSet<String> = combos.filter(untold).collect();
    assert!(untold.is_empty(), "{untold:?} stand nowhere");
}

#[test]
fn every_command_of_the_bar_that_has_no_key_is_told() {
    let told = for_people();
    for named in commands::matching("") {
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
    let told = text("docs/reference/schema.md");
    let mut views = BTreeSet::new();
    for entry in fs::read_dir("migrations").unwrap() {
        let sql = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in sql.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["create", "view", name, ..] | ["create", "or", "replace", "view", name, ..] =
                words[..]
                && let Some(name) = name.strip_prefix("public.")
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

/// What the contract says of a file.
fn section(file: &File) -> String {
    let kind = |kind: Type| match kind {
        Type::Moment => format!("{kind} or infinity"),
        _ => kind.to_string(),
    };
    let takes = file.takes.iter().enumerate();
    let takes =
        takes.map(|(at, param)| format!("`${}` {} *{}*", at + 1, param.name, kind(param.kind)));
    let gives = file.gives.iter().map(|column| {
        let null = if column.null { "?" } else { "" };
        let optional = if contract::optional(file, column) {
            " (may be left out)"
        } else {
            ""
        };
        format!("`{}` {}{null}{optional}", column.name, kind(column.kind))
    });
    let list = |all: Vec<String>| {
        if all.is_empty() {
            "nothing".to_owned()
        } else {
            all.join(", ")
        }
    };
    let by_place = if file.by_place { ", in this order" } else { "" };
    let act = match file.does {
        Does::Acts(subject) => {
            let article = if subject.word().starts_with('e') {
                "an"
            } else {
                "a"
            };
            format!(" Action on {article} {}.", subject.word())
        }
        _ => String::new(),
    };
    let about = file.about[..1].to_uppercase() + &file.about[1..];
    format!(
        "### `{}.sql`\n\n{about}.{act} Enables: {}.\n\n* given: {}\n* answers{by_place}: {}\n",
        file.name,
        file.makes,
        list(takes.collect()),
        list(gives.collect())
    )
}

/// `DLQTOP_WRITE_DOCS=1` writes it anew.
#[test]
fn the_contract_of_sources_is_told_file_by_file() {
    const PATH: &str = "docs/reference/source-contract.md";
    let told = text(PATH);
    let (before, rest) = told.split_once("<!-- contract -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /contract -->").unwrap();
    let sections: Vec<String> = contract::files().map(section).collect();
    let expected = format!(
        "{before}<!-- contract -->\n{}<!-- /contract -->{after}",
        sections.join("\n")
    );
    if std::env::var_os("DLQTOP_WRITE_DOCS").is_some() {
        fs::write(PATH, &expected).unwrap();
    }
    assert_eq!(
        text(PATH),
        expected,
        "DLQTOP_WRITE_DOCS=1 cargo test --test docs writes it anew"
    );
}

#[test]
fn every_key_of_a_manifest_is_told() {
    let told = text("docs/reference/source-contract.md");
    let words = serde_json::to_value(dlqtop::data::source::Words::default()).unwrap();
    for word in words.as_object().unwrap().keys() {
        assert!(
            told.contains(&format!("`{word}`")),
            "[words] {word} stands nowhere"
        );
    }
    let source = text("src/data/source/manifest.rs");
    let manifest = source.split("pub struct Manifest {").nth(1).unwrap();
    let manifest = manifest.split("\n}").next().unwrap();
    let fields = manifest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub "));
    let names: Vec<&str> = fields.filter_map(|field| field.split(':').next()).collect();
    assert!(names.len() > 9, "{names:?}");
    for name in names {
        let there = [
            format!("`{name}`"),
            format!("`[{name}]`"),
            format!("`[{name}.FILE]`"),
        ];
        assert!(
            there.iter().any(|there| told.contains(there)),
            "{name} stands nowhere"
        );
    }
}
