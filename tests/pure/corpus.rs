//! How well errors are grouped, on errors of real programs with the groups that a person gave them.
//! One JSON object a line in `corpus/`: the group, the lines that may be shown for it (none: any), and the error.

use std::collections::{BTreeMap, BTreeSet};

use dlqtop::data::fingerprint::{fingerprint, telling_line};
use serde::Deserialize;

/// The least share of errors whose group is exactly the right one.
const ACCURACY: f64 = 0.97;

#[derive(Deserialize)]
struct Labelled {
    group: String,
    telling: Vec<String>,
    error: String,
}

fn corpus() -> Vec<Labelled> {
    include_str!("corpus/errors.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The numbers of the lines that have each of some names.
fn sets<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, BTreeSet<usize>> {
    let mut sets: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for (at, name) in names.enumerate() {
        sets.entry(name).or_default().insert(at);
    }
    sets
}

#[test]
fn errors_that_belong_together_are_one_group_and_only_those() {
    let corpus = corpus();
    let made: Vec<_> = corpus.iter().map(|one| fingerprint(&one.error)).collect();
    let right = sets(corpus.iter().map(|one| one.group.as_str()));
    assert!(right.len() >= 60 && corpus.len() >= 150);

    let mut exact = 0;
    let mut merged = Vec::new();
    let mut split = Vec::new();
    for (name, members) in sets(made.iter().map(String::as_str)) {
        let groups: BTreeSet<_> = members.iter().map(|at| &corpus[*at].group).collect();
        if groups.len() > 1 {
            merged.push(format!("{name}: {groups:?}"));
        } else if right[corpus[*members.first().unwrap()].group.as_str()] == members {
            exact += members.len();
        } else {
            split.push(name);
        }
    }
    assert_eq!(
        merged,
        Vec::<String>::new(),
        "different errors in one group"
    );
    let accuracy = share(exact, corpus.len());
    assert!(accuracy >= ACCURACY, "{accuracy:.3}; split: {split:#?}");
}

fn share(part: usize, of: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    number(part) / number(of)
}

#[test]
fn the_line_that_is_shown_says_what_happened() {
    let is_wrong = |one: &&Labelled| {
        let told = telling_line(&one.error).into_owned();
        !one.telling.is_empty() && !one.telling.contains(&told)
    };
    let corpus = corpus();
    let labelled = corpus.iter().filter(|one| !one.telling.is_empty());
    assert!(labelled.count() >= 40);
    let wrong: Vec<_> = corpus
        .iter()
        .filter(is_wrong)
        .map(|one| (&one.telling, telling_line(&one.error)))
        .collect();
    assert_eq!(wrong.len(), 0, "{wrong:#?}");
}
