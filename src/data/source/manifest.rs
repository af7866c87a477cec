//! `source.toml`: how a system is recognised, what it calls things, and what may be done to it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::data::http_api::Call;

/// All of a `source.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manifest {
    /// What to call it.
    pub title: String,
    /// What it is, on one line.
    pub summary: String,
    /// What the catalogue must hold.
    pub recognise: Recognise,
    /// Relations by a name of our own: the first that exists of each. `{table:NAME}` in a file.
    pub tables: BTreeMap<String, Vec<String>>,
    /// What stands for one of the `tables` that does not exist: an empty one, so that a file which
    /// would only know more with it can be used all the same.
    pub instead: BTreeMap<String, String>,
    /// The column of its ids, which need not be UUIDs. `{id:COLUMN}` and `{has_id:COLUMN = UUID}` in a file.
    pub id: Option<IdColumn>,
    /// Files that can only be used where these of the `tables` exist.
    pub needs: BTreeMap<String, Vec<String>>,
    /// What is set for each transaction.
    pub session: BTreeMap<String, String>,
    /// Values that a configuration may change. `{setting:NAME}` in a file.
    pub settings: BTreeMap<String, toml::Value>,
    /// What each value of a setting is like that is a table: `30.0` for a number.
    pub each: BTreeMap<String, toml::Value>,
    /// What it calls things.
    pub words: Words,
    /// What is to be known of an act, by its file.
    pub actions: BTreeMap<String, Action>,
    /// Its own words for how an entry is closed, by the native ones. Empty if it has the native ones.
    pub resolutions: BTreeMap<String, String>,
    /// Acts that its own interface carries out where a profile says where that is, by their file.
    pub api: BTreeMap<String, Call>,
    /// How long each of its alerts must last before it is shown: `2m`.
    pub alerts: BTreeMap<String, String>,
    /// Its acts look whether their batch has done it already, and answer what they did then: to ask
    /// again is safe, and the answer is the truth.
    pub once: bool,
}

/// What the catalogue must hold, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recognise {
    /// Tables. Unqualified ones are looked for in the search path.
    pub relations: Vec<String>,
    /// Of which of the `tables` there must be one.
    pub tables: Vec<String>,
    /// Columns and their types, by the name in `tables` or in `relations`; `text or varchar` for either.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// Labels of enums: `task_status.dead_letter`.
    pub enum_labels: Vec<String>,
    /// Schemas that are wholly its own: all in them must be trusted. The files of such a system may read views.
    pub schemas: Vec<String>,
}

/// The column of a system's ids.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdColumn {
    /// The name in `tables`.
    pub table: String,
    /// The column; its types are in `[recognise.columns]`.
    pub column: String,
}

/// What is to be known of an act before it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Action {
    /// The states it is open to.
    pub from: Vec<String>,
    /// The state it leaves, if that is always the same.
    pub to: Option<String>,
    /// What the box says of the way it goes.
    pub way: Option<String>,
    /// What the box says of a task in one of these states.
    pub remarks: BTreeMap<String, String>,
}

/// What a system calls things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// One piece of work.
    pub task: String,
    /// Several.
    pub tasks: String,
    /// What tasks are sorted by.
    pub namespace: String,
    /// Several.
    pub namespaces: String,
    /// One part of a task.
    pub step: String,
    /// Several.
    pub steps: String,
    /// What stands in the queue.
    pub entry: String,
    /// Several.
    pub entries: String,
    /// The title of the first pane.
    pub staleness: String,
    /// The title of the second pane.
    pub queue: String,
    /// What `R` does to a step.
    pub retry: String,
    /// What `R` does to a whole task.
    pub requeue: String,
    /// What `O` does.
    pub claim: String,
    /// What `U` does.
    pub close: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            task: "task".to_owned(),
            tasks: "tasks".to_owned(),
            namespace: "namespace".to_owned(),
            namespaces: "namespaces".to_owned(),
            step: "step".to_owned(),
            steps: "steps".to_owned(),
            entry: "entry".to_owned(),
            entries: "entries".to_owned(),
            staleness: "Staleness".to_owned(),
            queue: "Queue".to_owned(),
            retry: "retry".to_owned(),
            requeue: "requeue".to_owned(),
            claim: "claim".to_owned(),
            close: "close".to_owned(),
        }
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// What is wrong with it, on one line, with its place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1);
            let what = error.message().replace('\n', " ");
            format!("source.toml, line {line}: {what}")
        })?;
        for (alert, lasts) in &manifest.alerts {
            time(lasts).map_err(|why| format!("source.toml: alerts.{alert}: {why}"))?;
        }
        Ok(manifest)
    }

    /// How long an alert must last before it is shown; no time at all if nothing is said of it.
    #[must_use]
    pub fn lasts(&self, alert: &str) -> Duration {
        let said = self.alerts.get(alert).and_then(|text| time(text).ok());
        said.unwrap_or_default()
    }

    /// The same with other times for its alerts, as a configuration has them.
    pub(super) fn alerting(&mut self, given: &toml::Value) -> Result<(), String> {
        let given = given.as_table().ok_or("alerts must be a table of times")?;
        for (alert, lasts) in given {
            let known = self.alerts.get_mut(alert);
            let own = known.ok_or_else(|| format!("it has no alert {alert}"))?;
            let text = lasts.as_str().unwrap_or_default();
            time(text).map_err(|why| format!("alerts.{alert}: {why}"))?;
            text.clone_into(own);
        }
        Ok(())
    }
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a time such as \"2m\" or \"30s\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_nobody_knows_is_an_error_with_its_line() {
        let error = Manifest::parse("title = \"x\"\n\n[recognise]\nrelation = [\"a\"]\n");
        let error = error.unwrap_err();
        assert!(error.starts_with("source.toml, line 4: "), "{error}");
        assert!(error.contains("relation"), "{error}");
    }

    #[test]
    fn an_alert_lasts_as_long_as_is_said_and_no_time_if_nothing_is() {
        let mut manifest = Manifest::parse("[alerts]\nno_leader = \"2m\"\n").unwrap();
        assert_eq!(manifest.lasts("no_leader"), Duration::from_mins(2));
        assert_eq!(manifest.lasts("pool"), Duration::ZERO);
        manifest
            .alerting(&toml::Value::Table(toml::toml! { no_leader = "30s" }))
            .unwrap();
        assert_eq!(manifest.lasts("no_leader"), Duration::from_secs(30));
        for (given, says) in [
            (toml::toml! { leader = "30s" }, "no alert leader"),
            (toml::toml! { no_leader = 30 }, "write a time"),
        ] {
            let error = manifest.alerting(&toml::Value::Table(given)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let error = Manifest::parse("[alerts]\nno_leader = \"soon\"\n").unwrap_err();
        assert_eq!(
            error,
            "source.toml: alerts.no_leader: write a time such as \"2m\" or \"30s\""
        );
    }

    #[test]
    fn words_that_are_left_out_are_the_native_ones() {
        let manifest = Manifest::parse("[words]\ntask = \"job\"\n").unwrap();
        assert_eq!(manifest.words.task, "job");
        assert_eq!(manifest.words.step, "step");
    }
}
