//! `source.toml`: how a system is recognised, what it calls things, and what may be done to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::rest::Call;

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
    /// Files that can only be used where these of the `tables` exist.
    pub needs: BTreeMap<String, Vec<String>>,
    /// What is set for each transaction.
    pub session: BTreeMap<String, String>,
    /// Values that a configuration may change. `{setting:NAME}` in a file.
    pub settings: BTreeMap<String, toml::Value>,
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
}

/// What the catalogue must hold, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recognise {
    /// Tables and views. Unqualified ones are looked for in the search path.
    pub relations: Vec<String>,
    /// Of which of the `tables` there must be one.
    pub tables: Vec<String>,
    /// Columns: `tasks.worker_id`.
    pub columns: Vec<String>,
    /// Labels of enums: `task_status.dead_letter`.
    pub enum_labels: Vec<String>,
}

/// What is to be known of an act before it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Action {
    /// The states it is open to.
    pub from: Vec<String>,
    /// What the box says of the way it goes.
    pub way: Option<String>,
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
    pub resume: String,
    /// What `O` does.
    pub own: String,
    /// What `U` does.
    pub close: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            task: "task".to_owned(),
            tasks: "tasks".to_owned(),
            namespace: "namespace".to_owned(),
            step: "step".to_owned(),
            steps: "steps".to_owned(),
            entry: "entry".to_owned(),
            entries: "entries".to_owned(),
            staleness: "Staleness".to_owned(),
            queue: "Queue".to_owned(),
            retry: "retry".to_owned(),
            resume: "resume".to_owned(),
            own: "own".to_owned(),
            close: "update".to_owned(),
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
        toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.matches('\n').count() + 1);
            let what = error.message().replace('\n', " ");
            format!("source.toml, line {line}: {what}")
        })
    }
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
    fn words_that_are_left_out_are_the_native_ones() {
        let manifest = Manifest::parse("[words]\ntask = \"job\"\n").unwrap();
        assert_eq!(manifest.words.task, "job");
        assert_eq!(manifest.words.step, "step");
    }
}
