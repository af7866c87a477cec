//! What fixed it last time: how entries that failed alike were closed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::GroupKey;
use crate::app::App;
use crate::app::action::Pane;
use crate::app::format::{count_usize, duration, title};
use crate::data::fingerprint::fingerprint;
use crate::data::messages::command::{Command, Question, Template};
use crate::data::model::FixRow;

/// What is known is asked for again after this long, while it is looked at.
const REFRESH_AFTER: TimeDelta = TimeDelta::seconds(60);
/// What could not be read is asked for again no sooner than this.
const ANSWER_TIMEOUT: TimeDelta = TimeDelta::seconds(30);
/// Templates that are remembered.
const REMEMBERED: usize = 64;

/// How entries of one group were closed.
#[derive(Debug, Clone)]
pub struct Fix {
    /// How many were resolved.
    pub fixed: usize,
    /// How many were closed in another way.
    pub given_up: usize,
    /// The last that was resolved; if none was, the last that was closed.
    pub last: FixRow,
}

impl Fix {
    /// `fixed 3 times: last by ana 2d 4h ago: restarted the gateway`.
    #[must_use]
    pub fn words(&self, now: DateTime<Utc>) -> String {
        let times = |n: usize| match n {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            n => format!("{} times", count_usize(n)),
        };
        let what = match (self.fixed, self.given_up) {
            (0, n) => format!(
                "closed {}, never fixed: last {}",
                times(n),
                self.last.resolution_status.first_line()
            ),
            (n, _) => format!("fixed {}: last", times(n)),
        };
        let who = (self.last.resolved_by.as_ref()).map_or("somebody", |who| who.first_line());
        let when = self.last.resolution_timestamp.map_or_else(
            || "once".to_owned(),
            |at| format!("{} ago", duration((now - at).as_seconds_f64().max(0.0))),
        );
        let notes = self.last.resolution_notes.as_ref();
        let notes = notes.filter(|notes| !notes.is_blank());
        let notes = notes.map_or_else(String::new, |notes| format!(": {notes}"));
        format!("{what} by {who} {when}{notes}")
    }
}

/// Of one template: how entries of its groups were closed.
#[derive(Debug)]
struct Known {
    at: DateTime<Utc>,
    by_group: HashMap<(String, String), Fix>,
    failed: bool,
}

/// What is known of earlier fixes.
#[derive(Debug, Default)]
pub struct FixHistory {
    known: HashMap<Template, Known>,
    asked: Option<(Template, DateTime<Utc>)>,
}

impl FixHistory {
    pub(in crate::app) fn was_refused(&mut self) {
        self.asked = None;
    }

    fn is_due(&self, template: &Template, now: DateTime<Utc>) -> bool {
        (self.known.get(template)).is_none_or(|known| {
            let patience = if known.failed {
                ANSWER_TIMEOUT
            } else {
                REFRESH_AFTER
            };
            now - known.at >= patience
        })
    }
}

/// How entries were closed, by step and fingerprint.
fn by_group(rows: &[FixRow]) -> HashMap<(String, String), Fix> {
    let mut fixes: HashMap<(String, String), Fix> = HashMap::new();
    for row in rows {
        let text = |text: &Option<crate::data::model::safe_text::SafeText>| {
            text.as_ref()
                .map_or_else(String::new, |text| text.as_str().to_owned())
        };
        let key = (text(&row.step_name), fingerprint(&text(&row.error)));
        let resolved = row.resolution_status == "manually_resolved";
        let fix = fixes.entry(key).or_insert_with(|| Fix {
            fixed: 0,
            given_up: 0,
            last: row.clone(),
        });
        if resolved && fix.fixed == 0 {
            fix.last = row.clone();
        }
        fix.fixed += usize::from(resolved);
        fix.given_up += usize::from(!resolved);
    }
    fixes
}

impl App {
    /// How entries of a group were closed before, if any were and that is known.
    #[must_use]
    pub fn fix(&self, group: &GroupKey) -> Option<&Fix> {
        let (namespace, name) = group.template.split_once('/')?;
        let template = template(namespace, name);
        let known = self.lists.fix_history.known.get(&template)?;
        (known.by_group).get(&(group.step.clone(), group.error.clone()))
    }

    /// The group that the task on screen belongs to, by its failing step.
    #[must_use]
    pub fn group_of_detail(&self) -> Option<GroupKey> {
        let screen = self.detail.as_ref()?;
        let detail = screen.detail()?;
        let step = screen.target()?;
        let error = step.last_error.as_ref().map_or("", |error| error.as_str());
        Some(GroupKey {
            template: title(
                detail.task.namespace_name.as_str(),
                detail.task.task_name.as_str(),
            ),
            step: step.step_name.as_str().to_owned(),
            error: fingerprint(error),
        })
    }

    /// Asks how entries like the one looked at were closed; one template at a time, each once a
    /// minute, and nothing while neither a group nor a task is looked at.
    pub(in crate::app) fn request_fix_history(&mut self) -> Option<Command> {
        if self.session.is_wall || self.polled.frozen.is_some() || self.polled.unreachable.is_some()
        {
            return None;
        }
        let now = self.session.now;
        if let Some((_, since)) = &self.lists.fix_history.asked
            && now - *since < REFRESH_AFTER
        {
            return None;
        }
        let wanted = self.templates_looked_at();
        let due = wanted
            .into_iter()
            .find(|one| self.lists.fix_history.is_due(one, now))?;
        self.lists.fix_history.asked = Some((due.clone(), now));
        Some(Command::Query(Question::Fixes(due)))
    }

    /// The templates of what is on screen, that under the cursor first.
    fn templates_looked_at(&self) -> Vec<Template> {
        if let Some(screen) = &self.detail {
            let detail = screen.detail();
            let task = detail.map(|detail| &detail.task);
            let named = task.map(|task| Template {
                namespace: task.namespace_name.clone(),
                name: task.task_name.clone(),
            });
            return named.into_iter().collect();
        }
        if self.lists.focus != Pane::Queue || !self.is_grouped() {
            return Vec::new();
        }
        let rows = self.polled.entries();
        let groups = self
            .lists
            .groups
            .selected()
            .into_iter()
            .chain(self.lists.groups.all());
        let first = groups.filter_map(|group| rows.get(*group.rows.first()?));
        let mut templates: Vec<Template> = Vec::new();
        for row in first {
            let template = Template {
                namespace: row.namespace_name.clone(),
                name: row.task_name.clone(),
            };
            if templates.len() < REMEMBERED && !templates.contains(&template) {
                templates.push(template);
            }
        }
        templates
    }

    /// The answer came.
    pub(in crate::app) fn on_fix_history(&mut self, template: Template, rows: Option<Vec<FixRow>>) {
        if self
            .lists
            .fix_history
            .asked
            .as_ref()
            .is_some_and(|(asked, _)| *asked == template)
        {
            self.lists.fix_history.asked = None;
        }
        let failed = rows.is_none();
        let before = self.lists.fix_history.known.remove(&template);
        if self.lists.fix_history.known.len() >= REMEMBERED {
            self.lists.fix_history.known.clear();
        }
        let by_group = match rows {
            Some(rows) => by_group(&rows),
            None => before.map(|known| known.by_group).unwrap_or_default(),
        };
        let known = Known {
            at: self.session.now,
            by_group,
            failed,
        };
        self.lists.fix_history.known.insert(template, known);
    }

    /// Whether it is known how entries of this group's template were closed.
    #[must_use]
    pub fn fix_history_known(&self, group: &GroupKey) -> bool {
        (group.template.split_once('/')).is_some_and(|(namespace, name)| {
            (self.lists.fix_history.known.get(&template(namespace, name)))
                .is_some_and(|known| !known.failed)
        })
    }
}

fn template(namespace: &str, name: &str) -> Template {
    use crate::data::model::safe_text::SafeText;
    Template {
        namespace: SafeText::new(namespace),
        name: SafeText::new(name),
    }
}
