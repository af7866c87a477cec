//! What fixed it last time: how entries that failed alike were closed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::format::{count_usize, duration};
use crate::app::group_key::GroupKey;
use crate::data::fingerprint::rules::Rules;
use crate::data::messages::command::{Command, Question, Template};
use crate::data::model::FixRow;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;

/// What is known is read again after this long, while it is looked at.
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
    pub fn summary(&self, now: DateTime<Utc>) -> String {
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
    by_group: HashMap<Alike, Fix>,
    failed: bool,
}

/// What entries of one template have in common, as in a [`GroupKey`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Alike {
    step: String,
    error: String,
    reason: String,
}

/// What is known of earlier fixes.
#[derive(Debug, Default)]
pub struct FixHistory {
    known: HashMap<Template, Known>,
    asked: Option<(Template, DateTime<Utc>)>,
}

impl FixHistory {
    /// How entries of a group were closed before, if any were and that is known.
    #[must_use]
    pub fn fix(&self, group: &GroupKey) -> Option<&Fix> {
        let known = self.known.get(&template_of(group)?)?;
        known.by_group.get(&Alike {
            step: group.step.clone(),
            error: group.error.clone(),
            reason: group.reason.clone(),
        })
    }

    /// Whether it is known how entries of this group's template were closed.
    #[must_use]
    pub fn is_known(&self, group: &GroupKey) -> bool {
        template_of(group)
            .is_some_and(|template| (self.known.get(&template)).is_some_and(|known| !known.failed))
    }

    /// Whether an answer is still awaited.
    #[must_use]
    pub fn is_waiting(&self, now: DateTime<Utc>) -> bool {
        (self.asked.as_ref()).is_some_and(|(_, since)| now - *since < REFRESH_AFTER)
    }

    /// Asks how entries of the first of these templates that is due were closed: each once a
    /// minute.
    pub fn request(&mut self, templates: Vec<Template>, now: DateTime<Utc>) -> Option<Command> {
        let due = templates.into_iter().find(|one| self.is_due(one, now))?;
        self.asked = Some((due.clone(), now));
        Some(Command::Query(Question::Fixes(due)))
    }

    /// The answer came; without rows it could not be read.
    pub fn on_answer(
        &mut self,
        template: Template,
        rows: Option<Vec<FixRow>>,
        rules: &Rules,
        now: DateTime<Utc>,
    ) {
        let is_it = |(asked, _): &mut (Template, DateTime<Utc>)| *asked == template;
        self.asked.take_if(is_it);
        let failed = rows.is_none();
        let before = self.known.remove(&template);
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let by_group = match rows {
            Some(rows) => by_group(&template, &rows, rules),
            None => before.map(|known| known.by_group).unwrap_or_default(),
        };
        let known = Known {
            at: now,
            by_group,
            failed,
        };
        self.known.insert(template, known);
    }

    /// The question could not be handed on: it is asked again with the next action.
    pub fn on_rejected(&mut self) {
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

/// How entries were closed, by step and fingerprint, or reason where there is no error.
fn by_group(template: &Template, rows: &[FixRow], rules: &Rules) -> HashMap<Alike, Fix> {
    let mut fixes: HashMap<Alike, Fix> = HashMap::new();
    for row in rows {
        let text = |text: &Option<SafeText>| {
            text.as_ref()
                .map_or_else(String::new, |text| text.as_str().to_owned())
        };
        let error = row.error.as_ref();
        let error = fingerprint_of(error, &template.namespace, &template.name, rules);
        let reason = if error.is_empty() {
            row.dlq_reason.as_str()
        } else {
            ""
        };
        let key = Alike {
            step: text(&row.step_name),
            reason: reason.to_owned(),
            error,
        };
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

fn template_of(group: &GroupKey) -> Option<Template> {
    let (namespace, name) = group.template.split_once('/')?;
    Some(Template {
        namespace: SafeText::new(namespace),
        name: SafeText::new(name),
    })
}
