//! Prometheus' text format 0.0.4, read more strictly than Prometheus does: what `promtool check
//! metrics` would complain about fails the test.

use std::collections::{BTreeMap, BTreeSet};

pub type Labels = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Labels,
    pub value: f64,
}

#[derive(Debug, Default)]
struct Family {
    help: Option<String>,
    kind: String,
    closed: bool,
}

/// One scrape.
#[derive(Debug, Default)]
pub struct Scrape {
    families: BTreeMap<String, Family>,
    pub samples: Vec<Sample>,
}

impl Scrape {
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "no line feed at the end: {text:?}");
        let mut scrape = Self::default();
        let mut current = String::new();
        for line in text.lines() {
            assert_eq!(line, line.trim(), "white space around a line");
            if let Some(comment) = line.strip_prefix("# ") {
                scrape.comment(comment);
            } else {
                let sample = sample(line);
                let family = scrape.family_of(&sample.name);
                if family != current {
                    let families = &mut scrape.families;
                    assert!(!families[&family].closed, "{family} is not in one piece");
                    if let Some(before) = families.get_mut(&current) {
                        before.closed = true;
                    }
                    current = family;
                }
                let again =
                    |other: &&Sample| other.name == sample.name && other.labels == sample.labels;
                assert_eq!(scrape.samples.iter().find(again), None, "twice: {line}");
                scrape.samples.push(sample);
            }
        }
        scrape.check_kinds();
        scrape
    }

    fn comment(&mut self, comment: &str) {
        let (keyword, rest) = comment.split_once(' ').unwrap();
        let (name, text) = rest.split_once(' ').unwrap();
        assert!(is_name(name), "{name:?}");
        match keyword {
            "HELP" => {
                let family = Family {
                    help: Some(text.to_owned()),
                    ..Family::default()
                };
                let known = self.families.insert(name.to_owned(), family);
                assert!(known.is_none(), "a second HELP for {name}");
            }
            "TYPE" => {
                let family = self.families.get_mut(name).unwrap();
                assert_eq!(family.kind, "", "a second TYPE for {name}");
                assert!(matches!(text, "counter" | "gauge" | "histogram"), "{text}");
                text.clone_into(&mut family.kind);
            }
            _ => panic!("{comment}"),
        }
    }

    /// The family that a sample is of; it must have been announced.
    fn family_of(&self, name: &str) -> String {
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .find(|family| self.kind(family) == Some("histogram"))
            .unwrap_or(name);
        assert!(self.kind(family).is_some(), "{name} has no TYPE before it");
        family.to_owned()
    }

    fn check_kinds(&self) {
        for (name, family) in &self.families {
            let help = family.help.as_deref().unwrap_or_default();
            assert!(!help.is_empty(), "{name} says nothing of itself");
            let samples = self
                .samples
                .iter()
                .filter(|s| self.family_of(&s.name) == *name);
            let samples: Vec<_> = samples.collect();
            assert!(!samples.is_empty(), "{name} is announced and has no sample");
            match family.kind.as_str() {
                "counter" => {
                    assert!(
                        name.ends_with("_total") && !name.ends_with("_total_total"),
                        "{name}"
                    );
                    assert!(
                        samples
                            .iter()
                            .all(|s| s.value >= 0.0 && s.value.is_finite())
                    );
                }
                "histogram" => self.check_histogram(name),
                _ => assert!(!name.ends_with("_total"), "{name}"),
            }
        }
    }

    fn check_histogram(&self, name: &str) {
        let series: BTreeSet<Labels> = self
            .of(&format!("{name}_count"))
            .map(|s| s.labels.clone())
            .collect();
        for labels in series {
            let buckets = self.buckets(name, &labels);
            let bounds: Vec<f64> = buckets.iter().map(|(bound, _)| *bound).collect();
            assert!(bounds.is_sorted_by(|a, b| a < b), "{name}: {bounds:?}");
            assert!(
                buckets.is_sorted_by(|a, b| a.1 <= b.1),
                "{name}: {buckets:?}"
            );
            let (last, all) = *buckets.last().unwrap();
            assert!(last.is_infinite());
            let count = self
                .of(&format!("{name}_count"))
                .find(|s| s.labels == labels);
            assert_eq!(Some(all), count.map(|s| s.value), "{name}");
            assert!(self.of(&format!("{name}_sum")).any(|s| s.labels == labels));
        }
    }

    /// The buckets of a histogram with these labels: bound and count.
    pub fn buckets(&self, name: &str, labels: &Labels) -> Vec<(f64, f64)> {
        let name = format!("{name}_bucket");
        let buckets = self.of(&name).filter_map(|sample| {
            let mut others = sample.labels.clone();
            let bound = others.remove("le").unwrap();
            (others == *labels)
                .then(|| (bound.replace("+Inf", "inf").parse().unwrap(), sample.value))
        });
        buckets.collect()
    }

    pub fn kind(&self, family: &str) -> Option<&str> {
        Some(self.families.get(family)?.kind.as_str())
    }

    /// The names of all families.
    pub fn names(&self) -> BTreeSet<&str> {
        self.families.keys().map(String::as_str).collect()
    }

    pub fn of(&self, name: &str) -> impl Iterator<Item = &Sample> {
        self.samples
            .iter()
            .filter(move |sample| sample.name == name)
    }

    /// The value with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labelled(labels);
        self.of(name).find(|s| s.labels == labels).map(|s| s.value)
    }
}

pub fn labelled(labels: &[(&str, &str)]) -> Labels {
    let owned = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `name{label="value",…} number`.
fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("{line}"));
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(label), "{line}");
            let (value, after) = quoted(after).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            match after.split_at(1) {
                (",", more) => rest = more,
                ("}", more) => break rest = more,
                _ => panic!("{line}"),
            }
        }
    }
    let number = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    Sample {
        name: name.to_owned(),
        labels,
        value: number.parse().unwrap_or_else(|_| panic!("{line}")),
    }
}

/// A label's value up to its closing quote, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}
