//! Which lines of a snapshot have changed. Ages and what no row tells are left alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tree::Tree;
use crate::app::format::count;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Detail, StepRow};

/// By line: what is there now.
pub(super) fn marks(tree: &Tree, detail: &Detail) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let Some(snapshot) = detail.task_snapshot.as_ref().filter(|it| it.is_object()) else {
        return found;
    };
    let task = &detail.task;
    let mut texts = vec![
        ("namespace", Some(&task.namespace_name)),
        ("task_name", Some(&task.task_name)),
        ("version", Some(&task.task_version)),
        ("current_state", Some(&task.current_state)),
    ];
    for (key, now) in texts.drain(..) {
        let at = tree.child(None, key);
        found.extend(at.zip(text_differs(snapshot.get(key), now)));
    }
    let priority = number_differs(snapshot.get("priority"), task.priority.into());
    found.extend(tree.child(None, "priority").zip(priority));
    if let Some(steps) = tree.child(None, "steps") {
        let listed = snapshot.get("steps").and_then(Value::as_array);
        let listed = listed.map_or(&[][..], Vec::as_slice);
        for (at, was) in tree.within(Some(steps)).zip(listed) {
            mark_step(at, was, tree, detail, &mut found);
        }
        let new = detail.steps.iter().filter(|step| {
            let mut names = listed.iter().filter_map(name_of);
            !names.any(|name| name == step.step_name)
        });
        let new = new.count();
        if new > 0 && !listed.is_empty() {
            found.insert(steps, format!("{new} more"));
        }
    }
    found
}

fn mark_step(
    at: usize,
    was: &Value,
    tree: &Tree,
    detail: &Detail,
    found: &mut BTreeMap<usize, String>,
) {
    let Some(name) = name_of(was) else {
        return;
    };
    let Some(now) = detail.steps.iter().find(|step| step.step_name == name) else {
        found.insert(at, "no longer there".to_owned());
        return;
    };
    let texts = [
        ("state", Some(&now.current_state)),
        ("current_state", Some(&now.current_state)),
        ("last_error", now.last_error.as_ref()),
    ];
    for (key, now) in texts {
        let line = tree.child(Some(at), key);
        found.extend(line.zip(text_differs(was.get(key), now)));
    }
    let numbers = [
        ("attempts", now.attempts),
        ("max_attempts", now.max_attempts),
    ];
    for (key, now) in numbers {
        let line = tree.child(Some(at), key);
        found.extend(line.zip(number_differs(was.get(key), now.into())));
    }
    let line = tree.child(Some(at), "parents");
    found.extend(line.zip(parents_differ(was.get("parents"), now)));
}

fn name_of(step: &Value) -> Option<SafeText> {
    let name = step.get("name").or_else(|| step.get("step_name"))?;
    name.as_str().map(SafeText::new)
}

fn text_differs(was: Option<&Value>, now: Option<&SafeText>) -> Option<String> {
    let was = match was? {
        Value::String(text) => Some(SafeText::new(text)),
        Value::Null => None,
        // What should be a text and is none cannot be held against one.
        _ => return None,
    };
    (was.as_ref() != now).then(|| match (was, now) {
        (_, None) => "none".to_owned(),
        (Some(was), Some(now)) if was.first_line() == now.first_line() => {
            "the same first line, the rest differs".to_owned()
        }
        (_, Some(now)) => now.first_line().to_owned(),
    })
}

fn number_differs(was: Option<&Value>, now: i64) -> Option<String> {
    let was = was?.as_i64()?;
    (was != now).then(|| count(now))
}

fn parents_differ(was: Option<&Value>, now: &StepRow) -> Option<String> {
    let was = was?.as_array()?.iter();
    let mut was: Vec<SafeText> = was.filter_map(Value::as_str).map(SafeText::new).collect();
    let mut is = now.parents.clone();
    was.sort();
    is.sort();
    let names: Vec<&str> = now.parents.iter().map(SafeText::first_line).collect();
    (was != is).then(|| match names[..] {
        [] => "none".to_owned(),
        _ => names.join(", "),
    })
}
