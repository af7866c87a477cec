//! What the steps say of each other: names that are taken, dependencies that lead nowhere or round
//! in a circle.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::keys::ALIKE;
use crate::template::fault::Fault;
use crate::template::parse::tree::{Node, Place};

/// More steps than this are no workflow but a mistake.
const MOST_STEPS: usize = 1_000;
/// What `create_task` assumes where a template is silent.
const BACKOFF_BASE_MS: i64 = 1_000;

/// A step by what it waits for.
struct Step<'n> {
    name: &'n str,
    at: Place,
    /// The steps it waits for, by their place among the steps.
    parents: Vec<usize>,
}

/// Adds what is wrong between the steps. Values of the wrong kind have been complained of already
/// and are passed over.
pub(super) fn check(root: &Node, faults: &mut Vec<Fault>) {
    let Some(list) = root.get("steps") else {
        return;
    };
    let nodes = list.items();
    if nodes.is_empty() && !list.is_null() {
        faults.push(list.at.fault("steps", "a template needs a step at least"));
    }
    if nodes.len() > MOST_STEPS {
        let what = format!("{} steps: at most {MOST_STEPS} are allowed", nodes.len());
        faults.push(list.at.fault("steps", what));
        return;
    }
    let places = unique_names(nodes, faults);
    let steps: Vec<Step<'_>> = nodes
        .iter()
        .map(|node| {
            let name = name_of(node).unwrap_or_default();
            Step {
                name,
                at: node.at,
                parents: parents(node, name, &places, faults),
            }
        })
        .collect();
    circles(&steps, faults);
    for node in nodes {
        backoff(node, faults);
    }
}

fn name_of(step: &Node) -> Option<&str> {
    step.get("name").and_then(Node::text)
}

/// The place of each name.
fn unique_names<'n>(nodes: &'n [Node], faults: &mut Vec<Fault>) -> HashMap<&'n str, usize> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, node) in nodes.iter().enumerate() {
        let Some(name) = node.get("name") else {
            continue;
        };
        let Some(text) = name.text() else {
            continue;
        };
        if let Some(first) = places.get(text) {
            let path = format!("steps[{}].name", place + 1);
            let what = format!("step {} is called {text:?} already", first + 1);
            faults.push(name.at.fault(&path, what));
        } else {
            places.insert(text, place);
        }
    }
    places
}

/// The steps that this one waits for, by their place.
fn parents(
    step: &Node,
    name: &str,
    places: &HashMap<&str, usize>,
    faults: &mut Vec<Fault>,
) -> Vec<usize> {
    let path = format!("steps[{name}].dependencies");
    let mut found = Vec::new();
    let mut named = HashSet::new();
    for dependency in step.get("dependencies").map_or(&[][..], Node::items) {
        let Some(wanted) = dependency.text() else {
            continue;
        };
        let what = if wanted == name {
            "the step waits for itself".to_owned()
        } else if !named.insert(wanted) {
            format!("{wanted:?} is named twice")
        } else if let Some(place) = places.get(wanted) {
            found.push(*place);
            continue;
        } else {
            nowhere(wanted, places)
        };
        faults.push(dependency.at.fault(&path, what));
    }
    found
}

fn nowhere(wanted: &str, places: &HashMap<&str, usize>) -> String {
    let nearest = places
        .keys()
        .map(|known| (strsim::jaro_winkler(wanted, known), *known))
        .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)))
        .filter(|(alike, _)| *alike >= ALIKE);
    match nearest {
        Some((_, known)) => format!("there is no step {wanted:?}; did you mean {known:?}?"),
        None => format!("there is no step {wanted:?}"),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    /// On the way that is being walked.
    Walked,
    Done,
}

/// Walks from each step to those it waits for; whoever meets their own way has found a circle.
fn circles(steps: &[Step<'_>], faults: &mut Vec<Fault>) {
    let mut marks = vec![Mark::New; steps.len()];
    for start in 0..steps.len() {
        if marks[start] == Mark::New {
            walk(start, steps, &mut marks, faults);
        }
    }
}

fn walk(start: usize, steps: &[Step<'_>], marks: &mut [Mark], faults: &mut Vec<Fault>) {
    // Each step of the way with how many of its parents have been tried.
    let mut way = vec![(start, 0)];
    marks[start] = Mark::Walked;
    while let Some((step, tried)) = way.last_mut() {
        let here = *step;
        let Some(&parent) = steps[here].parents.get(*tried) else {
            marks[here] = Mark::Done;
            way.pop();
            continue;
        };
        *tried += 1;
        match marks[parent] {
            Mark::New => {
                marks[parent] = Mark::Walked;
                way.push((parent, 0));
            }
            Mark::Walked => {
                let from = way.iter().position(|(step, _)| *step == parent);
                let circle = &way[from.unwrap_or_default()..];
                faults.push(circle_fault(circle, steps));
            }
            Mark::Done => {}
        }
    }
}

fn circle_fault(circle: &[(usize, usize)], steps: &[Step<'_>]) -> Fault {
    let first = &steps[circle[0].0];
    let mut names: Vec<&str> = circle.iter().map(|(step, _)| steps[*step].name).collect();
    names.push(first.name);
    let path = format!("steps[{}].dependencies", first.name);
    let what = format!("the steps wait for each other: {}", names.join(" → "));
    first.at.fault(&path, what)
}

/// A fixed pause with another limit contradicts itself.
fn backoff(step: &Node, faults: &mut Vec<Fault>) {
    let Some(retry) = step.get("retry") else {
        return;
    };
    let fixed = retry.get("backoff").and_then(Node::text) == Some("fixed");
    let whole = |key| retry.get(key).and_then(Node::whole);
    let base = whole("backoff_base_ms").unwrap_or(BACKOFF_BASE_MS);
    if let (true, Some(limit), Some(most)) =
        (fixed, retry.get("max_backoff_ms"), whole("max_backoff_ms"))
        && most != base
    {
        let name = name_of(step).unwrap_or_default();
        let path = format!("steps[{name}].retry.max_backoff_ms");
        let what = format!("a fixed backoff has no other limit: leave it out, or write {base}");
        faults.push(limit.at.fault(&path, what));
    }
}

/// Says a fixed pause in the engine's words: a limit that is reached at once.
pub(super) fn honour_backoff(template: &mut Map<String, Value>) {
    let steps = template.get_mut("steps").and_then(Value::as_array_mut);
    for step in steps.into_iter().flatten() {
        if let Some(Value::Object(retry)) = step.get_mut("retry")
            && retry.get("backoff").is_some_and(|kind| kind == "fixed")
        {
            let base = retry
                .entry("backoff_base_ms")
                .or_insert_with(|| BACKOFF_BASE_MS.into())
                .clone();
            retry.insert("max_backoff_ms".to_owned(), base);
        }
    }
}
