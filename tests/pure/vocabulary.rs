//! One vocabulary: what was given up does not come back, neither as a name in the code nor as a phrase in
//! code, documents and screens; and sentences about a system have placeholders for its nouns.
//! `docs/glossary.md` has the words that are used.

pub(crate) mod given_up;
mod names;
mod sentences;

use std::fs;
use std::path::{Path, PathBuf};

use self::given_up::{EVERYWHERE, FUNCTIONS, TYPES, places_of};
use self::names::{Kind, names_in};

/// The files below `folder` whose names end so, with what is in them.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_str().unwrap().ends_with(ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(folder), ending, &mut found);
    found.sort();
    found
}

#[test]
fn no_name_that_was_given_up_is_in_the_code() {
    let mut found = Vec::new();
    let code = files("src", ".rs");
    assert!(code.len() > 200, "{} files", code.len());
    for (path, text) in &code {
        for name in names_in(text) {
            let list = match name.kind {
                Kind::Type => TYPES,
                Kind::Function => FUNCTIONS,
            };
            if let Some((old, instead)) = list.iter().find(|(old, _)| *old == name.text) {
                found.push(format!("{}: {old}; write: {instead}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_phrase_that_was_given_up_is_in_the_code_or_on_a_screen() {
    let mut found = Vec::new();
    let screens = files("tests", ".snap");
    assert!(screens.len() > 50, "{} screens", screens.len());
    for (path, text) in files("src", ".rs").iter().chain(&screens) {
        for (phrase, instead) in EVERYWHERE {
            for line in places_of(text, phrase) {
                found.push(format!(
                    "{}:{line}: {phrase}; write: {instead}",
                    path.display()
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
