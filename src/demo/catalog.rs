//! What the simulated company runs: its templates and how each of them is used and fails. The
//! templates are in `templates/demo/*.yaml`, as anybody would apply them; their traffic is in
//! `traffic/*.json`. There is no database here.

use serde::Deserialize;
use serde_json::Value;

use crate::demo::text_template;
use crate::template;

/// A template file and its traffic.
macro_rules! files {
    ($($name:literal),*) => {
        [$((
            include_str!(concat!("../../templates/demo/", $name, ".yaml")),
            include_str!(concat!("traffic/", $name, ".json")),
        )),*]
    };
}

/// The embedded files. Their order is the order of everything drawn from a seed.
const FILES: [(&str, &str); 7] = files![
    "charge_order",
    "fulfill_order",
    "nightly_close",
    "transcode_video",
    "sync_contacts",
    "reindex_catalog",
    "send_digest"
];

/// The namespace that loses its workers now and then.
pub(super) const UNSTEADY: &str = "search";

/// The template files, as `template apply` reads them. A test sees to it that each can be read.
pub(super) fn files() -> impl Iterator<Item = template::Template> {
    FILES
        .iter()
        .filter_map(|(file, _)| template::read(file).ok())
}

/// All templates of the demo, with their traffic.
pub(super) fn templates() -> Vec<Template> {
    let traffic = FILES
        .iter()
        .map(|(_, traffic)| serde_json::from_str(traffic));
    files()
        .zip(traffic)
        .filter_map(|(file, traffic)| {
            Some(Template {
                namespace: file.namespace_name,
                name: file.name,
                configuration: file.configuration.into(),
                traffic: traffic.ok()?,
            })
        })
        .collect()
}

/// A template, and the traffic that it gets.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) namespace: String,
    pub(super) name: String,
    /// As `create_task` reads it.
    pub(super) configuration: Value,
    pub(super) traffic: Traffic,
}

/// How a template is used, and what goes wrong with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Traffic {
    /// Its share of the arrivals.
    pub(super) weight: u32,
    /// How many quick steps its namespace runs side by side.
    pub(super) workers: usize,
    pub(super) initiator: String,
    pub(super) priorities: Vec<i32>,
    /// Worded by [`text_template::fill_json`].
    pub(super) context: Value,
    /// What this step says while the system it calls is down.
    pub(super) outage: Outage,
    /// What goes wrong on an ordinary day, and passes.
    pub(super) flaky: Flaky,
    /// What a retry never cures.
    pub(super) permanent: Vec<Permanent>,
    /// Steps that run for minutes.
    #[serde(default)]
    pub(super) slow: Option<Slow>,
    /// A step that must not begin before a given time.
    #[serde(default)]
    pub(super) scheduled: Option<Scheduled>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outage {
    pub(super) step: String,
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flaky {
    pub(super) step: String,
    /// How likely the first attempt fails.
    pub(super) share: f64,
    /// How likely each further one does.
    pub(super) again: f64,
    pub(super) error: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permanent {
    /// The name under `simulate.fault` in a task's context.
    pub(super) fault: String,
    pub(super) step: String,
    /// The entry's `error_category`.
    pub(super) category: String,
    pub(super) error: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slow {
    pub(super) steps: Vec<String>,
    pub(super) seconds: (u32, u32),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scheduled {
    pub(super) step: String,
    pub(super) share: f64,
    pub(super) minutes: (u32, u32),
}

/// One step of a template, as its configuration has it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct StepPlan {
    pub(super) name: String,
    #[serde(default)]
    pub(super) dependencies: Vec<String>,
    #[serde(default)]
    pub(super) timeout_seconds: Option<i32>,
    pub(super) retry: RetryPlan,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct RetryPlan {
    pub(super) retryable: bool,
    pub(super) max_attempts: i32,
    #[serde(default = "one_second")]
    pub(super) backoff_base_ms: i32,
    #[serde(default = "one_minute")]
    pub(super) max_backoff_ms: i32,
}

/// What `create_task` assumes where a template is silent.
fn one_second() -> i32 {
    1_000
}

/// What `create_task` assumes where a template is silent.
fn one_minute() -> i32 {
    60_000
}

impl Template {
    /// The steps, in the template's order, which is also a topological one.
    pub(super) fn steps(&self) -> Vec<StepPlan> {
        serde_json::from_value(self.configuration["steps"].clone()).unwrap_or_default()
    }

    /// A fresh task's context. `fault` names what will go wrong with it for good.
    pub(super) fn context(&self, rng: &mut fastrand::Rng, fault: Option<&Permanent>) -> Value {
        let mut context = text_template::fill_json(&self.traffic.context, rng);
        if let Some(fault) = fault {
            context["simulate"] = serde_json::json!({ "step": fault.step, "fault": fault.fault });
        }
        context
    }

    /// A lifecycle threshold in minutes, or what the settings say by default.
    pub(super) fn threshold(&self, key: &str, default: f64) -> f64 {
        self.configuration["lifecycle"][key]
            .as_f64()
            .unwrap_or(default)
    }

    /// One of the errors of its outage.
    pub(super) fn outage_error(&self, rng: &mut fastrand::Rng) -> String {
        let errors = &self.traffic.outage.errors;
        let chosen = rng.choice(errors).map_or("", String::as_str);
        text_template::fill(chosen, rng)
    }

    /// A task's priority.
    pub(super) fn priority(&self, rng: &mut fastrand::Rng) -> i32 {
        rng.choice(&self.traffic.priorities).copied().unwrap_or(0)
    }
}

/// A template drawn by its share of the arrivals.
pub(super) fn by_weight<'a>(templates: &'a [Template], rng: &mut fastrand::Rng) -> &'a Template {
    let total: u32 = templates.iter().map(|t| t.traffic.weight).sum();
    let mut drawn = rng.u32(0..total.max(1));
    for template in templates {
        if drawn < template.traffic.weight {
            return template;
        }
        drawn -= template.traffic.weight;
    }
    &templates[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_template_whose_faults_name_its_own_steps() {
        for (file, traffic) in FILES {
            template::read(file).unwrap();
            serde_json::from_str::<Traffic>(traffic).unwrap();
        }
        assert_eq!(templates().len(), FILES.len());
        for template in templates() {
            let steps: Vec<String> = template.steps().into_iter().map(|s| s.name).collect();
            let traffic = &template.traffic;
            let mut named = vec![&traffic.outage.step, &traffic.flaky.step];
            named.extend(traffic.permanent.iter().map(|p| &p.step));
            named.extend(traffic.slow.iter().flat_map(|s| &s.steps));
            named.extend(traffic.scheduled.iter().map(|s| &s.step));
            for step in named {
                assert!(steps.contains(step), "{}: {step}", template.name);
            }
        }
    }

    #[test]
    fn a_step_waits_only_for_steps_before_it() {
        for template in templates() {
            let mut seen = Vec::new();
            for step in template.steps() {
                assert!(step.dependencies.iter().all(|d| seen.contains(d)));
                seen.push(step.name);
            }
        }
    }
}
