//! Length, contents, links and words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::page::{Page, anchor, documents, links, manual};
use crate::vocabulary::given_up::{EVERYWHERE, IN_DOCUMENTS, places_of};

/// The README fits on two screens.
const README_LINES: usize = 120;
/// What a person reads in one sitting.
const PAGE_WORDS: usize = 1_500;
/// A shorter page needs no list of contents.
const SHORT_PAGE_WORDS: usize = 400;
/// Pages that are looked things up in, not read.
const REFERENCE: [&str; 2] = [
    "docs/reference/schema.md",
    "docs/reference/source-contract.md",
];

#[test]
fn the_readme_is_short() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(lines <= README_LINES, "{lines} lines");
}

#[test]
fn a_page_can_be_read_in_one_sitting() {
    for page in manual() {
        let is_reference = REFERENCE.iter().any(|path| page.path == Path::new(path));
        let words = page.words();
        assert!(
            is_reference || words <= PAGE_WORDS,
            "{} has {words} words",
            page.name()
        );
    }
}

#[test]
fn a_longer_page_begins_with_its_contents() {
    for page in manual()
        .iter()
        .filter(|page| page.words() > SHORT_PAGE_WORDS)
    {
        let contents = page.text.split("\n## ").next().unwrap();
        let sections = page.headings().filter(|(level, _)| *level == 2);
        for (_, title) in sections {
            let link = format!("](#{})", anchor(title));
            assert!(
                contents.contains(&link),
                "{}: {title} is not in its contents",
                page.name()
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = documents();
    let anchors: BTreeMap<&Path, BTreeSet<String>> = pages
        .iter()
        .map(|page| (page.path.as_path(), page.anchors()))
        .collect();
    let mut checked = 0;
    for page in &pages {
        for (path, heading) in links(page) {
            checked += 1;
            assert!(path.exists(), "{} links to {path:?}", page.name());
            let Some(heading) = heading else { continue };
            let there = anchors.get(path.as_path());
            let there = there.unwrap_or_else(|| panic!("{}: {path:?} is not a page", page.name()));
            assert!(
                there.contains(&heading),
                "{} links to {path:?}, which has no #{heading}",
                page.name()
            );
        }
    }
    assert!(checked > 300, "{checked} links");
}

#[test]
fn every_page_is_in_the_index() {
    let index = ["docs/README.md", "docs/runbooks/README.md"].map(Page::read);
    let linked: BTreeSet<PathBuf> = index.iter().flat_map(links).map(|(path, _)| path).collect();
    for page in manual() {
        let is_index = index.iter().any(|index| index.path == page.path);
        assert!(
            is_index || linked.contains(&page.path),
            "{} is in no index",
            page.name()
        );
    }
}

#[test]
fn every_alert_has_a_runbook() {
    let rules = fs::read_to_string("docs/alerts.yml").unwrap();
    let rules: Vec<&str> = rules.split("- alert:").skip(1).collect();
    assert!(rules.len() > 6, "{}", rules.len());
    for rule in rules {
        let name = rule.lines().next().unwrap().trim();
        let page = rule.split("runbook_url: ").nth(1);
        let page = page.unwrap_or_else(|| panic!("{name} has no runbook"));
        let page = Page::read(page.lines().next().unwrap());
        assert!(
            page.text.contains(name),
            "{} does not name {name}",
            page.name()
        );
    }
}

#[test]
fn no_word_that_was_given_up_is_in_the_documents() {
    let mut found = Vec::new();
    for page in documents() {
        // The contract is the program's own text, which has a test of its own.
        let text = page.text.split("<!-- contract -->").next().unwrap();
        for (word, instead) in EVERYWHERE.iter().chain(IN_DOCUMENTS) {
            for line in places_of(text, word) {
                found.push(format!("{}:{line}: {word}; write: {instead}", page.name()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_path_that_is_named_exists() {
    const FOLDERS: [&str; 8] = [
        "src/",
        "tests/",
        "docs/",
        "benches/",
        "scripts/",
        "migrations/",
        "templates/",
        "examples/",
    ];
    let mut named = 0;
    let mut missing = Vec::new();
    for page in documents() {
        let prose: Vec<&str> = page.prose().collect();
        for code in prose.join("\n").split('`').skip(1).step_by(2) {
            let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder));
            // `src/data/NAME.rs` and `benches/sql/plain_*.sql` stand for several.
            let is_pattern = code.contains(|c: char| c.is_uppercase() || "*… ".contains(c));
            // Of another repository: what the benches compare with.
            let is_ours = !page.path.ends_with("performance.md");
            if is_path && !is_pattern && is_ours {
                named += 1;
                if !Path::new(code).exists() {
                    missing.push(format!("{}: {code}", page.name()));
                }
            }
        }
    }
    assert!(named > 30, "{named} paths");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
