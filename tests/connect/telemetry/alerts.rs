//! The rules in docs/alerts.yml, held against what is really exported.

use std::collections::{BTreeMap, BTreeSet};

use rusty_promql_parser::{Expr, LabelMatchOp, VectorSelector, expr};
use saphyr::{LoadableYamlNode as _, Yaml};

use super::exposition::Scrape;
use super::served::{Served, all_kinds_of_stuck};

/// Labels that Prometheus adds by itself.
const ITS_OWN: [&str; 2] = ["job", "instance"];
/// What the screens promise, and for how long.
const PROMISED: [(&str, &str, &str); 5] = [
    ("DlqBacklog", "> 50", "15m"),
    ("SweepSlow", "> 5000", "5m"),
    ("ManyTasksStale", "> 10", "10m"),
    ("WarningsAboveBaseline", "health=\"warning\"", "15m"),
    ("NoDetector", "> 600", "1m"),
];

/// Functions that make a speed of a counter.
const OF_COUNTERS: [&str; 2] = ["rate", "increase"];

/// What an expression speaks of.
#[derive(Default)]
struct Spoken {
    /// Selectors, and the function that each stands in.
    selectors: Vec<(VectorSelector, Option<String>)>,
    grouped_by: BTreeSet<String>,
}

impl Spoken {
    fn walk(&mut self, expr: &Expr, inside: Option<&str>) {
        match expr {
            Expr::VectorSelector(selector) => {
                let told = inside.map(str::to_owned);
                self.selectors.push((selector.clone(), told));
            }
            Expr::MatrixSelector(matrix) => {
                let told = inside.expect("a range must be a function's argument");
                let told = Some(told.to_owned());
                self.selectors.push((matrix.selector.clone(), told));
            }
            Expr::Call(call) => {
                let name = call.name.as_str();
                let wants_range = OF_COUNTERS.contains(&name) || name.ends_with("_over_time");
                for argument in &call.args {
                    let ranged = matches!(argument, Expr::MatrixSelector(_));
                    assert_eq!(ranged, wants_range, "{name}: a range or none");
                    self.walk(argument, Some(name));
                }
            }
            Expr::Aggregation(aggregation) => {
                let labels = aggregation.grouping.iter().flat_map(|by| &by.labels);
                self.grouped_by.extend(labels.cloned());
                self.walk(&aggregation.expr, None);
            }
            Expr::Binary(binary) => {
                self.walk(&binary.lhs, None);
                self.walk(&binary.rhs, None);
            }
            Expr::Paren(inner) => self.walk(inner, inside),
            Expr::Number(_) => {}
            other => panic!("no rule needs {other}"),
        }
    }
}

fn spoken(text: &str) -> Spoken {
    let (rest, parsed) = expr(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(rest.trim(), "", "{text}");
    let mut spoken = Spoken::default();
    spoken.walk(&parsed, None);
    assert!(!spoken.selectors.is_empty(), "{text}");
    spoken
}

/// The labels that a metric has, with all their values.
fn labels_of(scrape: &Scrape, metric: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut labels = BTreeMap::<String, BTreeSet<String>>::new();
    for sample in scrape.of(metric) {
        for (name, value) in &sample.labels {
            labels
                .entry(name.clone())
                .or_default()
                .insert(value.clone());
        }
    }
    labels
}

/// Everything that the expression names must be in the scrape.
fn check(text: &str, scrape: &Scrape) -> Result<(), String> {
    let spoken = spoken(text);
    let mut known: BTreeSet<String> = ITS_OWN.map(str::to_owned).into();
    for (selector, inside) in &spoken.selectors {
        let metric = selector.name.clone().ok_or("a selector without a metric")?;
        if scrape.of(&metric).next().is_none() {
            return Err(format!("{metric} is not exported"));
        }
        let counts = metric.ends_with("_total") || metric.ends_with("_bucket");
        let as_speed = inside
            .as_deref()
            .is_some_and(|name| OF_COUNTERS.contains(&name));
        if counts != as_speed {
            return Err(format!("{metric} is read as what it is not"));
        }
        let labels = labels_of(scrape, &metric);
        for matcher in &selector.matchers {
            assert_eq!(matcher.op, LabelMatchOp::Equal, "{matcher}");
            let values = labels.get(&matcher.name);
            let values = values.ok_or_else(|| format!("{metric} has no {}", matcher.name))?;
            if !values.contains(&matcher.value) {
                return Err(format!("{metric} has no {matcher}"));
            }
        }
        known.extend(labels.into_keys());
    }
    match spoken
        .grouped_by
        .iter()
        .find(|label| !known.contains(*label))
    {
        Some(label) => Err(format!("no metric has {label}")),
        None => Ok(()),
    }
}

fn text<'a>(rule: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    rule.as_mapping_get(key)?.as_str()
}

fn rules() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/alerts.yml")).unwrap()
}

/// Every `{{ $labels.x }}`.
fn labels_told(rule: &Yaml<'_>) -> BTreeSet<String> {
    let annotations = rule.as_mapping_get("annotations").unwrap();
    let told = ["summary", "description"].map(|key| text(annotations, key).unwrap());
    let labels = told.iter().flat_map(|told| told.split("$labels.").skip(1));
    let word = |rest: &str| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .map(str::to_owned)
    };
    labels.filter_map(word).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rules_speak_of_what_is_exported() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    served.detect(false).await;
    let swept = "tasker_staleness_last_sweep_age_seconds";
    let scrape = served
        .scrape_until(|scrape| scrape.of(swept).count() == 1)
        .await;

    let source = rules();
    let file = Yaml::load_from_str(&source).unwrap().remove(0);
    let groups = file
        .as_mapping_get("groups")
        .unwrap()
        .as_sequence()
        .unwrap();
    let mut seen = BTreeMap::new();
    for group in groups {
        assert!(text(group, "name").is_some());
        for rule in group
            .as_mapping_get("rules")
            .unwrap()
            .as_sequence()
            .unwrap()
        {
            let name = text(rule, "alert").unwrap();
            let expr = text(rule, "expr").unwrap();
            if let Err(wrong) = check(expr, &scrape) {
                panic!("{name}: {wrong}");
            }
            let severity = text(rule.as_mapping_get("labels").unwrap(), "severity").unwrap();
            assert!(
                ["critical", "warning", "info"].contains(&severity),
                "{name}"
            );
            let grouped = spoken(expr).grouped_by;
            assert!(labels_told(rule).is_subset(&grouped), "{name}");
            let lasts = text(rule, "for").unwrap_or("0m");
            assert!(lasts.ends_with('m') && lasts[..lasts.len() - 1].parse::<u8>().is_ok());
            let known = seen.insert(name.to_owned(), (expr.to_owned(), lasts.to_owned()));
            assert!(known.is_none(), "{name} is there twice");
        }
    }
    for (name, piece, lasts) in PROMISED {
        let (expr, really) = &seen[name];
        assert!(expr.contains(piece), "{name}: {expr}");
        assert_eq!(really, lasts, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_speaks_of_something_else_would_be_found() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    served.detect(false).await;
    let runs = "tasker_staleness_detection_runs_total";
    let scrape = served
        .scrape_until(|scrape| scrape.of(runs).count() == 1)
        .await;
    for (expr, wrong) in [
        ("rate(tasker_runs_total[5m]) > 1", "not exported"),
        (
            "rate(tasker_staleness_detection_runs_total{dry=\"true\"}[5m])",
            "has no dry",
        ),
        (
            "rate(tasker_staleness_detection_runs_total{dry_run=\"yes\"}[5m])",
            "has no dry_run",
        ),
        (
            "sum by (state) (rate(tasker_staleness_detection_runs_total[5m]))",
            "no metric has state",
        ),
        (
            "tasker_staleness_detection_runs_total > 1",
            "is read as what it is not",
        ),
    ] {
        let found = check(expr, &scrape).unwrap_err();
        assert!(found.contains(wrong), "{expr}: {found}");
    }
    let right = "sum by (job) (rate(tasker_staleness_detection_runs_total[5m])) > 1";
    assert_eq!(check(right, &scrape), Ok(()));
}
