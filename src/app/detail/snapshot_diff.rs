//! What a task looked like when it was sent to the DLQ, held against what it looks like now. Pure;
//! whatever a snapshot holds, the worst that it can be is unknown.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::app::detail::diagnosis;
use crate::app::format::{error_line, plural};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Detail, EntryRow, StepRow};

/// What is known of that time.
#[derive(Debug, Clone, PartialEq)]
pub enum SnapshotDiff {
    /// Nobody has ever sent the task to the DLQ.
    Never,
    /// It is too large to be read; its size.
    TooLarge(String),
    /// The entry was saved without one.
    Missing,
    /// It is no JSON that can be read, and why.
    Unreadable(String),
    /// It can be read, but tells nothing that could be held against now, and why.
    Incomparable(&'static str),
    /// It can be held against now.
    Known(Comparison),
}

/// Then and now, side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// When the snapshot was taken.
    pub taken: Option<DateTime<Utc>>,
    /// The entry that it belongs to has been closed since.
    pub closed: bool,
    /// One fact a row.
    pub rows: Vec<Row>,
    /// What else has changed: one step a text.
    pub also: Vec<String>,
}

impl Comparison {
    /// Nothing that was written down then is different now.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.also.is_empty() && !self.rows.iter().any(|row| row.differs)
    }
}

/// One fact, then and now.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is.
    pub what: &'static str,
    /// What it was.
    pub then: DiffValue,
    /// What it is.
    pub now: DiffValue,
    /// Both are known, and they are not the same.
    pub differs: bool,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffValue {
    /// The snapshot does not say.
    Unknown,
    /// There is none.
    Nothing,
    /// A text, safe to show.
    Text(SafeText),
    /// An instant.
    At(DateTime<Utc>),
}

impl DiffValue {
    fn text(text: &str) -> Self {
        Self::Text(SafeText::new(text))
    }
}

/// A step as the snapshot has it.
struct SnapshotStep {
    name: SafeText,
    state: SafeText,
    attempts: Option<i64>,
    max_attempts: Option<i64>,
    error: DiffValue,
    next_retry: DiffValue,
    parents: Vec<SafeText>,
}

/// Holds the snapshot of `detail` against its rows.
#[must_use]
pub fn compare(detail: &Detail) -> SnapshotDiff {
    let Some(snapshot) = &detail.task_snapshot else {
        return match detail.entries.first() {
            Some(_) => SnapshotDiff::Missing,
            None => SnapshotDiff::Never,
        };
    };
    let Value::Object(map) = snapshot else {
        return SnapshotDiff::Incomparable("it is not a JSON object");
    };
    // With other keys it is a snapshot that happens to have such a key.
    let alone = |key: &str| text_of(snapshot, key).filter(|_| map.len() == 1);
    if let Some(size) = alone("too_large_to_show") {
        return SnapshotDiff::TooLarge(size.to_string());
    }
    if let Some(why) = alone("unreadable") {
        return SnapshotDiff::Unreadable(why.to_string());
    }
    if !map.contains_key("current_state") && !map.contains_key("steps") {
        return SnapshotDiff::Incomparable("it has neither the task's state nor its steps");
    }
    let steps = steps_of(snapshot, detail);
    let mut rows = vec![row(
        "task",
        text_of(snapshot, "current_state").map_or(DiffValue::Unknown, DiffValue::Text),
        DiffValue::Text(detail.task.current_state.clone()),
    )];
    rows.extend(blocking(steps.as_deref(), detail));
    rows.push(row(
        "steps",
        steps.as_deref().map_or(DiffValue::Unknown, |steps| {
            counted(steps.iter().map(|one| &one.state))
        }),
        counted(detail.steps.iter().map(|step| &step.current_state)),
    ));
    let entry = entry(detail);
    SnapshotDiff::Known(Comparison {
        taken: entry.map(|one| one.dlq_timestamp).or_else(|| {
            let text = snapshot.get("snapshot_timestamp")?.as_str()?;
            text.parse().ok()
        }),
        closed: entry.is_some_and(|one| one.resolution_status != "pending"),
        rows,
        also: also(steps.as_deref().unwrap_or_default(), detail),
    })
}

/// The entry that the snapshot belongs to: the open one, else the newest.
#[must_use]
pub fn entry(detail: &Detail) -> Option<&EntryRow> {
    let mut entries = detail.entries.iter();
    entries
        .find(|entry| entry.resolution_status == "pending")
        .or_else(|| detail.entries.first())
}

fn row(what: &'static str, then: DiffValue, now: DiffValue) -> Row {
    let differs = then != DiffValue::Unknown && then != now;
    Row {
        what,
        then,
        now,
        differs,
    }
}

/// The step that held everything up, and the one that does now.
fn blocking(steps: Option<&[SnapshotStep]>, detail: &Detail) -> Vec<Row> {
    let now = diagnosis::root(detail);
    let then = steps.and_then(|steps| blocker(steps, detail, now));
    // Without steps nothing is known of any of them.
    let was = |fact: fn(&SnapshotStep) -> DiffValue| match (steps, then) {
        (None, _) => DiffValue::Unknown,
        (Some(_), None) => DiffValue::Nothing,
        (Some(_), Some(step)) => fact(step),
    };
    let is = |fact: fn(&StepRow) -> DiffValue| now.map_or(DiffValue::Nothing, fact);
    let mut rows = vec![row(
        "blocked by",
        was(|step| DiffValue::Text(step.name.clone())),
        is(|step| DiffValue::Text(step.step_name.clone())),
    )];
    if then.is_none() && now.is_none() {
        return rows;
    }
    rows.push(row(
        "its state",
        was(|step| DiffValue::Text(step.state.clone())),
        is(|step| DiffValue::Text(step.current_state.clone())),
    ));
    rows.push(row(
        "attempts",
        was(|step| tries(step.attempts, step.max_attempts)),
        is(|step| tries(Some(step.attempts.into()), Some(step.max_attempts.into()))),
    ));
    rows.push(row(
        "error",
        was(|step| step.error.clone()),
        is(|step| step.last_error.as_ref().map_or(DiffValue::Nothing, error)),
    ));
    rows.push(row(
        "next retry",
        was(|step| step.next_retry.clone()),
        is(due),
    ));
    rows
}

fn tries(attempts: Option<i64>, most: Option<i64>) -> DiffValue {
    match (attempts, most) {
        (Some(attempts), Some(most)) => DiffValue::text(&format!("{attempts} of {most}")),
        _ => DiffValue::Unknown,
    }
}

fn error(error: &SafeText) -> DiffValue {
    if error.is_blank() {
        DiffValue::Nothing
    } else {
        DiffValue::Text(SafeText::new(&error_line(error)))
    }
}

/// When a step is due again, if that is what it waits for.
fn due(step: &StepRow) -> DiffValue {
    let waits = step.current_state == "waiting_for_retry";
    let at = step.next_retry_at.filter(|_| waits);
    at.map_or(DiffValue::Nothing, DiffValue::At)
}

fn counted<'a>(states: impl Iterator<Item = &'a SafeText>) -> DiffValue {
    let (mut done, mut open) = (0_usize, 0_usize);
    for state in states {
        *(if is_done(state) { &mut done } else { &mut open }) += 1;
    }
    DiffValue::text(&format!("{done} done, {open} open"))
}

fn is_done(state: &SafeText) -> bool {
    matches!(state.as_str(), "complete" | "resolved_manually")
}

/// The steps that have changed and are in no row of the table.
fn also(steps: &[SnapshotStep], detail: &Detail) -> Vec<String> {
    let told = diagnosis::root(detail).map(|step| &step.step_name);
    let mut found = Vec::new();
    for was in steps {
        match detail.steps.iter().find(|step| step.step_name == was.name) {
            Some(is) if is.current_state != was.state && told != Some(&is.step_name) => {
                let (name, then, now) = (&was.name, &was.state, &is.current_state);
                found.push(format!("{name} was {then} and is {now}"));
            }
            Some(_) => {}
            None => found.push(format!("{} is no longer there", was.name)),
        }
    }
    if !steps.is_empty() {
        let is_new = |step: &&StepRow| !steps.iter().any(|was| was.name == step.step_name);
        let new = detail.steps.iter().filter(is_new).count();
        if new > 0 {
            let verb = if new == 1 { "is" } else { "are" };
            found.push(format!("{} {verb} new", plural(new, "step")));
        }
    }
    found
}

/// The step that held everything up then, by the rules that the verdict goes by now.
fn blocker<'a>(
    steps: &'a [SnapshotStep],
    detail: &Detail,
    now: Option<&StepRow>,
) -> Option<&'a SnapshotStep> {
    if same_states(steps, detail) {
        // Where nothing has moved, it is the same one.
        return now.and_then(|now| steps.iter().find(|one| one.name == now.step_name));
    }
    let find = |state: &str| steps.iter().find(|one| one.state == state);
    let done = |name: &SafeText| {
        let parent = steps.iter().find(|one| one.name == *name);
        parent.is_none_or(|parent| is_done(&parent.state))
    };
    let pending = || steps.iter().filter(|one| one.state == "pending");
    let in_the_way = |off: &&SnapshotStep| {
        off.state == "cancelled" && pending().any(|it| it.parents.contains(&off.name))
    };
    find("error")
        .or_else(|| find("waiting_for_retry"))
        .or_else(|| steps.iter().find(in_the_way))
        .or_else(|| find("in_progress"))
        .or_else(|| find("enqueued"))
        .or_else(|| pending().find(|one| one.parents.iter().all(done)))
        .or_else(|| find("enqueued_for_orchestration"))
        .or_else(|| find("enqueued_as_error_for_orchestration"))
}

fn same_states(steps: &[SnapshotStep], detail: &Detail) -> bool {
    steps.len() == detail.steps.len()
        && steps.iter().all(|was| {
            let is = detail.steps.iter().find(|step| step.step_name == was.name);
            is.is_some_and(|is| {
                is.current_state == was.state
                    && was.attempts.is_none_or(|n| n == i64::from(is.attempts))
            })
        })
}

/// The steps of a snapshot in the order they have now; `None` if it has none that can be read.
fn steps_of(snapshot: &Value, detail: &Detail) -> Option<Vec<SnapshotStep>> {
    let listed = snapshot.get("steps")?.as_array()?;
    let mut steps: Vec<SnapshotStep> = listed.iter().filter_map(snapshot_step).collect();
    if steps.is_empty() && !listed.is_empty() {
        return None;
    }
    let place = |name: &SafeText| {
        let mut now = detail.steps.iter();
        now.position(|step| step.step_name == *name)
            .unwrap_or(usize::MAX)
    };
    steps.sort_by_cached_key(|one| place(&one.name));
    Some(steps)
}

fn snapshot_step(value: &Value) -> Option<SnapshotStep> {
    let parents = value.get("parents").and_then(Value::as_array);
    let parents = parents.map_or(&[][..], Vec::as_slice).iter();
    Some(SnapshotStep {
        name: text_of(value, "name").or_else(|| text_of(value, "step_name"))?,
        state: text_of(value, "state").or_else(|| text_of(value, "current_state"))?,
        attempts: value.get("attempts").and_then(Value::as_i64),
        max_attempts: value.get("max_attempts").and_then(Value::as_i64),
        error: match value.get("last_error") {
            Some(Value::String(text)) => error(&SafeText::new(text)),
            Some(Value::Null) => DiffValue::Nothing,
            _ => DiffValue::Unknown,
        },
        next_retry: match value.get("next_retry_at") {
            Some(Value::String(text)) => text.parse().map_or(DiffValue::Unknown, DiffValue::At),
            Some(Value::Null) => DiffValue::Nothing,
            _ => DiffValue::Unknown,
        },
        parents: parents
            .filter_map(Value::as_str)
            .map(SafeText::new)
            .collect(),
    })
}

fn text_of(value: &Value, key: &str) -> Option<SafeText> {
    value.get(key)?.as_str().map(SafeText::new)
}
