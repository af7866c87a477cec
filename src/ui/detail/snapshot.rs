//! *Snapshot*: what the task looked like when it was dead-lettered, and what differs now.

use chrono::{DateTime, Utc};
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::Page;
use crate::data::model::Detail;
use crate::data::safe_text::SafeText;
use crate::ui::text::{cut, instant, plural};

/// The page's lines.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let Some(snapshot) = &page.detail.task_snapshot else {
        let why = if page.detail.entries.is_empty() {
            "this task was never dead-lettered, so there is no snapshot"
        } else {
            "no snapshot was kept, or it is too large to show here (Y copies ids to look it up)"
        };
        return vec![Line::styled(why, theme.muted)];
    };
    let mut lines = vec![Line::styled(as_of(snapshot, page), theme.focused)];
    let differences = differences(snapshot, page.detail);
    if differences.is_empty() {
        lines.push(Line::styled("nothing has changed since", theme.healthy));
    }
    for one in differences {
        lines.push(Line::styled(
            cut(&format!("≠ {one}"), page.room),
            theme.warning,
        ));
    }
    lines.push(Line::default());
    match snapshot {
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                lines.extend(entry(at, key, value, page));
            }
            lines.push(Line::styled(
                "[ ] choose a key · Space folds it",
                theme.muted,
            ));
        }
        other => lines.extend(pretty(other, page)),
    }
    lines
}

/// `As of 14:02, 3h10m ago`.
fn as_of(snapshot: &Value, page: &Page<'_>) -> String {
    let taken = snapshot.get("snapshot_timestamp").and_then(Value::as_str);
    let taken = taken.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let taken = taken.or_else(|| page.detail.entries.first().map(|entry| entry.dlq_timestamp));
    match taken {
        Some(at) => {
            let clock = at.format("%H:%M");
            let ago = instant(at, page.app.database_now(), crate::app::Times::Relative);
            format!("As of {clock} UTC, {ago}")
        }
        None => "As of the time it was dead-lettered".to_owned(),
    }
}

/// What has changed since, in words.
fn differences(snapshot: &Value, now: &Detail) -> Vec<String> {
    let mut found = Vec::new();
    let text = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .map(|text| SafeText::new(text).to_string())
    };
    if let Some(was) = text(snapshot, "current_state")
        && now.task.current_state != was.as_str()
    {
        found.push(format!(
            "the task was {was} and is {}",
            now.task.current_state
        ));
    }
    let steps = snapshot
        .get("steps")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    for old in steps {
        let name = text(old, "name").or_else(|| text(old, "step_name"));
        let was = text(old, "state").or_else(|| text(old, "current_state"));
        let (Some(name), Some(was)) = (name, was) else {
            continue;
        };
        match now
            .steps
            .iter()
            .find(|step| step.step_name == name.as_str())
        {
            Some(step) if step.current_state != was.as_str() => {
                found.push(format!("{name} was {was} and is {}", step.current_state));
            }
            Some(_) => {}
            None => found.push(format!("{name} is no longer there")),
        }
    }
    found
}

/// One top-level key, folded or not.
fn entry(at: usize, key: &str, value: &Value, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let folded = page.screen.folded.contains(&at);
    let key = SafeText::new(key).to_string();
    let name = if at == page.screen.fold_at() {
        theme.selected
    } else {
        theme.focused
    };
    let scalar = !matches!(value, Value::Object(_) | Value::Array(_));
    let mark = if scalar {
        " "
    } else if folded {
        "▸"
    } else {
        "▾"
    };
    let head = |rest: String| {
        let rest = cut(&rest, page.room.saturating_sub(key.len() + 4));
        Line::from(vec![
            Span::styled(format!("{mark} "), theme.muted),
            Span::styled(key.clone(), name),
            Span::styled(format!(": {rest}"), theme.text),
        ])
    };
    if scalar {
        return vec![head(SafeText::new(&value.to_string()).to_string())];
    }
    let size = match value {
        Value::Object(map) => plural(map.len(), "key"),
        Value::Array(items) => plural(items.len(), "item"),
        _ => String::new(),
    };
    let mut lines = vec![head(format!("({size})"))];
    if !folded {
        lines.extend(pretty(value, page));
    }
    lines
}

fn pretty(value: &Value, page: &Page<'_>) -> Vec<Line<'static>> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let safe = SafeText::new(&text);
    safe.lines()
        .flat_map(|line| page.flow("    ", line, page.theme.text))
        .collect()
}
